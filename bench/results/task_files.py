"""The two files of a stored task: predictions as Parquet, and the sealed record."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.results.serialization import SEAL, line_by_line, seal, sealed
from bench.results.task_record import PREDICTIONS_SEAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from bench.results.task_record import TaskRecord

    Columns = Mapping[str, Any]  # name -> one value per test window

RECORD = "record.json"
PREDICTIONS = "predictions.parquet"
CONDITION = "condition"  # a column of the predictions


def predictions_bytes(predictions: Mapping[str, Columns]) -> bytes:
    """The columns of each condition, and one with its name, as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    tables = []
    for condition, columns in predictions.items():
        table = pa.table(dict(columns))
        tables.append(table.append_column(CONDITION, pa.repeat(condition, len(table))))
    pq.write_table(pa.concat_tables(tables), sink)
    return bytes(sink.getvalue().to_pybytes())


def intact(folder: Path) -> tuple[dict[str, Any], bytes] | None:
    """The values of the record and the content of the predictions, where both are as they were written."""
    try:
        values = json.loads((folder / RECORD).read_bytes())
        content = (folder / PREDICTIONS).read_bytes()
        digest = values.pop(SEAL)
        whole = digest == seal(values) and values.pop(PREDICTIONS_SEAL) == hashlib.sha256(content).hexdigest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    return (values, content) if whole else None


def read_predictions(contents: Sequence[bytes], condition: str) -> tuple[pd.DataFrame, list[int]]:
    """The rows of one condition in all files below each other, and the number of rows of each file."""
    tables = []
    for content in contents:
        with pq.ParquetFile(pa.BufferReader(content)) as file:  # many small files: much faster than pq.read_table
            tables.append(file.read(use_threads=False))
    whole = pa.concat_tables(tables, promote_options="permissive")
    of_file = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    if CONDITION in whole.column_names:
        wanted = pc.equal(whole[CONDITION], condition).fill_null(True)
        whole, of_file = whole.filter(wanted).drop_columns(CONDITION), of_file[wanted.to_numpy()]
    found: pd.DataFrame = whole.to_pandas()
    return found, np.bincount(of_file, minlength=len(tables)).tolist()


def record_text(record: TaskRecord, predictions: bytes) -> str:
    """The record with the digest of its predictions, sealed."""
    values = {**record.to_json(), PREDICTIONS_SEAL: hashlib.sha256(predictions).hexdigest()}
    return line_by_line(sealed(values))
