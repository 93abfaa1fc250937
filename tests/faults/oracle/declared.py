"""Declarations -> what is told of them: the feed, and how seats and votes came in by the minute."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import orjson
import polars as pl

from .judging import Frames

# The key of each mart, after night_id.
DECLARED_KEYS: dict[str, tuple[str, ...]] = {
    "declarations_feed": ("constituency_id", "declaration_version"),
    "results_over_time": ("election_minute_at", "party_abbreviation"),
}
_MINUTE = 60_000_000
_FEED = pl.Schema(
    {
        "constituency_id": pl.String, "declaration_version": pl.Int64,
        "constituency_name": pl.String, "region_id": pl.String, "region_name": pl.String,
        "declared_at": pl.Int64, "feed_position": pl.Int64, "status": pl.String,
        "is_latest": pl.Boolean, "winner_candidate_id": pl.String, "winner_name": pl.String,
        "winner_party": pl.String, "winner_votes": pl.Int64, "second_party": pl.String,
        "majority": pl.Int64, "is_tie": pl.Boolean, "electorate": pl.Int64,
        "valid_votes": pl.Int64, "rejected_ballots": pl.Int64, "turnout": pl.Float64,
        "turnout_basis": pl.String, "result_summary": pl.String, "headline": pl.String,
        "reason": pl.String, "source": pl.String,
    }
)  # fmt: skip
_OVER_TIME = pl.Schema(
    {
        "election_minute_at": pl.Int64, "party_abbreviation": pl.String,
        "seats_to_date": pl.Int64, "votes_to_date": pl.Int64, "vote_share_to_date": pl.Float64,
        "seats_declared_to_date": pl.Int64,
    }
)  # fmt: skip
Row = dict[str, Any]


def declared_marts(declarations: pl.DataFrame, live: Frames) -> dict[str, pl.DataFrame]:
    """Return each mart of DECLARED_KEYS.

    Args:
        declarations: Every accepted version, with `is_latest`.
        live: What `analytics` must say.
    """
    rows = declarations.to_dicts()
    seats = {row["constituency_id"]: row for row in live["seats"].iter_rows(named=True)}
    people = {row["candidate_id"]: row for row in live["nominations"].iter_rows(named=True)}
    return {
        "declarations_feed": _feed(rows, seats, people),
        "results_over_time": _over_time(rows, people),
    }


def votes_of(text: str) -> Counter[str]:
    """Return votes by candidate; one that is named twice has the sum."""
    found: Counter[str] = Counter()
    for vote in orjson.loads(text):
        found[vote["candidate_id"]] += vote["vote_count"]
    return found


def _feed(rows: list[Row], seats: dict[str, Row], people: dict[str, Row]) -> pl.DataFrame:
    order = sorted(rows, key=lambda r: r["declaration_version"], reverse=True)
    order.sort(key=lambda r: (-r["declared_at"], r["constituency_id"]))  # stable
    told = []
    for position, row in enumerate(order, 1):
        seat, votes = seats[row["constituency_id"]], votes_of(row["votes"])
        ranked = sorted(votes, key=lambda candidate: (-votes[candidate], candidate))
        second = ranked[1] if len(ranked) > 1 else None
        winner = people.get(row["winner_candidate_id"])
        majority = votes[ranked[0]] - votes[second] if second else None
        told.append(
            row
            | {
                "constituency_name": seat["name"], "region_id": seat["region_id"],
                "region_name": seat["region_name"], "feed_position": position,
                "winner_name": winner and winner["name"],
                "winner_party": winner and winner["party_abbreviation"],
                "winner_votes": votes[row["winner_candidate_id"]] if winner else None,
                "second_party": people[second]["party_abbreviation"] if second else None,
                "majority": majority, "valid_votes": votes.total(),
                "turnout": votes.total() / row["electorate"] if row["electorate"] else None,
                "turnout_basis": "declared",
                "headline": _headline(row, seat, winner, majority),
            }
        )  # fmt: skip
    return pl.DataFrame([[row[name] for name in _FEED] for row in told], _FEED, orient="row")


def _headline(row: Row, seat: Row, winner: Row | None, majority: int | None) -> str:
    before = seat["previous_winner"]
    party = winner["party_abbreviation"] if winner else None
    if row["result_summary"] is not None:
        outcome = row["result_summary"]
    elif row["is_tie"]:
        outcome = "tie"
    elif party is None:
        outcome = "declared"
    elif before is None:
        outcome = f"{party} win"
    else:
        outcome = f"{party} hold" if before == party else f"{party} gain from {before}"
    lead = f", majority {majority:,}" if majority and majority > 0 else ""
    corrected = " (corrected)" if row["declaration_version"] > 1 else ""
    return f"{seat['name']}: {outcome}{lead}{corrected}"


def _over_time(rows: list[Row], people: dict[str, Row]) -> pl.DataFrame:
    """Add up by minute and party what each version changes about the one before it."""
    seats: dict[int, Counter[str]] = defaultdict(Counter)
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    touched: dict[int, set[str]] = defaultdict(set)
    declared: Counter[int] = Counter()
    before: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for row in sorted(rows, key=lambda r: r["declaration_version"]):
        seat, minute = row["constituency_id"], row["declared_at"] // _MINUTE * _MINUTE
        won: Counter[str] = Counter()
        got: Counter[str] = Counter()
        for candidate, n in votes_of(row["votes"]).items():
            party = people[candidate]["party_abbreviation"]
            got[party] += n
            won[party] += candidate == row["winner_candidate_id"]
        if seat not in before:
            declared[minute] += 1
        old_won, old_got = before.get(seat, (Counter(), Counter()))
        for party in got.keys() | old_got.keys():
            touched[minute].add(party)
            votes[minute][party] += got[party] - old_got[party]
            seats[minute][party] += won[party] - old_won[party]
        before[seat] = (won, got)
    told: list[tuple[Any, ...]] = []
    seats_so_far: Counter[str] = Counter()
    votes_so_far: Counter[str] = Counter()
    n_declared = 0
    for minute in sorted(touched):
        n_declared += declared[minute]
        for party in touched[minute]:
            seats_so_far[party] += seats[minute][party]
            votes_so_far[party] += votes[minute][party]
        whole = votes_so_far.total()
        told += [
            (minute, party, seats_so_far[party], votes_so_far[party],
             votes_so_far[party] / whole if whole else None, n_declared)
            for party in touched[minute]
        ]  # fmt: skip
    return pl.DataFrame(told, _OVER_TIME, orient="row")
