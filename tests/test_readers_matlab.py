"""MATLAB files of both versions, written by SciPy and h5py, are read into one representation; damage is refused."""

import random
import struct
import tracemalloc
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.errors import DataError
from bench.readers import matlab
from bench.readers.matlab.memory_limit import MemoryLimit


def cells(*items, shape=None):
    found = np.empty(len(items), object)
    found[:] = items
    return found.reshape(shape or (1, len(items)))


def version_5(path, variables, packed=True):
    scipy.io.savemat(path, variables, do_compression=packed, oned_as="row")


class Version73:
    """Writes as MATLAB does: axes reversed, text as numbers, cells and arrays of structs as references."""

    def __init__(self, path, variables):
        self.count = 0
        with h5py.File(path, "w", userblock_size=512) as self.file:
            self.parts = self.file.create_group("#refs#")
            for name, value in variables.items():
                self.write(self.file, name, value)
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")

    def write(self, group, name, value):
        if isinstance(value, dict):
            made = group.create_group(name)
            made.attrs["MATLAB_class"] = np.bytes_("struct")
            for field, each in value.items():
                self.write(made, field, each)
        elif isinstance(value, str):
            codes = np.frombuffer(value.encode("utf-16-le"), "<u2")[:, None]
            self.dataset(group, name, codes if value else np.zeros(2, "u8"), "char", not value)
        elif value.dtype == object and value.size and all(isinstance(each, dict) for each in value.ravel()):
            made = group.create_group(name)
            made.attrs["MATLAB_class"] = np.bytes_("struct")
            for field in value.ravel()[0]:
                made[field] = self.references([each[field] for each in value.T.ravel()], value.T.shape)
        elif value.dtype == object and value.size:
            made = group.create_dataset(name, data=self.references(value.T.ravel(), value.T.shape))
            made.attrs["MATLAB_class"] = np.bytes_("cell")
        else:
            kinds = {"f8": "double", "f4": "single", "b1": "logical", "i2": "int16", "u1": "uint8", "O": "cell"}
            kind = kinds.get(value.dtype.str[1:], "double")
            if not value.size:
                self.dataset(group, name, np.array(value.shape, "u8"), kind, empty=True)
            elif value.dtype.kind == "c":
                parts = np.empty(value.T.shape, [("real", "f8"), ("imag", "f8")])
                parts["real"], parts["imag"] = value.T.real, value.T.imag
                self.dataset(group, name, parts, "double")
            else:
                self.dataset(group, name, value.T.astype("u1") if kind == "logical" else value.T, kind)

    def dataset(self, group, name, values, kind, empty=False):
        made = group.create_dataset(name, data=values)
        made.attrs["MATLAB_class"] = np.bytes_(kind)
        if empty:
            made.attrs["MATLAB_empty"] = np.uint8(1)

    def references(self, items, shape):
        found = np.empty(len(items), h5py.ref_dtype)
        for place, each in enumerate(items):
            self.count += 1
            name = f"r{self.count}"
            self.write(self.parts, name, each)
            found[place] = self.parts[name].ref
        return found.reshape(shape)


WRITERS = {
    "5-packed": version_5,
    "5-plain": lambda path, variables: version_5(path, variables, packed=False),
    "7.3": Version73,
}


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    def written(**variables):
        path = tmp_path / "P01.mat"
        WRITERS[request.param](path, variables)
        return path

    return written


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("matlab")


def same(ours, given):
    assert type(ours) is type(given)
    if isinstance(given, dict):
        assert set(ours) == set(given)
        for key, value in given.items():
            same(ours[key], value)
    elif isinstance(given, np.ndarray):
        assert (ours.shape, ours.dtype) == (given.shape, given.dtype)
        if given.dtype == object:
            for mine, theirs in zip(ours.ravel(), given.ravel(), strict=True):
                same(mine, theirs)
        else:
            np.testing.assert_array_equal(ours, given)
    else:
        assert ours == given


def column(*values):
    return np.array(values, float)[:, None]


