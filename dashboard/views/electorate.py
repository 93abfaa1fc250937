"""Who was given a ballot paper, by age, sex and education, and the exit poll's estimate."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import charts, choices, live, queries, words
from dashboard.panels.markup import card, nothing, page
from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from election.geography import REGIONS

GROUPS = (
    ("age_band", "Turnout by age", AGE_BANDS),
    ("education", "Turnout by highest qualification", EDUCATION_LEVELS),
    ("sex", "Turnout by sex", SEXES),
)
SIMULATED = (
    "Real registers hold no age, sex or education; here they are simulated. "
    "Groups of under ten people are withheld."
)


def render() -> None:
    """Draw the page."""
    reads = live.top("electorate")
    names = {r.region_id: r.name for r in REGIONS}
    region = choices.pick("Region or nation", "region", names, everything="United Kingdom")
    live.show(reads, lambda view: _body(view, region))


def _body(view: live.View, region: str) -> None:
    cells = view.reads.ask(queries.DEMOGRAPHICS, region=region).frame
    _turnout(cells)
    _education(view)


def _turnout(cells: pl.DataFrame) -> None:
    if cells.is_empty():
        text = "The first snapshot comes with the first reconciliation."
        st.html(page(card("Turnout by group", nothing(text))))
        return
    withheld = int(cells["is_suppressed"].sum())
    snapshot_at = max(row["snapshot_at"] for row in cells.iter_rows(named=True))
    note = (
        f"ballots issued ÷ register, snapshot {words.day_and_clock(snapshot_at)}"
        f", {words.plural(withheld, 'group')} withheld"
    )
    st.html(page(card("Turnout by group", nothing(SIMULATED), note=note)))
    columns = st.columns(len(GROUPS))
    for column, (characteristic, title, order) in zip(columns, GROUPS, strict=True):
        with column:
            drawing = charts.drawn(charts.turnout_by_group, cells, characteristic, order)
            live.draw(title, drawing, key=f"group-{characteristic}")


def _education(view: live.View) -> None:
    title = "How people with each qualification voted: an estimate"
    if view.night["is_embargoed"]:
        text = f"Nothing before close of poll ({words.clock(view.night['closes_at'])})."
        st.html(page(card(title, nothing(text))))
        return
    cells = view.reads.ask(queries.EDUCATION).frame
    if cells.is_empty():
        st.html(page(card(title, nothing("No exit-poll snapshot yet."))))
        return
    live.draw(
        title, charts.drawn(charts.party_by_education, cells), key="education",
        note="simulated exit poll, share of answers that name a party; n per row; – withheld",
    )  # fmt: skip
