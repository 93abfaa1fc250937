"""What the pipeline holds of one night, as frames: raw, lake, analytics, ledgers, topics, marts.

Times are microseconds since 1970, JSON is text, bytes are bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg
from deltalake import DeltaTable
from psycopg import sql

from .bigquery import BigQuery
from .broker_log import BrokerLog, Record
from .layers import Layers, read_layers
from .live_tables import KEYS
from .results import MART_KEYS
from .wire import EVENTS

_NULL = "\\N"
_OPS = ("produced", "landed", "tallied", "batches")
_ACCOUNT = ("topic", "kafka_partition", "first_offset", "last_offset", "messages", "accepted",
            "late", "duplicate", "rejected")  # fmt: skip
_BRONZE = ("topic", "kafka_partition", "kafka_offset", "key", "value", "value_sha256",
           "value_length", "refused_as")  # fmt: skip
_SQL: Mapping[str, tuple[str, Any]] = {
    "bigint": ("{}", pl.Int64),
    "integer": ("{}", pl.Int64),
    "numeric": ("{}", pl.Float64),
    "double precision": ("{}", pl.Float64),
    "boolean": ("({})::int", pl.Int64),
    "timestamp with time zone": ("(extract(epoch from {}) * 1000000)::bigint", pl.Int64),
    "bytea": ("encode({}, 'hex')", pl.String),
}


@dataclass
class Held:
    """Everything that is compared with the log."""

    raw: dict[str, pl.DataFrame]
    rejected_messages: pl.DataFrame
    analytics: dict[str, pl.DataFrame]
    ops: dict[str, pl.DataFrame]
    conservation: pl.DataFrame
    marts: dict[str, pl.DataFrame]
    published: dict[str, pl.DataFrame] | None
    """The newest edition, if it is this night's; none if the night never had one."""
    bronze: pl.DataFrame
    accounts: pl.DataFrame
    """Increments of the tally ledgers: what each entry says of a partition."""
    tallied_votes: pl.DataFrame
    """candidate_id and the sum over the count's ledger."""
    layers: Layers = field(default_factory=Layers)
    results: list[Record] = field(default_factory=list)
    rejected_events: list[Record] = field(default_factory=list)


def read_held(
    connection: psycopg.Connection[Any], log: BrokerLog, lake: str, night_id: str,
    bigquery: BigQuery | None = None,
) -> Held:  # fmt: skip
    """Read all of it as it is now: `ops` from PostgreSQL, and the rest too without BigQuery."""

    def table(schema: str, name: str) -> pl.DataFrame:
        if bigquery and schema != "ops":
            return bigquery.table(schema, name, night_id)
        return read_table(connection, schema, name, night_id)

    accounts, votes, newest = _ledgers(f"{lake}/ledgers/{night_id}")
    return Held(
        raw={topic: table("raw", topic) for topic in EVENTS},
        rejected_messages=table("raw", "rejected_messages"),
        analytics={name: table("analytics", name) for name in KEYS},
        ops={name: table("ops", name) for name in _OPS},
        conservation=table("marts", "conservation"),
        marts={name: table("marts", name) for name in MART_KEYS},
        published=_published(connection, night_id, table, bigquery),
        bronze=_bronze(f"{lake}/bronze/messages", night_id),
        accounts=accounts,
        tallied_votes=votes,
        layers=read_layers(lake, night_id, newest),
        results=log.records("results"),
        rejected_events=log.records("rejected_events"),
    )


def read_table(
    connection: psycopg.Connection[Any], schema: str, name: str, night_id: str
) -> pl.DataFrame:
    """Return a table's rows of one night, copied out as CSV: the fastest way for a million."""
    columns = connection.execute(
        "select column_name::text, data_type::text from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        (schema, name),
    ).fetchall()
    kinds = {column: _SQL.get(kind, ("{}::text", pl.String)) for column, kind in columns}
    chosen = sql.SQL(", ").join(
        sql.SQL(text).format(sql.Identifier(column)) + sql.SQL(" as ") + sql.Identifier(column)
        for column, (text, _) in kinds.items()
    )
    # Quoted, so that an empty text is not taken for none.
    query = sql.SQL(
        "copy (select {} from {} where night_id = {}) to stdout"
        " (format csv, null {}, force_quote *)"
    ).format(chosen, sql.Identifier(schema, name), sql.Literal(night_id), sql.Literal(_NULL))
    text = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for part in copy:
            text.write(part)
    types = {column: kind for column, (_, kind) in kinds.items()}
    text.seek(0)
    frame = (
        pl.read_csv(text, has_header=False, schema=types, null_values=_NULL)
        if text.getbuffer().nbytes
        else pl.DataFrame(schema=types)
    )
    of_kind = {kind: [c for c, k in columns if k == kind] for kind in ("boolean", "bytea")}
    return frame.with_columns(
        pl.col(of_kind["boolean"]).cast(pl.Boolean), pl.col(of_kind["bytea"]).str.decode("hex")
    )


def _bronze(path: str, night_id: str) -> pl.DataFrame:
    table = DeltaTable(path).to_pyarrow_table(
        filters=[("night_id", "=", night_id)], columns=list(_BRONZE)
    )
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.with_columns(
        pl.col("kafka_partition", "kafka_offset", "value_length").cast(pl.Int64)
    )


def _published(
    connection: psycopg.Connection[Any], night_id: str,
    table: Callable[[str, str], pl.DataFrame], bigquery: BigQuery | None,
) -> dict[str, pl.DataFrame] | None:  # fmt: skip
    """Return the marts of the edition that is in place; its register is in PostgreSQL."""
    editions = connection.execute(
        "select night_id from ops.editions order by published_at desc"
    ).fetchall()
    if (night_id,) not in editions:
        return None
    if editions[0] != (night_id,):
        return {}  # a later night's is in place
    there = bigquery.tables("published") if bigquery else _tables(connection, "published")
    found = {name: table("published", name) for name in sorted(there & MART_KEYS.keys())}
    return found or None


def _tables(connection: psycopg.Connection[Any], schema: str) -> set[str]:
    found = connection.execute(
        "select table_name::text from information_schema.tables where table_schema = %s", (schema,)
    )
    return {name for (name,) in found}


def _ledgers(folder: str) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return accounts of both ledgers, votes of one: increments alone; and the newest entry."""
    parts = []
    for name in ("turnout", "count"):
        frame = pl.from_arrow(DeltaTable(f"{folder}/{name}").to_pyarrow_table())
        assert isinstance(frame, pl.DataFrame)
        parts.append(frame.filter(~pl.col("is_snapshot")))
    accounts = pl.concat([p.filter(pl.col("kind") == "account").select(_ACCOUNT) for p in parts])
    sheets = parts[1].filter(pl.col("kind") == "sheet", pl.col("candidate_id").is_not_null())
    votes = sheets.group_by("candidate_id").agg(pl.col("messages").sum().alias("vote_count"))
    newest = max(int(part["entry"].max() or -1) for part in parts)  # type: ignore[arg-type]
    return accounts.with_columns(pl.col("kafka_partition").cast(pl.Int64)), votes, newest
