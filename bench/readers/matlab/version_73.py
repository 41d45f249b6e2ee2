"""MATLAB files of version 7.3, which are HDF5: cells are references, text is numbers, axes are reversed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from bench.readers.matlab.memory_limit import ITEM, MemoryLimit
from bench.readers.matlab.values import complex_array, missing, object_array, struct_array, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

HIDDEN = ("#refs#", "#subsystem#")
NUMERIC = {"double": "f8", "single": "f4", "logical": "?", **{f"{sign}int{bits}": f"{sign[:1] or 'i'}{bits // 8}"
           for sign in ("", "u") for bits in (8, 16, 32, 64)}}  # fmt: skip
MAX_DEPTH = 64


def read(path: Path, names: Sequence[str]) -> dict[str, Any]:
    limit = MemoryLimit(path)
    with h5py.File(path, "r", locking=False) as file:
        present = [name for name in file if name not in HIDDEN]
        for name in names:
            if name not in present:
                raise missing(path, name, present)
        return {name: VariableReader(path, file, name, limit).value(member(file, name)) for name in names or present}


def member(group: h5py.Group, name: str) -> Any:
    """A member that is stored in this file: soft and external links could lead to any other."""
    if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise LookupError(name)
    return group[name]


class VariableReader:
    """Reads one variable, whose cells may refer to the same object more than once."""

    def __init__(self, path: Path, file: h5py.File, name: str, limit: MemoryLimit) -> None:
        self.path, self.file, self.name, self.limit = path, file, name, limit
        self.values: dict[int, tuple[Any, int]] = {}  # address -> value and its bytes
        self.open: set[int] = set()  # addresses of the objects that contain the current one

    def value(self, node: Any) -> Any:
        address = h5py.h5o.get_info(node.id).addr
        if address in self.values:
            value, size = self.values[address]
            self.limit.take(size)  # as a caller meets it, so that cells that share each other do not expand without end
            return value
        if address in self.open or len(self.open) > MAX_DEPTH:
            raise ValueError(address)
        self.open.add(address)
        before = self.limit.taken
        self.limit.take(ITEM)
        value = self.struct(node) if isinstance(node, h5py.Group) else self.dataset(node)
        self.open.remove(address)
        self.values[address] = value, self.limit.taken - before
        return value

    def struct(self, group: h5py.Group) -> Any:
        matlab_class = text_attribute(group, "MATLAB_class", "struct")
        if "MATLAB_sparse" in group.attrs:
            raise unsupported(self.path, self.name, "sparse")
        if matlab_class != "struct" or "MATLAB_object_decode" in group.attrs:
            raise unsupported(self.path, self.name, matlab_class)
        fields = {name: member(group, name) for name in group}
        arrays = [node for node in fields.values() if is_reference(node) and "MATLAB_class" not in node.attrs]
        if not arrays or len(arrays) != len(fields):
            return {name: self.value(node) for name, node in fields.items()}
        columns = {name: self.references(node) for name, node in fields.items()}
        shape = next(iter(columns.values())).shape
        rows = zip(*(column.ravel(order="F") for column in columns.values()), strict=True)
        return struct_array([dict(zip(columns, row, strict=True)) for row in rows], shape)

    def dataset(self, data: h5py.Dataset) -> Any:
        matlab_class = text_attribute(data, "MATLAB_class", "")
        self.take(data)
        if attribute(data, "MATLAB_empty", 0):
            return self.empty(data, matlab_class)
        if matlab_class == "cell" or (not matlab_class and is_reference(data)):
            return self.references(data)
        if matlab_class == "char":
            return characters(data[()].T)
        if "MATLAB_object_decode" in data.attrs or (matlab_class and matlab_class not in NUMERIC):
            raise unsupported(self.path, self.name, matlab_class or str(data.dtype))
        values = data[()]
        if values.dtype.names:
            values = complex_array(values["real"], values["imag"])
        elif matlab_class:
            values = values.astype(NUMERIC[matlab_class], copy=False)
        return np.atleast_2d(values).T

    def take(self, data: h5py.Dataset) -> None:
        """Refuse data that are stored in other files, and more data than the limit of this one."""
        if data.is_virtual or data.external or data.shape is None or data.ndim > 32:
            raise ValueError(data.name)
        if not (is_numeric(data.dtype) or is_reference(data)):  # values of variable length could share their content
            raise unsupported(self.path, self.name, text_attribute(data, "MATLAB_class", "") or str(data.dtype))
        chunk = math.prod(data.chunks) if data.chunks else 0  # is unpacked as a whole, and can be larger than the data
        self.limit.take(max(data.size, chunk) * max(data.dtype.itemsize, 8))  # numbers may become doubles

    def empty(self, data: h5py.Dataset, matlab_class: str) -> Any:
        """An empty array is stored as its shape."""
        shape = tuple(int(length) for length in np.ravel(data[()]))
        if matlab_class == "char":
            return ""
        if 0 not in shape or len(shape) > 32:
            raise ValueError(shape)
        if matlab_class not in (*NUMERIC, "cell", "struct"):
            raise unsupported(self.path, self.name, matlab_class)
        return np.empty(shape, NUMERIC.get(matlab_class, object))

    def references(self, data: h5py.Dataset) -> Array:
        self.take(data)
        self.limit.take(ITEM * data.size)
        if not is_reference(data):
            raise TypeError(data.name)
        array = np.atleast_2d(data[()]).T
        return object_array([self.value(self.file[each]) for each in array.ravel(order="F")], array.shape)


def attribute(node: Any, name: str, default: Any) -> Any:
    """A single value; many texts of an attribute could share their content."""
    if name in node.attrs and node.attrs.get_id(name).shape:
        raise ValueError(name)
    return node.attrs.get(name, default)


def text_attribute(node: Any, name: str, default: str) -> str:
    value = attribute(node, name, default)
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def is_reference(node: Any) -> bool:
    return isinstance(node, h5py.Dataset) and h5py.check_ref_dtype(node.dtype) is h5py.Reference


def is_numeric(dtype: np.dtype[Any]) -> bool:
    parts = [dtype[name] for name in dtype.names] if dtype.names == ("real", "imag") else [dtype]
    return all(part.kind in "biuf" for part in parts)


def characters(codes: Array) -> Any:
    """Rows of UTF-16 code units."""
    rows = [np.ascontiguousarray(row, "<u2").tobytes().decode("utf-16-le") for row in np.atleast_2d(codes)]
    return rows[0] if len(rows) == 1 else np.array(rows)
