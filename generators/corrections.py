"""Corrections: a first declaration, and the official figures that replaced it.

Papers are counted as in the second; what was declared first becomes a superseded version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from election.errors import UserError
from generators.contest import CANDIDATES, SEATS, SUPERSEDED, Contest
from generators.names import name_key

# A correction that comes with the same time as the declaration is taken to follow by this.
CORRECTED_AFTER = timedelta(hours=3)

Record = dict[str, Any]
_NUMBERS = {"electorate": "electorate", "rejected_ballots": "rejected ballots"}


@dataclass(frozen=True)
class _Pair:
    """One seat in both files, its candidates side by side in the first file's order."""

    first: Record
    second: Record
    candidates: Sequence[tuple[Record, Record]]

    @property
    def differences(self) -> list[str]:
        """Say what changed, in words and never by candidate."""
        changed = [
            f"{words} {self.first[column]:,} to {self.second[column]:,}"
            for column, words in _NUMBERS.items()
            if self.first[column] != self.second[column]
        ]
        votes = sum(a["vote_count"] != b["vote_count"] for a, b in self.candidates)
        if votes:
            changed.append(f"votes of {votes} candidate{'s' if votes > 1 else ''}")
        return changed

    @property
    def corrected_at(self) -> datetime:
        """Return when the correction was declared: after the first declaration."""
        declared_at: datetime = self.first["declared_at"]
        later: datetime = self.second["declared_at"]
        return later if later > declared_at else declared_at + CORRECTED_AFTER


def supersede(first: Contest, second: Contest) -> Contest:
    """Return the second contest's figures, with the first's where they differ as superseded.

    Seats that `second` does not have are as in `first`.

    Raises:
        UserError: a seat of `second` is unknown, or its nominations are others.
    """
    pairs = {pair.first["constituency_id"]: pair for pair in _pair_seats(first, second)}
    changed = {seat: pair for seat, pair in pairs.items() if pair.differences}
    seats = [
        _corrected_seat(changed[row["constituency_id"]]) if row["constituency_id"] in changed
        else row
        for row in first.seats.iter_rows(named=True)
    ]  # fmt: skip
    return replace(
        first,
        seats=pl.DataFrame(seats, schema=SEATS),
        candidates=_corrected_candidates(first.candidates, changed),
        superseded=pl.DataFrame(
            [row for pair in changed.values() for row in _superseded_rows(pair)],
            schema=SUPERSEDED,
            orient="row",
        ),
    )


def _pair_seats(first: Contest, second: Contest) -> list[_Pair]:
    seats = {row["constituency_id"]: row for row in first.seats.iter_rows(named=True)}
    by_name = {name_key(row["name"]): row for row in seats.values()}
    nominated = (_by_seat(first), _by_seat(second))
    pairs = []
    for row in second.seats.iter_rows(named=True):
        code = row["constituency_id"]
        match = seats.get(code) or by_name.get(name_key(row["name"]))
        if match is None:
            raise UserError(
                f"the corrections are of a seat that was not declared: {row['name']} ({code})",
                why="ELECTION's files do not have it",
                fix="give CORRECTIONS the later files of the same election",
            )
        candidates = _pair_candidates(
            row["name"], nominated[0][match["constituency_id"]], nominated[1][code]
        )
        pairs.append(_Pair(match, row, candidates))
    return pairs


def _by_seat(contest: Contest) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for row in contest.candidates.iter_rows(named=True):
        groups.setdefault(row["constituency_id"], []).append(row)
    return groups


def _identity(candidate: Record) -> tuple[str, str]:
    return name_key(candidate["name"]), candidate["party_abbreviation"].casefold()


def _pair_candidates(
    seat: str, first: Sequence[Record], second: Sequence[Record]
) -> list[tuple[Record, Record]]:
    later = {_identity(row): row for row in second}
    earlier = {_identity(row): row for row in first}
    others = [row for key, row in later.items() if key not in earlier]
    others += [row for key, row in earlier.items() if key not in later]
    if others or not len(later) == len(second) == len(first) == len(earlier):
        raise UserError(
            f"the nominations of {seat} differ between the declaration and its correction",
            why="in one file only, or there twice: "
            + (", ".join(f"{row['name']} ({row['party_abbreviation']})" for row in others)
               or "a candidate of the same name and party"),
            fix="a correction changes votes, never candidates: correct names and parties",
        )  # fmt: skip
    return [(row, later[key]) for key, row in earlier.items()]


def _corrected_seat(pair: _Pair) -> Record:
    """Return the seat with the second file's figures; who and where it is stay the first's."""
    figures = (
        "electorate", "valid_votes", "rejected_ballots", "official_electorate",
        "official_valid_votes", "official_rejected_ballots", "result_summary",
    )  # fmt: skip
    return (
        pair.first
        | {name: pair.second[name] for name in figures}
        | {"declared_at": pair.corrected_at}
    )


def _corrected_candidates(candidates: pl.DataFrame, changed: Mapping[str, _Pair]) -> pl.DataFrame:
    figures = ("vote_count", "official_vote_count", "is_winner")
    later = {
        a["candidate_id"]: {name: b[name] for name in figures}
        for pair in changed.values()
        for a, b in pair.candidates
    }
    rows = [row | later.get(row["candidate_id"], {}) for row in candidates.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=CANDIDATES)


def _superseded_rows(pair: _Pair) -> list[tuple[Any, ...]]:
    reason = f"official figures corrected: {'; '.join(pair.differences)}"
    return [
        (
            row["constituency_id"],
            row["candidate_id"],
            row["vote_count"],
            pair.first["electorate"],
            pair.first["rejected_ballots"],
            pair.first["declared_at"],
            reason,
        )
        for row, _ in pair.candidates
    ]
