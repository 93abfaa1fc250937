"""Results by candidate in the flat layout of OpenElections, with what a file must say (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exports.about import About
from exports.tables import Table

OFFICE = "House of Commons"
# What is asked of the marts.
SEATS = ("constituency_id", "region_name")
CANDIDATES = (
    "constituency_id", "constituency_name", "candidate_id", "candidate_name", "party_name",
    "ballot_order", "votes", "is_winner", "status",
)  # fmt: skip
# `county` and `precinct` are the layout's names for the larger and the smallest area.
COLUMNS = {
    "county": "text", "precinct": "text", "office": "text", "district": "text", "party": "text",
    "candidate": "text", "votes": "bigint", "winner": "boolean", "constituency_id": "text",
    "candidate_id": "text", "result_status": "text",
}  # fmt: skip


def table(seats: Iterable[Mapping[str, Any]], candidates: Iterable[Mapping[str, Any]]) -> Table:
    """Return a row a candidate: region as county, constituency as district.

    Args:
        seats: Rows of `constituency_results`.
        candidates: Rows of `candidate_results`; votes are NULL before close of poll.
    """
    regions = {seat["constituency_id"]: seat["region_name"] for seat in seats}
    rows = [
        {
            "county": regions[c["constituency_id"]], "precinct": None, "office": OFFICE,
            "district": c["constituency_name"], "party": c["party_name"],
            "candidate": c["candidate_name"], "votes": c["votes"], "winner": c["is_winner"],
            "constituency_id": c["constituency_id"], "candidate_id": c["candidate_id"],
            "result_status": c["status"],
        }
        for c in candidates
    ]  # fmt: skip
    return Table("openelections", COLUMNS, rows)


def file_name(about: About) -> str:
    """Return the layout's name: day of the poll, country, kind, level."""
    return f"{about.polling_date:%Y%m%d}__uk__general__constituency.csv"
