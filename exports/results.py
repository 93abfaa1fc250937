"""The small result files that people poll: what each holds, from rows of the marts (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from exports.about import COLUMNS as ABOUT
from exports.about import About
from exports.tables import json_bytes

Row = Mapping[str, Any]
SUMMARY = (
    *ABOUT, "phase", "is_embargoed", "headline", "seats_total", "seats_declared", "seats_corrected",
    "seats_pending_correction", "seats_tied", "electorate", "registered", "ballots_issued",
    "papers_counted", "valid_votes", "rejected_ballots", "turnout", "turnout_basis",
    "turnout_seats", "leading_party", "leading_party_seats", "overall_majority", "swing",
    "swing_from_party", "swing_to_party", "swing_seats", "last_declared_at",
)  # fmt: skip
PARTIES = (
    "party_abbreviation", "party_name", "party_colour", "candidates_standing", "seats_declared",
    "seats_leading", "seats_gained", "seats_lost", "votes", "vote_share", "share_change",
    "votes_counted", "vote_share_counted", "rank",
)  # fmt: skip
REGIONS = (
    "region_id", "region_name", "party_abbreviation", "party_name", "seats_total",
    "seats_declared_total", "seats_declared", "seats_leading", "seats_gained", "seats_lost",
    "votes", "vote_share", "votes_counted", "rank", "status", "as_of",
)  # fmt: skip
SEATS = (
    "constituency_id", "constituency_name", "region_id", "region_name", "nation", "status",
    "electorate", "registered", "ballots_issued", "papers_counted", "count_progress",
    "valid_votes", "rejected_ballots", "leading_party", "lead", "declared_winner_name",
    "declared_winner_party", "majority", "majority_share", "is_tie", "previous_winner_party",
    "outcome", "gained_from_party", "swing", "swing_from_party", "swing_to_party", "turnout",
    "turnout_basis", "declaration_version", "declared_at", "result_summary", "correction_reason",
    "as_of",
)  # fmt: skip
CANDIDATES = (
    "constituency_id", "candidate_id", "candidate_name", "party_name", "party_abbreviation",
    "ballot_order", "is_incumbent", "votes", "share", "share_change", "position", "is_leading",
    "is_winner", "has_lost_deposit",
)  # fmt: skip
_IN_THE_LIST = (
    "constituency_id", "constituency_name", "region_id", "status", "declared_winner_party",
    "outcome", "majority", "declared_at", "declaration_version",
)  # fmt: skip
_OF_THE_FILE = ("constituency_id", "region_id", "region_name", "status", "as_of")
_SAFE = re.compile(r"[A-Za-z0-9_-]+")


def files(
    summary: Row,
    parties: Sequence[Row],
    regions: Sequence[Row],
    seats: Sequence[Row],
    candidates: Sequence[Row],
    *,
    is_last_good: bool = False,
) -> dict[str, bytes]:
    """Return the content of each file by its path.

    Args:
        summary: The row of `national_summary`.
        parties: Rows of `party_results`.
        regions: Rows of `regional_results`, by region.
        seats: Rows of `constituency_results`.
        candidates: Rows of `candidate_results`, by constituency.
        is_last_good: Whether newer numbers failed their checks.

    Raises:
        ValueError: an id that is no file name.
    """
    about = About.of_row(summary, is_last_good=is_last_good)
    nation = {name: summary[name] for name in SUMMARY if name not in ABOUT}
    made = {
        "national.json": _file(about, {"summary": nation, "parties": parties}),
        "seats.json": _file(about, {"seats": [_pick(seat, _IN_THE_LIST) for seat in seats]}),
    }
    for region_id, group in groupby(regions, itemgetter("region_id")):
        rows = list(group)
        body = {
            "region": _pick(rows[0], ("region_id", "region_name", "status")),
            "parties": [_without(row, _OF_THE_FILE) for row in rows],
        }
        made[f"regions/{_name(region_id)}.json"] = _file(about, body, _newest(rows))
    of_seat = {
        seat_id: [_without(row, _OF_THE_FILE) for row in group]
        for seat_id, group in groupby(candidates, itemgetter("constituency_id"))
    }
    for seat in seats:
        seat_id = seat["constituency_id"]
        body = {"seat": _without(seat, ("as_of",)), "candidates": of_seat.get(seat_id, [])}
        made[f"seats/{_name(seat_id)}.json"] = _file(about, body, seat)
    return made


def _newest(rows: Iterable[Row]) -> Row:
    return max(rows, key=lambda row: (row["as_of"] is not None, row["as_of"]))


def _file(about: About, body: Mapping[str, Any], part: Row | None = None) -> bytes:
    """Return a file; a part of the nation has its own status and as-of time.

    So it changes only when its own numbers do.
    """
    own = {"status": part["status"], "as_of": part["as_of"]} if part else {}
    return json_bytes({"about": {**about.fields(), **own}, **body})


def _pick(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _without(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _name(text: str) -> str:
    if not _SAFE.fullmatch(text):
        raise ValueError(f"{text!r} cannot name a file")
    return text
