"""How a seat's hex is painted in each mode: colour, pattern, and the same in letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard import words
from dashboard.panels.seat import DECLARED

Seat = Mapping[str, Any]  # a row of `queries.MAP`

MODES = {
    "winner": "Winner", "margin": "Majority", "turnout": "Turnout", "change": "Gain or hold",
}  # fmt: skip
MAJORITIES = (0.02, 0.05, 0.1, 0.2, 0.3)  # of valid votes: limits of the steps
STEP = 0.05  # of turnout: from one step to the next
TIED, GAINED = "=", "+"


@dataclass(frozen=True)
class Paint:
    """A hex: its pattern, a party's colour or a step of the scale, its second line, and in words.

    `pattern` is solid (declared), lead (provisional), gain or hold (declared, in the mode gain or
    hold), early (a turnout that is not on the basis of declared seats), or open (nothing known).
    """

    pattern: str = "open"
    colour: str | None = None
    step: int | None = None
    letters: str = ""
    said: str = ""


def paint(seat: Seat, mode: str, turnouts: tuple[float, ...] = ()) -> Paint:
    """Return how a seat looks in a mode; `turnouts` are the limits of `turnout_limits`."""
    if mode == "turnout":
        return _turnout(seat, turnouts)
    if seat["status"] == "embargoed":
        return Paint(said="votes are withheld until close of poll")
    return {"margin": _margin, "change": _change}.get(mode, _winner)(seat)


def is_declared(seat: Seat) -> bool:
    """Return whether a seat has a declaration, be it corrected or to be corrected."""
    return seat["status"] in DECLARED


def turnout_limits(middle: float | None) -> tuple[float, ...]:
    """Return five limits around a turnout, in whole steps, so that colours seldom move."""
    centre = max(3, round((middle or 0.0) / STEP))
    return tuple(STEP * (centre + n) for n in (-2, -1, 0, 1, 2))


def step_of(value: float, limits: Iterable[float]) -> int:
    """Return how many limits a value has reached."""
    return sum(value >= limit for limit in limits)


def _nothing_yet(seat: Seat) -> Paint:
    if seat["is_lead_tied"]:
        return Paint("lead", letters=TIED, said="level at the top so far, provisional")
    return Paint(said="no paper counted yet")


def _winner(seat: Seat) -> Paint:
    if is_declared(seat):
        if seat["is_tie"]:
            return Paint("lead", letters=TIED, said="first place is tied")
        party = seat["declared_winner_party"]
        said = f"{party} {seat['outcome'] or 'win'}, declared"
        return Paint("solid", seat["declared_winner_colour"], letters=party, said=said)
    if not seat["leading_party"]:
        return _nothing_yet(seat)
    party = seat["leading_party"]
    return Paint("lead", seat["leading_party_colour"], letters=party,
                 said=f"{party} leading, provisional")  # fmt: skip


def margin_of(seat: Seat) -> float | None:
    """Return the majority, or the lead so far, as a share of valid votes."""
    if is_declared(seat):
        share: float | None = seat["majority_share"]
        return share
    return seat["lead"] / seat["valid_votes"] if seat["leading_party"] else None


def _margin(seat: Seat) -> Paint:
    margin = margin_of(seat)
    if margin is None:
        return _nothing_yet(seat)
    kind, name = ("solid", "majority") if is_declared(seat) else ("lead", "lead so far")
    return Paint(kind, step=step_of(margin, MAJORITIES), letters=f"{100 * margin:.0f}",
                 said=f"{name} {words.percent(margin)}")  # fmt: skip


def _turnout(seat: Seat, limits: tuple[float, ...]) -> Paint:
    turnout = seat["turnout"]
    if not turnout:
        return Paint(said="no ballot issued yet")
    is_final = is_declared(seat) or seat["status"] == "embargoed"  # one basis for all before close
    return Paint("solid" if is_final else "early", step=step_of(turnout, limits),
                 letters=f"{100 * turnout:.0f}",
                 said=f"turnout {words.percent(turnout)}, {words.basis(seat['turnout_basis'])}",
                 )  # fmt: skip


def _change(seat: Seat) -> Paint:
    seen = _winner(seat)
    held_by = seat["previous_winner_party"]
    if held_by is None or seen.letters in ("", TIED):
        return seen
    if is_declared(seat):
        if seat["outcome"] == "gain":
            return Paint("gain", seen.colour, letters=GAINED + seen.letters,
                         said=f"{seen.letters} gain from {seat['gained_from_party']}")  # fmt: skip
        return Paint("hold", seen.colour, letters=seen.letters, said=f"{seen.letters} hold")
    if seat["leading_party"] == held_by:
        return seen
    return Paint("lead", seen.colour, letters=GAINED + seen.letters,
                 said=f"{seen.letters} leading where {held_by} won, provisional")  # fmt: skip
