"""Turnout by hour and place; every figure says what it is divided by."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, choices, live, queries
from dashboard.panels import national, places
from election.geography import REGIONS

SHOWN = 20


def render() -> None:
    """Draw the page."""
    reads = live.top("turnout")
    names = {r.region_id: r.name for r in REGIONS}
    region = choices.pick("Region or nation", "region", names, everything="United Kingdom")
    live.show(reads, lambda view: _body(view, region))


def _body(view: live.View, region: str) -> None:
    st.html(national.poll_figures(view.night))
    left, right = st.columns(2)
    hours = (
        view.reads.ask(queries.REGION_BY_HOUR, region=region)
        if region
        else view.reads.ask(queries.TURNOUT_BY_HOUR)
    ).frame
    regions = view.reads.ask(queries.REGION_TURNOUT).frame
    with left:
        if hours.height:
            drawing = charts.drawn(charts.turnout_by_hour, hours, view.night["opens_at"])
            live.draw("Ballots issued by hour", drawing, key="hours", note="tendered set aside")
    with right:
        if regions.height:
            live.draw(
                "By region or nation", charts.drawn(charts.turnout_by_region, regions),
                key="regions", note="ballots issued ÷ register",
            )  # fmt: skip
    st.html(places.region_turnout(regions.to_dicts()))
    st.html(places.stations(view.rows(queries.STATIONS, region=region, seat="", limit=SHOWN)))
