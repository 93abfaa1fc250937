"""A topic's messages -> a frame: the fields of what decodes, the reason against what does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from .wire import EVENTS, Event, NotThisError

VERSIONS = (1,)
DEEPEST = 1000  # brackets in brackets; not in the contracts, but both readers stop there


@dataclass(frozen=True)
class Message:
    """One message as the broker has it."""

    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    is_for_a_newer_reader: bool = False
    """Sent again for a reader that knows its version."""


def decode(topic: str, messages: Iterable[Message], closes_us: int) -> pl.DataFrame:
    """Return a row a message: place, key, value, `refusal` and the event's fields.

    Args:
        topic: One of EVENTS.
        messages: All of the topic, in any order.
        closes_us: Close of poll, microseconds since 1970.
    """
    event, found = EVENTS[topic], sorted(messages, key=lambda m: (m.partition, m.offset))
    fields = event.fields
    rows = [judge(event, m.value, closes_us, any_version=m.is_for_a_newer_reader) for m in found]
    columns = {
        "kafka_partition": pl.Series([m.partition for m in found], dtype=pl.Int64),
        "kafka_offset": pl.Series([m.offset for m in found], dtype=pl.Int64),
        "key": pl.Series([m.key for m in found], dtype=pl.Binary),
        "value": pl.Series([m.value for m in found], dtype=pl.Binary),
        "refusal": pl.Series([r if isinstance(r, str) else None for r in rows], dtype=pl.String),
    }
    for name, kind in fields.items():
        values = [None if isinstance(row, str) else row[name] for row in rows]
        if kind.column is pl.Object:  # lists as JSON text: columns of a frame compare as text
            values = [None if v is None else orjson.dumps(v).decode() for v in values]
        columns[name] = pl.Series(values, dtype=pl.String if kind.column is pl.Object
                                  else kind.column)  # fmt: skip
    return pl.DataFrame(columns)


def judge(
    event: Event, value: bytes | None, closes_us: int, *, any_version: bool = False
) -> dict[str, Any] | str:
    """Return a message's fields, or the first reason that the message alone gives."""
    try:
        message = _object(value)
        row: dict[str, Any] = {}
        for name, kind in event.fields.items():
            given = message.get(name)
            if given is None and name not in event.optional:
                return "malformed"
            row[name] = None if given is None else kind.read(given)
    except NotThisError:
        return "malformed"
    if event.contradicts(row):
        return "malformed"
    if row["schema_version"] not in VERSIONS and not any_version:
        return "unknown_version"
    if any(message.get(name) is not None for name in event.secret):
        return "secrecy"
    if event.names_a_choice and row["sent_at"] < closes_us:
        return "before_close"
    return row


def _object(value: bytes | None) -> dict[str, Any]:
    if value is None:
        raise NotThisError
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise NotThisError from None
    if type(found) is not dict or (value.count(b"[") + value.count(b"{") > DEEPEST
                                   and depth(found) > DEEPEST):  # fmt: skip
        raise NotThisError
    return found


def depth(value: Any) -> int:
    """Return how deep lists and objects are in each other."""
    deepest, level = 0, [value]
    while level := [v for v in level if isinstance(v, dict | list)]:
        deepest += 1
        level = [part for v in level for part in (v.values() if isinstance(v, dict) else v)]
    return deepest
