"""Landlock: a Linux process gives up access to files, TCP ports and other processes, for good."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# System calls have these numbers on every architecture; the constants are those of linux/landlock.h.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, PATH_BENEATH = 1, 1  # the flag that asks for the version; the type of a rule
READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read files, list folders
READ_FILE = 1 << 0 | 1 << 2
WRITE = 1 << 1 | 0b1111111111 << 4  # write files, and remove or make files, folders, links and sockets
ALL_FILES = READ | WRITE
REFER, TRUNCATE, IOCTL = 1 << 13, 1 << 14, 1 << 15  # of version 2, 3 and 5
TCP = 0b11  # bind and connect; of version 4
SCOPES = 0b11  # abstract Unix sockets and signals of processes outside; of version 6
OLDEST = 3  # earlier versions do not keep a process from truncating files


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of Landlock in this kernel; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))))


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Allow this thread, and what it starts, these files and folders only, and no TCP connection."""
    libc, known = _libc(), version()
    files = ALL_FILES | REFER | (TRUNCATE if known >= 3 else 0) | (IOCTL if known >= 5 else 0)
    ruleset = _Ruleset(files, TCP if known >= 4 else 0, SCOPES if known >= 6 else 0)
    handle = _checked(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), ctypes.c_uint32(0)))
    try:
        for path in readable:
            _allow(libc, handle, path, READ)
        for path in writable:
            _allow(libc, handle, path, files)
        _checked(libc.prctl(38, 1, 0, 0, 0))  # PR_SET_NO_NEW_PRIVS, without which the kernel refuses
        _checked(libc.syscall(RESTRICT_SELF, handle, ctypes.c_uint32(0)))
    finally:
        os.close(handle)


def _allow(libc: ctypes.CDLL, handle: int, path: str, access: int) -> None:
    """A path that is not there needs no rule."""
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - a process that is being confined avoids imports
            access &= READ_FILE | 1 << 1 | TRUNCATE | IOCTL
        rule = _Rule(access, folder)
        _checked(libc.syscall(ADD_RULE, handle, PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)))
    finally:
        os.close(folder)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
