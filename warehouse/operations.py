"""What changes BigQuery's tables, counted in `ops.table_operations`: a table bears 1,500 a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from election.tables import Table

_OPERATION = """
insert into ops.table_operations as known (night_id, stage, table_name, day, kind, operations)
values (%s, %s, %s, (now() at time zone 'utc')::date, %s, 1)
on conflict (night_id, stage, table_name, day, kind) do update
set operations = known.operations + 1
"""


def count_operations(
    to: psycopg.Connection[Any] | psycopg.Cursor[Any], night_id: str, stage: str, kind: str,
    tables: Iterable[Table],
) -> None:  # fmt: skip
    """Count one operation of a kind (load or merge) for each of some tables.

    Args:
        to: PostgreSQL, where `ops` is with either warehouse.
        night_id: The night.
        stage: Whose operation it was.
        kind: `load` or `merge`.
        tables: What it changed.
    """
    for table in tables:
        to.execute(_OPERATION, (night_id, stage, table.full_name, kind))
