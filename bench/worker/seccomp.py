"""seccomp: a Linux process gives up system calls that Landlock does not cover."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# Numbers of linux/unistd.h. Refused are new sockets of any kind; shared memory, semaphores, message queues and keys,
# which outlive a process; reading or tracing other processes; and io_uring, which does such things without a call.
REFUSED = {
    "x86_64": (41, 29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240, 248, 249, 250, 101, 310, 311, 438, 425, 426, 427),
    "aarch64": (198, 194, 195, 196, 190, 191, 193, 186, 187, 188, 189, 180, 217, 218, 219, 117, 270, 271, 438, 425,
                426, 427),
}  # fmt: skip
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the classic Berkeley packet filter
ALLOW, ERROR = 0x7FFF0000, 0x00050000
X32 = 0x40000000  # system calls of the x32 ABI, which have other numbers


def available() -> bool:
    """Whether the kernel has filters and the numbers of this processor are known."""
    return sys.platform == "linux" and platform.machine() in REFUSED and _libc().prctl(21, 0, 0, 0, 0) >= 0


def restrict() -> None:
    """Refuse these calls with EPERM in this thread and in what it starts. It cannot be undone."""
    code = program(platform.machine())
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    filter_ = Program(len(code) // 8, ctypes.addressof(buffer))
    libc = _libc()
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(filter_), 0, 0):  # no new privileges; the filter
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def program(machine: str) -> bytes:
    """The filter: the architecture must be this one, and the call none of those that are refused."""
    refuse = ERROR | errno.EPERM
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, refuse), (LOAD, 0, 0, 0)]
    numbers = REFUSED[machine]
    lines.append((AT_LEAST, len(numbers) + 1, 0, X32))
    lines += [(EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, refuse)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
