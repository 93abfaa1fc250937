"""A night's tables copied from PostgreSQL into BigQuery, row for row."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from support.bigquery import Datasets

from election.bigquery import schema
from election.tables import Table
from warehouse.tables import address


def copy_tables(
    connection: psycopg.Connection[Any], datasets: Datasets, tables: Iterable[Table]
) -> None:
    """Load every row of these tables; what BigQuery had of them goes."""
    from google.cloud import bigquery

    client = datasets.access.client()
    for table in tables:
        names = [column.name for column in table.columns]
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Identifier(table.schema, table.name),
        )
        rows = [
            {n: _plain(v) for n, v in zip(names, row, strict=True)}
            for row in connection.execute(query)
        ]
        config = bigquery.LoadJobConfig(
            schema=schema(table), write_disposition="WRITE_TRUNCATE",
            clustering_fields=None,
        )  # fmt: skip
        client.load_table_from_json(
            rows, address(datasets.settings, table), job_config=config
        ).result()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value
