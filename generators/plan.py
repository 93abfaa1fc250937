"""The whole night before it happens: every message of every topic, in order, with its time.

Pure and deterministic: the same contest, seed and faults give the same plan, so that a restarted
generator knows what it has sent by counting. Send order within a partition is `release_at`;
`sent_at` is what the message itself says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from election.acceptance import MessageClass
from election.clock import closes_at, opens_at
from election.partitions import partition_of
from election.topics import INPUT_TOPICS, TOPICS
from generators import faults, frames
from generators.contest import Contest
from generators.counting import count_papers
from generators.declaring import declare
from generators.electorate import Electorate, make_electorate
from generators.exit_poll import ask_voters, issue_cells, regions_of
from generators.fault_columns import as_genuine
from generators.fault_rates import FaultRates
from generators.issuing import Issued, issue_ballots

STARTS_BEFORE_OPENING = timedelta(minutes=15)

_CLASS_OF_FAULT = {
    "reorder": MessageClass.ACCEPTED,
    "late": MessageClass.LATE,
    "duplicate": MessageClass.DUPLICATE,
    "conflict": MessageClass.DUPLICATE,
    "second_ballot": MessageClass.REJECTED,
    "unknown_elector": MessageClass.REJECTED,
    "wrong_station": MessageClass.REJECTED,
    "malformed": MessageClass.REJECTED,
}


@dataclass(frozen=True)
class Plan:
    """Messages by topic in send order, and when the night begins and ends.

    Frames have the event's own fields, and `sent_at`, `release_at`, `partition`, `fault` and
    `malformation`; `voter_key` is made at encoding, because it needs the register's secret.
    """

    election_id: str
    opens_at: datetime
    closes_at: datetime
    starts_at: datetime  # the clock starts; what is planned earlier is sent at once
    ends_at: datetime
    dimensions: dict[str, int]
    messages: dict[str, pl.DataFrame]

    def expected_counts(self) -> dict[str, dict[str, int]]:
        """Return, by topic, how many messages a reader must find in each class.

        Assumes that each planned message is delivered once, and that readers know the night's
        dimensions before they judge anything else. What is sent again after a restart comes
        on top, as produced and as duplicate (or rejected again, for what was rejected).
        """
        return {topic: _count_classes(frame) for topic, frame in self.messages.items()}


def assemble(contest: Contest, *, seed: int, rates: FaultRates) -> Plan:
    """Return the plan of a night.

    Args:
        contest: Scaled contest.
        seed: Seed of the night.
        rates: How often each fault happens.
    """
    electorate = make_electorate(contest, seed)
    issued = issue_ballots(contest, electorate, seed)
    dimensions = {
        "constituencies": contest.seats.height,
        "candidates": contest.candidates.height,
        "voters": len(electorate.station),
    }
    genuine = {
        **_register_frames(contest, electorate, issued),
        **_count_frames(contest, electorate, issued, dimensions, rates, seed),
    }
    messages = {topic: as_genuine(genuine[topic]) for topic in INPUT_TOPICS}
    del genuine
    messages = faults.apply(messages, electorate.stations, rates, seed)
    messages = {topic: _in_send_order(topic, frame) for topic, frame in messages.items()}
    opening = opens_at(contest.polling_date)
    return Plan(
        election_id=contest.election_id,
        opens_at=opening,
        closes_at=closes_at(contest.polling_date),
        starts_at=opening - STARTS_BEFORE_OPENING,
        ends_at=max(_last_release(frame) for frame in messages.values() if frame.height),
        dimensions=dimensions,
        messages=messages,
    )


def _register_frames(
    contest: Contest, electorate: Electorate, issued: Issued
) -> dict[str, pl.DataFrame]:
    return {
        "constituencies": frames.constituencies(contest, electorate),
        "candidates": frames.candidates(contest),
        "voters": frames.voters(contest, electorate),
        "ballots_issued": frames.ballots_issued(contest, electorate, issued),
    }


def _count_frames(
    contest: Contest,
    electorate: Electorate,
    issued: Issued,
    dimensions: dict[str, int],
    rates: FaultRates,
    seed: int,
) -> dict[str, pl.DataFrame]:
    counted = count_papers(contest, seed)
    batch_ids = frames.batch_ids(contest, counted)
    answers = ask_voters(contest, _issue_cells(contest, electorate, issued), seed)
    mistaken = faults.mistaken_declarations(contest, rates, seed)
    return {
        "votes": frames.votes(contest, counted, batch_ids),
        "exit_poll": frames.exit_poll(contest, answers),
        "declarations": frames.declarations(declare(contest, mistaken)),
        "ballot_accounts": pl.concat(
            [
                frames.dimension_accounts(contest, dimensions),
                frames.exit_poll_accounts(contest, answers),
                frames.station_accounts(contest, electorate, issued, seed),
                frames.batch_accounts(contest, counted, batch_ids),
            ]
        ),
    }


def _issue_cells(contest: Contest, electorate: Electorate, issued: Issued) -> np.ndarray:
    regions = regions_of(contest)
    region_of_seat = np.array([regions.index(r) for r in contest.seats["region_id"]])
    return issue_cells(
        region_of_seat[electorate.station_seat[issued.station]],
        electorate.age[issued.elector],
        electorate.sex[issued.elector],
        electorate.education[issued.elector],
        len(regions),
    )


def _in_send_order(topic: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by release, and give each message the partition of its key."""
    declared = TOPICS[topic]
    sorted_frame = frame.sort("release_at", maintain_order=True)
    if declared.partitions == 1:
        return sorted_frame.with_columns(pl.lit(0, pl.Int8).alias("partition"))
    kind = sorted_frame.schema[declared.key]
    assert isinstance(kind, pl.Enum)  # keys of a contest are a closed list
    by_code = np.array(
        [partition_of(key, declared.partitions) for key in kind.categories], dtype=np.int8
    )
    codes = sorted_frame[declared.key].to_physical().to_numpy()
    return sorted_frame.with_columns(pl.Series("partition", by_code[codes]))


def _last_release(frame: pl.DataFrame) -> datetime:
    last = frame["release_at"][-1]
    assert isinstance(last, datetime)
    return last


def _count_classes(frame: pl.DataFrame) -> dict[str, int]:
    counts = {c.value: 0 for c in MessageClass}
    for fault, count in frame["fault"].value_counts().iter_rows():
        of_class = _CLASS_OF_FAULT.get(fault, MessageClass.ACCEPTED)
        counts[of_class.value] += count
    return {"produced": frame.height, **counts}
