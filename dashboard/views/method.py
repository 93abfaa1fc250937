"""How the numbers come about, what the marks mean, sources and licence."""

from __future__ import annotations

import streamlit as st

from dashboard import live
from dashboard.panels import method


def render() -> None:
    """Draw the page."""
    live.show(live.top("method"), _body)


def _body(view: live.View) -> None:
    st.html(method.method(view.night))
