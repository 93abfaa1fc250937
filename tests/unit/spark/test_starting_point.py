"""FROM of a rebuild and of a replay: what it means, and what it cannot mean."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from election.errors import UserError
from spark.jobs.starting_point import (
    Position,
    Source,
    entry_before,
    first_offsets,
    parse_source,
    parse_start,
)

MOMENT = datetime(2026, 11, 25, 22, tzinfo=UTC)
COUNTED = {("votes", 0): 10, ("votes", 1): 5, ("voters", 0): 7}


@pytest.mark.parametrize("name", ["broker", "bronze"])
def test_spark_rebuilds_from_broker_or_bronze(name):
    assert parse_source(name) is Source(name)


@pytest.mark.parametrize("name", ["", "raw", "Broker", "votes/0/1"])
def test_nothing_else_is_a_source_of_spark(name):
    with pytest.raises(UserError) as refused:
        parse_source(name)
    assert len(refused.value.lines()) == 3
    assert "FROM=raw" in refused.value.fix


def test_an_offset_names_one_message():
    assert parse_start("votes/3/12000") == Position("votes", 3, 12_000)
    assert parse_start("ballots_issued/0/0") == Position("ballots_issued", 0, 0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-25T22:00:00Z", MOMENT),
        ("2026-11-25T22:00:00.250000Z", MOMENT + timedelta(microseconds=250_000)),
        ("2026-11-25T23:00:00+01:00", MOMENT.astimezone(timezone(timedelta(hours=1)))),
    ],
)
def test_a_time_is_one_with_its_zone(text, moment):
    assert parse_start(text) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither an offset nor a time"),
        ("12000", "neither"),
        ("votes/3", "neither"),
        ("votes/3/-1", "neither"),
        ("votes/3/1e3", "neither"),
        ("2026-11-25", "neither"),
        ("2026-11-25T22:00:00", "neither"),
        ("2026-11-25T25:00:00Z", "hour"),
        ("results/0/1", "the topics are"),
        ("votes/4/0", "partitions of votes: 0 to 3"),
    ],
)
def test_whatever_is_neither_is_refused_in_three_lines(text, why):
    with pytest.raises(UserError) as refused:
        parse_start(text)
    assert why in refused.value.why
    assert len(refused.value.lines()) == 3


def test_an_offset_begins_with_its_message_alone():
    assert first_offsets(Position("votes", 1, 4), COUNTED, {}) == {("votes", 1): 4}


def test_a_message_that_was_not_counted_cannot_be_taken_again():
    with pytest.raises(UserError, match="the count has 5 messages of votes/1"):
        first_offsets(Position("votes", 1, 5), COUNTED, {})


def test_a_time_begins_in_every_partition_that_has_something_since():
    since = {("votes", 0): 10, ("votes", 1): 0, ("voters", 0): 6}
    assert first_offsets(MOMENT, COUNTED, since) == {("votes", 1): 0, ("voters", 0): 6}


def test_the_state_before_is_that_of_the_entry_before_the_first_that_holds_one():
    accounts = pl.DataFrame(
        {
            "topic": ["votes", "voters", "votes", "votes"],
            "kafka_partition": pl.Series([0, 0, 0, 1], dtype=pl.Int32),
            "last_offset": [4, 6, 9, 4],
            "entry": [0, 1, 2, 3],
        }
    )
    assert entry_before(accounts, {("votes", 0): 4}) == -1
    assert entry_before(accounts, {("votes", 0): 5}) == 1
    assert entry_before(accounts, {("votes", 0): 9, ("votes", 1): 0}) == 1
    assert entry_before(accounts, {("votes", 1): 4}) == 2
