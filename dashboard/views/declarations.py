"""Every declaration and correction, newest first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import choices, live, queries, words
from dashboard.news import Look
from dashboard.panels import feed, national, provenance
from election.geography import REGIONS

SHOWN = 100
ALL = 5_000  # more than seats and corrections: what was seen stays however many come after


def render() -> None:
    """Draw the page."""
    reads = live.top("declarations")
    with st.container(key="filters"):
        first, second = st.columns(2)
    with first:
        names = {r.region_id: r.name for r in REGIONS}
        region = choices.pick("Region or nation", "region", names, everything="All regions")
    with second:
        parties = {
            p["party_abbreviation"]: p["party_name"] for p in reads.ask(queries.PARTIES).rows
        }
        party = choices.pick("Won by", "party", parties, everything="Any party")
    live.show(reads, lambda view: _body(view, region, party))


def _body(view: live.View, region: str, party: str) -> None:
    if view.night["is_embargoed"]:
        live.html(national.embargo, view.night)
        return
    rows = view.rows(queries.FEED, region=region, party=party, seat="", limit=ALL)
    look = _look(f"{view.night['night_id']}-{region}-{party}", rows)
    live.how_do_we_know(
        "declarations", lambda: provenance.of_feed(*view.rows(queries.PROVENANCE, region=region))
    )
    seen = look.shown(rows)
    note = f"the newest {SHOWN} of {len(seen)}" if len(seen) > SHOWN else f"{len(seen)} in all"
    st.html(feed.feed(seen[:SHOWN], title="Declarations", note=note, columns="two", new=look.new))


def _look(what: str, rows: list[dict[str, Any]]) -> Look:
    """Draw the chip that says how many are new; return what the reader has asked to see."""
    name = f"look-{what}"
    look = st.session_state.setdefault(name, Look.first(rows))
    waiting = len(look.waiting(rows))

    def see() -> None:
        st.session_state[name] = look.again(rows)

    st.button(
        f"{words.plural(waiting, 'new declaration')}: show" if waiting else "No new declaration",
        key="news", disabled=not waiting, on_click=see,
    )  # fmt: skip
    return look
