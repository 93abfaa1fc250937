"""Declarations: what each returning officer states, version by version. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from generators.contest import Contest

DECLARED, CORRECTED = "declared", "corrected"

DECLARATIONS = pl.Schema(
    {
        "constituency_id": pl.String(),
        "version": pl.Int64(),
        "status": pl.String(),
        "electorate": pl.Int64(),
        "rejected_ballots": pl.Int64(),
        "votes": pl.String(),  # JSON list, as on the wire
        "winner_candidate_id": pl.String(),
        "is_tie": pl.Boolean(),
        "result_summary": pl.String(),
        "declared_at": pl.Datetime("us", "UTC"),
        "source": pl.String(),
        "reason": pl.String(),
        "is_last": pl.Boolean(),  # not on the wire: the genuine one
    }
)


@dataclass(frozen=True)
class Statement:
    """One declaration's numbers before it is given a version."""

    votes: tuple[tuple[str, int], ...]  # candidate id and votes, in ballot order
    electorate: int
    rejected_ballots: int
    declared_at: datetime
    replaced_because: str | None = None  # reason why a later one replaced it


def declare(contest: Contest, mistaken: dict[str, list[Statement]] | None = None) -> pl.DataFrame:
    """Return every declaration in order of seat and version; a seat's last one is genuine.

    Args:
        contest: Scaled contest; its `superseded` declarations come first, in order of time.
        mistaken: Wrong statements by seat that a correction replaces.
    """
    genuine = _genuine(contest)
    earlier = _superseded(contest)
    rows: list[tuple[object, ...]] = []
    for seat, (last, winner, summary) in genuine.items():
        before = [*earlier.get(seat, ()), *(mistaken or {}).get(seat, ())]
        versions = [*sorted(before, key=lambda s: s.declared_at), last]
        reason = None
        for number, statement in enumerate(versions, 1):
            rows.append(_row(contest, seat, number, statement, reason, winner, summary, last))
            reason = statement.replaced_because
    return pl.DataFrame(rows, schema=DECLARATIONS, orient="row")


def winner_of(votes: tuple[tuple[str, int], ...]) -> str | None:
    """Return the candidate with strictly the most votes; None on a tie."""
    most = max(count for _, count in votes)
    first = [candidate for candidate, count in votes if count == most]
    return first[0] if len(first) == 1 else None


def votes_json(votes: tuple[tuple[str, int], ...]) -> str:
    """Return the list of votes as the wire has it."""
    rows = [{"candidate_id": candidate, "vote_count": count} for candidate, count in votes]
    return json.dumps(rows, separators=(",", ":"))


def _row(
    contest: Contest,
    seat: str,
    version: int,
    statement: Statement,
    reason: str | None,
    genuine_winner: str | None,
    summary: str | None,
    last: Statement,
) -> tuple[object, ...]:
    winner = winner_of(statement.votes)
    return (
        seat,
        version,
        DECLARED if version == 1 else CORRECTED,
        statement.electorate,
        statement.rejected_ballots,
        votes_json(statement.votes),
        winner,
        winner is None,
        summary if winner is not None and winner == genuine_winner else None,
        statement.declared_at,
        contest.title,
        None if version == 1 else reason or "Corrected by the returning officer",
        statement is last,
    )


def statements(contest: Contest) -> dict[str, Statement]:
    """Return each seat's genuine statement."""
    return {seat: statement for seat, (statement, _, _) in _genuine(contest).items()}


def _genuine(contest: Contest) -> dict[str, tuple[Statement, str | None, str | None]]:
    votes = _votes_by_seat(contest.candidates)
    return {
        seat: (
            Statement(votes[seat], electorate, rejected, declared_at),
            winner_of(votes[seat]),
            summary,
        )
        for seat, electorate, rejected, declared_at, summary in contest.seats.select(
            "constituency_id", "electorate", "rejected_ballots", "declared_at", "result_summary"
        ).iter_rows()
    }


def _superseded(contest: Contest) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    keys = ["constituency_id", "declared_at", "electorate", "rejected_ballots", "reason"]
    grouped = contest.superseded.group_by(keys, maintain_order=True).agg(
        "candidate_id", "vote_count"
    )
    for seat, declared_at, electorate, rejected, reason, candidates, counts in grouped.iter_rows():
        votes = tuple(zip(candidates, counts, strict=True))
        found.setdefault(seat, []).append(
            Statement(votes, electorate, rejected, declared_at, reason)
        )
    return found


def _votes_by_seat(candidates: pl.DataFrame) -> dict[str, tuple[tuple[str, int], ...]]:
    grouped = (
        candidates.sort("constituency_id", "ballot_order", maintain_order=True)
        .group_by("constituency_id", maintain_order=True)
        .agg("candidate_id", "vote_count")
    )
    return {
        seat: tuple(zip(names, counts, strict=True)) for seat, names, counts in grouped.iter_rows()
    }
