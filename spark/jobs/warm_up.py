"""Before the night: send made-up messages through every step, so that the JIT has compiled it."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
from pyspark.sql import SparkSession

from election.events import EVENTS, Event, Field, Kind
from election.settings import utc_text
from election.topics import INPUT_TOPICS, event_of
from spark.blocks.dimensions import Dimensions, Nomination, Station
from spark.blocks.rules import NightRules
from spark.schemas import MESSAGE_DDL, topic_number
from spark.tally.tally import Dirty
from spark.transforms.judging import Judging

_SEAT, _REGION = "WARM", "UP"
_MESSAGES_OF_TOPIC = 400
_ROUNDS = 2


def warm_up(spark: SparkSession, rules: NightRules) -> None:
    """Run a small batch through decode, validate, reduce and the exact pass."""
    station, candidate = f"{_SEAT}-S001", f"{_SEAT}-C01"
    dimensions = Dimensions(
        {_SEAT: _REGION},
        {station: Station(_SEAT, _REGION, 10_000)},
        {candidate: Nomination(_SEAT, _REGION, "Con")},
    )
    rows = [
        (topic_number(topic), 0, i, _SEAT.encode(), _message(event_of(topic), i + 1, rules), None)
        for topic in INPUT_TOPICS
        for i in range(_MESSAGES_OF_TOPIC)
    ]
    messages = spark.createDataFrame(rows, MESSAGE_DDL)
    judging = Judging.of(spark, dimensions, rules)
    dirty = Dirty([("votes", f"{_SEAT}-B0001", 1)], [(station, 1)])
    for _ in range(_ROUNDS):
        judging.take(messages).holding(dirty)


def _message(event: Event, number: int, rules: NightRules) -> bytes:
    sent_at = rules.closes_at + timedelta(hours=1)
    message = {
        f.name: _value(f, number, sent_at) for f in event.fields if f.name != "rejection_reason"
    }
    message |= {"schema_version": 1, "election_id": rules.election_id}
    if event is EVENTS["ballot_issued"]:
        message["issued_at"] = utc_text(rules.opens_at + timedelta(hours=1))
    return orjson.dumps(message)


def _value(field: Field, number: int, sent_at: datetime) -> object:
    by_name: dict[str, object] = {
        "constituency_id": _SEAT,
        "polling_station_id": f"{_SEAT}-S001",
        "candidate_id": f"{_SEAT}-C01",
        "count_batch_id": f"{_SEAT}-B0001",
        "region_id": _REGION,
        "voter_key": "0123456789abcdef" * 2,
        "party_id": "PP1",
        "id": f"{_SEAT}-S001",
        "winner_candidate_id": f"{_SEAT}-C01",
    }
    if field.name in by_name:
        return by_name[field.name]
    if field.values:
        return field.values[0]
    by_kind: dict[Kind, object] = {
        Kind.STRING: "text",
        Kind.INT: number,
        Kind.FLOAT: 0.5,
        Kind.BOOL: False,
        Kind.TIMESTAMP: utc_text(sent_at),
        Kind.LIST: [],
    }
    return by_kind[field.kind]
