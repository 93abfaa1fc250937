"""Scale: a contest with fewer people, whose every winner stays the winner.

Pure, in integers, and the only place that knows the rules between the files and a night's plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from election.errors import UserError
from generators.apportionment import apportion, leaders, round_half_up, scale_votes
from generators.contest import CANDIDATES, SEATS, SUPERSEDED, Contest

MIN_SCALE, MAX_SCALE = 1, 1_000

Record = dict[str, Any]


def scale(contest: Contest, scale: int) -> Contest:
    """Return a contest at 1:1 as one at 1:`scale`.

    Raises:
        UserError: `scale` is not a whole number from 1 to 1,000.
    """
    check_scale(scale)
    return at_scale(contest, scale)


def at_scale(contest: Contest, scale: int) -> Contest:
    """Return a contest at 1:1 as one at 1:`scale`, however small that makes it."""
    if contest.scale != 1:
        raise ValueError(f"the contest is at 1:{contest.scale} already")
    votes = {seat: scale_votes(real, scale) for seat, real in _votes(contest.candidates).items()}
    return replace(
        contest,
        scale=scale,
        seats=(seats := _scaled_seats(contest.seats, votes, scale)),
        candidates=_scaled_candidates(contest.candidates, votes),
        superseded=_scaled_superseded(contest.superseded, seats, scale),
    )


def check_scale(scale: int) -> None:
    """Refuse a scale that is not a whole number from 1 to 1,000."""
    if type(scale) is not int or not MIN_SCALE <= scale <= MAX_SCALE:
        raise UserError(
            f"SCALE={scale} cannot be used",
            why=f"a scale is a whole number from {MIN_SCALE} to {MAX_SCALE:,}",
            fix="set SCALE=100 for 1:100",
        )


def _votes(rows: pl.DataFrame) -> dict[str, list[int]]:
    """Return votes by seat, in row order, which is ballot order."""
    votes: dict[str, list[int]] = defaultdict(list)
    for seat, count in rows.select("constituency_id", "vote_count").iter_rows():
        votes[seat].append(count)
    return votes


def _electorate(real: int, ballots_cast: int, scale: int) -> int:
    return max(round_half_up(real, scale), ballots_cast)


def _scaled_seats(
    seats: pl.DataFrame, votes: Mapping[str, tuple[list[int], bool]], scale: int
) -> pl.DataFrame:
    """Scale every seat; rejected papers are apportioned over all seats at once."""
    real = seats["rejected_ballots"].to_list()
    rejected = apportion(real, round_half_up(sum(real), scale))
    rows = []
    for row, papers in zip(seats.iter_rows(named=True), rejected, strict=True):
        scaled, is_adjusted = votes[row["constituency_id"]]
        valid = sum(scaled)
        rows.append(
            row
            | {
                "electorate": _electorate(row["electorate"], valid + papers, scale),
                "valid_votes": valid,
                "rejected_ballots": papers,
                "is_adjusted": is_adjusted,
            }
        )
    return pl.DataFrame(rows, schema=SEATS)


def _scaled_candidates(
    candidates: pl.DataFrame, votes: Mapping[str, tuple[list[int], bool]]
) -> pl.DataFrame:
    outcome = {seat: _outcome(scaled) for seat, (scaled, _) in votes.items()}
    rows = []
    for row in candidates.iter_rows(named=True):
        count, is_winner = next(outcome[row["constituency_id"]])
        rows.append(row | {"vote_count": count, "is_winner": is_winner})
    return pl.DataFrame(rows, schema=CANDIDATES)


def _outcome(votes: Sequence[int]) -> Any:
    """Return an iterator of each candidate's votes and whether they win; nobody wins a tie.

    Who stands alone wins without a paper being counted.
    """
    first = leaders(votes) if len(votes) > 1 else [0]
    return ((count, first == [i]) for i, count in enumerate(votes))


def _scaled_superseded(superseded: pl.DataFrame, seats: pl.DataFrame, scale: int) -> pl.DataFrame:
    """Scale earlier declarations seat by seat, by the same rule.

    Rejected papers that were not corrected are those of the seat; others are rounded.
    """
    votes = {s: iter(scale_votes(real, scale)[0]) for s, real in _votes(superseded).items()}
    rejected = {
        row["constituency_id"]: (row["official_rejected_ballots"], row["rejected_ballots"])
        for row in seats.iter_rows(named=True)
    }
    rows: dict[str, list[Record]] = defaultdict(list)
    for row in superseded.iter_rows(named=True):
        seat = row["constituency_id"]
        real, scaled = rejected[seat]
        same = row["rejected_ballots"] == real
        papers = scaled if same else round_half_up(row["rejected_ballots"], scale)
        rows[seat].append(row | {"vote_count": next(votes[seat]), "rejected_ballots": papers})
    for group in rows.values():
        cast = sum(row["vote_count"] for row in group) + group[0]["rejected_ballots"]
        for row in group:
            row["electorate"] = _electorate(row["electorate"], cast, scale)
    return pl.DataFrame([row for group in rows.values() for row in group], schema=SUPERSEDED)
