"""The broker's log -> everything that must follow from it (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from .broker_log import Part
from .decoding import Message, decode
from .judging import PLACE, Hours, classify
from .live_tables import live_tables
from .results import marts
from .wire import EVENTS

CLASSES = ("accepted", "late", "duplicate", "rejected")
_ALWAYS_WITHHELD = ("secrecy", "before_close")


@dataclass(frozen=True)
class Expected:
    """What a log means: classes by topic, the tables that follow, what may be kept of it."""

    classes: dict[str, pl.DataFrame]
    live: dict[str, pl.DataFrame]
    marts: dict[str, pl.DataFrame]
    accounts: pl.DataFrame
    """Per topic and partition: messages, next_offset, decoded, refused and each class."""
    kept: pl.DataFrame
    """Per message: value as it may be stored, else SHA-256 and length; `verdict`."""


def expect(log: Mapping[str, Sequence[Message]], hours: Hours) -> Expected:
    """Return what must follow from the messages of every topic."""
    decoded = {topic: decode(topic, log.get(topic, ()), hours.closes_us) for topic in EVENTS}
    classes = classify(decoded, hours)
    live = live_tables(classes)
    kept = pl.concat([_kept(topic, frame) for topic, frame in classes.items()])
    return Expected(classes, live, marts(classes, live), _accounts(classes), kept)


def gaps(log: Mapping[str, Sequence[Message]], ends: Mapping[Part, int]) -> list[str]:
    """Return where the log itself lacks an offset, so that nothing can be said of the night."""
    found: dict[Part, list[int]] = {part: [] for part in ends}
    for topic, messages in log.items():
        for message in messages:
            found[topic, message.partition].append(message.offset)
    return [
        f"log {topic}/{partition}: expected offsets 0 to {ends[topic, partition] - 1}, "
        f"actual {len(offsets)} messages"
        for (topic, partition), offsets in found.items()
        if sorted(offsets)[: ends[topic, partition]] != list(range(ends[topic, partition]))
    ]


def _accounts(classes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    of_class = [(pl.col("class") == c).sum().cast(pl.Int64).alias(c) for c in CLASSES]
    parts = [
        frame.group_by("kafka_partition").agg(
            pl.lit(topic).alias("topic"),
            pl.len().cast(pl.Int64).alias("messages"),
            *of_class,
            next_offset=pl.col("kafka_offset").max() + 1,
            decoded=pl.col("refusal").is_null().sum().cast(pl.Int64),
            refused=pl.col("refusal").is_not_null().sum().cast(pl.Int64),
        )
        for topic, frame in classes.items()
    ]
    return pl.concat(parts)


CHAINED = ("votes", "declarations")  # bronze has the hash of each of their values


def _kept(topic: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Bytes stay away from every store where a choice could be among them."""
    hidden = pl.col("verdict").is_in(_ALWAYS_WITHHELD)
    if EVENTS[topic].names_a_choice:
        hidden |= pl.col("verdict") == "malformed"
    rows = frame.select(
        pl.lit(topic).alias("topic"), *PLACE, "key", "value", "refusal", "verdict",
        hidden.fill_null(False).alias("is_withheld"),
        value_length=pl.col("value").bin.size().cast(pl.Int64),
    )  # fmt: skip
    in_bronze = [
        hashlib.sha256(value).hexdigest()
        if value is not None and (withheld or topic in CHAINED)
        else None
        for value, withheld in rows.select("value", "is_withheld").iter_rows()
    ]
    return rows.with_columns(
        pl.Series("bronze_sha256", in_bronze, dtype=pl.String),
    ).with_columns(
        pl.when("is_withheld").then("bronze_sha256").alias("value_sha256"),
        pl.when(~pl.col("is_withheld")).then("value").alias("value"),
    )
