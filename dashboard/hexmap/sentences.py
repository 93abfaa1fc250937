"""The map's point in one sentence, for its heading and for those who do not see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboard import words
from dashboard.hexmap.paint import Seat, is_declared, margin_of

NAMED = 3


def takeaway(seats: Sequence[Seat], mode: str) -> str:
    """Return what the map shows in a mode."""
    if mode == "turnout":
        return _turnout(seats)
    if any(seat["status"] == "embargoed" for seat in seats):
        return "How people vote is withheld until close of poll."
    declared = [seat for seat in seats if is_declared(seat) and not seat["is_tie"]]
    if mode == "margin":
        return _margin(declared)
    return _change(declared) if mode == "change" else _winner(seats, declared)


def _counted(parties: Counter[str], what: str) -> str:
    """Return `Lab 210, Con 120, LD 40` with what is counted."""
    ranked = sorted(parties.items(), key=lambda party: (-party[1], party[0]))
    first, *rest = [f"{party} {n}" for party, n in ranked[:NAMED]]
    more = f" and {words.plural(len(ranked) - NAMED, 'other')}" if len(ranked) > NAMED else ""
    return f"{what}: {', '.join((first, *rest))}{more}"


def _winner(seats: Sequence[Seat], declared: Sequence[Seat]) -> str:
    leading = sum(bool(seat["leading_party"]) and not is_declared(seat) for seat in seats)
    led = f"; {leading} with a provisional leader" if leading else ""
    if not declared:
        return f"No seat declared yet{led}."
    won = _counted(Counter(seat["declared_winner_party"] for seat in declared), "Declared")
    return f"{won}{led}."


def _margin(declared: Sequence[Seat]) -> str:
    known = [seat for seat in declared if margin_of(seat) is not None]
    if not known:
        return "No seat declared yet."
    ranked = sorted(known, key=lambda seat: (margin_of(seat), seat["constituency_id"]))
    closest, safest = ranked[0], ranked[-1]
    return (
        f"Closest: {closest['constituency_name']}, {words.plural(closest['majority'], 'vote')} "
        f"({words.percent(margin_of(closest))}); safest: {safest['constituency_name']}, "
        f"{words.percent(margin_of(safest))}."
    )


def _turnout(seats: Sequence[Seat]) -> str:
    known = [seat for seat in seats if seat["turnout"]]
    if not known:
        return "No ballot issued yet."
    ranked = sorted(known, key=lambda seat: (-seat["turnout"], seat["constituency_id"]))
    highest, lowest = ranked[0], ranked[-1]
    return (
        f"Highest: {highest['constituency_name']}, {words.percent(highest['turnout'])}; "
        f"lowest: {lowest['constituency_name']}, {words.percent(lowest['turnout'])}."
    )


def _change(declared: Sequence[Seat]) -> str:
    if not declared:
        return "No seat declared yet."
    gains = Counter(s["declared_winner_party"] for s in declared if s["outcome"] == "gain")
    total = words.plural(len(declared), "declared seat")
    if not gains:
        return f"None of {total} changed hands."
    return f"{gains.total()} of {total} changed hands. {_counted(gains, 'Gains')}."
