"""FROM: what a rebuild counts again, and where a replay begins (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from election.errors import UserError
from election.topics import INPUT_TOPICS, TOPICS

_POSITION = re.compile(r"([a-z_]+)/([0-9]{1,9})/([0-9]{1,18})")
# What fromisoformat takes beside it (a day alone, a time without a zone) is no moment.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")


class Source(StrEnum):
    """What a night can be counted again from."""

    BROKER = "broker"
    BRONZE = "bronze"


def parse_source(text: str) -> Source:
    """Read FROM of a rebuild.

    Raises:
        UserError: it is neither.
    """
    try:
        return Source(text)
    except ValueError:
        raise UserError(
            f"FROM={text} is nothing to rebuild from" if text else "FROM is missing",
            why="Spark's tables are rebuilt from broker or bronze, dbt's from raw",
            fix="write FROM=broker, FROM=bronze or FROM=raw",
        ) from None


@dataclass(frozen=True)
class Position:
    """One message: where it is in the log."""

    topic: str
    partition: int
    offset: int


Start = Position | datetime


def parse_start(text: str) -> Start:
    """Read FROM of a replay.

    Raises:
        UserError: it is neither an offset nor a time.
    """
    if found := _POSITION.fullmatch(text):
        topic, partition, offset = found[1], int(found[2]), int(found[3])
        if topic not in INPUT_TOPICS:
            raise _unusable(text, f"the topics are {', '.join(INPUT_TOPICS)}")
        if partition >= TOPICS[topic].partitions:
            raise _unusable(text, f"partitions of {topic}: 0 to {TOPICS[topic].partitions - 1}")
        return Position(topic, partition, offset)
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise _unusable(text, str(error)) from None
    raise _unusable(text, "it is neither an offset nor a time with its zone (RFC 3339)")


def first_offsets(
    start: Start, counted: Mapping[tuple[str, int], int], since: Mapping[tuple[str, int], int]
) -> dict[tuple[str, int], int]:
    """Return the first message to take again of each partition; those without any are left out.

    Args:
        start: Where to begin.
        counted: The next offset that the count has not, by partition.
        since: If `start` is a time, the first offset of each partition since then.

    Raises:
        UserError: the message was not counted yet.
    """
    if isinstance(start, datetime):
        return {p: offset for p, offset in since.items() if offset < counted.get(p, 0)}
    here = (start.topic, start.partition)
    if start.offset >= counted.get(here, 0):
        raise _unusable(
            f"{start.topic}/{start.partition}/{start.offset}",
            f"the count has {counted.get(here, 0):,} messages of {start.topic}/{start.partition}",
        )
    return {here: start.offset}


def entry_before(accounts: pl.DataFrame, first: Mapping[tuple[str, int], int]) -> int:
    """Return the newest entry before any that holds one of the messages, or one after it.

    Args:
        accounts: topic, kafka_partition, last_offset and entry of every entry of both ledgers.
        first: At least one message, by partition.
    """
    wanted = pl.DataFrame(
        [(topic, partition, offset) for (topic, partition), offset in first.items()],
        schema={"topic": pl.String, "kafka_partition": pl.Int32, "offset": pl.Int64},
        orient="row",
    )
    held = accounts.join(wanted, on=["topic", "kafka_partition"])
    entries = held.filter(pl.col("last_offset") >= pl.col("offset"))["entry"]
    return int(entries.min()) - 1  # type: ignore[arg-type]


def _unusable(text: str, why: str) -> UserError:
    return UserError(
        f"FROM={text} is nothing to replay from" if text else "FROM is missing",
        why=why,
        fix="write it as FROM=votes/3/12000 or FROM=2026-11-25T22:00:00Z",
    )
