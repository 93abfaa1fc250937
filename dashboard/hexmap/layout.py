"""Where each seat's hex lies: on the layout that came with the seats, else packed by region.

The unit is a hex's width; hexes stand on a point, odd rows lie half a hex to the right. A seat
has two places: one on a wide page, and one on a narrow page, where regions stand in two columns
so that letters stay readable.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from election.geography import REGION_BY_ID

ROW = math.sqrt(3) / 2  # from one row of hexes to the next
TALL = 2 / math.sqrt(3)  # a hex from point to point
NAME = 1.3  # room for a region's name above its hexes
GAP = 0.5  # and beneath them
BEYOND = 7  # columns of a region that no slot is for: it stands beneath the others
KNOWN_FROM = 2 / 3  # of the seats with a place: fewer are no layout

Seat = Mapping[str, Any]  # constituency_id, constituency_name, region_id, hex_q, hex_r
Point = tuple[float, float]


@dataclass(frozen=True)
class Slot:
    """Where a region's block stands: its left edge, its columns, and what is north of it."""

    region_id: str
    left: float
    columns: int
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A drawing's places, the regions' names on it, and its size."""

    places: dict[str, Point]
    names: dict[str, Point]
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """The plan of a wide page and that of a narrow one."""

    wide: Plan
    narrow: Plan


_NE, _NW, _YH, _EM, _WM = "E12000001", "E12000002", "E12000003", "E12000004", "E12000005"
_EE, _LO, _SE, _SW = "E12000006", "E12000007", "E12000008", "E12000009"
_WA, _SC, _NI = "W92000004", "S92000003", "N92000002"

# Blocks fall southwards until they stand on another; together they look like the country.
WIDE = (
    Slot(_SC, 7, 11),
    Slot(_NI, 0, 5, (_SC,)),
    Slot(_NW, 6.5, 9, (_SC,)),
    Slot(_NE, 17, 7, (_SC,)),
    Slot(_YH, 17, 9),
    Slot(_WA, 0, 6, (_NW,)),
    Slot(_WM, 7.5, 8),
    Slot(_EM, 17, 7),
    Slot(_EE, 25.5, 8, (_YH,)),
    Slot(_SW, 1, 10),
    Slot(_SE, 12.5, 11, (_WM, _EM)),
    Slot(_LO, 25, 9),
)
NARROW = tuple(
    Slot(region_id, left, 7)
    for left, column in (
        (0.0, (_SC, _NI, _NW, _WA, _WM, _SW)),
        (8.25, (_NE, _YH, _EM, _EE, _LO, _SE)),
    )
    for region_id in column
)


def arrange(seats: Sequence[Seat]) -> Layout:
    """Return the places of all seats, the same for the same seats."""
    narrow = by_region(seats, NARROW)
    placed = [seat for seat in seats if seat["hex_q"] is not None and seat["hex_r"] is not None]
    is_known = bool(placed) and len(placed) >= KNOWN_FROM * len(seats)
    return Layout(by_layout(placed, seats) if is_known else by_region(seats, WIDE), narrow)


def by_region(seats: Sequence[Seat], slots: Sequence[Slot]) -> Plan:
    """Pack the seats into their regions' blocks, each in order of name."""
    here: dict[str, list[Seat]] = defaultdict(list)
    for seat in sorted(
        seats, key=lambda seat: (seat["constituency_name"], seat["constituency_id"])
    ):
        here[seat["region_id"]].append(seat)
    known = [slot for slot in slots if slot.region_id in here]
    north = tuple(slot.region_id for slot in known)
    beyond = [Slot(region_id, 0, BEYOND, north) for region_id in sorted(here.keys() - set(north))]
    places: dict[str, Point] = {}
    names: dict[str, Point] = {}
    standing: dict[str, tuple[Slot, float]] = {}  # by region: its slot and its southern edge
    for slot in (*known, *beyond):
        top = max(
            (edge for other, edge in standing.values() if _is_under(slot, other)), default=0.0
        )
        names[_name(slot.region_id)] = (slot.left, top)
        block = _block(here[slot.region_id], slot, top + NAME)
        places |= block
        standing[slot.region_id] = slot, max(y for _, y in block.values()) + TALL + GAP
    return Plan(places, names, *_size(places.values()))


def _is_under(slot: Slot, other: Slot) -> bool:
    shares_a_column = slot.left < _right(other) and other.left < _right(slot)
    return shares_a_column or other.region_id in slot.below


def _right(slot: Slot) -> float:
    return slot.left + slot.columns + 0.5


def _block(seats: Sequence[Seat], slot: Slot, top: float) -> dict[str, Point]:
    places = {}
    for n, seat in enumerate(seats):
        row, column = divmod(n, slot.columns)
        places[seat["constituency_id"]] = slot.left + column + row % 2 / 2, top + row * ROW
    return places


def _name(region_id: str) -> str:
    return REGION_BY_ID[region_id].name if region_id in REGION_BY_ID else region_id


def by_layout(placed: Sequence[Seat], seats: Sequence[Seat]) -> Plan:
    """Place seats by column q and row r, north up; what the layout lacks stands beneath it."""
    west = min(seat["hex_q"] for seat in placed)
    north = max(seat["hex_r"] for seat in placed)
    places: dict[str, Point] = {
        seat["constituency_id"]: (
            seat["hex_q"] - west + seat["hex_r"] % 2 / 2,
            (north - seat["hex_r"]) * ROW,
        )
        for seat in placed
    }
    width, height = _size(places.values())
    names: dict[str, Point] = {}
    if left_out := [seat for seat in seats if seat["constituency_id"] not in places]:
        names["Not on the layout"] = 0.0, height + GAP
        slot = Slot("", 0, max(1, int(width)))
        places |= _block(left_out, slot, height + GAP + NAME)
    return Plan(places, names, *_size(places.values()))


def _size(places: Iterable[Point]) -> Point:
    points = list(places)
    return (
        max((x for x, _ in points), default=0.0) + 1,
        max((y for _, y in points), default=0.0) + TALL,
    )
