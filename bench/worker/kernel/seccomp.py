"""seccomp: a Linux process gives up system calls that Landlock does not cover."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# Numbers of linux/unistd.h. Refused are new sockets of any kind; shared memory, semaphores, message queues and keys,
# which outlive a process; reading, tracing or steering other processes; notice of what others read or write; and
# io_uring, which does such things without a call.
REFUSED = {
    "x86_64": (41, 29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240, 248, 249, 250, 101, 310, 311, 438, 425, 426, 427,
               253, 294, 300, 256, 279, 312, 440, 448),
    "aarch64": (198, 194, 195, 196, 190, 191, 193, 186, 187, 188, 189, 180, 217, 218, 219, 117, 270, 271, 438, 425,
                426, 427, 26, 262, 238, 239, 272, 440, 448),
}  # fmt: skip
# Without effect: the mode, owner, times and attributes of files, which every process can read, and locks. Libraries set
# them for files of their own.
IGNORED = {
    "x86_64": (90, 91, 268, 452, 92, 93, 94, 260, 188, 189, 190, 197, 198, 199, 463, 466, 469, 73),
    "aarch64": (52, 53, 452, 54, 55, 5, 6, 7, 14, 15, 16, 463, 466, 469, 32),
}
# Likewise times, by the number of the argument that names them. Without times it is now, by which a library may try
# whether a file is there (pathlib's touch), and that is refused.
TIMES = {"x86_64": {132: 1, 235: 1, 261: 2, 280: 2}, "aarch64": {88: 2}}
# For this process alone: limits, priorities and processors. The number of the argument that names a process.
OWN = {
    "x86_64": {302: 0, 203: 0, 142: 0, 144: 0, 314: 0, 141: 1, 251: 1},
    "aarch64": {261: 0, 122: 0, 118: 0, 119: 0, 274: 0, 140: 1, 30: 1},
}
CONTROL = {"x86_64": (72, 16), "aarch64": (25, 29)}  # fcntl, ioctl
LOCKS, LEASES = (6, 7, 37, 38), (5, 36, 1024, 1026)  # commands of fcntl that lock, and that ask for locks or accesses
FLAGS = (0x40086602, 0x401C5820, 0x40087602)  # commands of ioctl that change flags of a file
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of the classic Berkeley packet filter
ALLOW, ERROR = 0x7FFF0000, 0x00050000
REFUSE, IGNORE = ERROR | errno.EPERM, ERROR  # the error 0 is success
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # places in struct seccomp_data
X32 = 0x40000000  # system calls of the x32 ABI, which have other numbers

Lines = list[tuple[int, int, int, int]]


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
    """The filter: the architecture must be this one, and what a call may do depends on its number and arguments."""
    lines: Lines = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, REFUSE)]
    lines += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), (RETURN, 0, 0, REFUSE)]
    for numbers, result in ((REFUSED[machine], REFUSE), (IGNORED[machine], IGNORE)):
        for number in numbers:
            lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, result)]
    for number, argument in OWN[machine].items():
        lines += among(number, argument, {0: ALLOW}, otherwise=REFUSE)
    for number, argument in TIMES[machine].items():
        lines += among(number, argument, {0: REFUSE}, otherwise=IGNORE)
    fcntl, ioctl = CONTROL[machine]
    lines += among(fcntl, 1, dict.fromkeys(LOCKS, IGNORE) | dict.fromkeys(LEASES, REFUSE), otherwise=ALLOW)
    lines += among(ioctl, 1, dict.fromkeys(FLAGS, REFUSE), otherwise=ALLOW)
    lines.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def among(number: int, argument: int, results: dict[int, int], otherwise: int) -> Lines:
    """The result of one call for values of one argument, of which the kernel reads the lower half."""
    inside: Lines = [(LOAD, 0, 0, ARGUMENTS + 8 * argument)]
    for value, result in results.items():
        inside += [(EQUAL, 0, 1, value), (RETURN, 0, 0, result)]
    inside.append((RETURN, 0, 0, otherwise))
    return [(EQUAL, 0, len(inside), number), *inside]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
