"""The first page: the headline, the House, the scoreboard, and what moved last."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboard import address, charts, live, queries, theme
from dashboard.follow import followed
from dashboard.lead import newest_change
from dashboard.panels import feed, national, places, provenance, rankings
from dashboard.panels.followed import strip

LATEST, LATEST_ON_A_WALL = 12, 6


def render() -> None:
    """Draw the page."""
    live.show(live.top(), _body)


def _body(view: live.View) -> None:
    if view.night["is_embargoed"]:
        st.html(national.hero(view.night))
        _followed(view)
        _polling_day(view)
    else:
        st.html(national.hero(view.night, newest_change(view.declared(queries.OVER_TIME))))
        _followed(view)
        _results(view)


def _followed(view: live.View) -> None:
    if not st.query_params.get("follow"):
        return
    seats = view.reads.ask(queries.STANDINGS).frame
    known = set(seats["constituency_id"]) if seats.height else set()
    following = followed(st.query_params["follow"], known)
    mine = seats.filter(pl.col("constituency_id").is_in(following.seats)) if known else seats
    st.html(strip(following, mine.to_dicts()))


def _polling_day(view: live.View) -> None:
    st.html(national.embargo(view.night))
    st.html(national.poll_figures(view.night))
    left, right = st.columns(2)
    hours = view.reads.ask(queries.TURNOUT_BY_HOUR).frame
    regions = view.reads.ask(queries.REGION_TURNOUT).frame
    with left:
        if hours.height:
            drawing = charts.drawn(charts.turnout_by_hour, hours, view.night["opens_at"])
            live.draw("Ballots issued by hour", drawing, key="hours")
    with right:
        if regions.height:
            live.draw(
                "Turnout so far by region", charts.drawn(charts.turnout_by_region, regions),
                key="regions", note="ballots issued ÷ register",
            )  # fmt: skip
    st.html(places.stations(view.rows(queries.STATIONS, region="", seat="", limit=10)))
    st.html(rankings.marginals(view.rows(queries.MARGINALS), embargoed=True))


def _results(view: live.View) -> None:
    on_a_wall = address.chosen_theme() is theme.WALL
    parties = view.rows(queries.PARTIES)
    st.html(national.house(view.night, parties))
    st.html(national.scoreboard(parties))
    live.how_do_we_know("scoreboard", lambda: provenance.of_parties(*_recorded(view)))
    left, right = st.columns([3, 2])
    with left:
        steps = view.declared(queries.OVER_TIME)
        if steps.height:
            drawing = charts.drawn(charts.seats_over_time, steps, view.night["closes_at"])
            live.draw("Seats declared through the night", drawing, key="over-time")
        if not on_a_wall:
            st.html(national.leaderboard(parties))
    with right:
        latest = view.rows(queries.FEED, region="", party="", seat="", limit=LATEST)
        st.html(feed.feed(latest[:LATEST_ON_A_WALL] if on_a_wall else latest))
    if not on_a_wall:  # nobody scrolls there
        _rankings(view)


def _recorded(view: live.View) -> list[dict[str, Any]]:
    return view.rows(queries.PROVENANCE, region="")


def _rankings(view: live.View) -> None:
    ranked = view.declared(queries.MAJORITIES).to_dicts()
    most, safest, closest = st.columns(3)
    with most:
        st.html(rankings.top_candidates(view.rows(queries.TOP_CANDIDATES)))
    with safest:
        st.html(rankings.majorities(ranked, "safest"))
    with closest:
        st.html(rankings.majorities(ranked, "closest"))
    st.html(rankings.key_seats(view.rows(queries.KEY_SEATS)))
    st.html(rankings.marginals(view.rows(queries.MARGINALS), embargoed=False))
