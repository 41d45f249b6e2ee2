"""Numpy arrays in pickles, made only after their type, shape and number of bytes agree."""

from __future__ import annotations

import enum
import math
import re
from typing import Any

import numpy as np

TYPES = re.compile(r"[biuf](?:1|2|4|8|12|16)|[SU][1-9][0-9]{0,8}")
AXES = 32  # numpy does not look itself at how many a state has
LAST = 0x10FFFF  # the last code point: numpy fails later where a text has one beyond


class Name(enum.Enum):
    """What numpy writes the names of; they stand for themselves, and nothing is called by them."""

    ARRAY = "ndarray"
    TYPE = "dtype"
    EMPTY = "_reconstruct"
    VIEW = "_frombuffer"
    SCALAR = "scalar"
    ENCODE = "encode"
    BYTES = "bytes"


NAMES = {
    ("numpy", "ndarray"): Name.ARRAY,
    ("numpy", "dtype"): Name.TYPE,
    ("_codecs", "encode"): Name.ENCODE,
    **{(module, "bytes"): Name.BYTES for module in ("builtins", "__builtin__")},
    **{(f"numpy.{core}.multiarray", "_reconstruct"): Name.EMPTY for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): Name.SCALAR for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): Name.VIEW for core in ("core", "_core")},
}


class Maker:
    """Makes arrays from what a pickle says of them, as long as they are not larger than the file can mean."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.open: dict[int, Any] = {}  # arrays and types that wait for their state

    def call(self, name: Name, arguments: tuple[Any, ...]) -> Any:
        match name, arguments:
            case Name.EMPTY, (Name.ARRAY, tuple(), str() | bytes()):
                return self.waiting(np.empty(0))
            case Name.TYPE, (str(code), int(), int()):
                if not TYPES.fullmatch(code):
                    raise TypeError(code)
                return self.waiting(np.dtype(code, align=False, copy=True))
            case Name.VIEW, (bytes() | bytearray() as data, np.dtype() as kind, tuple(shape), "C" | "F" as order):
                return self.view(data, kind, shape, order)
            case Name.SCALAR, (np.dtype() as kind, bytes() | str() as data):
                return self.view(self.raw(data), kind, (1,), "C")[0]
            case Name.ENCODE, (str(text), "latin1" | "latin-1"):
                return self.raw(text)
            case Name.BYTES, ():  # how an old protocol writes none
                return b""
        raise TypeError(name)

    def build(self, target: Any, state: Any) -> None:
        """Give an array or a type the rest, once."""
        if self.open.pop(id(target), None) is None:
            raise TypeError(target)
        give: Any = target.__setstate__
        match target, state:
            case np.dtype() as kind, (int(), "<" | ">" | "|" | "=" as order, None, None, None, *_):
                size, align = (kind.itemsize, kind.alignment) if kind.kind in "SU" else (-1, -1)
                give((3, order, None, None, None, size, align, 0))
            case np.ndarray(), (int(), tuple(shape), np.dtype() as kind, int(fortran), bytes() | str() as data):
                raw = self.raw(data)
                checked(raw, kind, shape)
                give((1, shape, kind, bool(fortran), raw))
                readable(target)
            case _:
                raise TypeError(target)

    def waiting(self, target: Any) -> Any:
        self.open[id(target)] = target
        return target

    def raw(self, data: bytes | str) -> bytes:
        """The bytes of data that Python 2 or an old protocol wrote as a text."""
        self.left -= len(data)
        if self.left < 0:
            raise ValueError(self.left)
        return data.encode("latin1") if isinstance(data, str) else data

    def view(self, data: bytes | bytearray, kind: np.dtype[Any], shape: tuple[Any, ...], order: Any) -> Any:
        checked(data, kind, shape)
        array = np.frombuffer(data, kind) if len(data) else np.empty(0, kind)
        readable(array)
        return array.reshape(shape, order=order)


def checked(data: bytes | bytearray, kind: np.dtype[Any], shape: tuple[Any, ...]) -> None:
    """The number of bytes is what type and shape say."""
    if len(shape) > AXES or not all(type(length) is int and 0 <= length < 2**62 for length in shape):
        raise ValueError(shape)
    if math.prod(shape) * kind.itemsize != len(data):
        raise ValueError(len(data))


def readable(array: Any) -> None:
    """Text holds only code points that exist."""
    if array.dtype.kind == "U" and array.size:
        points = np.frombuffer(array.tobytes(), np.dtype("u4").newbyteorder(array.dtype.byteorder))
        if points.max() > LAST:
            raise ValueError(array.dtype)
