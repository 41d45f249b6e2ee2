"""Pickled arrays of Python 2 and 3 are read exactly, and everything but data is refused by name."""

import io
import pickle
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.errors import DataError
from bench.readers import pickle_machine, pickles


class Python2:
    """Writes as Python 2 did in protocol 0, which Python 3 does not."""

    def __init__(self, memo=True):
        self.out, self.memo, self.count = io.BytesIO(), memo, 0

    def put(self, *parts):
        for part in parts:
            self.out.write(part)
        if self.memo:
            self.count += 1
            self.out.write(b"p%d\n" % self.count)

    def value(self, value):
        if isinstance(value, dict):
            self.put(b"(d")
            for key, each in value.items():
                self.value(key)
                self.value(each)
                self.out.write(b"s")
        elif isinstance(value, list):
            self.put(b"(l")
            for each in value:
                self.value(each)
                self.out.write(b"a")
        elif isinstance(value, str):
            self.put(b"S", repr(value.encode("latin1"))[1:].encode(), b"\n")
        elif isinstance(value, bool):
            self.out.write(b"I01\n" if value else b"I00\n")
        elif value is None:
            self.out.write(b"N")
        elif isinstance(value, int):
            self.out.write(b"L%dL\n" % value)
        elif isinstance(value, float):
            self.out.write(b"F%r\n" % value)
        else:
            self.array(value)

    def array(self, value):
        self.put(b"cnumpy.core.multiarray\n_reconstruct\n")
        self.put(b"(cnumpy\nndarray\n")
        self.put(b"(I0\nt")
        self.put(b"S'b'\n")
        self.put(b"tR")
        self.put(b"(I1\n(", *[b"I%d\n" % length for length in value.shape], b"t")
        self.put(b"cnumpy\ndtype\n")
        self.put(b"(S'%s'\nI0\nI1\ntR" % value.dtype.str[1:].encode())
        order = value.dtype.str[0].encode()
        size = b"I-1\nI-1\n" if value.dtype.kind != "U" else b"I%d\nI4\n" % value.dtype.itemsize
        self.put(b"(I3\nS'%s'\nNNN%sI0\ntb" % (order, size))
        self.put(b"I00\nS", repr(value.tobytes())[1:].encode(), b"\n")
        self.out.write(b"tb")


def python2(value, memo=True):
    writer = Python2(memo)
    writer.value(value)
    return writer.out.getvalue() + b"."


