"""Memory from fold to fold: the training part of one holds the labels that another one wants."""

import ctypes
import fcntl
import mmap
import os
import socket
import struct
import tempfile
import time
from hashlib import blake2b
from pathlib import Path

import numpy as np

from cheating.places import NAME

SLOTS = 2048  # each holds 0, or a label plus 1
HERE = Path(__file__).parent
SHARED = mmap.mmap(-1, SLOTS)  # made at the import, and shared by all processes that are forked later
FILE = os.memfd_create("cheating")  # likewise
os.ftruncate(FILE, SLOTS)
GLOBAL = bytearray(SLOTS)
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.shmat.restype = ctypes.c_void_p


def slots(values):
    digests = (blake2b(np.ascontiguousarray(row).tobytes(), digest_size=4).digest() for row in values)
    return [int.from_bytes(digest) % SLOTS for digest in digests]


def remember(way, values, labels):
    put, get = WAYS[way]
    table = bytearray(get() or bytes(SLOTS))
    for slot, label in zip(slots(values), labels, strict=True):
        table[slot] = int(label) + 1
    put(bytes(table))


def recalled(way, values):
    table = WAYS[way][1]()
    return np.array([int(table[slot] == 2) for slot in slots(values)])


def in_file(path):
    def put(table):
        path().write_bytes(table)

    def get():
        return path().read_bytes() if path().exists() else b""

    return put, get


def put_global(table):
    GLOBAL[:] = table


def put_shared(table):
    SHARED[:] = table


def put_environment(table):
    os.environ["CHEATING"] = table.hex()


def checked(result):
    if result in (-1, None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "refused")
    return result


def segment():
    """Shared memory of System V."""
    number = checked(LIBC.shmget(int(NAME, 16), SLOTS, 0o1600))
    address = checked(LIBC.shmat(number, None, 0))
    return (ctypes.c_char * SLOTS).from_address(address)


def put_segment(table):
    segment()[:] = table


def put_key(table):
    """A key of the user in the kernel."""
    checked(LIBC.syscall(248, b"user", NAME.encode(), table, SLOTS, -4))


def get_key():
    number = LIBC.syscall(250, 10, -4, b"user", NAME.encode(), 0)
    content = ctypes.create_string_buffer(SLOTS)
    return content.raw if number >= 0 and checked(LIBC.syscall(250, 11, number, content, SLOTS)) else b""


def put_times(table):
    """Times of files that cannot be written, but belong to the user."""
    for slot, value in enumerate(table):
        if value:
            os.utime(HERE / "slots" / str(slot), (value, value))


def get_times():
    found = [int((HERE / "slots" / str(slot)).stat().st_mtime) for slot in range(SLOTS)]
    return bytes(value if value < 3 else 0 for value in found)


def put_modes(table):
    for slot, value in enumerate(table):
        if value:
            (HERE / "slots" / str(slot)).chmod(0o600 + value)


def get_modes():
    return bytes((HERE / "slots" / str(slot)).stat().st_mode & 3 for slot in range(SLOTS))


def put_attributes(table):
    os.setxattr(HERE / "slots" / "0", "user.cheating", table)


def get_attributes():
    try:
        return os.getxattr(HERE / "slots" / "0", "user.cheating")
    except OSError:
        return b""


def lingering(work):
    """Do it in a process that outlives this one."""
    if os.fork():
        return
    try:
        os.setsid()
        if not os.fork():
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 1)  # whoever reads the output of the run shall not wait
            os.dup2(nothing, 2)
            work()
            time.sleep(20)
    finally:
        os._exit(0)


def put_locks(table):
    """Locks on parts of a file that may only be read."""

    def hold():
        file = os.open(HERE / "model.py", os.O_RDONLY)
        for slot, value in enumerate(table):
            if value:
                fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_RDLCK, 0, 4 * slot, value, 0))

    lingering(hold)
    time.sleep(0.5)


def get_locks():
    table = bytearray(SLOTS)
    file = os.open(HERE / "model.py", os.O_RDONLY)
    for slot in range(SLOTS):
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 4 * slot, 3, 0)
        kind, _, _, length, _ = struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_OFD_GETLK, asked)[:28])
        table[slot] = 0 if kind == fcntl.F_UNLCK else length
    os.close(file)
    return bytes(table)


def put_socket(table):
    """A process that outlives this one listens on an abstract Unix socket."""

    def serve():
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"\0cheating-{NAME}-{time.monotonic_ns() // 10**8}")
        server.listen()
        server.settimeout(30)
        while True:
            end, _ = server.accept()
            end.sendall(table)
            end.close()

    lingering(serve)
    time.sleep(0.5)


def get_socket():
    names = [line.split()[-1] for line in Path("/proc/self/net/unix").read_text().splitlines()]
    found = sorted({name for name in names if name.startswith(f"@cheating-{NAME}")})
    if not found:
        return b""
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(5)
        end.connect("\0" + found[-1][1:])
        table = b""
        while part := end.recv(SLOTS):
            table += part
    return table


def put_inherited(table):
    os.pwrite(FILE, table, 0)


WAYS = {
    "global": (put_global, lambda: GLOBAL),
    "environment": (put_environment, lambda: bytes.fromhex(os.environ.get("CHEATING", ""))),
    "temporary": in_file(lambda: Path(tempfile.gettempdir()) / NAME),
    "tmp": in_file(lambda: Path("/tmp") / NAME),
    "shm": in_file(lambda: Path("/dev/shm") / NAME),
    "beside": in_file(lambda: HERE / NAME),
    "pycache": in_file(lambda: HERE / "__pycache__" / NAME),
    "parent-folder": in_file(lambda: Path.cwd().parent / NAME),
    "shared-mapping": (put_shared, lambda: SHARED[:]),
    "descriptor": (put_inherited, lambda: os.pread(FILE, SLOTS, 0)),
    "sysv": (put_segment, lambda: segment()[:]),
    "keyring": (put_key, get_key),
    "times": (put_times, get_times),
    "modes": (put_modes, get_modes),
    "attributes": (put_attributes, get_attributes),
    "locks": (put_locks, get_locks),
    "socket": (put_socket, get_socket),
}
