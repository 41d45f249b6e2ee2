"""MATLAB files of version 5: nested elements, each with a tag of type and length, compressed or not.

SciPy reads this format in C and trusts it: one wrong byte in the type of an element ends the process (4 % of 3,000
copies of a file with up to eight random bytes ended so with SciPy 1.17), and others allocate or loop without bound. A
check that rules this out has to walk through every nested element, which is what parsing is; so this reader is our own.
`benchmarks/test_readers.py` compares both.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from bench.errors import DataError
from bench.readers.matlab.memory_limit import ITEM, MemoryLimit
from bench.readers.matlab.values import (
    UnsupportedClassError,
    complex_array,
    missing,
    object_array,
    struct_array,
    unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.api import Array

HEADER_SIZE = 128
MATRIX, COMPRESSED = 14, 15
STORED_DTYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
ENCODINGS = {1: "latin1", 2: "latin1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
CELL, STRUCT, OBJECT, CHAR, SPARSE, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 16, 17
DTYPES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
CLASS_NAMES = {SPARSE: "sparse", FUNCTION: "function_handle"}
COMPLEX, LOGICAL = 0x800, 0x200  # flags
CHUNK = 1 << 20
HEAD_SIZE = 4096  # bytes in which flags, shape and name of a variable lie
MAX_DEPTH = 64


def read(path: Path, names: Sequence[str]) -> dict[str, Any]:
    limit = MemoryLimit(path)
    with path.open("rb") as file:
        order = "<" if file.read(HEADER_SIZE)[126:128] == b"IM" else ">"
        variables: dict[str, Any] = {}
        present: list[str] = []
        for name, content in read_variables(path, file, order, names, limit):
            present.append(name)
            if content is not None:
                try:
                    variables[name] = Parser(order, limit).matrix(content)
                except UnsupportedClassError as error:
                    raise unsupported(path, name, str(error)) from None
    for name in names:
        if name not in variables:
            raise missing(path, name, present)
    return variables


def read_variables(
    path: Path, file: BinaryIO, order: str, names: Sequence[str], limit: MemoryLimit
) -> Iterator[tuple[str, memoryview | None]]:
    """Name and content of every variable; no content where the variable is not in `names`."""
    size = path.stat().st_size
    while (start := file.tell()) < size:
        tag = file.read(8)
        kind, length = struct.unpack(order + "II", tag) if len(tag) == 8 else (MATRIX, size)
        if start + 8 + length > size:
            raise DataError(f"{path} is truncated in the middle of a variable; download it again.")
        if kind not in (MATRIX, COMPRESSED):
            raise ValueError(kind)
        head = file.read(min(HEAD_SIZE, length))
        if kind == COMPRESSED:
            head = zlib.decompressobj().decompress(head, HEAD_SIZE)[8:]
        name = variable_name(head, order, limit)
        file.seek(start + 8)
        if name and (not names or name in names):  # variables without a name belong to objects
            packed = kind == COMPRESSED
            yield name, decompress(file, order, length, limit) if packed else read_exactly(file, length, limit)
        elif name:
            yield name, None
        file.seek(start + 8 + length)


def variable_name(head: bytes, order: str, limit: MemoryLimit) -> str:
    """The name follows flags and shape, except in objects of a new class, which have no shape."""
    if not head:
        return ""
    parser = Parser(order, limit)
    (_, flags), offset = parser.element(memoryview(head), 0)
    (_, content), offset = parser.element(memoryview(head), offset)
    if parser.matlab_class(flags) != OPAQUE:
        (_, content), _ = parser.element(memoryview(head), offset)
    return bytes(content).decode("latin1")


def read_exactly(file: BinaryIO, length: int, limit: MemoryLimit) -> memoryview:
    limit.take(length)
    buffer = bytearray(length)
    if file.readinto(buffer) != length:  # type: ignore[attr-defined]
        raise EOFError
    return memoryview(buffer)


def decompress(file: BinaryIO, order: str, compressed: int, limit: MemoryLimit) -> memoryview:
    """A compressed variable, its checksum verified; some writers leave padding behind its end, which is ignored."""
    inflate, content, length, rest, unread = zlib.decompressobj(), bytearray(), 8, b"", compressed
    inflated = 0
    while not inflate.eof and (unread or rest):
        if not rest:
            rest = file.read(min(CHUNK, unread))
            unread -= len(rest)
        piece = inflate.decompress(rest, CHUNK)
        rest = inflate.unconsumed_tail
        inflated += len(piece)
        if inflated > max(length, CHUNK) + CHUNK:  # padding has a few bytes
            raise ValueError(inflated)
        content += piece[: length - len(content)] if len(content) >= 8 else piece
        if length == 8 and len(content) >= 8:
            kind, inner = struct.unpack_from(order + "II", content)
            length = 8 + inner
            if kind != MATRIX or not inner:
                raise ValueError(kind)
            limit.take(inner)
    if len(content) < length or length == 8 or not inflate.eof:
        raise ValueError(length)
    return memoryview(content)[8:length]


class Parser:
    """Parses the elements of one variable; every length is checked before it is used."""

    def __init__(self, order: str, limit: MemoryLimit) -> None:
        self.order, self.limit = order, limit
        self.depth = 0

    def element(self, view: memoryview, offset: int) -> tuple[tuple[int, memoryview], int]:
        """Type and bytes of an element, and the offset of the next; up to four bytes are stored in the tag itself."""
        kind, length = struct.unpack_from(self.order + "II", view, offset)
        start, after = offset + 8, offset + 8 + length + (-length % 8 if kind != COMPRESSED else 0)
        if kind >> 16:
            kind, length, start, after = kind & 0xFFFF, kind >> 16, offset + 4, offset + 8
        if (start == offset + 4 and length > 4) or start + length > len(view):
            raise ValueError(length)
        return (kind, view[start : start + length]), after

    def matlab_class(self, flags: memoryview) -> int:
        return int(struct.unpack_from(self.order + "I", flags)[0]) & 0xFF

    def matrix(self, view: memoryview) -> Any:
        if not len(view):
            return np.empty((0, 0))
        if self.depth > MAX_DEPTH:
            raise ValueError(self.depth)
        (_, flags), offset = self.element(view, 0)
        matlab_class = self.matlab_class(flags)
        if matlab_class == OPAQUE:
            raise UnsupportedClassError(self.opaque_class(view, offset))
        (_, lengths), offset = self.element(view, offset)
        (_, _), offset = self.element(view, offset)
        shape = struct.unpack(f"{self.order}{len(lengths) // 4}i", lengths)
        if not 2 <= len(shape) <= 32 or min(shape) < 0:
            raise ValueError(shape)
        if matlab_class in DTYPES:
            return self.numbers(view, offset, shape, struct.unpack_from(self.order + "I", flags)[0])
        if matlab_class == CHAR:
            return self.text(view, offset, shape)
        if matlab_class == CELL:
            return object_array(self.matrices(view, offset, math.prod(shape)), shape)
        if matlab_class == STRUCT:
            return self.struct(view, offset, shape)
        if matlab_class == OBJECT:
            raise UnsupportedClassError(bytes(self.element(view, offset)[0][1]).decode("latin1"))
        raise UnsupportedClassError(
            {SPARSE: "sparse", FUNCTION: "function_handle"}.get(matlab_class, str(matlab_class))
        )

    def matrices(self, view: memoryview, offset: int, count: int) -> list[Any]:
        """The cells or fields of a variable, each of which takes eight bytes at least."""
        if count * 8 > len(view):
            raise ValueError(count)
        self.limit.take(ITEM * count)
        items = []
        self.depth += 1
        for _ in range(count):
            (kind, content), offset = self.element(view, offset)
            if kind != MATRIX:
                raise ValueError(kind)
            items.append(self.matrix(content))
        self.depth -= 1
        return items

    def struct(self, view: memoryview, offset: int, shape: tuple[int, ...]) -> Any:
        (_, raw_width), offset = self.element(view, offset)
        (_, raw), offset = self.element(view, offset)
        (width,) = struct.unpack_from(self.order + "i", raw_width)
        count = math.prod(shape)
        if width <= 0 or count * 8 > len(view):
            raise ValueError(width)
        self.limit.take(ITEM * (count + len(raw) // width))
        fields = [bytes(raw[at : at + width]).split(b"\0")[0].decode("latin1") for at in range(0, len(raw), width)]
        items = iter(self.matrices(view, offset, count * len(fields)))
        return struct_array([{field: next(items) for field in fields} for _ in range(count)], shape)

    def numbers(self, view: memoryview, offset: int, shape: tuple[int, ...], flags: int) -> Array:
        values, offset = self.part(view, offset, shape, DTYPES[flags & 0xFF])
        if flags & COMPLEX:
            self.limit.take(16 * values.size)
            values = complex_array(values, self.part(view, offset, shape, DTYPES[flags & 0xFF])[0])
        return values.astype(bool) if flags & LOGICAL else values

    def part(self, view: memoryview, offset: int, shape: tuple[int, ...], dtype: str) -> tuple[Array, int]:
        """The real or the imaginary part; MATLAB stores numbers in the smallest type that holds them all."""
        (stored, raw), offset = self.element(view, offset)
        values = np.frombuffer(raw, self.order + STORED_DTYPES[stored]) if len(raw) else np.empty(0)
        if len(values) != math.prod(shape):
            raise ValueError(shape)
        if values.dtype != dtype:
            self.limit.take(len(values) * np.dtype(dtype).itemsize)
        return values.astype(dtype, copy=False).reshape(shape, order="F"), offset

    def text(self, view: memoryview, offset: int, shape: tuple[int, ...]) -> Any:
        (stored, raw), _ = self.element(view, offset)
        encoding = ENCODINGS[stored]
        self.limit.take(8 * len(raw) + ITEM * shape[0])  # a character takes up to four bytes, and there is a copy
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self.order == "<" else "-be"
        text = bytes(raw).decode(encoding)
        code_units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if len(shape) != 2 or math.prod(shape) not in (len(text), code_units):
            raise ValueError(shape)
        if shape[0] == 1 or not text:
            return text
        return np.array(["".join(text[row :: shape[0]]) for row in range(shape[0])])

    def opaque_class(self, view: memoryview, offset: int) -> str:
        """The class follows the name of the variable and the name of its type system."""
        for _ in range(2):
            _, offset = self.element(view, offset)
        return bytes(self.element(view, offset)[0][1]).decode("latin1")
