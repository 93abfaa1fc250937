"""Rows as Parquet, typed as the marts are."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_TYPES = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}


def file_of(
    columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], said: Mapping[str, str]
) -> bytes:
    """Return a file.

    Args:
        columns: Names with PostgreSQL's types, in order.
        rows: By column name.
        said: What the file says of itself, as its key-value metadata.
    """
    schema = pa.schema([pa.field(name, _TYPES[kind]) for name, kind in columns.items()], said)
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), out, compression="zstd")
    return out.getvalue()
