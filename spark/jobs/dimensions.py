"""Before counting: wait until the constituencies and candidates are all there, and accept them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import orjson
from pyspark.sql import DataFrame, SparkSession

from election.errors import UserError
from election.settings import BrokerSettings
from election.telemetry import get_logger
from election.topics import DIMENSION_TOPICS, INPUT_TOPICS
from spark.blocks.dimensions import Dimensions, Fact, dimension_counts
from spark.blocks.rules import NightRules
from spark.broker import Broker
from spark.jobs.stopping import Stopping
from spark.sources import kafka_batch
from spark.tally.tally import identity_of
from spark.transforms.judging import Judging

POLL_S = 0.5
READ_FROM = (*DIMENSION_TOPICS, "ballot_accounts")
Read = Callable[[], DataFrame]


class NotComplete(Exception):  # noqa: N818 - an answer, not an error
    """How far the dimensions have come."""


def wait_for_dimensions(
    spark: SparkSession, settings: BrokerSettings, rules: NightRules, *, deadline_s: float,
    is_stopping: Callable[[], bool] = lambda: False,
) -> tuple[Dimensions, dict[str, int]]:  # fmt: skip
    """Return the accepted dimensions, and how many there are of each.

    Raises:
        Stopping: the process was asked to stop.
        UserError: they were not complete by the deadline.
    """
    broker, log = Broker(settings), get_logger()
    deadline = time.monotonic() + deadline_s
    read_to: dict[tuple[str, int], int] = {}
    progress = "no message yet"
    try:
        while time.monotonic() < deadline:
            if is_stopping():
                raise Stopping
            marks = broker.watermarks(READ_FROM)
            end = {partition: last for partition, (_, last) in marks.items()}
            if end != read_to and all(end[topic, 0] for topic in READ_FROM):
                read_to = end
                start = {partition: first for partition, (first, _) in marks.items()}
                try:
                    return accept_dimensions(spark, kafka_batch(spark, settings, start, end), rules)
                except NotComplete as so_far:
                    progress = str(so_far)
                    log.info("waiting for the dimensions", progress=progress)
            time.sleep(POLL_S)
    finally:
        broker.close()
    raise UserError(
        "the register and the nominations are not complete",
        why=progress,
        fix="see that the generator runs: `make status`",
    )


def accept_dimensions(
    spark: SparkSession, messages: DataFrame, rules: NightRules
) -> tuple[Dimensions, dict[str, int]]:
    """Accept constituencies, then candidates, in offset order, by the rules of every message.

    Raises:
        NotComplete: fewer than the accounts say.
    """
    dimensions = Dimensions()
    numbers = {topic: i for i, topic in enumerate(INPUT_TOPICS)}
    first = _acceptable(spark, messages, dimensions, rules)
    counts = dimension_counts(first.get("ballot_accounts", []))
    if missing := [topic for topic in DIMENSION_TOPICS if topic not in counts]:
        raise NotComplete(f"no account yet of {' and '.join(missing)}")
    seats = first_claims("constituencies", first.get("constituencies", []), counts)
    for fact in seats:
        dimensions.add_seat(fact)
    only = messages.where(f"topic_no = {numbers['candidates']}")
    second = _acceptable(spark, only, dimensions, rules).get("candidates", [])
    candidates = first_claims("candidates", second, counts)
    for fact in candidates:
        dimensions.add_candidate(fact)
    found = {"constituencies": len(seats), "candidates": len(candidates)}
    if any(found[topic] < counts[topic] for topic in DIMENSION_TOPICS):
        raise NotComplete(", ".join(f"{found[t]} of {counts[t]} {t}" for t in DIMENSION_TOPICS))
    return dimensions, counts


def first_claims(topic: str, facts: list[Fact], counts: Mapping[str, int]) -> list[Fact]:
    """Return the first of each identity in offset order, no more than the account says."""
    claimed: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        claimed.setdefault(identity_of(topic, fact), fact)
    return list(claimed.values())[: counts[topic]]


def _acceptable(
    spark: SparkSession, messages: DataFrame, dimensions: Dimensions, rules: NightRules
) -> dict[str, list[Fact]]:
    judged = Judging.of(spark, dimensions, rules).prepared(messages)
    facts = judged.where("reason is null and fact is not null")
    found: dict[str, list[Fact]] = {}
    rows = facts.select("topic_no", "kafka_offset", "fact").toArrow().to_pylist()
    for row in sorted(rows, key=lambda r: (r["topic_no"], r["kafka_offset"])):
        found.setdefault(INPUT_TOPICS[row["topic_no"]], []).append(orjson.loads(row["fact"]))
    return found
