"""Two places side by side: what a seat, a region or the country has to compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import words
from dashboard.panels.seat import DECLARED

Row = Mapping[str, Any]
COUNTRY = "uk"
COUNTRY_NAME = "United Kingdom"


@dataclass(frozen=True)
class Fact:
    """A figure of a place in words, with what it is of beneath."""

    value: str
    note: str = ""


@dataclass(frozen=True)
class Share:
    """A party's share of valid votes (0-1) and its change since the last election, where known."""

    party: str
    colour: str | None
    share: float
    change: float | None


@dataclass(frozen=True)
class Side:
    """A place: how it stands, its figures by name, its parties; provisional while it is counted."""

    name: str
    standing: str
    facts: Mapping[str, Fact]
    shares: Mapping[str, Share]
    is_provisional: bool


@dataclass(frozen=True)
class Pair:
    """A party in both places; None where nobody stands for it."""

    party: str
    colour: str | None
    one: Share | None
    other: Share | None

    @property
    def apart(self) -> float | None:
        """Return the difference of the two shares (0-1), where both are known."""
        if self.one is None or self.other is None:
            return None
        return self.one.share - self.other.share


def of_seat(seat: Row, candidates: Sequence[Row], standing: str) -> Side:
    """Return a seat's side; `standing` is what its page says."""
    is_declared = seat["status"] in DECLARED
    by_party: dict[str, list[Row]] = defaultdict(list)
    for candidate in candidates:
        if candidate["share"] is not None:
            by_party[candidate["party_abbreviation"]].append(candidate)
    shares = {
        party: Share(
            party, those[0]["party_colour"], sum(c["share"] for c in those),
            those[0]["share_change"] if len(those) == 1 else None,
        )
        for party, those in by_party.items()
    }  # fmt: skip
    swing = (
        Fact(
            words.percent(seat["swing"]), f"{seat['swing_from_party']} to {seat['swing_to_party']}"
        )
        if is_declared and seat["swing"] is not None
        else Fact(words.NOTHING, "once declared, where the last result is known")
    )
    of_votes = f"{words.percent(seat['majority_share'])} of valid votes"
    majority = (
        Fact(words.count(seat["majority"]), of_votes)
        if is_declared
        else Fact(words.NOTHING, "once declared")
    )
    facts = {
        "Turnout": Fact(words.percent(seat["turnout"]), words.basis(seat["turnout_basis"])),
        "Majority": majority,
        "Swing": swing,
        "Electorate": Fact(words.count(seat["electorate"]), "names on the register"),
    }
    return Side(seat["constituency_name"], standing, facts, shares, not is_declared)


def of_region(region: Row, parties: Sequence[Row], changes: Mapping[str, float | None]) -> Side:
    """Return a region's or nation's side; `changes` are of its parties' shares."""
    declared = region["seats_declared"] or 0
    facts = {
        "Turnout": Fact(words.percent(region["turnout"]), words.basis(region["turnout_basis"])),
        "Seats": _seats(parties, declared, region["seats_total"]),
        "Majority": _ahead(parties),
        "Swing": Fact(words.NOTHING, "by seat and for the United Kingdom"),
        "Electorate": Fact(words.count(region["registered"]), "names on the register"),
    }
    return Side(
        region["region_name"], _declared_of(declared, region["seats_total"]), facts,
        _party_shares(parties, changes), not declared,
    )  # fmt: skip


def of_country(night: Row, parties: Sequence[Row]) -> Side:
    """Return the whole country's side."""
    declared = night["seats_declared"] or 0
    swing = (
        Fact(
            words.percent(abs(night["swing"])),
            f"{night['swing_from_party']} to {night['swing_to_party']}",
        )
        if night["swing"] is not None
        else Fact(words.NOTHING, "once a seat is declared")
    )
    facts = {
        "Turnout": Fact(words.percent(night["turnout"]), words.basis(night["turnout_basis"])),
        "Seats": _seats(parties, declared, night["seats_total"]),
        "Majority": _ahead(parties),
        "Swing": swing,
        "Electorate": Fact(words.count(night["electorate"]), "names on the register"),
    }
    changes = {p["party_abbreviation"]: p["share_change"] for p in parties}
    return Side(
        COUNTRY_NAME, _declared_of(declared, night["seats_total"]), facts,
        _party_shares(parties, changes), not declared,
    )  # fmt: skip


def _declared_of(declared: int, total: int | None) -> str:
    return f"{declared} of {words.plural(total or 0, 'seat')} declared"


def _seats(parties: Sequence[Row], declared: int, total: int | None) -> Fact:
    won = [p for p in parties if p["seats_declared"]][:3]
    said = ", ".join(f"{p['party_abbreviation']} {p['seats_declared']}" for p in won)
    return Fact(said or words.NOTHING, f"{declared} of {total or 0} declared")


def _ahead(parties: Sequence[Row]) -> Fact:
    """Return by how much the party with most votes is ahead: the majority of many seats."""
    known = [p for p in parties if p["vote_share"] is not None]
    ranked = sorted(known, key=lambda p: (-p["vote_share"], p["party_abbreviation"]))
    if len(ranked) < 2:
        return Fact(words.NOTHING, "once a seat is declared")
    first, second = ranked[:2]
    return Fact(
        f"{100 * (first['vote_share'] - second['vote_share']):.1f} pts",
        f"{first['party_abbreviation']} over {second['party_abbreviation']} in votes declared",
    )


def _party_shares(parties: Sequence[Row], changes: Mapping[str, float | None]) -> dict[str, Share]:
    """Return shares of votes declared; of votes counted while no seat is."""
    counted = sum(p["votes_counted"] or 0 for p in parties)
    found = {}
    for party in parties:
        name, share = party["party_abbreviation"], party["vote_share"]
        if share is None and counted:
            share = (party["votes_counted"] or 0) / counted
        if share:
            found[name] = Share(name, party["party_colour"], share, changes.get(name))
    return found


def pairs(one: Side, other: Side) -> list[Pair]:
    """Return the parties of both places, the one that is largest anywhere first."""
    made = [
        Pair(
            party, (one.shares.get(party) or other.shares[party]).colour,
            one.shares.get(party), other.shares.get(party),
        )
        for party in one.shares.keys() | other.shares.keys()
    ]  # fmt: skip
    return sorted(made, key=lambda pair: (-_largest(pair), pair.party))


def _largest(pair: Pair) -> float:
    return max(share.share for share in (pair.one, pair.other) if share)


def takeaway(one: Side, other: Side) -> str:
    """Return the widest gap between the two places in a sentence."""
    both = [
        (pair.party, pair.one.share, pair.other.share)
        for pair in pairs(one, other)
        if pair.one and pair.other
    ]
    if not both:
        return "No vote to compare yet."
    party, here, there = max(both, key=lambda gap: (abs(gap[1] - gap[2]), gap[0]))
    return (
        f"Widest gap: {party}, {words.percent(here)} in {one.name}, "
        f"{words.percent(there)} in {other.name}."
    )
