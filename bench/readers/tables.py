"""Tables in text files, read by pyarrow; where it fails, the first wrong cell is found and named by line and column."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.errors import DataError
from bench.readers.file_checks import printable, read_bytes, read_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

MISSING = ("", "nan", "NaN", "NAN", "NA", "N/A", "null", "NULL")
MAX_COLUMNS = 50_000  # each takes some 50 microseconds, whatever it holds
TYPE_NAMES: dict[type, str] = {float: "a number", int: "a whole number"}


@dataclass(frozen=True)
class TableLayout:
    """What is known of a table before its cells are parsed."""

    path: Path
    names: list[str]  # of all columns, in order
    types: Mapping[str, type] | None  # of the columns to read; None: all of them
    separator: str
    first_line: int  # lines above the first row of data

    def column_type(self, name: str) -> type:
        return (self.types or {}).get(name, str)


def read(
    path: Path,
    columns: Mapping[str, type] | None = None,
    *,
    separator: str = ",",
    header: bool = True,
    skip: int = 0,
) -> pd.DataFrame:
    """Read a text table, such as CSV.

    `columns` maps the names of the columns to read to `float`, `int` or `str`. Without it, all columns are read: as
    numbers where every cell is one, as text otherwise. `skip` lines above the header are ignored. A table without a
    header has the names in `columns`, in order, or "0", "1", ...
    """
    read_head(path, "a table")
    lines = read_text(path).split("\n", skip + header)
    body = lines[-1] if len(lines) == skip + header + 1 else ""
    if header:
        names = split_line(path, skip + 1, lines[skip], separator) if len(lines) > skip else []
        names = [name.strip() for name in names]
    else:
        first = next((line for line in io.StringIO(body) if line.strip()), "")
        cells = () if columns else split_line(path, skip + 1, first, separator)
        names = list(columns or map(str, range(len(cells))))
    check_names(path, names, columns)
    if not body.strip():
        raise DataError(f"{path} has no row of data{' below its header' if header else ''}.")
    return parse(TableLayout(path, names, columns, separator, skip + header), body)


def read_text(path: Path) -> str:
    """UTF-8 with or without a byte order mark, or Latin-1; line ends become LF."""
    raw = read_bytes(path)
    if b"\x00" in raw:
        raise DataError(f"{path} is binary, not a table: it is damaged or in another format.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def split_line(path: Path, number: int, line: str, separator: str) -> list[str]:
    """The cells of a line; the reader refuses cells of more than 131,072 characters."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise DataError(f"{path} line {number} cannot be parsed: {error}.") from error


def check_names(path: Path, names: Sequence[str], columns: Mapping[str, type] | None) -> None:
    if not any(names):
        raise DataError(f"{path} has no header.")
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{path} has {len(names)} columns; a table may have {MAX_COLUMNS}.")
    counts = Counter(names)
    for name in columns or names:
        if name not in counts:
            raise DataError(f"{path} has no column '{name}'; it has {printable(', '.join(names))}.")
        if counts[name] > 1:
            raise DataError(f"{path} has more than one column '{printable(name)}'.")


def parse(layout: TableLayout, body: str) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow

    types = layout.types or dict.fromkeys(layout.names, str)
    arrow_types = {float: pa.float64(), int: pa.int64(), str: pa.string()}
    data = body.encode()
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(column_names=layout.names, use_threads=False, block_size=len(data) + 1),
            parse_options=arrow.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types={name: arrow_types[type_] for name, type_ in types.items()},
                include_columns=list(types),
                null_values=MISSING,
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise wrong_cell(layout, body, error) from error
    for name, type_ in types.items():
        if type_ is int and table[name].null_count:
            raise wrong_cell(layout, body, ValueError(name))
    if not layout.types:
        table = pa.table({name: infer_numbers(table[name]) for name in layout.names})
    frame: pd.DataFrame = table.to_pandas()
    return frame


def infer_numbers(column: Any) -> Any:
    """Whole numbers, else numbers, where every cell is one or missing; text otherwise."""
    import pyarrow as pa
    from pyarrow import compute

    is_missing = compute.is_in(column, pa.array(MISSING))
    filled = compute.if_else(is_missing, None, column)
    for type_ in (pa.int64(), pa.float64()):
        try:
            return compute.cast(filled, type_)
        except pa.ArrowInvalid:
            continue
    return column


def wrong_cell(layout: TableLayout, body: str, error: Exception) -> DataError:
    """An error that names line and column of the first wrong cell."""
    rows = csv.reader(io.StringIO(body), delimiter=layout.separator)
    try:
        for row in rows:
            line = f"{layout.path} line {layout.first_line + rows.line_num}"
            if row and len(row) != len(layout.names):
                return DataError(f"{line} has {len(row)} columns, expected {len(layout.names)}.")
            for name, cell in zip(layout.names, row, strict=bool(row)):
                type_ = layout.column_type(name)
                if not is_valid(cell, type_):
                    return DataError(
                        f"{line}, column '{printable(name)}': '{printable(cell)}' is not {TYPE_NAMES[type_]}."
                    )
    except csv.Error as problem:
        return DataError(f"{layout.path} line {layout.first_line + rows.line_num} cannot be parsed: {problem}.")
    return DataError(f"{layout.path} cannot be parsed as a table: {printable(str(error).splitlines()[0])}.")


def is_valid(cell: str, type_: type) -> bool:
    if type_ is str or (type_ is float and cell in MISSING):
        return True
    try:
        type_(cell)
    except ValueError:
        return False
    return "_" not in cell
