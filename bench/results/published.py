"""Published results: one file per comparison in JSON Lines, a `ComparisonRecord` and then one `RowRecord` per line.

Each line is sealed, and the first line holds a digest of the other lines, so that none can be added or left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.errors import DataError, StorageError, in_brackets
from bench.readers import text_files
from bench.results.row_record import ComparisonRecord, RowRecord
from bench.results.serialization import SEAL, SealError, seal, sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bench.results.serialization import Plain

SUFFIX = ".jsonl"
ROWS_SEAL = "rows_sha256"
SEALED = range(ComparisonRecord.SEALED, ComparisonRecord.SCHEMA + 1)  # schemas


def read(path: Path) -> tuple[ComparisonRecord, list[RowRecord]]:
    """What all rows share, and the rows."""
    number, values, rows = 1, {}, []
    try:
        first, *others = text_files.read_text(path).removesuffix("\n").split("\n")
        values = text_files.parse_json(first)
        header = unsealed(values, SEALED)
        rows_seal = header.pop(ROWS_SEAL, None)
        comparison = ComparisonRecord.from_json(header)
        seals = []
        for text in others:
            number += 1
            values = text_files.parse_json(text)
            rows.append(RowRecord.from_sealed(values))
            seals.append(values.get(SEAL))
    except DataError as error:
        raise StorageError(str(error)) from error
    except SealError as error:
        raise altered(path, number, values, str(error)) from error
    except ValueError as error:
        raise StorageError(
            f"{path}, line {number}, is not a result that 'bench leaderboard' wrote ({error}); {restore(path)}."
        ) from error
    if rows_seal != (digest_of(seals) if header.get("schema") in SEALED else None):
        raise StorageError(f"{path} was altered: rows were added, removed or moved; {restore(path)}.")
    return comparison, rows


def content(header: ComparisonRecord, rows: Iterable[RowRecord]) -> str:
    """The text of a file, with rows in an order that does not depend on their scores."""
    ordered = sorted(rows, key=lambda row: (row.baseline, row.model, row.fusion, row.cell.modalities, row.key))
    return sealed_again([header.to_json(), *(row.to_json() for row in ordered)])


def sealed_again(lines: Sequence[Plain]) -> str:
    """The text of a file with these values, each line and the file with a digest."""
    header, *rows = [{name: value for name, value in line.items() if name != SEAL} for line in lines]
    found = [sealed(row) for row in rows]
    first = sealed({**header, ROWS_SEAL: digest_of([row[SEAL] for row in found])})
    return "".join(f"{json.dumps(values, ensure_ascii=False, allow_nan=False)}\n" for values in (first, *found))


def has_digests(path: Path) -> bool:
    """Whether a file that can be read is of a schema with digests."""
    with path.open(encoding="utf-8") as file:
        return json.loads(next(file)).get("schema") in SEALED


def digest_of(seals: Sequence[Any]) -> str:
    return seal({"rows": list(seals)})


def altered(path: Path, number: int, values: Plain, reason: str) -> StorageError:
    """The error for a line whose values are not those that were published."""
    row = " · ".join(str(values[name]) for name in ("model", "fusion") if name in values)
    return StorageError(f"{path}, line {number}{in_brackets(row)}, was altered: {reason}; {restore(path)}.")


def restore(path: Path) -> str:
    return f"restore the file, for example with 'git restore {path}'"
