"""The first page: the headline, the House, the scoreboard, and what moved last."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard import address, charts, live, queries, theme
from dashboard.follow import followed
from dashboard.kept import kept
from dashboard.lead import newest_change
from dashboard.panels import feed, national, places, provenance, rankings
from dashboard.panels.followed import strip

LATEST, LATEST_ON_A_WALL = 12, 6


def render() -> None:
    """Draw the page."""
    live.show(live.top(), _body)


def _body(view: live.View) -> None:
    if view.night["is_embargoed"]:
        live.html(national.hero, view.night)
        _how_do_we_know("headline", view, provenance.of_headline)
        _followed(view)
        _polling_day(view)
    else:
        change = kept(newest_change, view.declared(queries.OVER_TIME).frame)
        live.html(national.hero, view.night, change)
        _how_do_we_know("headline", view, provenance.of_headline)
        _followed(view)
        _results(view)


def _followed(view: live.View) -> None:
    if not st.query_params.get("follow"):
        return
    seats = view.frame(queries.STANDINGS)
    known = set(seats["constituency_id"]) if seats.height else set()
    following = followed(st.query_params["follow"], known)
    mine = seats.filter(pl.col("constituency_id").is_in(following.seats)) if known else seats
    st.html(strip(following, mine.to_dicts()))


def _polling_day(view: live.View) -> None:
    live.html(national.embargo, view.night)
    live.html(national.poll_figures, view.night)
    left, right = st.columns(2)
    hours = view.frame(queries.TURNOUT_BY_HOUR)
    regions = view.frame(queries.REGION_TURNOUT)
    with left:
        if hours.height:
            drawing = kept(charts.turnout_by_hour, hours, view.night["opens_at"])
            live.draw("Ballots issued by hour", drawing, key="hours")
    with right:
        if regions.height:
            live.draw(
                "Turnout so far by region", kept(charts.turnout_by_region, regions),
                key="regions", note="ballots issued ÷ register",
            )  # fmt: skip
    _how_do_we_know("stations", view, provenance.of_stations)
    live.html(places.stations, view.rows(queries.STATIONS, region="", seat="", limit=10))
    live.html(rankings.marginals, view.rows(queries.MARGINALS), embargoed=True)


def _results(view: live.View) -> None:
    on_a_wall = address.chosen_theme() is theme.WALL
    parties = view.rows(queries.PARTIES)
    live.html(national.house, view.night, parties)
    live.html(national.scoreboard, parties)
    _how_do_we_know("scoreboard", view, provenance.of_parties)
    left, right = st.columns([3, 2])
    with left:
        steps = view.declared(queries.OVER_TIME).frame
        if steps.height:
            drawing = kept(charts.seats_over_time, steps, view.night["closes_at"])
            live.draw("Seats declared through the night", drawing, key="over-time")
        if not on_a_wall:
            live.html(national.leaderboard, parties)
    with right:
        latest = LATEST_ON_A_WALL if on_a_wall else LATEST
        live.html(feed.feed, view.rows(queries.FEED, region="", party="", seat="", limit=latest))
    if not on_a_wall:  # nobody scrolls there
        _rankings(view)


def _how_do_we_know(what: str, view: live.View, told: Callable[..., str]) -> None:
    live.how_do_we_know(what, lambda: told(*view.rows(queries.PROVENANCE, region="")))


def _rankings(view: live.View) -> None:
    live.html(
        rankings.records, view.rows(queries.TOP_CANDIDATES), view.declared(queries.MAJORITIES).rows
    )
    live.html(rankings.key_seats, view.rows(queries.KEY_SEATS))
    live.html(rankings.marginals, view.rows(queries.MARGINALS), embargoed=False)
