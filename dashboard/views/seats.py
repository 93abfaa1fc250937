"""Seats: all of them with filters, or one with its candidates, turnout and provenance."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from dashboard import address, choices, live, queries
from dashboard.follow import MOST, followed
from dashboard.panels import feed, places, provenance, seat
from dashboard.panels.markup import SEAT_STATES
from election.geography import REGIONS

AT_FIRST = 50
ALL = 1_000  # more than any House of Commons had


def render() -> None:
    """Draw the page."""
    reads = live.top("seats")
    names = reads.ask(queries.SEAT_NAMES).rows
    options = {
        n["constituency_id"]: f"{n['constituency_name']} ({n['region_name']})" for n in names
    }
    chosen = choices.pick("Find a seat by name", "seat", options, everything="All seats")
    if chosen:
        _follow(chosen, options)
        live.show(reads, lambda view: _one(view, chosen))
        return
    region, party, state = _filters(reads.ask(queries.PARTIES).rows)
    shown = _shown()
    live.show(reads, lambda view: _many(view, region, party, state, shown, had_names=bool(names)))


def _follow(seat_id: str, known: Collection[str]) -> None:
    """Draw the button that follows a seat, or stops; it keeps the address."""
    following = followed(st.query_params.get("follow", ""), known)
    is_mine = seat_id in following.seats
    is_refused = following.is_full and not is_mine
    st.button(
        "Stop following" if is_mine else f"Follow on Tonight ({len(following.seats)} of {MOST})",
        key="follow", disabled=is_refused,
        on_click=address.keep, args=("follow", following.toggled(seat_id)),
    )  # fmt: skip
    if is_refused:
        st.caption(f"At most {MOST} seats can be followed: stop following one first.")


def _filters(parties: list[dict[str, str]]) -> tuple[str, str, str]:
    with st.container(key="filters"):
        first, second, third = st.columns(3)
    with first:
        region = choices.pick(
            "Region or nation", "region", {r.region_id: r.name for r in REGIONS},
            everything="All regions",
        )  # fmt: skip
    with second:
        names = {p["party_abbreviation"]: p["party_name"] for p in parties}
        party = choices.pick("Won or led by", "party", names, everything="Any party")
    with third:
        states = {key: text for key, (_, text) in SEAT_STATES.items()}
        state = choices.pick("State", "state", states, everything="Any state")
    return region, party, state


def _shown() -> int:
    asked = st.query_params.get("show", "")
    return min(ALL, int(asked)) if asked.isdecimal() and int(asked) else AT_FIRST


def _many(
    view: live.View, region: str, party: str, state: str, shown: int, *, had_names: bool
) -> None:
    if view.night["seats_total"] and not had_names:
        st.rerun(scope="app")  # the seats came after this page was opened
    rows = view.rows(queries.SEATS, region=region, party=party, state=state, limit=shown + 1)
    more = len(rows) > shown
    note = f"the first {shown}, newest declaration first" if more else f"{len(rows)} shown"
    st.html(seat.seat_list(rows[:shown], title="Seats", note=note))
    if more and st.button(f"Show {AT_FIRST} more", key="more"):
        address.put("show", str(shown + AT_FIRST))
        st.rerun(scope="app")


def _one(view: live.View, constituency_id: str) -> None:
    row = next(iter(view.rows(queries.SEAT, seat=constituency_id)), None)
    if row is None:
        st.info("This seat has no row yet.")
        return
    live.html(seat.header, row)
    live.html(seat.numbers, row)
    left, right = st.columns([3, 2])
    with left:
        live.html(seat.race, row, view.rows(queries.SEAT_CANDIDATES, seat=constituency_id))
    with right:
        made = view.rows(queries.FEED, region="", party="", seat=constituency_id, limit=20)
        live.html(feed.feed, made, title="Declarations of this seat")
        stations = view.rows(queries.STATIONS, region="", seat=constituency_id, limit=20)
        live.html(places.stations, stations, title="Polling stations", of_one_seat=True)
    live.how_do_we_know("seat", lambda: provenance.of_seat(*_recorded(view, constituency_id)))


def _recorded(view: live.View, constituency_id: str) -> list[dict[str, Any]]:
    return view.rows(queries.SEAT_PROVENANCE, seat=constituency_id)
