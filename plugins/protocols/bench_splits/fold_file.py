"""CSV files that assign subjects, trials or stimuli to test folds."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import UsageError
from bench_splits.groups import group_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bench.api import Rows

KEYS = ("subject", "session", "trial", "stimulus")
ALWAYS = "train"  # the fold of what is in no test set
HEADER = "the first line must name fold and one or more of subject, session, trial and stimulus"


@dataclass(frozen=True)
class FoldFile:
    """The contents of a file: values of its columns -> fold."""

    path: str
    columns: tuple[str, ...]
    folds: dict[tuple[str, ...], str]

    @property
    def names(self) -> tuple[str, ...]:
        """The test folds, in the order of the file."""
        return tuple(name for name in dict.fromkeys(self.folds.values()) if name != ALWAYS)

    @property
    def groups_subjects(self) -> bool:
        """Whether all lines of a subject name the same fold."""
        if "subject" not in self.columns:
            return False
        place = self.columns.index("subject")
        return len({(key[place], fold) for key, fold in self.folds.items()}) == len({key[place] for key in self.folds})

    def test_fold(self, table: pd.DataFrame) -> Rows:
        """The test fold of each row, as its position in `names`; -1 if it is in none."""
        group = group_numbers(table, self.columns)
        _, first = np.unique(group, return_index=True)
        keys = list(table[list(self.columns)].iloc[first].astype(str).itertuples(index=False, name=None))
        missing = [key for key in keys if key not in self.folds]
        if missing:
            group_name = ", ".join(
                f"{column} {value!r}" for column, value in zip(self.columns, missing[0], strict=True)
            )
            rest = len(missing) - 1
            more = f" ({rest} more {'is' if rest == 1 else 'are'} missing)" if rest else ""
            raise UsageError(
                f"{self.path}: {group_name} is in the data but on no line{more}: add a line with its fold, "
                f"or with the fold '{ALWAYS}' if it is in no test set."
            )
        number = {name: position for position, name in enumerate(self.names)} | {ALWAYS: -1}
        return np.array([number[self.folds[key]] for key in keys], dtype=np.intp)[group]


def read(path: str) -> FoldFile:
    """Read the file; an error names the first line that is wrong."""
    if not path:
        raise UsageError("from-file needs a file: set -o protocol.path=FOLDS.csv, a CSV with the columns subject,fold.")
    file = Path(path)
    if file.exists() and not (file.is_file() or file.is_dir()):  # a pipe or a device might never end
        raise UsageError(f"{path} is not a regular file: set -o protocol.path to a file of lines like S1,fold-01.")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return _parse(path, csv.reader(stream, strict=True))
    except (OSError, ValueError, csv.Error) as error:  # ValueError: a name with a null character, or not UTF-8
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{path} cannot be read as a CSV file ({reason}): set -o protocol.path to a file of lines like S1,fold-01."
        ) from error


def _parse(path: str, lines: Iterator[list[str]]) -> FoldFile:
    header = _header(path, [cell.strip() for cell in next(lines, [])])
    folds: dict[tuple[str, ...], str] = {}
    seen: dict[tuple[str, ...], int] = {}
    for number, raw in enumerate(lines, 2):
        cells = [cell.strip() for cell in raw]
        where = f"{path}, line {number}"
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise UsageError(f"{where}: {len(cells)} cells under {len(header)} columns: write one cell per column.")
        if "" in cells:
            column = cells.index("")
            raise UsageError(f"{where}, column {column + 1}: the {header[column]} is empty.")
        values = dict(zip(header, cells, strict=True))
        fold, key = values.pop("fold"), tuple(values.values())
        if key in folds:
            raise UsageError(f"{where}: {', '.join(key)} is on line {seen[key]} already: delete one of the lines.")
        folds[key], seen[key] = fold, number
    if not set(folds.values()) - {ALWAYS}:
        raise UsageError(f"{path} has no test fold: give at least one line a fold other than '{ALWAYS}'.")
    return FoldFile(path, tuple(name for name in header if name != "fold"), folds)


def _header(path: str, names: list[str]) -> list[str]:
    for column, name in enumerate(names, 1):
        if name not in (*KEYS, "fold"):
            raise UsageError(f"{path}, line 1, column {column}: '{name}' is not a known column: {HEADER}.")
        if names.index(name) != column - 1:
            raise UsageError(f"{path}, line 1, column {column}: '{name}' is named twice: {HEADER}.")
    for absent in ("fold", "subject"):
        if absent not in names and (absent == "fold" or len(names) == 1):
            raise UsageError(f"{path}, line 1: there is no column '{absent}': {HEADER}.")
    return names
