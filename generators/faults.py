"""Faults on purpose: messages added to a night, sent late, out of order or wrong. Pure.

They only add messages or change order and time: every genuine event is delivered at least once
intact. A copy always follows its genuine event in the same partition (it has the same key and a
later release). A second ballot takes its station's next issue number, and the station's account
counts it; every other bad message carries a number that a genuine event holds.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from election.topics import INPUT_TOPICS
from generators.contest import Contest
from generators.declaring import Statement, statements
from generators.fault_columns import Frames
from generators.fault_copies import account_for, copies, second_ballots
from generators.fault_delays import delay
from generators.fault_rates import FaultRates, parse
from generators.streams import choose, stream

__all__ = ["FaultRates", "apply", "mistaken_declarations", "parse"]

_WRONG_BEFORE_CORRECTION = timedelta(minutes=5)


def apply(frames: Frames, stations: pl.DataFrame, rates: FaultRates, seed: int) -> Frames:
    """Return the frames with faults.

    Args:
        frames: Genuine messages by topic, as `fault_columns.as_genuine` makes them.
        stations: Stations with `registered`, in the order of their column type.
        rates: How often each fault happens.
        seed: Seed of the night.
    """
    delayed = {
        topic: delay(topic, frames[topic], rates, stream(seed, "fault-delay", topic))
        for topic in INPUT_TOPICS
    }
    issued = delayed["ballots_issued"]
    second = second_ballots(issued, stations, rates, stream(seed, "fault-second-ballot"))
    delayed["ballot_accounts"] = account_for(delayed["ballot_accounts"], second)
    faulty = {
        topic: pl.concat([frame, *copies(topic, frame, stations, rates, seed)])
        for topic, frame in delayed.items()
    }
    faulty["ballots_issued"] = pl.concat([faulty["ballots_issued"], second])
    return faulty


def mistaken_declarations(
    contest: Contest, rates: FaultRates, seed: int
) -> dict[str, list[Statement]]:
    """Return wrong declarations, by seat, that the genuine one will correct.

    The two strongest candidates' votes are exchanged. Left alone are seats that a second file of
    results corrects already, and those where that would change nothing: ties, lone candidates.
    """
    generator = stream(seed, "fault-correction")
    corrected = set(contest.superseded["constituency_id"].to_list())
    genuine = {
        seat: statement
        for seat, statement in statements(contest).items()
        if seat not in corrected and _exchanged(statement).votes != statement.votes
    }
    seats = list(genuine)
    chosen = choose(generator, len(seats), rates.correction)
    return {seats[row]: [_exchanged(genuine[seats[row]])] for row in chosen.tolist()}


def _exchanged(genuine: Statement) -> Statement:
    counts = [count for _, count in genuine.votes]
    if len(counts) > 1:
        first, second = sorted(range(len(counts)), key=lambda i: -counts[i])[:2]
        counts[first], counts[second] = counts[second], counts[first]
    return Statement(
        tuple((candidate, n) for (candidate, _), n in zip(genuine.votes, counts, strict=True)),
        genuine.electorate,
        genuine.rejected_ballots,
        genuine.declared_at - _WRONG_BEFORE_CORRECTION,
        "Votes of two candidates had been exchanged",
    )