EVERYTHING = {
    "numbers": np.arange(12.0).reshape(3, 4),
    "single": np.array([[1.5, 2.5]], "f4"),
    "counts": np.array([[-300], [200]], "i2"),
    "choices": np.array([[True, False, True]]),
    "waves": np.array([[1 + 2j, 3 - 4j]]),
    "solid": np.arange(24.0).reshape(2, 3, 4),
    "nothing": np.empty((0, 5)),
    "id": "N1",
    "umlaut": "Gefühl",
    "no_text": "",
    "joined_data": cells(np.arange(6.0).reshape(3, 2), np.empty((0, 0)), "10", cells("a", column(1, 2))),
    "tall": cells("a", "b", "c", "d", "e", "f", shape=(2, 3)),
    "o": {"id": "A", "data": column(1, 2, 3), "inner": {"chnames": cells("Fp1", "Fp2", shape=(2, 1))}},
    "many": cells({"a": column(1), "b": "x"}, {"a": column(2), "b": "y"}),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_both_versions_are_read_alike(name, write):
    same(matlab.read(write(**{name: EVERYTHING[name]}))[name], EVERYTHING[name])


def test_all_variables_or_some_are_read(write):
    path = write(**EVERYTHING)
    same(matlab.read(path), EVERYTHING)
    same(matlab.read(path, ["id", "tall"]), {"id": "N1", "tall": EVERYTHING["tall"]})
    with pytest.raises(DataError) as caught:
        matlab.read(path, ["labels"])
    listed = ", ".join(sorted(EVERYTHING))
    assert str(caught.value) == f"{path} has no variable 'labels'; it has {listed}."


def test_rows_of_text_are_an_array(tmp_path):
    version_5(tmp_path / "P01.mat", {"names": np.array(["ab", "cd", "ef"])})
    assert matlab.read(tmp_path / "P01.mat")["names"].tolist() == ["ab", "cd", "ef"]


@pytest.mark.parametrize("packed", [True, False])
def test_whole_numbers_are_double_as_matlab_has_them(packed, tmp_path):
    """MATLAB stores a double array of small whole numbers in bytes."""
    body = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, 1, 3) + struct.pack("<HH4s", 1, 1, b"x")
    body += struct.pack("<HH4s", 2, 3, bytes([1, 2, 250]))
    element = struct.pack("<II", 14, len(body)) + body
    path = tmp_path / "P01.mat"
    for order in (element, element + b"\0" * 4):  # some writers pack a few bytes too many
        raw = zlib.compress(order)
        raw = struct.pack("<II", 15, len(raw)) + raw if packed else element
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + raw)
        same(matlab.read(path), {"x": np.array([[1.0, 2.0, 250.0]])})


NUMBERS = arrays.arrays(
    st.sampled_from(["<f8", "<f4", "<i2", "|u1", "|b1"]), arrays.array_shapes(min_dims=2, max_dims=3, min_side=1)
)
TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
FIELDS = st.sampled_from(["a", "data", "chnames", "sr"])
CELLS = st.recursive(
    NUMBERS | TEXT, lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda items: cells(*items)), max_leaves=5
)
VALUES = st.recursive(CELLS, lambda inner: st.dictionaries(FIELDS, inner, min_size=1), max_leaves=5)


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=25, deadline=None)
@given(value=VALUES)
def test_values_survive_a_round_trip(kind, value, folder):
    WRITERS[kind](folder / "P01.mat", {"x": value})
    same(matlab.read(folder / "P01.mat")["x"], value)


# -------------------------------------------------------------------------------- what is refused


def refused(path, sentence):
    with pytest.raises(DataError) as caught:
        matlab.read(path)
    assert str(caught.value) == f"{path} {sentence}"


DAMAGED = "is not a valid MATLAB file: it is damaged or incomplete; download it again."


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty: the download was probably interrupted; download it again."),
        (
            b"\n <!doctype HTML><html>Sign in</html>",
            "is an HTML page, not a MATLAB file: the download was probably refused; open it to see why.",
        ),
        (b"x" * 500, "is not a MATLAB file of version 5 or 7.3."),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 500, DAMAGED),
    ],
)
def test_other_files_are_refused(raw, sentence, tmp_path):
    (tmp_path / "P01.mat").write_bytes(raw)
    refused(tmp_path / "P01.mat", sentence)


