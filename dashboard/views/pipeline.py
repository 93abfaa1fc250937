"""Is it right, and is it moving: reconciliation, each hop, what was accounted for."""

from __future__ import annotations

import streamlit as st

from dashboard import live, queries
from dashboard.panels import pipeline


def render() -> None:
    """Draw the page."""
    live.show(live.top("pipeline"), _body)


def _body(view: live.View) -> None:
    live.html(pipeline.verdict, view.night)
    live.html(pipeline.edition, next(iter(view.rows(queries.PUBLICATION)), None))
    live.html(pipeline.hops, view.rows(queries.HOPS))
    live.html(pipeline.conservation, view.rows(queries.CONSERVATION))
    live.html(pipeline.held_by_stage, view.rows(queries.HELD_BY_STAGE))
    left, right = st.columns(2)
    with left:
        live.html(pipeline.checks, view.rows(queries.CHECKS))
    with right:
        live.html(pipeline.findings, view.rows(queries.FINDINGS))
