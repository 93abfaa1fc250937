"""What changes BigQuery's tables, counted in `ops.table_operations`.

A table bears 1,500 loads and overwrites a day, failed ones included; merges do not count among
them, and are counted beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

LOAD, FAILED_LOAD, OVERWRITE, MERGE = "load", "failed load", "overwrite", "merge"
MOST_A_DAY = 1_500
_OPERATION = """
insert into ops.table_operations as known (night_id, stage, table_name, day, kind, operations)
values (%s, %s, %s, (now() at time zone 'utc')::date, %s, 1)
on conflict (night_id, stage, table_name, day, kind) do update
set operations = known.operations + 1
"""


def count_operations(
    to: psycopg.Connection[Any] | psycopg.Cursor[Any], night_id: str, stage: str, kind: str,
    tables: Iterable[str],
) -> None:  # fmt: skip
    """Count one operation of a kind for each of some tables.

    Args:
        to: PostgreSQL, where `ops` is with either warehouse.
        night_id: The night.
        stage: Whose operation it was.
        kind: `LOAD`, `FAILED_LOAD`, `OVERWRITE` or `MERGE`.
        tables: What it changed, as schema and table.
    """
    for table in tables:
        to.execute(_OPERATION, (night_id, stage, table, kind))
