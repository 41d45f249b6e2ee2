"""MATLAB files of version 7.3, which are HDF5: cells are references, text is numbers, axes are reversed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from bench.errors import DataError
from bench.readers.matlab_values import foreign, joined, missing, objects, structs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.api import Array

HIDDEN = ("#refs#", "#subsystem#")
NUMBERS = {"double": "f8", "single": "f4", "logical": "?", **{f"{sign}int{bits}": f"{sign[:1] or 'i'}{bits // 8}"
           for sign in ("", "u") for bits in (8, 16, 32, 64)}}  # fmt: skip
DEPTH = 64
RATIO = 1100  # the best that compression in HDF5 does
FREE = 1 << 20


def load(path: Path, names: Sequence[str]) -> dict[str, Any]:
    with h5py.File(path, "r", locking=False) as file:
        there = [name for name in file if name not in HIDDEN]
        for name in names:
            if name not in there:
                raise missing(path, name, there)
        return {name: Variable(path, file, name).value(linked(file, name)) for name in names or there}


def linked(group: h5py.Group, name: str) -> Any:
    """What lies in this file itself: a link could lead to any other."""
    if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise LookupError(name)
    return group[name]


class Variable:
    """One variable, in whose cells the same part may be referred to more than once."""

    def __init__(self, path: Path, file: h5py.File, name: str) -> None:
        self.path, self.file, self.name = path, file, name
        self.known: dict[int, Any] = {}
        self.open: set[int] = set()

    def value(self, found: Any) -> Any:
        address = h5py.h5o.get_info(found.id).addr
        if address in self.known:
            return self.known[address]
        if address in self.open or len(self.open) > DEPTH:
            raise ValueError(address)
        self.open.add(address)
        value = self.struct(found) if isinstance(found, h5py.Group) else self.dataset(found)
        self.open.remove(address)
        self.known[address] = value
        return value

    def struct(self, group: h5py.Group) -> Any:
        kind = told(group, "MATLAB_class", "struct")
        if kind != "struct" or "MATLAB_object_decode" in group.attrs:
            raise foreign(self.path, self.name, "sparse" if "MATLAB_sparse" in group.attrs else kind)
        if "MATLAB_sparse" in group.attrs:
            raise foreign(self.path, self.name, "sparse")
        fields = {name: linked(group, name) for name in group}
        many = [each for each in fields.values() if refers(each) and "MATLAB_class" not in each.attrs]
        if not many or len(many) != len(fields):
            return {name: self.value(each) for name, each in fields.items()}
        columns = {name: self.referred(each) for name, each in fields.items()}
        shape = next(iter(columns.values())).shape
        rows = zip(*(column.ravel(order="F") for column in columns.values()), strict=True)
        return structs([dict(zip(columns, row, strict=True)) for row in rows], shape)

    def dataset(self, data: h5py.Dataset) -> Any:
        kind = told(data, "MATLAB_class", "")
        self.check(data)
        if data.attrs.get("MATLAB_empty"):
            return self.empty(data, kind)
        if kind == "cell" or (not kind and refers(data)):
            return self.referred(data)
        if kind == "char":
            return characters(data[()].T)
        if "MATLAB_object_decode" in data.attrs or (kind and kind not in NUMBERS) or not is_number(data.dtype):
            raise foreign(self.path, self.name, kind or str(data.dtype))
        values = data[()]
        if values.dtype.names:
            values = joined(values["real"], values["imag"])
        return np.atleast_2d(
            values.astype(NUMBERS[kind], copy=False) if kind and values.dtype.kind != "c" else values
        ).T

    def check(self, data: h5py.Dataset) -> None:
        """No data from other files, no more of them than are stored."""
        if data.is_virtual or data.external or data.shape is None or data.ndim > 32:
            raise ValueError(data.name)
        if data.nbytes > FREE + RATIO * data.id.get_storage_size():
            raise DataError(f"{self.path} declares {data.nbytes} bytes for '{self.name}' that it does not hold.")

    def empty(self, data: h5py.Dataset, kind: str) -> Any:
        """An empty array is stored as its shape."""
        shape = tuple(int(length) for length in np.ravel(data[()]))
        if kind == "char":
            return ""
        if 0 not in shape or len(shape) > 32:
            raise ValueError(shape)
        if kind not in (*NUMBERS, "cell", "struct"):
            raise foreign(self.path, self.name, kind)
        return np.empty(shape, NUMBERS.get(kind, object))

    def referred(self, data: h5py.Dataset) -> Array:
        self.check(data)
        if not refers(data):
            raise TypeError(data.name)
        references = np.atleast_2d(data[()]).T
        return objects([self.value(self.file[each]) for each in references.ravel(order="F")], references.shape)


def told(found: Any, name: str, default: str) -> str:
    value = found.attrs.get(name, default)
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def refers(found: Any) -> bool:
    return isinstance(found, h5py.Dataset) and h5py.check_ref_dtype(found.dtype) is h5py.Reference


def is_number(kind: np.dtype[Any]) -> bool:
    return kind.kind in "biuf" or kind.names == ("real", "imag")


def characters(codes: Array) -> Any:
    """Rows of UTF-16 units."""
    rows = [np.ascontiguousarray(row, "<u2").tobytes().decode("utf-16-le") for row in np.atleast_2d(codes)]
    return rows[0] if len(rows) == 1 else np.array(rows)
