"""NumPy arrays in pickles, created only where type, shape and number of bytes agree."""

from __future__ import annotations

import enum
import math
import re
from typing import Any

import numpy as np

TYPE_CODES = re.compile(r"[biuf](?:1|2|4|8|12|16)|[SU][1-9][0-9]{0,8}")
MAX_AXES = 32  # NumPy does not check the number of axes of a state itself
MAX_CODE_POINT = 0x10FFFF  # NumPy fails only later where text contains a larger one


class NumpyName(enum.Enum):
    """The names with which NumPy pickles arrays; they are tokens, and nothing is looked up or called by them."""

    NDARRAY = "ndarray"
    DTYPE = "dtype"
    RECONSTRUCT = "_reconstruct"
    FROM_BUFFER = "_frombuffer"
    SCALAR = "scalar"
    ENCODE = "encode"
    BYTES = "bytes"


NAMES = {
    ("numpy", "ndarray"): NumpyName.NDARRAY,
    ("numpy", "dtype"): NumpyName.DTYPE,
    ("_codecs", "encode"): NumpyName.ENCODE,
    **{(module, "bytes"): NumpyName.BYTES for module in ("builtins", "__builtin__")},
    **{(f"numpy.{core}.multiarray", "_reconstruct"): NumpyName.RECONSTRUCT for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): NumpyName.SCALAR for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): NumpyName.FROM_BUFFER for core in ("core", "_core")},
}


class ArrayBuilder:
    """Builds arrays from the arguments and states in a pickle, up to a limit on the bytes of all of them."""

    def __init__(self, limit: int) -> None:
        self.bytes_left = limit
        self.without_state: dict[int, Any] = {}  # arrays and types whose state has not been read yet

    def call(self, name: NumpyName, arguments: tuple[Any, ...]) -> Any:
        match name, arguments:
            case NumpyName.RECONSTRUCT, (NumpyName.NDARRAY, tuple(), str() | bytes()):
                return self.awaiting_state(np.empty(0))
            case NumpyName.DTYPE, (str(code), int(), int()):
                if not TYPE_CODES.fullmatch(code):
                    raise TypeError(code)
                return self.awaiting_state(np.dtype(code, align=False, copy=True))
            case (
                NumpyName.FROM_BUFFER,
                (bytes() | bytearray() as data, np.dtype() as dtype, tuple(shape), "C" | "F" as order),
            ):
                return self.from_buffer(data, dtype, shape, order)
            case NumpyName.SCALAR, (np.dtype() as dtype, bytes() | str() as data):
                return self.from_buffer(self.raw(data), dtype, (1,), "C")[0]
            case NumpyName.ENCODE, (str(text), "latin1" | "latin-1"):
                return self.raw(text)
            case NumpyName.BYTES, ():  # empty bytes in old protocols
                return b""
        raise TypeError(name)

    def build(self, target: Any, state: Any) -> None:
        """Set the state of an array or a type, once."""
        if self.without_state.pop(id(target), None) is None:
            raise TypeError(target)
        set_state: Any = target.__setstate__
        match target, state:
            case np.dtype() as dtype, (int(), "<" | ">" | "|" | "=" as order, None, None, None, *_):
                size, alignment = (dtype.itemsize, dtype.alignment) if dtype.kind in "SU" else (-1, -1)
                set_state((3, order, None, None, None, size, alignment, 0))
            case np.ndarray(), (int(), tuple(shape), np.dtype() as dtype, int(fortran), bytes() | str() as data):
                raw = self.raw(data)
                check_size(raw, dtype, shape)
                set_state((1, shape, dtype, bool(fortran), raw))
                check_text(target)
            case _:
                raise TypeError(target)

    def awaiting_state(self, target: Any) -> Any:
        self.without_state[id(target)] = target
        return target

    def raw(self, data: bytes | str) -> bytes:
        """The bytes of data; Python 2 and old protocols write them as text."""
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise ValueError(self.bytes_left)
        return data.encode("latin1") if isinstance(data, str) else data

    def from_buffer(self, data: bytes | bytearray, dtype: np.dtype[Any], shape: tuple[Any, ...], order: Any) -> Any:
        check_size(data, dtype, shape)
        array = np.frombuffer(data, dtype) if len(data) else np.empty(0, dtype)
        check_text(array)
        return array.reshape(shape, order=order)


def check_size(data: bytes | bytearray, dtype: np.dtype[Any], shape: tuple[Any, ...]) -> None:
    """Raise unless type and shape give the number of bytes."""
    if len(shape) > MAX_AXES or not all(type(length) is int and 0 <= length < 2**62 for length in shape):
        raise ValueError(shape)
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(len(data))


def check_text(array: Any) -> None:
    """Raise where text contains code points that do not exist."""
    if array.dtype.kind == "U" and array.size:
        code_points = np.frombuffer(array.tobytes(), np.dtype("u4").newbyteorder(array.dtype.byteorder))
        if code_points.max() > MAX_CODE_POINT:
            raise ValueError(array.dtype)
