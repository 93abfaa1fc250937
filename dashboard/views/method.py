"""How the numbers come about, what the marks mean, sources and licence."""

from __future__ import annotations

from dashboard import live
from dashboard.panels import method


def render() -> None:
    """Draw the page."""
    live.show(live.top("method"), _body)


def _body(view: live.View) -> None:
    live.html(method.method, view.night)
