"""A candidacies file: nominations with their votes, and what is known of the previous poll."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from election.events import PARTY_ID_PATTERN
from election.ids import candidate_id
from election.telemetry import get_logger
from generators.names import name_key
from generators.official_files import Row, Table
from generators.official_parties import abbreviation_of, party_id_of

FILE_SUFFIX = "_candidacies.csv"
REQUIRED = (
    "ONS ID",
    "Party name",
    "Party abbreviation",
    "Electoral Commission party ID",
    "Candidate first name",
    "Candidate surname",
    "Votes",
)
_YES = frozenset({"yes", "y", "true", "1"})
_ROUNDING = Decimal("0.001")  # a previous share may be this far outside 0-1


@dataclass(frozen=True)
class Nomination:
    """One candidate of a seat; `previous_share` is None where it is not known."""

    row: Row
    constituency_id: str
    ballot_order: int
    name: str
    party_id: str
    party_name: str
    party_abbreviation: str
    is_incumbent: bool
    votes: int
    previous_share: float | None

    @property
    def candidate_id(self) -> str:
        """Return `<seat>-C03`."""
        return candidate_id(self.constituency_id, self.ballot_order)


def read_nominations(table: Table, seat_names: Mapping[str, str]) -> list[Nomination]:
    """Return the nominations in file order; `seat_names` maps constituency_id to name.

    Raises:
        UserError: a seat is unknown, or a cell cannot be used.
    """
    seat_by_name = {name_key(name): seat for seat, name in seat_names.items()}
    unit = _share_unit(table)
    orders: Counter[str] = Counter()
    nominations = []
    for row in table.rows:
        seat = _seat_of(row, seat_names, seat_by_name)
        orders[seat] += 1
        nominations.append(_nomination(row, seat, orders[seat], unit))
    return nominations


def _seat_of(row: Row, seat_names: Mapping[str, str], seat_by_name: Mapping[str, str]) -> str:
    """Find a row's seat by code, or by name where the code was issued anew."""
    code = row.required("ONS ID")
    name = row.text("Constituency name")
    by_name = seat_by_name.get(name_key(name))
    seat = code if code in seat_names else by_name
    if seat is None:
        raise row.error(
            "ONS ID", f"{code} ({name or 'no name'}) is no constituency", "correct the seat"
        )
    if by_name not in (None, seat):
        raise row.error(
            "Constituency name", f"{name!r} is {by_name}, but ONS ID is {code}", "correct either"
        )
    return seat


def _nomination(row: Row, seat: str, order: int, unit: Decimal) -> Nomination:
    names = (row.text("Candidate first name"), row.text("Candidate surname"))
    name = " ".join(" ".join(names).split()) or row.required("Candidate surname")
    abbreviation = abbreviation_of(row.required("Party abbreviation"))
    party_id = party_id_of(row.text("Electoral Commission party ID"), abbreviation)
    if not re.fullmatch(PARTY_ID_PATTERN, party_id):
        raise row.error(
            "Electoral Commission party ID", f"{party_id!r} is not like PP52", "correct it"
        )
    return Nomination(
        row=row,
        constituency_id=seat,
        ballot_order=order,
        name=name,
        party_id=party_id,
        party_name=row.required("Party name"),
        party_abbreviation=abbreviation,
        is_incumbent=row.text("Sitting MP").casefold() in _YES,
        votes=row.count("Votes"),
        previous_share=_previous_share(row, unit),
    )


def _share_unit(table: Table) -> Decimal:
    """Return what a share is divided by: some files write percent without saying so."""
    shares = [row.fraction("Share") for row in table.rows]
    return Decimal(100) if any(share is not None and share > 1 for share in shares) else Decimal(1)


def _previous_share(row: Row, unit: Decimal) -> float | None:
    """Return share - change, both as the file has them; a missing change is unknown.

    A change that cannot be is unknown too: no total depends on it.
    """
    share, change = row.fraction("Share"), row.fraction("Change")
    if share is None or change is None:
        return None
    previous = (share - change) / unit
    if not -_ROUNDING <= previous <= 1 + _ROUNDING:
        get_logger().warning(
            "the change gives no previous share: taken as unknown",
            file=row.file, row=row.line, column="Change", previous_share=f"{previous:.4f}",
        )  # fmt: skip
        return None
    return float(min(max(previous, Decimal(0)), Decimal(1)))