def test_a_truncated_file_is_refused(write):
    path = write(x=np.random.default_rng(0).normal(size=(300, 40)))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    refused(
        path, DAMAGED if raw[512:516] == b"\x89HDF" else "is truncated in the middle of a variable; download it again."
    )


def test_a_changed_bit_in_compressed_data_is_detected(tmp_path):
    path = tmp_path / "P01.mat"
    version_5(path, {"x": np.random.default_rng(0).normal(size=(300, 40))})
    raw = bytearray(path.read_bytes())
    raw[-2000] ^= 1
    path.write_bytes(raw)
    refused(path, DAMAGED)


@pytest.mark.parametrize("stored", [0, 8, 10, 11, 19, 255])
def test_an_unknown_type_of_an_element_is_refused(stored, tmp_path):
    """SciPy looks such a type up behind the end of a table, which ends the process."""
    path = tmp_path / "P01.mat"
    version_5(path, {"x": np.arange(6.0).reshape(2, 3)}, packed=False)
    raw = bytearray(path.read_bytes())
    assert raw[128 + 48] == 9  # double
    raw[128 + 48] = stored
    path.write_bytes(raw)
    refused(path, DAMAGED)


def packed_73(path, values):
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file.create_dataset(name, data=value, chunks=value.shape, compression=9, shuffle=True)


@pytest.mark.parametrize("write", [version_5, packed_73])
def test_constant_signals_are_read(write, tmp_path):
    write(tmp_path / "P01.mat", {"x": np.zeros((1000, 1000))})
    assert matlab.read(tmp_path / "P01.mat")["x"].shape == (1000, 1000)


BOMBS = {
    "bytes that become doubles": {"x": np.zeros((3000, 10000), "u1")},
    "many variables": {f"x{number}": np.zeros((1000, 1000)) for number in range(20)},
    "many cells": {"x": cells(*[np.zeros((1000, 1000))] * 20)},
    "empty cells": {"x": cells(*[np.empty((0, 0))] * 300_000)},
    "text": {"x": "a" * 20_000_000},
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_decompression_bomb_is_refused(bomb, tmp_path):
    path = tmp_path / "P01.mat"
    version_5(path, BOMBS[bomb])
    if "doubles" in bomb:
        path.write_bytes(doubles_in_bytes(BOMBS[bomb]["x"]))
    too_large(path)


def too_large(path):
    """Refused before the memory is allocated."""
    tracemalloc.start()
    with pytest.raises(
        DataError, match=r"P01\.mat has .* MB, but its values would take more than .* MB of memory; it is"
    ):
        matlab.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * MemoryLimit(path).limit


def doubles_in_bytes(values):
    """A double array of small whole numbers, as MATLAB stores it."""
    body = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, *values.shape)
    body += struct.pack("<HH4s", 1, 1, b"x") + struct.pack("<II", 2, values.size) + values.tobytes()
    raw = zlib.compress(struct.pack("<II", 14, len(body)) + body)
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(raw)) + raw


def test_what_follows_a_compressed_variable_is_not_unpacked(tmp_path):
    path = tmp_path / "P01.mat"
    body = zlib.decompress(doubles_in_bytes(np.zeros((2, 2), "u1"))[136:])
    raw = zlib.compress(body + bytes(50_000_000))
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(raw)) + raw)
    refused(path, DAMAGED)


def test_zeros_in_hdf5_are_refused(tmp_path):
    packed_73(tmp_path / "P01.mat", {"x": np.zeros((10_000, 2000))})
    too_large(tmp_path / "P01.mat")


def test_a_chunk_that_is_larger_than_its_data_is_refused(tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (1, 1), "f8", maxshape=(None, None), chunks=(10_000, 2000), compression=9)
        data[:] = 1
    too_large(path)


