"""Predictions as a Parquet file: a row per test window and condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping

    Columns = Mapping[str, Any]  # name -> one value per test window

CONDITION = "condition"  # a column


def parquet(predictions: Mapping[str, Columns]) -> bytes:
    """The columns of each condition, and one with its name, as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    tables = []
    for condition, columns in predictions.items():
        table = pa.table(dict(columns))
        tables.append(table.append_column(CONDITION, pa.repeat(condition, len(table))))
    pq.write_table(pa.concat_tables(tables), sink)
    return bytes(sink.getvalue().to_pybytes())
