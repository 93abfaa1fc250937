"""The strip of followed seats: each with its state, and a way out."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dashboard.follow import Followed
from dashboard.monograms import safe_colour
from dashboard.panels.markup import Row, card, esc, nothing, page, seat_link, seat_tag
from dashboard.panels.seat import DECLARED, standing


def strip(following: Followed, seats: Sequence[Row], title: str = "Seats you follow") -> str:
    """Return the followed seats in the reader's order; `seats` are rows of the seat list."""
    by_id = {seat["constituency_id"]: seat for seat in seats}
    cards = "".join(_seat(by_id[s], following) for s in following.seats if s in by_id)
    said = nothing(following.said()) if following.said() else ""
    note = "the address holds them: send it to share them"
    return page(
        card(title, f'<div class="th-follow" data-panel="followed">{cards}</div>{said}', note=note)
    )


def _seat(seat: Row, following: Followed) -> str:
    name = seat["constituency_name"]
    certain = seat["status"] in DECLARED
    colour = seat["declared_winner_colour"] if certain else seat["leading_party_colour"]
    said = esc(standing(seat))
    left = quote(following.toggled(seat["constituency_id"]))
    return (
        f'<article style="border-left-color:{safe_colour(colour)}" '
        f'data-followed="{esc(seat["constituency_id"])}">'
        f'<div class="say">{seat_link(seat["constituency_id"], name)}'
        f'<a class="out" href="?follow={left}" target="_self" '
        f'aria-label="Stop following {esc(name)}">×</a></div>'
        f'<div class="standing">{said if certain else f"<i>{said}</i>"}</div>'
        f"{seat_tag(seat['status'], version=seat['declaration_version'])}</article>"
    )
