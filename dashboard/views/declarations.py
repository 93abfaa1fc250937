"""Every declaration and correction, newest first."""

from __future__ import annotations

import streamlit as st

from dashboard import live, queries
from dashboard.panels import feed, national
from election.geography import REGIONS

SHOWN = 100


def render() -> None:
    """Draw the page."""
    reads = live.top("declarations")
    with st.container(key="filters"):
        first, second = st.columns(2)
    with first:
        names = {r.region_id: r.name for r in REGIONS}
        region = live.pick("Region or nation", "region", names, everything="All regions")
    with second:
        parties = {
            p["party_abbreviation"]: p["party_name"] for p in reads.ask(queries.PARTIES).rows
        }
        party = live.pick("Won by", "party", parties, everything="Any party")
    live.show(reads, lambda view: _body(view, region, party))


def _body(view: live.View, region: str, party: str) -> None:
    if view.night["is_embargoed"]:
        st.html(national.embargo(view.night))
        return
    rows = view.rows(queries.FEED, region=region, party=party, seat="", limit=SHOWN)
    note = f"the newest {SHOWN}" if len(rows) == SHOWN else f"{len(rows)} in all"
    st.html(feed.feed(rows, title="Declarations", note=note, columns="two"))
