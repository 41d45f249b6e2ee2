"""Tables in text files are read as pandas reads them, and errors name the file, the line and the column."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError
from bench.readers import tables


@pytest.fixture
def write(tmp_path):
    def written(raw, name="S2_quest.csv"):
        (tmp_path / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return tmp_path / name

    return written


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "latin1"])
def test_line_ends_and_encodings_are_detected(end, code, write):
    path = write(end.join(["time(s),EDA,name", "0.00,1.5,Jürgen", "0.02,NaN,", "0.04,,a"]).encode(code))
    frame = tables.read(path)
    assert list(frame) == ["time(s)", "EDA", "name"]
    assert frame["time(s)"].tolist() == [0.0, 0.02, 0.04]
    np.testing.assert_array_equal(frame["EDA"], [1.5, np.nan, np.nan])
    assert frame["name"].tolist() == ["Jürgen", "", "a"]


def test_only_the_requested_columns_are_read_in_their_types(write):
    path = write("a;b;c;d\n1;2.5;03;x\n4;5;06;y\n")
    frame = tables.read(path, {"c": str, "a": int, "b": float}, separator=";")
    assert {name: kind.kind for name, kind in frame.dtypes.items()} == {"c": "O", "a": "i", "b": "f"}
    assert frame["c"].tolist() == ["03", "06"]


def test_skipped_lines_and_no_header(write):
    path = write("1544027337.0\n4.0\n0.1\n0.2\n", "EDA.csv")
    assert tables.read(path, {"EDA": float}, header=False, skip=2)["EDA"].tolist() == [0.1, 0.2]
    assert tables.read(path, header=False)["0"].tolist() == [1544027337.0, 4.0, 0.1, 0.2]


CELLS = st.floats(allow_nan=False, allow_infinity=False) | st.none()
WORDS = st.text(st.characters(categories=["L", "P", "Zs"], max_codepoint=0x2FFF), max_size=6).map(str.strip)


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.tuples(CELLS, WORDS, st.integers(-(2**62), 2**62)), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_tables_of_pandas_are_read_exactly(numbers, separator, folder):
    given = pd.DataFrame(numbers, columns=["a", "b", "c"]).astype({"a": float, "b": object, "c": "int64"})
    given.to_csv(folder / "a.csv", index=False, sep=separator)
    found = tables.read(folder / "a.csv", {"a": float, "b": str, "c": int}, separator=separator)
    pd.testing.assert_frame_equal(found, given, check_exact=True)


# -------------------------------------------------------------------------------- what is refused

KINDS = {"time": float, "EDA": float, "n": int}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("time,EDA,n\n0,1,1\n1,abc,2\n", " line 3, column 'EDA': 'abc' is not a number."),
        ("time,EDA,n\r\n0,1,1\r\n\r\n1,1,2.5\r\n", " line 4, column 'n': '2.5' is not a whole number."),
        ("time,EDA,n\n0,1,\n", " line 2, column 'n': '' is not a whole number."),
        ("time,EDA,n\n0,1,1\n1,2\n", " line 3 has 2 columns, expected 3."),
        ("time,EDA,n\n0,1,1,9\n", " line 2 has 4 columns, expected 3."),
        ("time,EDA,n\n0,'1\x1b[31m,1\n", " line 2, column 'EDA': ''1?[31m' is not a number."),
        ("time,eda,n\n0,1,1\n", " has no column 'EDA'; it has time, eda, n."),
        ("time,EDA,n,n\n0,1,1,1\n", " has more than one column 'n'."),
        ("time,EDA,n\n", " has no row of data below its header."),
        ("\n\n", " has no header."),
        (b"", " is empty: the download was probably interrupted; download it again."),
        (b"\x89PNG\0\0\0", " is binary, not a table: it is damaged or in another format."),
        (
            "<html><body>404",
            " is an HTML page, not a table: the download was probably refused; open it to see why.",
        ),
    ],
)
def test_errors_name_line_and_column(raw, sentence, write):
    path = write(raw)
    with pytest.raises(DataError) as caught:
        tables.read(path, KINDS)
    assert str(caught.value) == f"{path}{sentence}"


LONG = "x" * 131_073


@pytest.mark.parametrize(("raw", "line"), [(f"{LONG},EDA\n0,1\n", 1), (f'a,b\n"{LONG}\n', 2)])
@pytest.mark.parametrize("columns", [None, {"a": float}])
def test_a_cell_without_end_is_refused(raw, line, columns, write):
    path = write(raw)
    with pytest.raises(DataError) as caught:
        tables.read(path, columns)
    assert str(caught.value).startswith(f"{path} line {line}")
    with pytest.raises(DataError, match=r"line 1 cannot be parsed: field larger than field limit \(131072\)\."):
        tables.read(write(f"{LONG},1\n"), header=False)


def test_a_table_of_very_many_columns_is_refused(write):
    raw = ",".join(f"c{number}" for number in range(300_000)) + "\n1\n"
    with pytest.raises(DataError, match=r"has 300000 columns; a table may have 50000\."):
        tables.read(write(raw))


def test_lines_are_counted_from_the_top_of_the_file(write):
    path = write("start\nrate\na,b\n1,2\nx,3\n")
    with pytest.raises(DataError, match=r"line 5, column 'a': 'x' is not a number\."):
        tables.read(path, {"a": float}, skip=2)


def test_any_damage_raises_a_data_error(write):
    chance = random.Random(1)
    sound = b"time,EDA,n\r\n" + b"".join(b'%d,%f,"%d"\r\n' % (each, each / 7, each) for each in range(30))
    for number in range(300):
        raw = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path = write(bytes(raw) if number % 10 else chance.randbytes(100))
        try:
            tables.read(path, KINDS if number % 2 else None)
        except DataError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
