"""Tables in text files: pyarrow reads them, and where it cannot, the line and the column are looked for and named."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from bench.errors import DataError
from bench.readers import disguises

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

NOTHING = ("", "nan", "NaN", "NAN", "NA", "N/A", "null", "NULL")  # numbers that are not there
WORDS: dict[type, str] = {float: "a number", int: "a whole number"}


def read(
    path: Path,
    columns: Mapping[str, type] | None = None,
    *,
    separator: str = ",",
    header: bool = True,
    skip: int = 0,
) -> pd.DataFrame:
    """The columns that are asked for, or all of them: numbers where every cell is one, text otherwise."""
    disguises.refuse(path, "a table")
    text = decoded(path)
    lines = text.split("\n", skip + header)
    body = lines[-1] if len(lines) == skip + header + 1 else ""
    if header:
        names = split(lines[skip], separator) if len(lines) > skip else []
        names = [name.strip() for name in names]
    else:
        first = next((line for line in io.StringIO(body) if line.strip()), "")
        names = list(columns) if columns else [str(place) for place in range(len(split(first, separator)))]
    check_names(path, names, columns)
    place = Place(path, names, columns, separator, skip + header)
    if not body.strip():
        raise DataError(f"{path} has no line of data{' below its header' if header else ''}.")
    return converted(place, body)


class Place:
    """What is known of a table before its cells are read."""

    def __init__(
        self, path: Path, names: list[str], columns: Mapping[str, type] | None, separator: str, above: int
    ) -> None:
        self.path, self.names, self.columns, self.separator, self.above = path, names, columns, separator, above


def decoded(path: Path) -> str:
    """UTF-8 with or without a mark, or Latin-1; lines end in LF."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise disguises.unreadable(path, error) from error
    if b"\x00" in raw:
        raise DataError(f"{path} is binary, not a table: it is damaged or of another format.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def check_names(path: Path, names: Sequence[str], columns: Mapping[str, type] | None) -> None:
    if not any(names):
        raise DataError(f"{path} has no header.")
    for name in columns or names:
        if name not in names:
            raise DataError(f"{path} has no column '{name}'; it has {shown(', '.join(names))}.")
        if names.count(name) > 1:
            raise DataError(f"{path} has more than one column '{shown(name)}'.")


def converted(place: Place, body: str) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow

    wanted = place.columns or dict.fromkeys(place.names, str)
    kinds = {float: pa.float64(), int: pa.int64(), str: pa.string()}
    data = body.encode()
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(column_names=place.names, use_threads=False, block_size=len(data) + 1),
            parse_options=arrow.ParseOptions(delimiter=place.separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types={name: kinds[kind] for name, kind in wanted.items()},
                include_columns=list(wanted),
                null_values=NOTHING,
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise located(place, body, error) from error
    for name, kind in wanted.items():
        if kind is int and table[name].null_count:
            raise located(place, body, ValueError(name))
    if not place.columns:
        table = pa.table({name: numbers(table[name]) for name in place.names})
    frame: pd.DataFrame = table.to_pandas()
    return frame


def numbers(column: Any) -> Any:
    """Whole numbers, else numbers, where every cell is one or empty; text otherwise."""
    import pyarrow as pa
    from pyarrow import compute

    empty = compute.is_in(column, pa.array(NOTHING))
    filled = compute.if_else(empty, None, column)
    for kind in (pa.int64(), pa.float64()):
        try:
            return compute.cast(filled, kind)
        except pa.ArrowInvalid:
            continue
    return column


def located(place: Place, body: str, error: Exception) -> DataError:
    """The sentence that names line and column of the first cell that is wrong."""
    rows = csv.reader(io.StringIO(body), delimiter=place.separator)
    try:
        for row in rows:
            line = f"{place.path} line {place.above + rows.line_num}"
            if row and len(row) != len(place.names):
                return DataError(f"{line} has {len(row)} columns where {len(place.names)} are expected.")
            for name, cell in zip(place.names, row, strict=bool(row)):
                kind = (place.columns or {}).get(name, str)
                if not fits(cell, kind):
                    return DataError(f"{line}, column '{shown(name)}': '{shown(cell)}' is not {WORDS[kind]}.")
    except csv.Error as problem:
        return DataError(f"{place.path} line {place.above + rows.line_num} is not a line of a table: {problem}.")
    return DataError(f"{place.path} cannot be read as a table: {shown(str(error).splitlines()[0])}.")


def fits(cell: str, kind: type) -> bool:
    if kind is str:
        return True
    if kind is float and cell in NOTHING:
        return True
    try:
        kind(cell)
    except ValueError:
        return False
    return "_" not in cell


def shown(text: str) -> str:
    """Text from a file, without what would disturb a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])
