"""Messages between the harness and its workers: JSON, arrays and file descriptors over a Unix socket.

What a worker sends is read as JSON and plain numbers only, since a worker runs the code of plugins.
"""

from __future__ import annotations

import json
import math
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.api import Array

T = TypeVar("T")
PAUSE = 0.2  # seconds

SIZE = struct.Struct("!I")
LARGEST_HEADER = 64 * 1024**2  # bytes
LARGEST_ARRAYS = 2 * 1024**3  # bytes, in one message of a worker
DTYPES = ("<f8", "<f4", "<i8", "|u1", "|b1")
DESCRIPTORS = 200  # in one message of the socket; the kernel allows 253


class Closed(Exception):  # noqa: N818 - reads as what happened
    """The other side has closed the socket."""


class Malformed(Exception):  # noqa: N818 - as above
    """The other side has sent what is not a message."""


@dataclass(frozen=True)
class Message:
    kind: str
    values: Mapping[str, Any]
    arrays: Sequence[Array] = ()
    descriptors: Sequence[int] = ()


class Wire:
    """One end of a socket. While it waits for the other side, it calls `on_wait` several times a second.

    From a side that is not trusted, as workers are, it refuses descriptors and very large arrays.
    """

    def __init__(self, end: socket.socket, on_wait: Callable[[], None] | None = None, *, trusted: bool = True) -> None:
        self.end, self.on_wait, self.trusted = end, on_wait, trusted
        if on_wait:
            end.settimeout(PAUSE)

    def send(
        self, kind: str, values: Mapping[str, Any], arrays: Sequence[Array] = (), descriptors: Sequence[int] = ()
    ) -> None:
        contiguous = [np.ascontiguousarray(array) for array in arrays]
        shapes = [[array.dtype.str, array.shape] for array in contiguous]
        header = json.dumps([kind, values, shapes, len(descriptors)]).encode()
        try:
            self._write(memoryview(SIZE.pack(len(header)) + header))
            for array in contiguous:
                self._write(flat(array))
            for first in range(0, len(descriptors), DESCRIPTORS):
                some = list(descriptors[first : first + DESCRIPTORS])
                self._patiently(lambda some=some: socket.send_fds(self.end, [b"d"], some))  # type: ignore[misc]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self) -> Message:
        """The next message. Closed: there is none; Malformed: it is not one."""
        length = SIZE.unpack(self._read(SIZE.size))[0]
        if length > LARGEST_HEADER:
            raise Malformed(f"a header of {length} bytes")
        try:
            kind, values, shapes, count = json.loads(self._read(length))
            layouts = [(np.dtype(dtype), tuple(map(int, shape))) for dtype, shape in shapes]
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            raise Malformed("bytes that are no header") from error
        if not isinstance(kind, str) or not isinstance(values, dict) or not isinstance(count, int):
            raise Malformed("a header of the wrong form")
        for dtype, shape in layouts:
            if dtype.str not in DTYPES or any(side < 0 for side in shape):
                raise Malformed(f"an array of type {dtype} and shape {shape}")
        size = sum(dtype.itemsize * math.prod(shape) for dtype, shape in layouts)
        if not self.trusted and (size > LARGEST_ARRAYS or count):
            raise Malformed("descriptors" if count else f"arrays of {size} bytes")
        arrays = []
        for dtype, shape in layouts:
            array = np.empty(shape, dtype)
            self._read_into(flat(array))
            arrays.append(array)
        return Message(kind, values, arrays, self._descriptors(count))

    @property
    def closed(self) -> bool:
        """Whether the other side has closed the socket; what it has sent before can still be received."""
        try:
            return not self.end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self.end.close()

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do what may have to wait for the other side."""
        while True:
            try:
                return work()
            except TimeoutError:
                if self.on_wait:
                    self.on_wait()

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[self._patiently(lambda: self.end.send(view)) :]  # noqa: B023 - called at once

    def _read(self, size: int) -> bytes:
        content = bytearray(size)
        self._read_into(memoryview(content))
        return bytes(content)

    def _read_into(self, view: memoryview) -> None:
        while view:
            try:
                got = self._patiently(lambda: self.end.recv_into(view))  # noqa: B023 - called at once
            except ConnectionResetError as error:
                raise Closed from error
            if not got:
                raise Closed
            view = view[got:]

    def _descriptors(self, count: int) -> list[int]:
        found: list[int] = []
        while len(found) < count:
            most = min(DESCRIPTORS, count - len(found))
            content, descriptors, _, _ = self._patiently(lambda: socket.recv_fds(self.end, 1, most))  # noqa: B023
            if not content or not descriptors:
                raise Closed
            found += descriptors
        return found


def pair(on_wait: Callable[[], None] | None = None) -> tuple[Wire, socket.socket]:
    """Our end, and the other one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return Wire(ours, on_wait, trusted=False), theirs


def flat(array: Array) -> memoryview:
    """The bytes of a contiguous array."""
    return memoryview(array.reshape(-1).view(np.uint8).data) if array.size else memoryview(b"")


def close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
