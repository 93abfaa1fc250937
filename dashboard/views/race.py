"""Race: the night through a scrubber, as it stood at any time, or live."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import address, charts, choices, live, queries, replay
from dashboard.kept import kept
from dashboard.panels import national, race
from dashboard.panels.house import seats_needed


def render() -> None:
    """Draw the page."""
    live.show(live.top("race"), _body)


def _body(view: live.View) -> None:
    if view.night["is_embargoed"]:
        live.html(national.hero, view.night)
        live.html(national.embargo, view.night)
        live.html(national.poll_figures, view.night)
        return
    steps = view.declared(queries.OVER_TIME).frame
    parties = view.rows(queries.PARTIES)
    times = replay.stops(view.night["closes_at"], view.night["election_at"])
    chosen = _scrub(times)
    is_live = chosen == replay.LIVE
    newest = view.night["election_at"]
    then = kept(replay.moment, steps, times.get(chosen, newest), view.night["seats_total"] or 0)
    live.html(race.moment_hero, then, seats_needed(view.night), is_live=is_live)
    live.html(race.scoreboard_at, then, parties, is_live=is_live)
    if steps.height:
        drawing = kept(
            charts.seats_over_time,
            steps,
            view.night["closes_at"],
            marked=None if is_live else then.at,
        )
        live.draw("Seats declared through the night", drawing, key="race")
    live.html(race.moment_table, then, parties, is_live=is_live)


def _scrub(times: dict[str, datetime]) -> str:
    """Draw the scrubber and the way back to the night as it is; return the chosen stop."""
    with st.container(key="panel-scrub"):
        slider, back = st.columns([6, 1], vertical_alignment="center")
        with slider:
            chosen = choices.scrub(
                "The night at any time since close of poll; its right end is live",
                "at", replay.labels(times),
            )  # fmt: skip
        with back:
            st.button(
                "Back to live", key="back-to-live", disabled=chosen == replay.LIVE,
                width="stretch", on_click=address.put, args=("at", ""),
            )  # fmt: skip
    return chosen
