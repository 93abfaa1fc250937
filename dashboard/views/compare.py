"""Compare: two seats, two regions, or a seat against its region and the country."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, comparison, live, queries
from dashboard.comparison import COUNTRY, COUNTRY_NAME, Side
from dashboard.panels import compare, national
from dashboard.panels.markup import caption
from dashboard.panels.seat import standing
from dashboard.panels.twin import twin
from election.geography import REGION_BY_ID


def render() -> None:
    """Draw the page."""
    reads = live.top("compare")
    seats = reads.ask(queries.SEAT_NAMES).rows
    options = {COUNTRY: COUNTRY_NAME} | {r.region_id: r.name for r in REGION_BY_ID.values()}
    options |= {
        s["constituency_id"]: f"{s['constituency_name']} ({s['region_name']})" for s in seats
    }
    first, second = st.columns(2)
    with first:
        one = choices.pick("Compare", "a", options, everything="Choose a seat, region or nation")
    with second:
        around = {s["constituency_id"]: s["region_id"] for s in seats}.get(one, COUNTRY)
        nothing_said = f"its surroundings: {options[around]}" if one else "Choose another"
        other = choices.pick("with", "b", options, everything=nothing_said)
    live.show(reads, lambda view: _body(view, one, other or around))


def _body(view: live.View, one: str, other: str) -> None:
    if view.night["is_embargoed"]:
        live.html(national.embargo, view.night)
    one_side, other_side = (_side(view, one), _side(view, other)) if one else (None, None)
    if one_side is None or other_side is None:
        st.html(compare.choose_two())
        return
    if view.night["is_embargoed"]:
        st.html(compare.heads(one_side, other_side))
        return
    facts, votes = st.columns([2, 3])
    with facts:
        st.html(compare.heads(one_side, other_side))
    with votes, st.container(key="panel-shares"):
        paired = comparison.pairs(one_side, other_side)
        st.html(caption("Share of votes", comparison.takeaway(one_side, other_side)))
        st.html(compare.shares(one_side, other_side, paired))
        with st.expander("As a table"):
            table = compare.pairs_table(one_side, other_side, paired)
            st.html(twin(table, "Share of votes"))


def _side(view: live.View, key: str) -> Side | None:
    """Return a place's side, or None while the marts do not know it."""
    if key == COUNTRY:
        return comparison.of_country(view.night, view.rows(queries.PARTIES))
    if key in REGION_BY_ID:
        regions = view.rows(queries.REGION_TURNOUT)
        region = next((r for r in regions if r["region_id"] == key), None)
        if region is None:
            return None
        changes = {
            row["party_abbreviation"]: row["share_change"]
            for row in view.rows(queries.REGION_CHANGE, region=key)
        }
        parties = view.rows(queries.REGION_PARTIES, region=key)
        return comparison.of_region(region, parties, changes)
    seat = next(iter(view.rows(queries.SEAT, seat=key)), None)
    if seat is None:
        return None
    candidates = view.rows(queries.SEAT_CANDIDATES, seat=key)
    return comparison.of_seat(seat, candidates, standing(seat))
