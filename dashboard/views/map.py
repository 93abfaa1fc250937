"""Map: a hex a seat, in four modes; a hex chooses the seat whose summary stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard import address, choices, live, queries
from dashboard.clickable import clickable
from dashboard.hexmap.labels import three_letters
from dashboard.hexmap.layout import Layout, arrange
from dashboard.hexmap.paint import MODES, paint, turnout_limits
from dashboard.hexmap.sentences import takeaway
from dashboard.kept import kept
from dashboard.panels import hexmap, national, seat
from dashboard.panels.markup import Row, caption, nothing, page
from dashboard.panels.twin import twin

CANDIDATES = 5
TURNOUT = "turnout"  # the one mode before close of poll
Names = tuple[tuple[str, str, str, int | None, int | None], ...]


def render() -> None:
    """Draw the page."""
    live.show(live.top("map"), _body)


def _body(view: live.View) -> None:
    seats = view.rows(queries.MAP)
    if not seats:
        st.html(page(nothing("No seat is known yet: the first come with the register.")))
        return
    is_embargoed = view.night["is_embargoed"]
    if is_embargoed:
        live.html(national.embargo, view.night)
    first, second = st.columns([3, 2])
    with first:
        modes = {TURNOUT: MODES[TURNOUT]} if is_embargoed else MODES
        mode = choices.choose("Colour by", "mode", modes)
    with second:
        options = {s["constituency_id"]: s["constituency_name"] for s in seats}
        chosen = choices.pick("Find a seat by name", "seat", options, everything="No seat chosen")
    left, right = st.columns([7, 3])
    with left:
        _map(view, seats, mode, chosen)
    with right:
        _summary(view, chosen)


def _map(view: live.View, seats: Sequence[Row], mode: str, chosen: str) -> None:
    limits = turnout_limits(view.night["turnout"])
    said, markup, table = kept(_painted, seats, mode, limits, chosen)
    with st.container(key="panel-map"):
        live.html(caption, f"{MODES[mode]} by seat", said)
        clickable(markup, key="hexes", choose=lambda seat_id: address.put("seat", seat_id))
        with st.expander("As a table"):
            live.html(twin, table, f"{MODES[mode]} by seat")


def _painted(
    seats: Sequence[Row], mode: str, limits: tuple[float, ...], chosen: str
) -> tuple[str, str, pl.DataFrame]:
    """Return the map's sentence, markup and table."""
    layout, labels = kept(
        _drawn,
        tuple((s["constituency_id"], s["constituency_name"], s["region_id"], s["hex_q"], s["hex_r"])
              for s in seats),
    )  # fmt: skip
    paints = {s["constituency_id"]: paint(s, mode, limits) for s in seats}
    said = takeaway(seats, mode)
    markup = hexmap.hex_map(
        seats, layout, labels, paints, chosen=chosen, takeaway=f"{MODES[mode]} by seat. {said}",
        legend=hexmap.map_legend(seats, mode, limits),
    )  # fmt: skip
    return said, markup, hexmap.map_table(seats, labels, paints, mode)


def _drawn(seats: Names) -> tuple[Layout, dict[str, str]]:
    """Return places and labels: they depend on the seats alone, and stay the whole night."""
    fields = ("constituency_id", "constituency_name", "region_id", "hex_q", "hex_r")
    layout = arrange([dict(zip(fields, row, strict=True)) for row in seats])
    return layout, three_letters({row[0]: row[1] for row in seats})


def _summary(view: live.View, chosen: str) -> None:
    row = next(iter(view.rows(queries.SEAT, seat=chosen)), None) if chosen else None
    if row is None:
        st.html(page(seat.choose_one()))
        return
    live.html(seat.header, row)
    candidates = view.rows(queries.SEAT_CANDIDATES, seat=chosen)
    st.html(seat.race(row, candidates[:CANDIDATES]))
    live.html(seat.whole_page, row)
