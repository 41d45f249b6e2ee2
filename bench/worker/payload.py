"""Objects on their way from the harness to a worker: arrays in one memory file, mapped files as descriptors.

Nothing travels in the other direction like this: the harness never unpickles what a worker sends.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import tempfile
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.api import Configurable, Dataset
from bench.data.signal_files import mapped_file
from bench.foreign import standins
from bench.foreign.standins import Standin
from bench.options import files_of
from bench.worker import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.api import Array

ALIGNED = 64  # bytes


class _Pickler(pickle.Pickler):
    """Takes memory-mapped arrays out of the stream, whose file the worker maps as well."""

    def __init__(self, file: io.BytesIO, buffers: list[memoryview]) -> None:
        super().__init__(file, protocol=5, buffer_callback=lambda buffer: buffers.append(buffer.raw()))
        self.files: dict[str, int] = {}

    def persistent_id(self, value: Any) -> Any:
        mapped = mapped_file(value) if isinstance(value, np.ndarray) else None
        if mapped is None:
            return None
        number = self.files.setdefault(mapped[0], len(self.files))
        return number, mapped[1], value.shape, value.strides, value.dtype.str

    def reducer_override(self, obj: Any) -> Any:
        """A plugin travels as its options: what else it holds was left there by code that may have seen all data.

        A data set travels as what it declares, since workers cannot read data.
        """
        if isinstance(obj, type) and issubclass(obj, Standin):
            return standins.loaded, (obj.described["module"], obj.described["name"])
        if isinstance(obj, Dataset):
            return standins.known_instance(obj)
        if not isinstance(obj, Configurable) or not is_dataclass(obj):
            return NotImplemented
        values = {each.name: getattr(obj, each.name) for each in fields(obj) if each.init}
        return rebuilt, (type(obj), {**values, **files_of(obj)})


def rebuilt(cls: type, options: Mapping[str, Any]) -> Any:
    return cls(**options)


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: memoryview, buffers: Sequence[memoryview], files: Sequence[int]) -> None:
        super().__init__(io.BytesIO(content), buffers=buffers)
        self.files = [mmap.mmap(file, 0, access=mmap.ACCESS_READ) for file in files]

    def persistent_load(self, pid: Any) -> Array:
        number, offset, shape, strides, dtype = pid
        return np.ndarray(shape, dtype, self.files[number], offset, strides)


@contextmanager
def packed(value: object) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """The description of the value and the descriptors that go with it, which are open within the context."""
    if value is None:
        yield {"places": []}, []
        return
    stream, buffers = io.BytesIO(), cast("list[memoryview]", [])
    pickler = _Pickler(stream, buffers)
    pickler.dump(value)
    parts, places, length = [memoryview(stream.getbuffer()), *buffers], [], 0
    descriptors: list[int] = []
    try:
        descriptors.append(_memory_file())
        for part in parts:
            length += -length % ALIGNED
            places.append([length, part.nbytes])
            _write(descriptors[0], part, length)
            length += part.nbytes
        descriptors += [os.open(file, os.O_RDONLY | os.O_CLOEXEC) for file in pickler.files]
        yield {"places": places}, descriptors
    finally:
        wire.close(descriptors)


def unpacked(values: Mapping[str, Any], descriptors: Sequence[int]) -> Any:
    """The value. Arrays of the memory file can be changed without effect on anybody else."""
    if not values["places"]:
        return None
    memory, *files = descriptors
    content = memoryview(mmap.mmap(memory, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE))
    first, *buffers = [content[start : start + size] for start, size in values["places"]]
    try:
        return _Unpickler(first, buffers, files).load()
    finally:
        wire.close(descriptors)


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("bench")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(file: int, part: memoryview, place: int) -> None:
    flat = part.cast("B") if part.nbytes else part
    while flat:
        done = os.pwrite(file, flat, place)
        flat, place = flat[done:], place + done
