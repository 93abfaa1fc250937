"""Seats that a reader follows: ids in the address, `?follow=E14000530,…`. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

MOST = 12  # a strip that is still read at a glance


@dataclass(frozen=True)
class Followed:
    """The seats that are followed, and how many of those asked for are not.

    `left_off` are beyond the most that may be; `unknown` are no seats of this night.
    """

    seats: tuple[str, ...]
    left_off: int = 0
    unknown: int = 0

    @property
    def is_full(self) -> bool:
        """Return whether no further seat can be followed."""
        return len(self.seats) >= MOST

    def said(self) -> str:
        """Return what a reader must know of what is not shown; empty where all is."""
        parts = []
        if self.left_off:
            parts.append(f"At most {MOST} seats can be followed: {self.left_off} left off.")
        if self.unknown:
            parts.append(f"{self.unknown} not of this night left out.")
        return " ".join(parts)

    def toggled(self, seat: str) -> str:
        """Return the address's value with a seat added at the end, or taken out."""
        others = [s for s in self.seats if s != seat]
        return ",".join(others if seat in self.seats else [*others, seat])


def followed(asked: str, known: Collection[str]) -> Followed:
    """Return what the address asks for, each seat once, in its order."""
    each = list(dict.fromkeys(part.strip() for part in asked.split(",") if part.strip()))
    there = [seat for seat in each if seat in known]
    return Followed(tuple(there[:MOST]), max(0, len(there) - MOST), len(each) - len(there))
