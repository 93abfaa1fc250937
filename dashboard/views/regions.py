"""Regions and nations: all as cards, or one with its parties, turnout and seats."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, choices, live, queries
from dashboard.kept import kept
from dashboard.panels import national, places, provenance, seat
from election.geography import REGIONS


def render() -> None:
    """Draw the page."""
    reads = live.top("regions")
    names = {r.region_id: r.name for r in REGIONS}
    region = choices.pick("Region or nation", "region", names, everything="All regions and nations")
    live.show(reads, lambda view: _one(view, region) if region else _all(view))


def _all(view: live.View) -> None:
    regions = view.rows(queries.REGION_TURNOUT)
    parties = view.rows(queries.REGION_PARTIES, region="")
    live.html(places.region_cards, regions, parties, embargoed=view.night["is_embargoed"])
    _how_do_we_know(view, "")
    live.html(places.region_turnout, regions)


def _one(view: live.View, region: str) -> None:
    regions = [r for r in view.rows(queries.REGION_TURNOUT) if r["region_id"] == region]
    parties = view.rows(queries.REGION_PARTIES, region=region)
    embargoed = view.night["is_embargoed"]
    st.html(places.region_cards(regions, parties, embargoed=embargoed))
    _how_do_we_know(view, region)
    left, right = st.columns(2)
    with left:
        if embargoed:
            live.html(national.embargo, view.night)
        else:
            live.html(places.region_parties, parties)
    with right:
        hours = view.frame(queries.REGION_BY_HOUR, region=region)
        if hours.height:
            drawing = kept(charts.turnout_by_hour, hours, view.night["opens_at"])
            live.draw("Ballots issued by hour", drawing, key="region-hours")
    rows = view.rows(queries.SEATS, region=region, party="", state="", limit=100)
    note = f"{len(rows)} seats, newest declaration first"
    live.html(seat.seat_list, rows, title="Seats here", note=note)


def _how_do_we_know(view: live.View, region: str) -> None:
    live.how_do_we_know(
        "regions", lambda: provenance.of_regions(*view.rows(queries.PROVENANCE, region=region))
    )
