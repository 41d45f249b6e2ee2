"""The stack machine of the pickle format, without the parts that import, call or instantiate anything."""

from __future__ import annotations

import codecs
import io
import struct
from typing import Any, BinaryIO

import numpy as np

from bench.readers.file_checks import printable
from bench.readers.pickled_arrays import NAMES, ArrayBuilder, NumpyName

CHUNK = 1 << 20  # bytes of a line that are read at once
LONG_STRING = 1000  # bytes from which the data of an array are not decoded to text first
KEY_TYPES = (str, bytes, int, float, type(None))  # a tuple as a key could be nested until hashing it never ends


class RefusedError(Exception):
    """A file that is refused; the text is the rest of a sentence that starts with its path."""


class PickleMachine:
    """A stack, marks in it, and a memo."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        self.stack: list[Any] = []
        self.outer_stacks: list[list[Any]] = []  # what lies below each mark
        self.memo: dict[int, Any] = {}
        self.arrays = ArrayBuilder(4 * size + 65536)

    # ------------------------------------------------------------------------ bytes

    def read_exactly(self, count: int) -> bytes:
        if count > self.size:  # allocate nothing for more than the file can contain
            raise EOFError
        data = self.file.read(count)
        if len(data) != count:
            raise EOFError
        return data

    def number(self, code: str) -> Any:
        return struct.unpack(code, self.read_exactly(struct.calcsize(code)))[0]

    def line(self, limit: int = 65536) -> bytes:
        """A line without its end; lines as long as an array are read by `quoted`."""
        line = self.file.readline(limit)
        if line[-1:] != b"\n":
            raise EOFError if len(line) < limit else ValueError(limit)
        return line[:-1]

    def quoted(self) -> bytes:
        """A quoted line with escapes, decoded in chunks, since it may take a third of the file."""
        decoded = io.BytesIO()
        quote = self.read_exactly(1)
        if quote not in (b"'", b'"'):
            raise ValueError(quote)
        rest = b""
        while True:
            chunk = rest + self.file.readline(CHUNK)
            if len(chunk) == len(rest):
                raise EOFError
            if chunk[-1:] == b"\n":
                break
            end = escape_boundary(chunk[:-1])  # the last byte may be the closing quote
            rest = chunk[end:]
            decoded.write(codecs.escape_decode(chunk[:end])[0])
        if chunk[-2:-1] != quote:
            raise ValueError(quote)
        decoded.write(codecs.escape_decode(chunk[:-2])[0])
        return decoded.getvalue()

    # ------------------------------------------------------------------------ stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def push_string(self, data: bytes) -> None:
        """A `str` of Python 2; the data of an array stay bytes, which saves a copy."""
        is_array_data = len(self.stack) == 4 and isinstance(self.stack[2], np.dtype) and len(data) > LONG_STRING
        self.push(data if is_array_data else data.decode("latin1"))

    def mark(self) -> None:
        self.outer_stacks.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list[Any]:
        """Remove the last mark and what lies above it, which is returned."""
        items = self.stack
        self.stack = self.outer_stacks.pop()
        return items

    def pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.stack = self.outer_stacks.pop()

    def tuple_of(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def extend(self, items: list[Any]) -> None:
        self.top(list).extend(items)

    def update(self, items: list[Any]) -> None:
        target = self.top(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[check_key(key)] = value

    def add(self, items: list[Any]) -> None:
        self.top(set).update(map(check_key, items))

    def top(self, type_: type) -> Any:
        if type(self.stack[-1]) is not type_:
            raise TypeError(type_)
        return self.stack[-1]

    def pair(self) -> list[Any]:
        value, key = self.stack.pop(), self.stack.pop()
        return [key, value]

    def new_dict(self) -> None:
        items = self.pop_mark()
        self.push({})
        self.update(items)

    # ------------------------------------------------------------------------ names

    def push_name(self, module: Any, name: Any) -> None:
        """One of the names with which arrays are pickled; nothing is imported."""
        known = NAMES.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
        if known is None:
            raise not_data(module, name)
        self.push(known)

    def call(self) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, NumpyName) or type(arguments) is not tuple:
            raise TypeError(name)
        self.push(self.arrays.call(name, arguments))

    def build(self) -> None:
        state = self.stack.pop()
        self.arrays.build(self.stack[-1], state)

    def old_instance(self) -> None:
        raise not_data(self.line().decode("latin1"), self.line().decode("latin1"))


def not_data(*names: Any) -> RefusedError:
    name = ".".join(printable(each[:80]) if isinstance(each, str) else "?" for each in names)
    return RefusedError(f"refers to {name}, which is not data; it was not executed.")


def escape_boundary(chunk: bytes) -> int:
    r"""Where a chunk may be cut without splitting an escape, which has up to four bytes: `\x41`."""
    last = chunk.rfind(b"\\", max(0, len(chunk) - 4))
    if last < 0:
        return len(chunk)
    before = chunk[: last + 1]
    starts_escape = (len(before) - len(before.rstrip(b"\\"))) % 2
    return last if starts_escape else len(chunk)


def check_key(key: Any) -> Any:
    if not isinstance(key, KEY_TYPES):
        raise RefusedError(f"has a dictionary key of type {type(key).__name__}; keys must be text, bytes or numbers.")
    return key
