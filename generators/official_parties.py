"""Parties as results files name them: which abbreviations are one, and what `Result` says."""

from __future__ import annotations

import re
from dataclasses import dataclass

LABOUR = "Lab"
# Labour and Co-operative candidates are Labour's: some files spell them apart.
_LABOUR_COOP = re.compile(r"lab(our)?([ /&-]|and)*co-?op\w*", re.IGNORECASE)
_SUMMARY = re.compile(r"(?P<winner>.+?) (?:hold|gain from (?P<loser>.+))")


def abbreviation_of(text: str) -> str:
    """Return the abbreviation that counting and display group by."""
    return LABOUR if _LABOUR_COOP.fullmatch(text.strip()) else text.strip()


def party_id_of(commission_id: str, abbreviation: str) -> str:
    """Return the Electoral Commission's id, or `x-<abbreviation>` where there is none."""
    return commission_id or f"x-{abbreviation}"


@dataclass(frozen=True)
class Summary:
    """A result in words; parties are abbreviations."""

    winner: str
    previous_winner: str


def read_summary(text: str) -> Summary | None:
    """Return what `Lab gain from Con` or `Con hold` says; None for other words."""
    match = _SUMMARY.fullmatch(text.strip())
    if match is None:
        return None
    winner = abbreviation_of(match["winner"])
    return Summary(winner, abbreviation_of(match["loser"]) if match["loser"] else winner)


def summary_text(winner: str, previous_winner: str) -> str:
    """Return a result in words."""
    if winner == previous_winner:
        return f"{winner} hold"
    return f"{winner} gain from {previous_winner}"
