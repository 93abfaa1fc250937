"""A handmade log as the oracle reads it, and stores that hold exactly what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
import polars as pl
from faults.oracle import checks
from faults.oracle.broker_log import Record
from faults.oracle.decoding import Message
from faults.oracle.expected import CLASSES, Expected, expect
from faults.oracle.held import Held
from faults.oracle.judging import COUNTED, PLACE, Hours
from faults.oracle.layers import Layers
from faults.oracle.live_tables import KEYS, LIVE
from faults.oracle.night import Night
from faults.oracle.oracle import differences
from faults.oracle.wire import EVENTS
from support.events import CLOSES_AT, ELECTION_ID, NIGHT_ID, OPENS_AT, key_of, make_event
from support.handmade_log import Log
from support.handmade_log import Message as Handmade
from support.handmade_night import whole_night

HOURS = Hours(OPENS_AT, CLOSES_AT)
NIGHT = Night(NIGHT_ID, "t.", HOURS, "complete", "lake")
AS_OF = 1_700_000_000_000_000
_PART = ["topic", "kafka_partition"]


def value_of(message: Handmade) -> bytes:
    """Return a handmade message's bytes; of a refused one, bytes that are refused for it.

    As with any producer, no two messages are made in one moment.
    """
    if message.event is not None:
        made = f"2026-11-23T23:45:{message.partition:02}.{message.offset:06}Z"
        return json.dumps({**message.event, "produced_at": made}).encode()
    if message.reason == "malformed":
        return b'{"schema_version": 1,'
    secret = {"candidate_id": "E14000530-C01"} if message.topic == "voters" else {"elector_no": 7}
    more: dict[str, dict[str, Any]] = {
        "unknown_version": {"schema_version": 2},
        "before_close": {"sent_at": "2017-06-08T20:59:59.999999Z"},
        "secrecy": secret,
    }
    return json.dumps(make_event(message.topic, **more[str(message.reason)])).encode()


def messages_of(log: Log) -> dict[str, list[Message]]:
    """Return a handmade log by topic, as the broker would have it."""
    found: dict[str, list[Message]] = {topic: [] for topic in EVENTS}
    for m in log.messages:
        key = key_of(m.topic, m.event).encode() if m.event else b"key"
        found[m.topic].append(Message(m.partition, m.offset, value_of(m), key))
    return found


@cache
def _whole() -> tuple[dict[str, list[Message]], Expected]:
    log = messages_of(whole_night())
    return log, expect(log, HOURS)


class HandmadeNight:
    """The whole night by hand, and stores that agree with it until a test spoils one."""

    def __init__(self) -> None:
        log, self.expected = _whole()
        self.log = {topic: list(messages) for topic, messages in log.items()}
        self.held = held_of(self.expected)
        self.sent = checks.Sent()
        self.night = NIGHT

    def differences(self) -> list[str]:
        """Return what the oracle says."""
        ends: dict[tuple[str, int], int] = {}
        for topic, messages in self.log.items():
            for m in messages:
                ends[topic, m.partition] = max(ends.get((topic, m.partition), 0), m.offset + 1)
        return differences(self.night, self.log, ends, self.held, self.sent)


def held_of(expected: Expected) -> Held:
    """Return stores that agree with a log."""
    accounts, kept = expected.accounts, expected.kept
    refused = kept.filter(pl.col("refusal").is_not_null())
    analytics = {name: _analytics(name, expected.live[name]) for name in KEYS}
    by_class = accounts.select(*_PART, "messages", *CLASSES)
    return Held(
        raw={
            topic: frame.filter(pl.col("refusal").is_null()).select(*PLACE, *EVENTS[topic].fields)
            for topic, frame in expected.classes.items()
        },
        rejected_messages=refused.select("topic", *PLACE, "value", reason="refusal").join(
            checks.whole_values(expected), on=["topic", *PLACE]
        ),
        analytics=analytics,
        ops={
            "produced": accounts.select(
                *_PART, "next_offset", position="messages", planned="messages",
                acknowledged="messages",
            ),
            "landed": accounts,
            "tallied": accounts,
            "batches": pl.concat([
                by_class.with_columns(stage=pl.lit("spark")),
                by_class.with_columns(stage=pl.lit("ingestion"), rejected=accounts["refused"]),
                by_class.with_columns(stage=pl.lit("dbt")),
                by_class.with_columns(stage=pl.lit("bronze")),
                by_class.with_columns(stage=pl.lit("broker")),
            ]),
        },
        conservation=pl.concat([
            by_class.with_columns(
                stage=pl.lit(stage), unaccounted=pl.lit(0), next_offset=accounts["next_offset"]
            )
            for stage in ("spark", "dbt", "generator", "broker", "raw", "bronze")
        ]),
        marts=dict(expected.marts),
        published=dict(expected.marts),
        bronze=kept.drop("value_sha256").rename({"bronze_sha256": "value_sha256"}).with_columns(
            refused_as=pl.when(pl.col("verdict") == "malformed").then(pl.lit("malformed"))
            .otherwise("refusal")
        ),
        accounts=by_class.with_columns(
            first_offset=pl.lit(0, pl.Int64), last_offset=pl.col("messages") - 1
        ),
        layers=_layers(expected),
        tallied_votes=expected.live["candidate_totals"].filter(pl.col("vote_count") > 0),
        results=list(_results(analytics)),
        rejected_events=list(_rejected_events(kept)),
    )  # fmt: skip


def _layers(expected: Expected) -> Layers:
    """Return what the batch job makes of all of it."""
    ends = expected.accounts.select(*_PART, "next_offset")
    rejected = expected.kept.join(
        expected.live["rejections"].select("topic", *PLACE), on=["topic", *PLACE]
    )
    return Layers(
        silver={
            topic: frame.filter(COUNTED).with_columns(is_late=pl.col("class") == "late")
            for topic, frame in expected.classes.items()
        },
        quarantine=rejected.select(
            "topic", *PLACE, "value", "value_length", value_sha256="bronze_sha256",
            reason="verdict",
        ),
        landed={(t, p): n for t, p, n in ends.iter_rows()},
        gold={n: expected.live[n].with_columns(ledger_version=pl.lit(1)) for n in LIVE},
        newest_entry=1,
    )  # fmt: skip


def _analytics(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    if name not in LIVE:
        return rows
    return rows.with_columns(
        night_id=pl.lit(NIGHT_ID), election_id=pl.lit(ELECTION_ID), as_of=pl.lit(AS_OF),
        ledger_version=pl.lit(1, pl.Int64), polling_date=pl.lit("2017-06-08"),
    )  # fmt: skip


def _results(analytics: dict[str, pl.DataFrame]) -> Iterable[Record]:
    for name in LIVE:
        for row in analytics[name].iter_rows(named=True):
            key = orjson.dumps([name, *(row[column] for column in KEYS[name])])
            yield Record(key, b"{}", {})  # an older value of the key
            yield Record(key, orjson.dumps(row), {})


def _rejected_events(kept: pl.DataFrame) -> Iterable[Record]:
    for row in kept.filter(pl.col("verdict").is_not_null()).iter_rows(named=True):
        headers = {
            "reason": row["verdict"], "topic": row["topic"],
            "partition": str(row["kafka_partition"]), "offset": str(row["kafka_offset"]),
        }  # fmt: skip
        if row["is_withheld"]:
            headers |= {"sha256": row["value_sha256"], "length": str(row["value_length"])}
        yield Record(b"key", row["value"], headers)
