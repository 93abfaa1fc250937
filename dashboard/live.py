"""The frame of every page: strip, banners and body refresh in place; choices live in the URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import polars as pl
import streamlit as st

from dashboard import address, queries, warehouse
from dashboard.charts import Drawing
from dashboard.freshness import freshness
from dashboard.panels.strip import banner_markup, banners, no_night, no_warehouse, strip
from dashboard.panels.twin import twin
from dashboard.queries import Query
from dashboard.settings import DashboardSettings
from election.errors import UserError
from election.settings import read_settings

DECLARATIONS = ("night_id", "seats_declared", "seats_corrected", "last_declared_at")


@dataclass(frozen=True)
class View:
    """What a page's body gets at each refresh."""

    night: dict[str, Any]
    reads: warehouse.Reads

    def rows(self, query: Query, **parameters: str | int) -> list[dict[str, Any]]:
        """Return a query's rows; none while its mart has not been built."""
        return self.reads.ask(query, **parameters).rows

    def declared(self, query: Query) -> pl.DataFrame:
        """Return what changes only with a declaration, and is asked for again only then."""
        return self.reads.ask(query, since=tuple(self.night[name] for name in DECLARATIONS)).frame


def open_warehouse() -> warehouse.Reads:
    """Return the shared warehouse, or stop the page with what to do."""
    try:
        return warehouse.shared()
    except UserError as error:
        st.error(f"{error.what}: {error.why}. {error.fix}.")
        st.stop()


def top(here: str = "") -> warehouse.Reads:
    """Draw strip and banners of the page at `here`; return what the rest of the page reads."""
    reads = open_warehouse()

    @st.fragment(run_every=_every())
    def refresh_top() -> None:
        now = datetime.now(UTC)
        summary = reads.ask(queries.SUMMARY)
        night = summary.row
        fresh = freshness(night, reads.ask(queries.HOPS).rows, now) if night else None
        is_doubted = night is not None and night["invariants_outcome"] == "fail"
        said = banners(
            night, fresh, summary.read_at, is_current=summary.is_current, now=now,
            findings=reads.ask(queries.FINDINGS).rows if is_doubted else (),
        )  # fmt: skip
        first = strip(night, fresh, drawn_at=now, here=here) if night and fresh else ""
        st.html(first + banner_markup(said))

    refresh_top()
    return reads


def show(reads: warehouse.Reads, body: Callable[[View], None]) -> None:
    """Draw a page's body now, and again at every refresh, in place."""
    draws = count()

    @st.fragment(run_every=_every())
    def refresh_body() -> None:
        if next(draws):  # the first is part of the page's own run, which has done it
            address.settle()
        summary = reads.ask(queries.SUMMARY)
        with st.container(key="body"):
            if summary.row is not None:
                body(View(summary.row, reads))
            else:
                st.html(no_warehouse() if summary.read_at is None else no_night())

    refresh_body()


def _every() -> float:
    return read_settings(DashboardSettings).refresh_s


def draw(title: str, drawing: Drawing, *, key: str, note: str = "") -> None:
    """Draw a chart in a card, with its takeaway above and its table below."""
    data, spec = drawing.on(address.chosen_theme())
    with st.container(key=f"card-{key}"):
        beside = f" :gray[:small[{note}]]" if note else ""
        st.markdown(f"**{title}**{beside}  \n:small[{drawing.takeaway}]")
        st.vega_lite_chart(
            data, spec, theme=None, key=f"chart-{key}", width="stretch",
            alt=f"{title}. {drawing.takeaway}",
        )  # fmt: skip
        with st.expander("As a table"):
            st.html(twin(drawing.table, title))


def how_do_we_know(what: str, markup: Callable[[], str]) -> None:
    """Offer where the numbers above come from; it is asked for only while it is open."""
    with st.expander("How do we know?", key=f"why-{what}", on_change="rerun") as shown:
        if shown.open:
            st.html(markup())
