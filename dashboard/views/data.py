"""Every table that people may read: what it is, how full, how old, and as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import choices, dictionary, live, queries
from dashboard.dictionary import Mart
from dashboard.panels import data
from dashboard.warehouse import Reads
from election.errors import UserError
from exports.about import About
from exports.tables import Table, to_csv

UNCONFIRMED = "unconfirmed"


def render() -> None:
    """Draw the page."""
    reads = live.top("data")
    marts = dictionary.marts()
    chosen = choices.pick("Table", "mart", {name: name for name in marts}, everything="All tables")
    if not chosen:
        live.show(reads, _all)
        return
    mart = marts[chosen]
    st.download_button(
        "Download as CSV", lambda: csv_of(reads, mart), f"{mart.name}.csv", "text/csv",
        key="download", on_click="ignore",
    )  # fmt: skip
    live.show(reads, lambda view: _one(view, mart))


def _all(view: live.View) -> None:
    marts = dictionary.marts()
    live.html(data.about, view.night)
    st.html(data.listing(marts, {name: _size(view, mart) for name, mart in marts.items()}))


def _one(view: live.View, mart: Mart) -> None:
    st.html(data.listing({mart.name: mart}, {mart.name: _size(view, mart)}))
    live.html(data.columns, mart)
    live.html(data.about, view.night)


def _size(view: live.View, mart: Mart) -> dict[str, Any] | None:
    size = view.reads.ask(mart.size)
    return size.row if size.exists else None


def csv_of(reads: Reads, mart: Mart) -> bytes:
    """Return a mart as a file that says of itself what it is.

    Its rows are the live ones: while the newest checks have failed, its status is unconfirmed.

    Raises:
        UserError: no night, or the warehouse is gone: an older answer would be called new.
    """
    night, rows = reads.ask(queries.SUMMARY), reads.ask(mart.rows)
    if night.row is None or not rows.is_current:
        raise UserError(
            f"{mart.name} cannot be downloaded now",
            why="the warehouse does not answer, or has no night yet",
            fix="try again once the numbers are there",
        )
    about = About.of_row(night.row)
    if night.row["invariants_outcome"] in ("fail", "error"):
        about = replace(about, status=UNCONFIRMED)
    return to_csv(Table(mart.name, mart.types, rows.rows), about)
