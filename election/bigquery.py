"""BigQuery's idea of the declared tables: types, modes, partitions and clustering (pure)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from election.tables import LANDED_AT, LOAD_ID, Column, Table, Type

DATASETS = {
    "raw": "what was read from the topics, as landed by dlt",
    "raw_staging": "what dlt keeps for itself; empty, because raw is appended and not merged",
    "analytics": "the live tables, by Spark, absolute values",
    "ops": "what every stage writes about itself",
    "staging": "dbt's views over raw, analytics and ops",
    "intermediate": "dbt's steps between staging and marts",
    "marts": "what people read: dashboard, API and exports read nothing else",
    "published": "the marts' last version that passed every check: what exports hold",
}
"""PostgreSQL's schemas and dlt's own, as datasets, each with what it holds."""

# As the API answers, so that a plan shows no difference where there is none.
TYPES = {
    Type.TEXT: "STRING",
    Type.BIGINT: "INTEGER",
    Type.DOUBLE: "FLOAT",
    Type.BOOLEAN: "BOOLEAN",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.DATE: "DATE",
    Type.JSON: "JSON",
    Type.BYTES: "BYTES",
}
MOST_CLUSTER_COLUMNS = 4
_BEGAN = re.compile(r".*\.(\d{8})T\d{6}Z")
ANY_DAY = date(2000, 1, 1)


def first_day(night_id: str) -> date:
    """Return the day before a night began, as its id says: none of its rows is older.

    The day before, because clocks differ. An id that says nothing may be of any day.
    """
    began = _BEGAN.fullmatch(night_id)
    if began is None:
        return ANY_DAY
    return datetime.strptime(began[1], "%Y%m%d").date() - timedelta(days=1)


def columns(table: Table) -> tuple[Column, ...]:
    """Return a table's columns; raw has when it landed, and dlt's load id.

    PostgreSQL gets the latter from dlt itself, and finds a night's rows without the former.
    """
    return (*table.columns, LANDED_AT, LOAD_ID) if table.schema == "raw" else table.columns


def demands_filter(table: Table) -> bool:
    """Say whether a query that names no partitions is refused: of raw, which is large."""
    return table.schema == "raw"


def schema(table: Table) -> list[dict[str, str]]:
    """Return the fields as BigQuery's API has them: name, type, mode, description."""
    return [
        {
            "name": column.name,
            "type": TYPES[column.type],
            "mode": "NULLABLE" if column.nullable else "REQUIRED",
            "description": column.description,
        }
        for column in columns(table)
    ]


def clustering(table: Table) -> list[str]:
    """Return the columns that rows are sorted by: as declared, else the key, which has the night.

    BigQuery takes four at most.
    """
    return list((table.cluster_by or table.key)[:MOST_CLUSTER_COLUMNS])


def resource(table: Table) -> dict[str, Any]:
    """Return what Terraform is told of a table."""
    return {
        "description": table.description,
        "partition_day": table.partition_day,
        "require_partition_filter": demands_filter(table),
        "clustering": clustering(table),
        "schema": schema(table),
    }
