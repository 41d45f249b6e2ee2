"""What a fork would share, descriptors and memory, what would end it, and what it would leave behind, processes."""

from __future__ import annotations

import contextlib
import ctypes
import errno
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
NEXT_MEMORY, SHARED_FROM_HERE = 0xC0686611, 0x18  # PROCMAP_QUERY, for shared memory at an address or beyond
LONGEST_NAME = 4096  # bytes of a path; for a longer one the kernel tells nothing
PAUSE = 0.2  # seconds


def leave_signals_to_the_harness() -> None:
    """Ignore Ctrl-C, and the signals that a cluster sends to all processes of a job before it ends.

    The latter by a handler that does nothing, since programs that a plugin starts would inherit an ignored signal.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(each, lambda *_: None)


def disinherit(kept: Collection[int]) -> None:
    """Close descriptors from 3 on but these, and make memory private that a plugin has shared when it was imported."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
    for start, stop, allowed, name in shared_memory():
        if not name.startswith("/dev/nvidia"):
            make_private(start, stop, allowed)


def shared_memory() -> list[tuple[int, int, int, str]]:
    """Where memory begins and ends that this process shares, what it may do with it, and which file it is of."""
    if (found := queried()) is not None:
        return found
    found = []
    for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
        if match := MAPPING.fullmatch(line):
            flags = zip("rwx", (mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC), strict=True)
            allowed = sum(flag for letter, flag in flags if letter in match.groups())
            found.append((int(match[1], 16), int(match[2], 16), allowed, match[6]))
    return found


class _Query(ctypes.Structure):
    """struct procmap_query of linux/fs.h; what is not used here is `rest`."""

    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("size", "wanted", "place", "start", "stop", "allowed")),
        ("rest", ctypes.c_uint64 * 4),
        ("length", ctypes.c_uint32),
        ("build", ctypes.c_uint32),
        ("name", ctypes.c_uint64),
        ("build_name", ctypes.c_uint64),
    )


def queried() -> list[tuple[int, int, int, str]] | None:
    """The same from Linux 6.11 on, which looks for shared memory itself; None where it does not.

    To read the list of all memory, of which hardly any is shared, takes a fold several milliseconds.
    """
    import fcntl  # which Windows lacks

    found: list[tuple[int, int, int, str]] = []
    place, name = 0, ctypes.create_string_buffer(LONGEST_NAME)
    with Path("/proc/self/maps").open("rb") as maps:
        while True:
            query = _Query(ctypes.sizeof(_Query), SHARED_FROM_HERE, place)
            query.length, query.name = LONGEST_NAME, ctypes.addressof(name)
            try:
                fcntl.ioctl(maps, NEXT_MEMORY, query)
            except OSError as error:
                return found if error.errno == errno.ENOENT else None
            file = name.value.decode(errors="replace") if query.length else ""
            found.append((query.start, query.stop, query.allowed & 7, file))
            place = query.stop


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
    if not known and childless():
        return
    while strangers := children() - set(known):
        for process in strangers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in strangers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def childless() -> bool:
    """Whether this process has no children at all, which the kernel tells at once."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def guarded(descriptor: int) -> None:
    """Go on in a fork. This process waits for it, and then ends what is left of the processes below it.

    A fork that is killed cannot do so itself, and what a plugin has detached would survive.
    """
    leave_signals_to_the_harness()
    adopt_orphans()
    started_by = os.getppid()
    process = os.fork()
    if not process:
        return
    os.close(descriptor)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while os.getppid() == started_by:  # otherwise the fork ends by itself, as it sees that this process has ended
        signal.sigtimedwait({signal.SIGCHLD}, PAUSE)
        if os.waitpid(process, os.WNOHANG)[0]:
            end_orphans(())
            break
    os._exit(0)


def children() -> set[int]:
    """The processes whose parent is this one."""
    return {process for process, parent in parents().items() if parent == os.getpid()}


def parents() -> dict[int, int]:
    """The parent of each process on this machine. There may be many, so files are read without Python's layers."""
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if name.isdecimal():
            with contextlib.suppress(OSError):  # it has just ended
                stat = os.open(f"/proc/{name}/stat", os.O_RDONLY)
                try:
                    found[int(name)] = int(os.read(stat, 4096).rpartition(b")")[2].split()[1])
                finally:
                    os.close(stat)
    return found