def test_cells_in_hdf5_that_share_each_other_are_not_expanded(tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        parts = file.create_group("#refs#")
        parts["r0"] = np.ones((1, 1))
        for level in range(1, 60):
            parts[f"r{level}"] = np.array([[parts[f"r{level - 1}"].ref] * 2], h5py.ref_dtype)
        file["x"] = np.array([[parts["r59"].ref]], h5py.ref_dtype)
    too_large(path)


@pytest.mark.parametrize("kind", ["char", "cell", "double"])
def test_texts_in_hdf5_that_share_their_content_are_refused(kind, tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        file["x"] = np.array(["a" * 1000] * 10, h5py.string_dtype())
        file["x"].attrs["MATLAB_class"] = np.bytes_(kind)
        file["y"] = np.ones((1, 1))
        file["y"].attrs["MATLAB_class"] = np.array(["double"] * 10, h5py.string_dtype())
    refused_class(path, kind)
    with pytest.raises(DataError, match=DAMAGED):
        matlab.read(path, ["y"])


@pytest.mark.parametrize(("kind", "named"), [(3, "object"), (5, "sparse"), (16, "function_handle")])
def test_unsupported_classes_are_named(kind, named, tmp_path):
    path = tmp_path / "P01.mat"
    version_5(path, {"x": np.ones((2, 2)), "y": np.ones((1, 1))}, packed=False)
    raw = bytearray(path.read_bytes())
    raw[128 + 16] = kind
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"P01\.mat"):
        matlab.read(path)
    if named != "object":
        refused_class(path, named)
    same(matlab.read(path, ["y"]), {"y": np.ones((1, 1))})


def refused_class(path, named):
    with pytest.raises(DataError) as caught:
        matlab.read(path)
    assert str(caught.value) == f"{path}: variable 'x' has the class '{named}', which is not data; it was not read."


def test_objects_are_named(tmp_path):
    path = tmp_path / "P01.mat"
    words = [b"x", b"MCOS", b"string"]
    body = struct.pack("<IIII", 6, 8, 17, 0)
    body += b"".join(struct.pack("<II", 1, len(word)) + word.ljust(8, b"\0") for word in words)
    raw = struct.pack("<II", 14, len(body)) + body
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + raw)
    refused_class(path, "string")


@pytest.mark.parametrize("kind", ["function_handle", "string", "table"])
def test_objects_in_hdf5_are_named(kind, tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones((2, 1), "u4")
        file["x"].attrs["MATLAB_class"] = np.bytes_(kind)
    refused_class(path, kind)


def test_hdf5_data_in_other_files_are_refused(tmp_path):
    path, other = tmp_path / "P01.mat", tmp_path / "secret.h5"
    with h5py.File(other, "w") as file:
        file["x"] = np.ones((2, 2))
    with h5py.File(path, "w") as file:
        file["x"] = h5py.ExternalLink(str(other), "x")
    refused(path, DAMAGED)
    (tmp_path / "secret.bin").write_bytes(bytes(80))
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (10,), "f8", external=[(str(tmp_path / "secret.bin"), 0, 80)])
    refused(path, DAMAGED)


def test_hdf5_data_beyond_the_size_of_the_file_are_refused(tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (10**6, 10**6), "f8", chunks=(100, 100))
    too_large(path)


def test_a_cell_that_contains_itself_is_refused(tmp_path):
    path = tmp_path / "P01.mat"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("x", (1, 1), h5py.ref_dtype)
        made[0, 0] = made.ref
        made.attrs["MATLAB_class"] = np.bytes_("cell")
    refused(path, DAMAGED)


@pytest.mark.parametrize("kind", WRITERS)
def test_any_damage_raises_a_data_error(kind, tmp_path):
    chance = random.Random(1)
    path = tmp_path / "P01.mat"
    bomb = {"bomb": cells(*[np.zeros((200, 500))] * 3)}
    WRITERS[kind](path, EVERYTHING | bomb if kind == "5-packed" else EVERYTHING)
    sound = path.read_bytes()
    for _ in range(60 if kind == "7.3" else 200):
        raw = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(128 if kind != "7.3" else 512, len(raw))] = chance.randrange(256)
        if chance.random() < 0.2:
            del raw[chance.randrange(len(raw)) :]
        path.write_bytes(raw)
        try:
            matlab.read(path)
        except DataError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
