"""What a generator starts from: the outcome of an election, official or invented, at scale.

Pure data. `official` and `synthetic` make a `Contest` at 1:1; `scaling` turns it into the
contest of this night; everything after that works from the scaled one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from election.events import AGE_BANDS, SEXES

# One row a constituency. `declared_at` is UTC. `polls_on` differs from the election's polling
# date only where the poll was postponed. Numbers are of this contest's scale; `official_*` are 1:1.
SEATS = pl.Schema(
    {
        "constituency_id": pl.String(),
        "name": pl.String(),
        "region_id": pl.String(),
        "region_name": pl.String(),
        "nation": pl.String(),
        "electorate": pl.Int64(),
        "valid_votes": pl.Int64(),
        "rejected_ballots": pl.Int64(),
        "official_electorate": pl.Int64(),
        "official_valid_votes": pl.Int64(),
        "official_rejected_ballots": pl.Int64(),
        "polls_on": pl.Date(),
        "declared_at": pl.Datetime("us", "UTC"),
        "result_summary": pl.String(),  # "Lab gain from Con"; null where unknown
        "previous_winner": pl.String(),  # party abbreviation; null where unknown
        "hex_q": pl.Int64(),
        "hex_r": pl.Int64(),
        "is_adjusted": pl.Boolean(),  # scaling moved one vote or more to the real winner
    }
)

# One row a nomination, in ballot order (file order) within the seat.
CANDIDATES = pl.Schema(
    {
        "candidate_id": pl.String(),
        "constituency_id": pl.String(),
        "ballot_order": pl.Int64(),
        "name": pl.String(),
        "party_id": pl.String(),
        "party_name": pl.String(),
        "party_abbreviation": pl.String(),
        "is_incumbent": pl.Boolean(),
        "vote_count": pl.Int64(),
        "official_vote_count": pl.Int64(),
        "is_winner": pl.Boolean(),
    }
)

# One row a seat and party with a known previous share (0-1 of valid votes).
PREVIOUS = pl.Schema(
    {"constituency_id": pl.String(), "party_abbreviation": pl.String(), "share": pl.Float64()}
)

# Declarations that were made first and corrected later: one row a seat and candidate, whole
# seats only. `electorate` and `rejected_ballots` repeat on each row of a seat.
SUPERSEDED = pl.Schema(
    {
        "constituency_id": pl.String(),
        "candidate_id": pl.String(),
        "vote_count": pl.Int64(),
        "electorate": pl.Int64(),
        "rejected_ballots": pl.Int64(),
        "declared_at": pl.Datetime("us", "UTC"),
        "reason": pl.String(),  # why the later declaration replaced this one
    }
)

# One row a person of a register that was given, in its order: all that is kept of them.
REGISTER = pl.Schema({"age_band": pl.Enum(AGE_BANDS), "sex": pl.Enum(SEXES)})


@dataclass(frozen=True)
class Contest:
    """An election's outcome: frames of the schemas above."""

    election_id: str
    title: str  # "UK general election of 8 June 2017 (replay)" or "Synthetic data: ..."
    is_synthetic: bool
    polling_date: date
    scale: int
    seats: pl.DataFrame
    candidates: pl.DataFrame
    previous: pl.DataFrame
    superseded: pl.DataFrame
    register: pl.DataFrame | None = None  # None: as many electors as the seats say are invented

    @property
    def seats_adjusted(self) -> int:
        """Seats in which scaling had to move a vote to keep the real winner first."""
        return int(self.seats["is_adjusted"].sum())
