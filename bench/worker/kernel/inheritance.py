"""What a fork would share with its siblings, descriptors and memory, and what it would leave behind, processes."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r|-)(w|-)(x|-)s \S+ \S+ \d+ *(.*)")
FIXED, ANONYMOUS = 0x10, 0x20  # of mmap
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def disinherit(kept: Collection[int]) -> None:
    """Close descriptors from 3 on but these, and make memory private that a plugin has shared when it was imported."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
    for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
        if (found := MAPPING.fullmatch(line)) and not found[6].startswith("/dev/nvidia"):
            flags = zip("rwx", (mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC), strict=True)
            allowed = sum(flag for letter, flag in flags if letter in found.groups())
            make_private(int(found[1], 16), int(found[2], 16), allowed)


def make_private(start: int, stop: int, allowed: int) -> None:
    """Replace shared memory by a copy of its own at the same place."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *4 * [ctypes.c_long]]
    content = ctypes.string_at(start, stop - start) if allowed & mmap.PROT_READ else b""
    flags = mmap.MAP_PRIVATE | FIXED | ANONYMOUS
    if libc.mmap(start, stop - start, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0) != start:
        raise MemoryError
    ctypes.memmove(start, content, len(content))
    libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(stop - start), allowed)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent, started by this process, ends."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def end_orphans(known: Collection[int]) -> None:
    """Kill the children of this process that it has not started itself, and their children in turn."""
    while strangers := children() - set(known):
        for process in strangers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in strangers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def children() -> set[int]:
    """The processes whose parent is this one."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has just ended
                parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                found |= {int(folder.name)} if int(parent) == os.getpid() else set()
    return found
