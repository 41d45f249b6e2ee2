"""Published results: one file per comparison in JSON Lines, a `ComparisonRecord` and then one `RowRecord` per line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.errors import DataError, StorageError
from bench.readers import text_files
from bench.results.row_record import ComparisonRecord, RowRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.results.serialization import Record

SUFFIX = ".jsonl"


def read(path: Path) -> tuple[ComparisonRecord, list[RowRecord]]:
    """What all rows share, and the rows."""
    number = 1
    try:
        lines = text_files.read_text(path).splitlines()
        header = ComparisonRecord.from_json(text_files.parse_json(lines[0] if lines else ""))
        rows = []
        for text in lines[1:]:
            number += 1
            rows.append(RowRecord.from_json(text_files.parse_json(text)))
    except DataError as error:
        raise StorageError(str(error)) from error
    except ValueError as error:
        raise StorageError(
            f"{path}, line {number}, is not a result that 'bench leaderboard' wrote ({error}); delete the file or "
            "restore it."
        ) from error
    return header, rows


def content(header: ComparisonRecord, rows: Iterable[RowRecord]) -> str:
    """The text of a file, with rows in an order that does not depend on their scores."""
    ordered = sorted(rows, key=lambda row: (row.baseline, row.model, row.fusion, row.cell.modalities, row.key))
    return "".join(f"{line(record)}\n" for record in (header, *ordered))


def line(record: Record) -> str:
    return json.dumps(record.to_json(), ensure_ascii=False, allow_nan=False)
