"""Numbers, times and states in words. Pure: "now" is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from election.clock import UK

NOTHING = "–"
AMBER_AFTER_S, RED_AFTER_S = 60, 300


def count(number: float | None) -> str:
    """Return `1,234`."""
    return NOTHING if number is None else f"{round(number):,}"


def percent(share: float | None, digits: int = 1) -> str:
    """Return a fraction as `42.3%`."""
    return NOTHING if share is None else f"{100 * share:.{digits}f}%"


def points(change: float | None) -> str:
    """Return a difference of two fractions in percentage points, `+3.2` or `−1.4`."""
    if change is None:
        return NOTHING
    rounded = round(100 * change, 1)
    if rounded == 0:
        return "0.0"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"


def signed(number: int | None) -> str:
    """Return `+12`, `−3` or `0`."""
    if number is None:
        return NOTHING
    return "0" if number == 0 else f"{'+' if number > 0 else '−'}{abs(number):,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return `1 seat` or `12 seats`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def zone(moment: datetime) -> str:
    """Return the UK's zone at that time: BST or GMT."""
    return moment.astimezone(UK).tzname() or "UK"


def clock(moment: datetime | None) -> str:
    """Return UK local time with its zone, `02:14 BST`."""
    return NOTHING if moment is None else f"{moment.astimezone(UK):%H:%M} {zone(moment)}"


def clock_seconds(moment: datetime | None) -> str:
    """Return UK local time to the second with its zone."""
    return NOTHING if moment is None else f"{moment.astimezone(UK):%H:%M:%S} {zone(moment)}"


def day_and_clock(moment: datetime | None) -> str:
    """Return `Fri 9 Jun 2017, 02:14 BST`."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(UK)
    return f"{local:%a} {local.day} {local:%b %Y}, {clock(moment)}"


def duration(seconds: float) -> str:
    """Return `4 s`, `3 min` or `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def whole_minutes(seconds: float) -> str:
    """Return `under a minute`, `3 min` or `2 h 5 min`: what does not change every second."""
    if seconds < 60:
        return "under a minute"
    return "1 min" if seconds < 90 else duration(seconds)


def freshness_level(seconds: float | None) -> str:
    """Return `fresh`, `amber` over a minute, `red` over five."""
    if seconds is None or seconds > RED_AFTER_S:
        return "red"
    return "amber" if seconds > AMBER_AFTER_S else "fresh"


def turnout_words(night: Mapping[str, Any]) -> str:
    """Return turnout with what it is divided by, and over how many seats."""
    if night["turnout"] is None:
        if night["turnout_basis"] == "declared":
            return "Turnout: once a seat is declared (valid votes ÷ electorate)"
        return "Turnout: no ballot issued yet"
    said = f"Turnout {percent(night['turnout'])}"
    if night["turnout_basis"] == "declared":
        seats = plural(night["turnout_seats"] or 0, "seat")
        return f"{said} (valid votes ÷ electorate, {seats} declared)"
    return f"{said} so far (ballots issued ÷ names on the register)"


def basis(turnout_basis: str | None) -> str:
    """Return a turnout's basis in words."""
    return {
        "declared": "valid votes ÷ electorate",
        "ballots_issued": "ballots issued ÷ register",
    }.get(turnout_basis or "", NOTHING)


def headline(night: Mapping[str, Any]) -> str:
    """Return the state of the election in one sentence."""
    phase = night["phase"]
    if phase == "before_poll":
        return f"Polls open {day_and_clock(night['opens_at'])}"
    if phase == "polls_open":
        until = f"Polls are open until {clock(night['closes_at'])}"
        if night["turnout"] is None:
            return until
        return f"{until}: {percent(night['turnout'])} of the register has a ballot paper"
    if not night["seats_declared"]:
        counting = night["seats_counting"] or 0
        where = f"counting under way in {plural(counting, 'seat')}, " if counting else ""
        return f"Polls have closed: {where}no seat declared yet"
    return _result(night)


def last_declaration(night: Mapping[str, Any]) -> str | None:
    """Return the newest declaration in words, its seat named once."""
    seat, text = night["last_declaration_seat"], night["last_declaration_text"]
    if not seat or not text:
        return seat
    return text if text.startswith(seat) else f"{seat}: {text}"


def _result(night: Mapping[str, Any]) -> str:
    declared, total = night["seats_declared"], night["seats_total"]
    party, seats = night["leading_party_name"], night["leading_party_seats"] or 0
    left = total - declared
    if declared == 1 and night["last_declaration_text"]:
        return f"First declaration: {last_declaration(night)}"
    if not party:
        return f"{declared} of {total} seats declared"
    if left == 0:
        majority = night["overall_majority"]
        if majority is not None and majority > 0:
            return f"{party}: overall majority of {majority}, with {seats} of {total} seats"
        short = night["seats_for_majority"] - seats
        return (
            f"Hung parliament: {party} largest with {seats} of {total} seats, "
            f"{short} short of a majority"
        )
    if night["has_overall_majority"]:
        return f"{party} has an overall majority: {seats} seats, {left} still to declare"
    if seats == night["second_party_seats"]:
        return (
            f"{party} and {night['second_party']} level on {plural(seats, 'seat')}: "
            f"{declared} of {total} declared"
        )
    return f"{party} ahead: {seats} of {plural(declared, 'declared seat')}, {left} to come"


def swing_words(night: Mapping[str, Any]) -> str | None:
    """Return the Butler swing in words, `3.2 points from Con to Lab`."""
    if night["swing"] is None or not night["swing_to_party"]:
        return None
    return (
        f"{abs(100 * night['swing']):.1f}-point swing from {night['swing_from_party']}"
        f" to {night['swing_to_party']}"
    )
