"""The House: who has how many seats, declared and leading, and how far it is to a majority."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

from dashboard import words
from dashboard.hemicycle import dots
from dashboard.monograms import safe_colour
from dashboard.panels.markup import Row, bar, bar_part, esc, swatch

TRACKED = 3
NAMED_FROM = 0.04  # of all seats: a party with fewer has no name at the rim
SIZE = 100  # from the middle of the picture to its outermost seat
RIM = 6  # from there to a party's name
WIDE, TALL = SIZE + 24, SIZE + 16  # from the middle to the edges


def seats_needed(night: Row) -> int:
    """Return the seats of an overall majority: 326 of 650."""
    needed: int = night["seats_for_majority"] or (night["seats_total"] or 1) // 2 + 1
    return needed


def hemicycle(night: Row, parties: Sequence[Row]) -> str:
    """Return a dot a seat from the left by rank: declared filled, leading hollow, others pale."""
    total = night["seats_total"] or 0
    drawn = dots(total)
    points = iter(drawn.points)
    groups, names, seated = [], [], 0
    for party in parties:
        declared, leading = party["seats_declared"] or 0, party["seats_leading"] or 0
        groups += [
            _dots("won", party["party_colour"], list(islice(points, declared))),
            _dots("led", party["party_colour"], list(islice(points, leading))),
        ]
        if declared + leading >= NAMED_FROM * total:
            middle = math.pi * (1 - (seated + (declared + leading) / 2) / max(1, total))
            names.append(_name(f"{party['party_abbreviation']} {declared}", leading, middle))
        seated += declared + leading
    groups.append(_dots("none", None, list(points)))
    return (
        '<div class="th-hemicycle" role="img" '
        f'aria-label="{esc(hemicycle_words(night, parties))}" '
        f'style="aspect-ratio:{WIDE / TALL * 2:.4f};--r:{100 * SIZE * drawn.radius / WIDE:.3f}%">'
        f"{''.join(groups)}{''.join(names)}<hr>"
        f"<p><b>{seats_needed(night)}</b>for a majority</p></div>"
    )


def _at(x: float, y: float) -> str:
    """Return where a point of the picture lies in its box."""
    return f"left:{100 * (WIDE + x) / (2 * WIDE):.2f}%;top:{100 * (TALL - y) / TALL:.2f}%"


def _dots(kind: str, colour: str | None, points: Sequence[tuple[float, float]]) -> str:
    if not points:
        return ""
    drawn = "".join(f'<i style="{_at(SIZE * x, SIZE * y)}"></i>' for x, y in points)
    return f'<div class="{kind}" style="--c:{safe_colour(colour)}">{drawn}</div>'


def _name(said: str, leading: int, angle: float) -> str:
    """Return a party's name at the rim, on the side of its seats."""
    x, y = (SIZE + RIM) * math.cos(angle), (SIZE + RIM) * math.sin(angle)
    side = "over" if abs(x) < SIZE / 4 else "before" if x < 0 else "after"
    more = f" <i>+{leading}</i>" if leading else ""
    return f'<span class="{side}" style="{_at(x, y)}">{esc(said)}{more}</span>'


def hemicycle_words(night: Row, parties: Sequence[Row]) -> str:
    """Return what the hemicycle shows in a sentence."""
    seated = [p for p in parties if p["seats_declared"] or p["seats_leading"]]
    said = "; ".join(
        f"{p['party_name']} {p['seats_declared'] or 0} declared"
        + (f" and {p['seats_leading']} leading" if p["seats_leading"] else "")
        for p in seated
    )
    taken = sum((p["seats_declared"] or 0) + (p["seats_leading"] or 0) for p in seated)
    total = night["seats_total"] or 0
    return (
        f"{words.plural(total, 'seat')}: {said or 'none declared or led'}; {total - taken} open. "
        f"{seats_needed(night)} needed for a majority."
    )


def tracker(night: Row, parties: Sequence[Row]) -> str:
    """Return how far the first parties are from a majority: declared solid, leading hatched."""
    total, needed = night["seats_total"] or 1, seats_needed(night)
    rows = "".join(_track(party, total, needed) for party in parties[:TRACKED])
    return (
        f'<div class="th-track" data-panel="tracker" style="--line:{100 * needed / total:.2f}%">'
        f"{rows}</div>"
    )


def _track(party: Row, total: int, needed: int) -> str:
    declared, leading = party["seats_declared"] or 0, party["seats_leading"] or 0
    parts = [bar_part(declared / total, party["party_colour"])]
    if leading:
        parts.append(bar_part(leading / total, party["party_colour"], leading=True))
    said = to_a_majority(declared, leading, needed)
    ahead = f' <i class="soft">+{leading}</i>' if leading else ""
    name = party["party_abbreviation"]
    described = f"{party['party_name']}: {declared} declared, {leading} leading; {said}"
    return (
        f'<div class="row"><div class="who">{swatch(party["party_colour"])}<b>{esc(name)}</b></div>'
        f'<div class="lane">{bar(parts, description=described, thin=True)}</div>'
        f'<div class="n num"><b>{declared}</b>{ahead}</div>'
        f'<div class="say soft">{esc(said)}</div></div>'
    )


def to_a_majority(declared: int, leading: int, needed: int) -> str:
    """Return how far a party is from a majority, by declared seats and with those it leads in."""
    if declared >= needed:
        return "has a majority"
    short = f"{needed - declared} short"
    if not leading:
        return short
    if declared + leading >= needed:
        return f"{short}; over the line if leads hold"
    return f"{short}; {needed - declared - leading} if leads hold"
