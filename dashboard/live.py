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
from dashboard.again import draw_again
from dashboard.charts import Drawing
from dashboard.freshness import freshness
from dashboard.kept import kept
from dashboard.panels.markup import caption, page
from dashboard.panels.strip import banner_markup, banners, menu, no_night, no_warehouse, strip
from dashboard.panels.twin import twin
from dashboard.queries import Query
from dashboard.settings import DashboardSettings
from dashboard.watched import Watched
from election.errors import UserError
from election.settings import read_settings

BODY = "body"
DECLARATIONS = ("night_id", "seats_declared", "seats_corrected", "last_declared_at")


@dataclass(frozen=True)
class View:
    """What a page's body gets at each refresh."""

    night: dict[str, Any]
    reads: Watched

    def rows(self, query: Query, **parameters: str | int) -> list[dict[str, Any]]:
        """Return a query's rows; none while its mart has not been built."""
        return self.reads.ask(query, **parameters).rows

    def frame(self, query: Query, **parameters: str | int) -> pl.DataFrame:
        """Return the same as a frame."""
        return self.reads.ask(query, **parameters).frame

    def declared(self, query: Query) -> warehouse.Answer:
        """Return what changes only with a declaration, and is asked for again only then."""
        return self.reads.ask(query, since=tuple(self.night[name] for name in DECLARATIONS))


def open_warehouse() -> warehouse.Reads:
    """Return the shared warehouse, or stop the page with what to do."""
    try:
        return warehouse.shared()
    except UserError as error:
        st.error(f"{error.what}: {error.why}. {error.fix}.")
        st.stop()


def top(here: str = "") -> Watched:
    """Draw strip, banners and menu of the page at `here`; return what the rest of it reads.

    This fragment is the page's pulse: at every refresh it draws strip and banners, and has the
    body drawn only where one of the body's answers has changed.
    """
    reads, settings = Watched(open_warehouse()), read_settings(DashboardSettings)
    pulses = count()

    @st.fragment(run_every=settings.refresh_s)
    def refresh_top() -> None:
        is_refresh = bool(next(pulses))
        if is_refresh:
            address.settle()
        has_news = reads.has_news()
        _top(reads, settings, datetime.now(UTC))
        if is_refresh and has_news:
            draw_again(BODY)

    refresh_top()
    st.html(menu(here))
    return reads


def _top(reads: Watched, settings: DashboardSettings, now: datetime) -> None:
    summary, hops = reads.glance(queries.SUMMARY), reads.glance(queries.HOPS)
    published, night = reads.glance(queries.PUBLICATION), summary.row
    fresh = freshness(night, hops.rows, now) if night else None
    is_doubted = night is not None and night["invariants_outcome"] == "fail"
    said = banners(
        night, fresh, reads.reading(summary, hops, published), now=now,
        findings=reads.glance(queries.FINDINGS).rows if is_doubted else (),
        publication=published.row, checks_every_s=settings.checks_every_s,
    )  # fmt: skip
    st.html(strip(night, fresh, drawn_at=now) if night and fresh else page())
    st.html(banner_markup(said))


def show(reads: Watched, body: Callable[[View], None]) -> None:
    """Draw a page's body now, and again whenever what it shows has changed, in place."""
    draws = count()

    @st.fragment(key=BODY)
    def refresh_body() -> None:
        if next(draws):  # the first is part of the page's own run, which has done it
            address.settle()
        reads.begin()
        summary = reads.ask(queries.SUMMARY)
        with st.container(key="body"):
            if summary.row is not None:
                body(View(summary.row, reads))
            else:
                st.html(no_warehouse() if summary.read_at is None else no_night())

    refresh_body()


def html(make: Callable[..., str], *given: Any, **named: Any) -> None:
    """Draw a panel that says the same to everybody: its markup is made once for all viewers."""
    st.html(kept(make, *given, **named))


def draw(title: str, drawing: Drawing, *, key: str, note: str = "") -> None:
    """Draw a chart in a card, with its takeaway above and its table below."""
    data, spec = drawing.on(address.chosen_theme())
    with st.container(key=f"card-{key}"):
        html(caption, title, drawing.takeaway, note)
        st.vega_lite_chart(
            data, spec, theme=None, key=f"chart-{key}", width="stretch",
            alt=f"{title}. {drawing.takeaway}",
        )  # fmt: skip
        with st.expander("As a table"):
            html(twin, drawing.table, title)


def how_do_we_know(what: str, markup: Callable[[], str]) -> None:
    """Offer where the numbers above come from; it is asked for only while it is open."""
    with st.expander("How do we know?", key=f"why-{what}", on_change="rerun") as shown:
        if shown.open:
            st.html(markup())