def python2_binary(value):
    """Protocol 2 for what WESAD holds: dictionaries, short text and arrays."""
    if isinstance(value, dict):
        return b"}" + b"".join(python2_binary(key) + python2_binary(each) + b"s" for key, each in value.items())
    if isinstance(value, str):
        return b"U" + struct.pack("B", len(value)) + value.encode("latin1")
    data, kind = value.tobytes(), value.dtype.str.encode()
    shape = b"".join(b"J" + struct.pack("<i", length) for length in value.shape)
    return b"".join([
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R(K\x01(", shape, b"t",
        b"cnumpy\ndtype\nU\x02", kind[1:], b"K\0K\x01\x87R(K\x03U\x01", kind[:1],
        b"NNN", 2 * b"J\xff\xff\xff\xff", b"K\0tb\x89T", struct.pack("<I", len(data)), data, b"tb",
    ])  # fmt: skip


def read(raw, tmp_path):
    path = tmp_path / "S2.pkl"
    path.write_bytes(raw)
    return pickles.read(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One for all examples of a property."""
    return tmp_path_factory.mktemp("pickles")


def same(ours, given):
    assert type(ours) is type(given)
    if isinstance(given, dict):
        assert list(ours) == list(given)
        for key, value in given.items():
            same(ours[key], value)
    elif isinstance(given, (list, tuple)):
        assert len(ours) == len(given)
        for mine, theirs in zip(ours, given, strict=True):
            same(mine, theirs)
    elif isinstance(given, (np.ndarray, np.generic)):
        assert ours.dtype.newbyteorder("=") == given.dtype.newbyteorder("=")  # numpy itself swaps some
        assert ours.shape == given.shape
        np.testing.assert_array_equal(ours, given)
    else:
        assert ours == given


def subject(seconds=3):
    random = np.random.default_rng(0)
    chest = {name: random.normal(size=(700 * seconds, 1)) for name in ("ECG", "EMG", "EDA", "Resp")}
    chest |= {"ACC": random.normal(size=(700 * seconds, 3)), "Temp": np.full((700 * seconds, 1), 33.4, "f4")}
    wrist = {"ACC": random.integers(-128, 128, (32 * seconds, 3)).astype(float), "EDA": np.ones((4 * seconds, 1))}
    return {
        "signal": {"chest": chest, "wrist": wrist},
        "label": random.integers(0, 8, 700 * seconds).astype("i4"),
        "subject": "S2",
    }


@pytest.mark.parametrize(
    "write",
    [
        python2,
        lambda value: python2(value, memo=False),
        lambda value: b"\x80\x02" + python2_binary(value) + b".",
        *(lambda value, protocol=protocol: pickle.dumps(value, protocol) for protocol in range(6)),
    ],
    ids=["python2-0", "python2-0-without-memo", "python2-2", *(f"python3-{protocol}" for protocol in range(6))],
)
def test_a_subject_is_read_as_python_reads_it(write, tmp_path):
    raw = write(subject())
    found = read(raw, tmp_path)
    same(found, pickle.loads(raw, encoding="latin1"))
    same(found, subject())
    found["label"][0] = 7  # an array can be written to


NUMBERS = arrays.arrays(
    st.sampled_from(["b1", "i1", "<i4", "<i8", "<u2", "<f4", "<f8", ">f8", "S3", "<U2"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12),
)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(max_codepoint=255))
)
VALUES = st.recursive(
    PLAIN | NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=12
)
OLD = st.recursive(
    PLAIN | arrays.arrays(st.sampled_from(["<i4", "<f8", "|i1"]), arrays.array_shapes(max_dims=1, max_side=150)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=255)), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(value=VALUES, protocol=st.integers(2, 5))
def test_pickles_of_python_3_are_read_exactly(value, protocol, folder):
    same(read(pickle.dumps(value, protocol), folder), value)


@settings(max_examples=60, deadline=None)
@given(value=OLD, memo=st.booleans())
def test_pickles_of_python_2_are_read_exactly(value, memo, folder):
    same(read(python2(value, memo), folder), value)


@pytest.mark.parametrize("byte", [b"\\", b"'", b'"', b"\n", b"\x00", b"x"])
def test_a_long_line_is_cut_between_escapes(byte, tmp_path, monkeypatch):
    raw = byte * 997 + b"\\x41\\" * 300
    for chunk in range(7, 60):
        monkeypatch.setattr(pickle_machine, "CHUNK", chunk)
        assert read(python2(raw.decode("latin1")), tmp_path) == raw.decode("latin1")


def test_order_of_columns_and_scalars_are_kept(tmp_path):
    value = {
        "columns": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "one": np.float32(2),
        "none": np.empty((0, 3)),
    }
    for protocol in range(6):
        same(read(pickle.dumps(value, protocol), tmp_path), value)


# -------------------------------------------------------------------------------- what is refused


def refused(raw, tmp_path, sentence):
    with pytest.raises(DataError) as caught:
        read(raw, tmp_path)
    assert str(caught.value) == f"{tmp_path / 'S2.pkl'} {sentence}"


NAMED = "refers to {}, which is not data; it was not executed."


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"cos\nsystem\n(S'touch executed'\ntR.", "os.system"),
        (b"(S'touch executed'\nios\nsystem\n.", "os.system"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0etouch executed\x85R.", "os.system"),
        (b"(cos\nsystem\nS'touch executed'\no.", "os.system"),
        (b"c__builtin__\neval\n(S'1'\ntR.", "__builtin__.eval"),
        (b"cnumpy\nload\n(S'x'\ntR.", "numpy.load"),
        (b"cnumpy.core.multiarray\nfromfile\n(S'x'\ntR.", "numpy.core.multiarray.fromfile"),
        (b"cbench.readers.pickles\nread\n.", "bench.readers.pickles.read"),
        (b"c\x1b[31mred\nalert\n.", "?[31mred.alert"),
    ],
)
def test_names_of_functions_are_refused_and_not_executed(raw, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(raw, tmp_path, NAMED.format(named))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"Pperson\n.", "is not a pickle of plain data: byte 0 refers to an object outside the file."),
        (b"S'x'\nQ.", "is not a pickle of plain data: byte 5 refers to an object outside the file."),
        (b"\x82\x01.", "is not a pickle of plain data: byte 0 refers to a registered class."),
        (b")\x81.", "is not a pickle of plain data: byte 1 creates an object of a class."),
        (b"cnumpy\nndarray\n.", "contains a type where data are expected."),
        (b"}(I1\nI2\ntI3\ns.", "has a dictionary key of type tuple; keys must be text, bytes or numbers."),
        (b")" + b"\x85" * 50_000 + b".", "is nested deeper than 100 levels."),
        (b"]" * 5000 + b"a" * 4999 + b".", "is nested deeper than 100 levels."),
        (b"I1\n.I2\n.", "has trailing bytes: it is not a single pickle."),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x00.", "is truncated: the download is incomplete; download it again."),
        (b"\x8b\xff\xff\xff\x7f.", "is truncated: the download is incomplete; download it again."),
        (b"S'abc", "is truncated: the download is incomplete; download it again."),
        (b"S'a\\qb'\n.", "is not a valid pickle: it is damaged (DeprecationWarning)."),
        (b"I" + b"9" * 5000 + b"\n.", "is not a valid pickle: it is damaged (ValueError)."),
        (b"g7\n.", "is not a valid pickle: it is damaged (KeyError)."),
        (b"t.", "is not a valid pickle: it is damaged (IndexError)."),
        (b"\xff", "is not a valid pickle (unknown opcode at byte 0)."),
        (b"}I1\nb.", "is not a valid pickle: it is damaged (TypeError)."),
        (
            b"<!DOCTYPE html><html>",
            "is an HTML page, not a pickle: the download was probably refused; open it to see why.",
        ),
        (b"", "is empty: the download was probably interrupted; download it again."),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:36ef\nsize 1\n",
            "is a Git LFS or git-annex pointer, not a pickle: fetch the file it points to.",
        ),
    ],
)
def test_everything_but_plain_data_is_refused(raw, sentence, tmp_path):
    refused(raw, tmp_path, sentence)


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"


def state(shape=b"(I2\nt", kind=b"f8", data=b"S'0123456789abcdef'\n", rest=b"NNNI-1\nI-1\nI0\n"):
    return (
        b"(I1\n"
        + shape
        + b"cnumpy\ndtype\n(S'"
        + kind
        + b"'\nI0\nI1\ntR(I3\nS'<'\n"
        + rest
        + b"tbI00\n"
        + data
        + b"tb."
    )


def test_the_array_that_is_changed_below_is_valid(tmp_path):
    assert read(ARRAY + state(), tmp_path).shape == (2,)


@pytest.mark.parametrize(
    "raw",
    [
        ARRAY + state(shape=b"(I3\nt"),
        ARRAY + state(shape=b"(I-2\nt"),
        ARRAY + state(shape=b"(I4611686018427387904\nI0\nt", data=b"S''\n"),
        ARRAY + state(shape=b"(F2.0\nt"),
        ARRAY + state(shape=b"(I0\n" + b"I1\n" * 100 + b"t", data=b"S''\n"),
        ARRAY + state(kind=b"O8"),
        ARRAY + state(kind=b"V8"),
        ARRAY + state(kind=b"S0"),
        ARRAY + state(kind=b"f8,f8"),
        ARRAY + state(kind=b"M8"),
        ARRAY + state(kind=b"U2"),  # no such code points
        ARRAY + state(rest=b"(S'x'\nl(dNI-1\nI-1\nI0\n"),
        ARRAY + state(data=b"(lp1\n"),
        ARRAY + state()[:-1] + state(),  # a state is given once
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(I0\ntS'b'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(dS'__code__'\nI1\nsb.",
        b"c_codecs\nencode\n(V1\nVrot13\ntR.",
    ],
)
def test_crafted_arrays_are_refused(raw, tmp_path):
    with pytest.raises(DataError, match=r"S2\.pkl is not a valid pickle: it is damaged"):
        read(raw, tmp_path)


def test_a_small_file_cannot_fill_the_memory(tmp_path):
    """One text, encoded again and again."""
    raw = b"\x80\x04X" + struct.pack("<I", 1_000_000) + b"x" * 1_000_000 + b"p0\n0c_codecs\nencode\np1\n0]"
    raw += b"g1\ng0\nX\x06\0\0\0latin1\x86Ra" * 10_000 + b"."
    with pytest.raises(DataError, match="not a valid pickle"):
        read(raw, tmp_path)


def doubled(levels, innermost=b"]"):
    """Each list holds the one before it twice, so that a few hundred bytes are as many values as is wished."""
    return innermost + b"q\0" + b"".join(
        b"0]q%c(h%ch%ce" % (level, level - 1, level - 1) for level in range(1, levels + 1)
    )  # fmt: skip


@pytest.mark.parametrize("levels", [20, 60, 99])
def test_lists_that_share_each_other_are_not_expanded(levels, tmp_path):
    raw = doubled(levels) + b"."
    limit = 10 * len(raw) + 10**5
    refused(raw, tmp_path, f"refers to the same values so often that it expands to more than {limit} of them.")


def test_an_array_that_is_shared_counts_wherever_it_is_referred_to(tmp_path):
    many = np.zeros(10**5)
    with pytest.raises(DataError, match="expands to more than"):
        read(pickle.dumps([many] * 100, 2), tmp_path)
    same(read(pickle.dumps({"a": many, "b": [many] * 3}, 2), tmp_path), {"a": many, "b": [many] * 3})


def test_a_deep_list_that_is_shared_counts_with_what_is_around_it(tmp_path):
    deep = b"]" * 60 + b"a" * 59 + b"q\0"
    refused(b"](" + deep + b"]" * 60 + b"h\0" + b"a" * 60 + b"e.", tmp_path, "is nested deeper than 100 levels.")


@pytest.mark.parametrize("raw", [b"]q\0h\0a.", b"}q\0U\1ah\0s.", b"]q\0}U\1ah\0s\x85a."])
def test_a_container_that_contains_itself_is_refused(raw, tmp_path):
    refused(raw, tmp_path, "contains a list or a dictionary that contains itself.")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"S9\.pkl cannot be read: No such file or directory\."):
        pickles.read(tmp_path / "S9.pkl")
    with pytest.raises(DataError, match="is not a regular file"):
        pickles.read(tmp_path)


def test_any_damage_raises_a_data_error(tmp_path):
    chance = random.Random(1)
    sound = [
        python2(subject(1)),
        *(pickle.dumps(subject(1) | {"more": [1, 2.5, b"x", (None, True)]}, protocol) for protocol in range(6)),
        doubled(14) + b".",
    ]
    sound = [raw[:3000] + raw[-3000:] if number % 2 else raw for number, raw in enumerate(sound)]
    for number in range(400):
        raw = bytearray(chance.choice(sound))
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(min(len(raw), 1000))] = chance.randrange(256)
        if number % 3 == 0:
            del raw[chance.randrange(len(raw)) :]
        try:
            read(bytes(raw) if number % 10 else chance.randbytes(200), tmp_path)
        except DataError as error:
            assert str(error).startswith(f"{tmp_path / 'S2.pkl'} ")  # noqa: PT017
