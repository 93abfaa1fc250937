"""Turnout by hour and place; every figure says what it is divided by."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import charts, choices, live, queries
from dashboard.kept import kept
from dashboard.panels import funnel, national, places, provenance
from dashboard.panels.markup import caption
from dashboard.panels.twin import twin
from election.geography import REGIONS

SHOWN = 20


def render() -> None:
    """Draw the page."""
    reads = live.top("turnout")
    names = {r.region_id: r.name for r in REGIONS}
    region = choices.pick("Region or nation", "region", names, everything="United Kingdom")
    live.show(reads, lambda view: _body(view, region))


def _funnel(view: live.View) -> None:
    """Draw how many names on the register became ballots, papers counted and valid votes."""
    title, made = "From the register to valid votes", funnel.steps(view.night)
    with st.container(key="panel-funnel"):
        st.html(caption(title, funnel.takeaway(made), "United Kingdom"))
        st.html(funnel.funnel(made))
        with st.expander("As a table"):
            st.html(twin(funnel.table(made), title))


def _recorded(view: live.View, region: str) -> list[dict[str, Any]]:
    return view.rows(queries.PROVENANCE, region=region)


def _body(view: live.View, region: str) -> None:
    live.html(national.poll_figures, view.night)
    live.how_do_we_know("turnout", lambda: provenance.of_turnout(*_recorded(view, region)))
    _funnel(view)
    left, right = st.columns(2)
    hours = (
        view.frame(queries.REGION_BY_HOUR, region=region)
        if region
        else view.frame(queries.TURNOUT_BY_HOUR)
    )
    regions = view.frame(queries.REGION_TURNOUT)
    with left:
        if hours.height:
            drawing = kept(charts.turnout_by_hour, hours, view.night["opens_at"])
            live.draw("Ballots issued by hour", drawing, key="hours", note="tendered set aside")
    with right:
        if regions.height:
            live.draw(
                "By region or nation", kept(charts.turnout_by_region, regions),
                key="regions", note="ballots issued ÷ register",
            )  # fmt: skip
    live.html(places.region_turnout, view.rows(queries.REGION_TURNOUT))
    live.how_do_we_know("stations", lambda: provenance.of_stations(*_recorded(view, region)))
    live.html(places.stations, view.rows(queries.STATIONS, region=region, seat="", limit=SHOWN))
