"""Rows merged into BigQuery from one parameter: the statement, and the parameter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from election.tables import Column, Table, Type
from warehouse.partitions import Days

VERSION = "ledger_version"
Row = Mapping[str, Any]
_PARAMETERS = {
    Type.TEXT: "STRING",
    Type.JSON: "STRING",
    Type.BIGINT: "INT64",
    Type.DOUBLE: "FLOAT64",
    Type.BOOLEAN: "BOOL",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMP",
}


def merge(table: Table, name: str, days: Days, *, anew: bool) -> str:
    """Return the statement that merges parameter `@<table>` (pure).

    A live row is written where the incoming entry is newer; a fact that is there stays as it is.

    Args:
        table: The declared table.
        name: Its full name.
        days: The night's partitions; only they are looked at.
        anew: Every row is written, whatever is there.
    """
    columns = [column.name for column in table.columns]
    parsed = ", ".join(
        f"parse_json(r.{c.name}) as {c.name}" for c in table.columns if c.type is Type.JSON
    )
    source = f"select r.* replace ({parsed})" if parsed else "select r.*"
    on = [f"t.{key} = s.{key}" for key in table.key]
    if table.partition_day:
        on.insert(0, days.condition(table, "t"))
    sets = ", ".join(f"{c.name} = s.{c.name}" for c in table.measures)
    newer = "" if anew else f" and s.{VERSION} > t.{VERSION}"
    has_version = any(column.name == VERSION for column in table.columns)
    matched = f"when matched{newer} then update set {sets}\n" if anew or has_version else ""
    values = ", ".join(f"s.{name}" for name in columns)
    return (
        f"merge `{name}` t using ({source} from unnest(@{table.name}) as r) s\n"  # noqa: S608
        f"on {' and '.join(on)}\n{matched}"
        f"when not matched then insert ({', '.join(columns)}) values ({values});\n"
    )


def struct(table: Table, row: Row) -> Any:
    """Return a row as an element of the parameter that `merge` reads."""
    from google.cloud.bigquery import ScalarQueryParameter as Scalar
    from google.cloud.bigquery import StructQueryParameter

    cells = (Scalar(c.name, _PARAMETERS[c.type], moment(c, row[c.name])) for c in table.columns)
    return StructQueryParameter(None, *cells)


def key_text(table: Table) -> str:
    """Return the SQL of a row's key within its night, as one text (pure)."""
    texts = map(_as_text, _within_a_night(table))
    return f"""concat({", '/', ".join(texts)})"""


def key_of(table: Table, row: Row) -> str:
    """Return a row's key within its night, as `key_text` has it (pure)."""
    return "/".join(_text(column, row[column.name]) for column in _within_a_night(table))


def _within_a_night(table: Table) -> list[Column]:
    return [column for column in table.columns if column.name in table.key[1:]]


def _as_text(column: Column) -> str:
    if column.type is Type.TIMESTAMP:
        return f"cast(unix_micros({column.name}) as string)"
    return column.name if column.type is Type.TEXT else f"cast({column.name} as string)"


def _text(column: Column, value: Any) -> str:
    value = moment(column, value)
    if isinstance(value, datetime):
        return str(round(value.timestamp() * 1_000_000))
    return str(value)


def moment(column: Column, value: Any) -> Any:
    """Return a value, a time as one even where it is written as text."""
    is_text = isinstance(value, str) and column.type is Type.TIMESTAMP
    return datetime.fromisoformat(value) if is_text else value
