"""MATLAB files of version 5: nested elements, each with a tag that tells type and length, packed or not.

Every length is checked before it is used: a reader in C that believes them ends the process where a byte is wrong.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from bench.errors import DataError
from bench.readers.matlab_values import Foreign, foreign, joined, missing, objects, structs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.api import Array

HEADER = 128
MATRIX, PACKED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
TEXTS = {1: "latin1", 2: "latin1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
CELL, STRUCT, OBJECT, CHAR, SPARSE, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 16, 17
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
COMPLEX, LOGICAL = 0x800, 0x200
PIECE = 1 << 20
FRONT = 4096  # bytes in which flags, shape and name of a variable lie
DEPTH = 64


def load(path: Path, names: Sequence[str]) -> dict[str, Any]:
    with path.open("rb") as file:
        order = "<" if file.read(HEADER)[126:128] == b"IM" else ">"
        found: dict[str, Any] = {}
        there: list[str] = []
        for name, content in variables(path, file, order, names):
            there.append(name)
            if content is not None:
                try:
                    found[name] = Reader(order).matrix(memoryview(content))
                except Foreign as error:
                    raise foreign(path, name, str(error)) from None
    for name in names:
        if name not in found:
            raise missing(path, name, there)
    return found


def variables(path: Path, file: BinaryIO, order: str, names: Sequence[str]) -> Iterator[tuple[str, bytearray | None]]:
    """Names and bytes of all variables, no bytes where a variable is not asked for."""
    size = path.stat().st_size
    while (place := file.tell()) < size:
        tag = file.read(8)
        kind, count = struct.unpack(order + "II", tag) if len(tag) == 8 else (MATRIX, size)
        if place + 8 + count > size:
            raise DataError(f"{path} is cut off in the middle of a variable; get it again.")
        if kind not in (MATRIX, PACKED):
            raise ValueError(kind)
        if kind == PACKED:
            front = zlib.decompressobj().decompress(file.read(min(FRONT, count)), FRONT)[8:]
        else:
            front = file.read(min(FRONT, count))
        name = named(front, order)
        file.seek(place + 8)
        if name and (not names or name in names):  # what has no name belongs to objects
            yield name, unpacked(file, order, count) if kind == PACKED else bytearray(file.read(count))
        elif name:
            yield name, None
        file.seek(place + 8 + count)


def named(front: bytes, order: str) -> str:
    """Flags, shape and name stand first; an object of a new class has no shape."""
    if not front:
        return ""
    reader = Reader(order)
    (_, flags), place = reader.element(memoryview(front), 0)
    (_, first), place = reader.element(memoryview(front), place)
    if reader.kind(flags) == OPAQUE:
        return bytes(first).decode("latin1")
    (_, name), _ = reader.element(memoryview(front), place)
    return bytes(name).decode("latin1")


def unpacked(file: BinaryIO, order: str, count: int) -> bytearray:
    """A packed variable, its checksum compared; what stands behind its end is left, since some writers do that."""
    inflate, content, length, packed = zlib.decompressobj(), bytearray(), 8, b""
    while not inflate.eof and (count or packed):
        if not packed:
            packed = file.read(min(PIECE, count))
            count -= len(packed)
        piece = inflate.decompress(packed, PIECE)
        packed = inflate.unconsumed_tail
        content += piece[: length - len(content)] if len(content) >= 8 else piece
        if length == 8 and len(content) >= 8:
            kind, inner = struct.unpack_from(order + "II", content)
            length = 8 + inner
            if kind != MATRIX or not inner:
                raise ValueError(kind)
    if len(content) < length or length == 8 or not inflate.eof:
        raise ValueError(length)
    return content[8:length]


class Reader:
    """Elements of one variable."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.depth = 0

    def element(self, view: memoryview, place: int) -> tuple[tuple[int, memoryview], int]:
        """Type and bytes of an element, and where the next one is; up to four bytes stand in the tag itself."""
        kind, count = struct.unpack_from(self.order + "II", view, place)
        start, after = place + 8, place + 8 + count + (-count % 8 if kind != PACKED else 0)
        if kind >> 16:
            kind, count, start, after = kind & 0xFFFF, kind >> 16, place + 4, place + 8
        if (start == place + 4 and count > 4) or start + count > len(view):
            raise ValueError(count)
        return (kind, view[start : start + count]), after

    def kind(self, flags: memoryview) -> int:
        return int(struct.unpack_from(self.order + "I", flags)[0]) & 0xFF

    def matrix(self, view: memoryview) -> Any:
        if not len(view):
            return np.empty((0, 0))
        if self.depth > DEPTH:
            raise ValueError(self.depth)
        (_, flags), place = self.element(view, 0)
        kind = self.kind(flags)
        if kind == OPAQUE:
            raise Foreign(self.opaque(view, place))
        (_, lengths), place = self.element(view, place)
        (_, _), place = self.element(view, place)
        shape = struct.unpack(f"{self.order}{len(lengths) // 4}i", lengths)
        if not 2 <= len(shape) <= 32 or min(shape) < 0:
            raise ValueError(shape)
        if kind in CLASSES:
            return self.numbers(view, place, shape, struct.unpack_from(self.order + "I", flags)[0])
        if kind == CHAR:
            return self.text(view, place, shape)
        if kind == CELL:
            return objects(self.inner(view, place, math.prod(shape)), shape)
        if kind == STRUCT:
            return self.struct(view, place, shape)
        if kind == OBJECT:
            raise Foreign(bytes(self.element(view, place)[0][1]).decode("latin1"))
        raise Foreign({SPARSE: "sparse", FUNCTION: "function_handle"}.get(kind, str(kind)))

    def inner(self, view: memoryview, place: int, count: int) -> list[Any]:
        """Elements in an element, each of which has a tag at least."""
        if count * 8 > len(view):
            raise ValueError(count)
        items = []
        self.depth += 1
        for _ in range(count):
            (kind, content), place = self.element(view, place)
            if kind != MATRIX:
                raise ValueError(kind)
            items.append(self.matrix(content))
        self.depth -= 1
        return items

    def struct(self, view: memoryview, place: int, shape: tuple[int, ...]) -> Any:
        (_, width), place = self.element(view, place)
        (_, raw), place = self.element(view, place)
        (step,) = struct.unpack_from(self.order + "i", width)
        if step <= 0 or math.prod(shape) * 8 > len(view):
            raise ValueError(step)
        fields = [bytes(raw[at : at + step]).split(b"\0")[0].decode("latin1") for at in range(0, len(raw), step)]
        items = self.inner(view, place, math.prod(shape) * len(fields))
        rows = [
            dict(zip(fields, items[at * len(fields) : (at + 1) * len(fields)], strict=True))
            for at in range(math.prod(shape))
        ]
        return structs(rows, shape)

    def numbers(self, view: memoryview, place: int, shape: tuple[int, ...], flags: int) -> Array:
        values, place = self.part(view, place, shape, CLASSES[flags & 0xFF])
        if flags & COMPLEX:
            values = joined(values, self.part(view, place, shape, CLASSES[flags & 0xFF])[0])
        return values.astype(bool) if flags & LOGICAL else values

    def part(self, view: memoryview, place: int, shape: tuple[int, ...], kind: str) -> tuple[Array, int]:
        """Numbers are stored in the smallest type that holds them all."""
        (stored, raw), place = self.element(view, place)
        values = np.frombuffer(raw, self.order + NUMBERS[stored]) if len(raw) else np.empty(0)
        if len(values) != math.prod(shape):
            raise ValueError(shape)
        return values.astype(kind, copy=False).reshape(shape, order="F"), place

    def text(self, view: memoryview, place: int, shape: tuple[int, ...]) -> Any:
        (stored, raw), _ = self.element(view, place)
        code = TEXTS[stored]
        if code in ("utf-16", "utf-32"):
            code += "-le" if self.order == "<" else "-be"
        text = bytes(raw).decode(code)
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if len(shape) != 2 or math.prod(shape) not in (len(text), units):
            raise ValueError(shape)
        if shape[0] == 1 or not text:
            return text
        return np.array(["".join(text[row :: shape[0]]) for row in range(shape[0])])

    def opaque(self, view: memoryview, place: int) -> str:
        """Name of the variable, of the system of classes, of the class."""
        for _ in range(2):
            _, place = self.element(view, place)
        return bytes(self.element(view, place)[0][1]).decode("latin1")
