"""What the sinks hold of a night, and how it differs from what the ledgers say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from psycopg import sql

from election.settings import BrokerSettings
from election.tables import Column, Table, Type
from spark.broker import read_topic
from spark.sinks.kafka_topics import CHAIN_TABLES, KeyedMessage
from spark.sinks.warehouse import Warehouse
from spark.tally.comparison import limited

Row = Mapping[str, Any]
# When a row was written, and of which entry it is: they differ where nothing is wrong.
_STAMPS = frozenset({"as_of", "updated_at", "ledger_version"})


def held_rows(warehouse: Warehouse, table: Table, night_id: str) -> list[dict[str, Any]]:
    """Return a night's rows of a table."""
    names = [column.name for column in table.columns]
    query = sql.SQL("select {} from {} where night_id = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table.schema, table.name)
    )
    return [dict(zip(names, row, strict=True)) for row in warehouse.read(query, (night_id,))]


def held_results(broker: BrokerSettings) -> dict[bytes, bytes]:
    """Return the newest value of each key of the topic `results`, deleted ones left out.

    The heads of the hash chain are there too: they follow bronze, not the ledgers.
    """
    held: dict[bytes, bytes] = {}
    for message in read_topic(broker, "results"):
        key, value = message.key() or b"", message.value()
        if _key(key)[0] in CHAIN_TABLES:
            continue
        held.pop(key, None)
        if value is not None:
            held[key] = value
    return held


def differing_rows(table: Table, held: Iterable[Row], wanted: Iterable[Row]) -> list[str]:
    """Return a line for each row that differs, is missing or should not be there (pure)."""
    there, right = (
        {tuple(_plain(column, row) for column in table.columns if column.name in table.key[1:]):
         {c.name: _plain(c, row) for c in table.measures if c.name not in _STAMPS} for row in rows}
        for rows in (held, wanted)
    )  # fmt: skip
    return limited(table.full_name, _differences(table.full_name, there, right))


def differing_results(
    held: Mapping[bytes, bytes], wanted: Iterable[KeyedMessage]
) -> tuple[list[str], list[bytes]]:
    """Return a line for each key of `results` that differs, and the keys that must go (pure)."""
    right = {message["key"]: message["value"] or b"" for message in wanted}
    stale = sorted(held.keys() - right.keys())
    lines = _differences(
        "results",
        {_key(key): _value(value) for key, value in held.items()},
        {_key(key): _value(value) for key, value in right.items()},
    )
    return limited("results", lines), stale


def _differences(
    what: str, held: Mapping[tuple[Any, ...], Row], wanted: Mapping[tuple[Any, ...], Row]
) -> Iterator[str]:
    for key in sorted(held.keys() | wanted.keys(), key=repr):
        name = f"{what}, {'/'.join(map(str, key))}"
        if key not in wanted:
            yield f"{name}: should not be there"
        elif key not in held:
            yield f"{name}: is missing"
        elif held[key] != wanted[key]:
            different = [n for n in wanted[key] if held[key].get(n) != wanted[key][n]]
            values = (f"{n} {held[key].get(n)}, not {wanted[key][n]}" for n in different)
            yield f"{name}: {'; '.join(values)}"


def _plain(column: Column, row: Row) -> Any:
    value = row[column.name]
    if isinstance(value, str) and column.type is Type.TIMESTAMP:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and column.type is Type.JSON:
        return orjson.loads(value)
    return value


def _key(key: bytes) -> tuple[Any, ...]:
    try:
        return tuple(orjson.loads(key))
    except (orjson.JSONDecodeError, TypeError):  # whoever wrote it, it is not ours
        return (key,)


def _value(value: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {"value": value}
    return {n: v for n, v in found.items() if n not in _STAMPS}
