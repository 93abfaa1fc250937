"""From rows of the plan to bytes on the wire: JSON built column by column.

A message is a head that depends on the moment of sending (`produced_at`) and a rest that depends
on the plan alone; rests are made in blocks, ahead of time. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from election.events import SCHEMA_VERSION, Event, Field, Kind
from election.settings import utc_text
from election.topics import TOPICS, event_of

_WIRE_TIME = "%Y-%m-%dT%H:%M:%S%.6fZ"
_VOTER_KEY_HEX = 32  # the first 128 bits
_SHA256_BLOCK = 64


@dataclass(frozen=True)
class Block:
    """Encoded messages of one topic but for their head.

    `ways` holds, by position, how a message is to be made wrong once it is complete.
    """

    keys: list[bytes]
    rests: list[bytes]
    ways: dict[int, str]


def head(election_id: str, produced_at: datetime) -> bytes:
    """Return the beginning of every message that is produced at this moment."""
    return (
        f'{{"schema_version":{SCHEMA_VERSION},"election_id":{json.dumps(election_id)},'
        f'"produced_at":"{utc_text(produced_at)}'
    ).encode()


def voter_keys(rows: pl.DataFrame, election_id: str, secret: bytes) -> pl.Series:
    """Return HMAC-SHA-256 of each register entry, the first 128 bits in hex."""
    entries = rows.select(
        pl.concat_str(
            pl.lit(f"{election_id}/"),
            pl.col("polling_station_id").cast(pl.String),
            pl.lit("/"),
            pl.col("elector_no").cast(pl.String),
        ).cast(pl.Binary)
    ).to_series()
    sign = _keyed_hash(secret)
    return pl.Series("voter_key", [sign(entry) for entry in entries.to_list()], dtype=pl.String)


def _keyed_hash(secret: bytes) -> Callable[[bytes], str]:
    """Return HMAC-SHA-256 (RFC 2104) under one key: `hmac.digest` sets the key up each time."""
    if len(secret) > _SHA256_BLOCK:
        secret = sha256(secret).digest()
    key = secret.ljust(_SHA256_BLOCK, b"\0")
    inner, outer = sha256(bytes(b ^ 0x36 for b in key)), sha256(bytes(b ^ 0x5C for b in key))

    def sign(entry: bytes) -> str:
        inside, outside = inner.copy(), outer.copy()
        inside.update(entry)
        outside.update(inside.digest())
        return outside.hexdigest()[:_VOTER_KEY_HEX]

    return sign


def encode_block(topic: str, rows: pl.DataFrame, election_id: str, secret: bytes) -> Block:
    """Return a topic's rows as keys and rests of messages."""
    event = event_of(topic)
    if "voter_key" in {field.name for field in event.own_fields}:
        rows = rows.with_columns(voter_keys(rows, election_id, secret))
    ways = rows["malformation"]
    wrong = ways.is_not_null().arg_true().to_list()
    return Block(
        keys=rows[TOPICS[topic].key].cast(pl.String).cast(pl.Binary).to_list(),
        rests=rows.select(_rest(event, rows)).to_series().cast(pl.Binary).to_list(),
        ways={row: ways[row] for row in wrong},
    )


def _rest(event: Event, rows: pl.DataFrame) -> pl.Expr:
    """Return the expression of everything after the value of `produced_at`."""
    parts: list[pl.Expr] = [pl.lit('","sent_at":"'), _time("sent_at"), pl.lit('"')]
    for field in event.own_fields:
        value = _value(field, rows)
        if field.required:
            parts += [pl.lit(f',"{field.name}":'), *value]
        else:
            parts.append(pl.concat_str(pl.lit(f',"{field.name}":'), *value).fill_null(""))
    return pl.concat_str(*parts, pl.lit("}"))


def _value(field: Field, rows: pl.DataFrame) -> list[pl.Expr]:
    """Return the pieces of a field's JSON value; null where the field has none."""
    column = pl.col(field.name)
    if field.kind is Kind.TIMESTAMP:
        return [pl.lit('"'), _time(field.name), pl.lit('"')]
    if field.kind is not Kind.STRING:
        return [column.cast(pl.String)]
    if field.pattern or field.values:  # no character in it that JSON escapes
        return [pl.lit('"'), column.cast(pl.String), pl.lit('"')]
    return [pl.lit(_dumped(rows[field.name]))]


def _time(name: str) -> pl.Expr:
    return pl.col(name).dt.strftime(_WIRE_TIME)


def _dumped(texts: pl.Series) -> pl.Series:
    """Return free text as JSON, made once for each distinct value."""
    column = texts.cast(pl.String)
    distinct = column.drop_nulls().unique()
    escaped = pl.Series([json.dumps(t, ensure_ascii=False) for t in distinct], dtype=pl.String)
    return column.replace_strict(distinct, escaped, default=None, return_dtype=pl.String)
