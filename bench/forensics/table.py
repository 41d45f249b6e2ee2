"""Tables of results from CSV files: known columns are read as numbers, all others label the rows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from bench.errors import DataError, UsageError
from bench.forensics.interval import Interval
from bench.forensics.row import METRICS, OF_CLASS, ResultRow, Score, Spread
from bench.readers.file_checks import printable, require_regular, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_BYTES, MOST_ROWS, MOST_IN_LIST = 10**6, 2000, 1000
LONGEST = 60  # characters of the name of a row
SPREADS = ("low", "high", "half_width", "sd")
WHOLE = ("n", "support", "classes", "folds")
LISTS = ("counts", "fold_sizes")
WORDS = ("class", "data")
ALIASES = {
    "acc": "accuracy", "f1_score": "f1", "sensitivity": "recall", "balanced_accuracy": "macro_recall",
    "uar": "macro_recall", "macro_f1_score": "macro_f1", "f1_macro": "macro_f1", "weighted_f1_score": "weighted_f1",
    "f1_weighted": "weighted_f1",
}  # fmt: skip
MISSING = ("", "-", "–", "—", "na", "n/a", "nan")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
OVERALL = ("all", "overall", "total")
AVERAGE = re.compile(r"(macro|weighted|micro)([ -_]?(avg|average))?")


@dataclass(frozen=True)
class Reading:
    """How numbers are read: in per cent or as shares, and how far printed values may be from exact ones."""

    percent: bool
    digits: float = 0.5  # of the last printed digit: 0.5 if rounded to the nearest, 1 if also cut off

    def score(self, text: str) -> Score:
        number = text.removesuffix("%").strip()
        places = Decimal(number).as_tuple().exponent
        assert isinstance(places, int)
        scale = 0.01 if self.percent or text.endswith("%") else 1.0
        return Score(text, Interval.around(float(number) * scale, (self.digits + 1e-9) * 10.0**places * scale))


@dataclass(frozen=True)
class Table:
    """The rows of a file, and how they were read."""

    rows: tuple[ResultRow, ...]
    metrics: tuple[str, ...]
    labels: tuple[str, ...]  # names of the other columns
    percent: bool
    detected: bool


def read(path: Path, *, percent: bool | None = None, digits: float = 0.5) -> Table:
    """Read a table. Without `percent`, values are taken as per cent if most of them are above 1."""
    try:
        return parse(path, percent, digits)
    except (DataError, UsageError) as error:  # a name may contain what a terminal would interpret
        raise UsageError("".join(each if each.isprintable() else "?" for each in str(error))) from error


def parse(path: Path, percent: bool | None, digits: float) -> Table:
    header, *body = cells_of(path)
    columns = columns_of(path, header[1])
    metrics = tuple(name for name in columns if name in METRICS)
    if not metrics:
        raise UsageError(
            f"{path} has no column of a metric; it has {printable(', '.join(header[1]))}. Known: {', '.join(METRICS)}."
        )
    labels = tuple(name for name in columns if not known(name))
    records = [(number, record(path, number, columns, cells)) for number, cells in body]
    taken = percent if percent is not None else mostly_percent(records, metrics)
    reading = Reading(taken, digits)
    rows = tuple(row_of(number, cells, labels, metrics, reading) for number, cells in records)
    return Table(rows, metrics, labels, taken, percent is None)


def cells_of(path: Path) -> list[tuple[int, list[str]]]:
    """The cells of each line that is not empty, with its number."""
    try:
        require_regular(path)
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is too large: a table of results may have {MOST_BYTES // 10**6} MB.")
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(str(unreadable(path, error))) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path} line {line} is not text in UTF-8; save the table as CSV in UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    found = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, [cell.strip() for cell in cells]))  # noqa: PERF401 - lines count on
    except csv.Error as error:
        raise UsageError(f"{path} line {reader.line_num} cannot be parsed: {error}.") from error
    if len(found) < 2:
        raise UsageError(f"{path} has no row of data{' below its header' if found else ''}.")
    if len(found) > MOST_ROWS + 1:
        raise UsageError(f"{path} has {len(found) - 1:,} rows; a table of results may have {MOST_ROWS:,}.")
    return found


def columns_of(path: Path, header: Sequence[str]) -> list[str]:
    """The names of columns: known ones in their usual form, others as they are."""
    found = []
    for cell in header:
        name = re.sub(r"[\s-]+", "_", cell.lower())
        name = ALIASES.get(name, name)
        found.append(name if known(name) else cell)
        if found.count(found[-1]) > 1:
            raise UsageError(f"{path} has more than one column '{printable(found[-1])}'.")
    return found


def known(name: str) -> bool:
    return name in (*METRICS, *WHOLE, *LISTS, *WORDS, *SPREADS) or spread_of(name) is not None


def spread_of(name: str) -> tuple[str, str] | None:
    """The metric and the kind of a column such as `accuracy_half_width`."""
    pairs = ((metric, kind) for metric in METRICS for kind in SPREADS)
    return next((pair for pair in pairs if name == "_".join(pair)), None)


def record(path: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by column, after a check of all numbers."""
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise UsageError(f"{path} line {line} has {len(cells)} cells, and the header has {len(columns)}.")
    found = dict(zip(columns, cells, strict=False))
    for name, cell in found.items():
        where = f"{path} line {line}, column '{name}': '{printable(cell)}'"
        missing = cell.lower() in MISSING
        if missing or name in WORDS or not known(name):
            continue
        if name in LISTS:
            if len(parts(cell)) > MOST_IN_LIST or not all(map(whole, parts(cell))):
                raise UsageError(f"{where} is not a list of up to {MOST_IN_LIST:,} whole numbers, as in 4598+1976.")
        elif name in WHOLE:
            if not whole(cell):
                raise UsageError(f"{where} is not a whole number above 0.")
        elif not NUMBER.fullmatch(cell.removesuffix("%").strip()) or len(cell) > LONGEST:
            hint = ""
            if "±" in cell:
                hint = "; what follows ± belongs in a column of its own, such as accuracy_half_width or accuracy_sd"
            raise UsageError(f"{where} is not a number{hint}.")
    return {name: cell for name, cell in found.items() if cell.lower() not in MISSING}


def whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0


def whole_numbers(cell: str | None) -> tuple[int, ...]:
    return tuple(map(int, parts(cell))) if cell else ()


def parts(cell: str) -> list[str]:
    return re.split(r"[+; ]+", cell)


def mostly_percent(records: Sequence[tuple[int, Mapping[str, str]]], metrics: Sequence[str]) -> bool:
    values = [float(cells[name].removesuffix("%")) for _, cells in records for name in metrics if name in cells]
    return bool(values) and median(values) > 1


def row_of(
    line: int, cells: Mapping[str, str], labels: Sequence[str], metrics: Sequence[str], reading: Reading
) -> ResultRow:
    scores = {name: reading.score(cells[name]) for name in metrics if name in cells}
    spreads = {
        metric: Spread(**{
            kind: reading.score(cells[name])
            for kind in SPREADS
            for name in ([f"{metric}_{kind}", kind] if metric == metrics[0] else [f"{metric}_{kind}"])
            if name in cells
        })
        for metric in scores
    }  # fmt: skip
    of_class = cells.get("class", "")
    numbers: dict[str, int | None] = {name: int(cells[name]) for name in WHOLE if name in cells}
    if match := AVERAGE.fullmatch(of_class.lower()):  # as in reports of scikit-learn, with all windows as support
        numbers = {"n": numbers.get("support"), **numbers, "support": None}
        scores = {f"{match[1]}_{name}" if name in OF_CLASS else name: score for name, score in scores.items()}
        of_class = ""
    of_class = "" if of_class.lower() in OVERALL else of_class
    found = tuple(cells.get(name, "") for name in labels)
    texts = [*filter(None, found), *([cells["class"]] if "class" in cells else [])]
    return ResultRow(
        name=printable(", ".join(texts))[:LONGEST] or f"line {line}",
        line=line,
        scores=scores,
        spreads={metric: spread for metric, spread in spreads.items() if spread != Spread()},
        labels=found,
        class_name=printable(of_class),
        data=printable(cells.get("data", "")),
        n=numbers.get("n"),
        support=numbers.get("support"),
        classes=numbers.get("classes"),
        folds=numbers.get("folds"),
        counts=whole_numbers(cells.get("counts")),
        fold_sizes=whole_numbers(cells.get("fold_sizes")),
    )
