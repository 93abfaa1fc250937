"""Who was given a ballot paper, by age, sex and education, and the exit poll's estimate."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import streamlit as st

from dashboard import charts, choices, live, queries, words
from dashboard.kept import kept
from dashboard.panels import provenance
from dashboard.panels.groups import two_way_table
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


def _newest(cells: pl.DataFrame) -> datetime | None:
    return max((row["snapshot_at"] for row in cells.iter_rows(named=True)), default=None)


def _body(view: live.View, region: str) -> None:
    cells = view.frame(queries.DEMOGRAPHICS, region=region)
    _turnout(cells)
    live.how_do_we_know("electorate", lambda: _told(view, cells, region))
    _education(view)


def _turnout(cells: pl.DataFrame) -> None:
    if cells.is_empty():
        text = "The first snapshot comes with the first reconciliation."
        st.html(page(card("Turnout by group", nothing(text))))
        return
    withheld = int(cells["is_suppressed"].sum())
    note = (
        f"ballots issued ÷ register, newest snapshot {words.day_and_clock(_newest(cells))}"
        f", {words.plural(withheld, 'cell')} withheld"
    )
    st.html(page(card("Turnout by group", nothing(SIMULATED), note=note)))
    columns = st.columns(len(GROUPS))
    for column, (characteristic, title, order) in zip(columns, GROUPS, strict=True):
        with column:
            drawing = kept(charts.turnout_by_group, cells, characteristic, order)
            live.draw(title, drawing, key=f"group-{characteristic}")
    for column, (characteristic, title, order) in zip(st.columns(2), GROUPS[:2], strict=True):
        with column:
            live.html(two_way_table, cells, characteristic, f"{title} and sex", order, SEXES)


def _told(view: live.View, cells: pl.DataFrame, region: str) -> str:
    recorded = next(iter(view.rows(queries.PROVENANCE, region=region)), None)
    estimates = pl.DataFrame() if view.night["is_embargoed"] else view.frame(queries.EDUCATION)
    return provenance.of_groups(recorded, _newest(cells), _newest(estimates))


def _education(view: live.View) -> None:
    title = "How people with each qualification voted: an estimate"
    if view.night["is_embargoed"]:
        text = f"Nothing before close of poll ({words.clock(view.night['closes_at'])})."
        st.html(page(card(title, nothing(text))))
        return
    cells = view.frame(queries.EDUCATION)
    if cells.is_empty():
        st.html(page(card(title, nothing("No exit-poll snapshot yet."))))
        return
    live.draw(
        title, kept(charts.party_by_education, cells), key="education",
        note="simulated exit poll, share of answers that name a party; n per row; – withheld",
    )  # fmt: skip
