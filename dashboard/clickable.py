"""Markup in which a click or a key chooses something, drawn again only when it differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_name("clickable.js").read_text()


def clickable(markup: str, *, key: str, choose: Callable[[str], None]) -> None:
    """Draw markup; choosing an element with `data-hex` calls `choose` with what it holds.

    A click chooses, and in a list (`role=listbox`) Enter, where arrow keys go to the nearest one.
    """
    draw = st.components.v2.component(
        "clickable", html='<div class="th-slot"></div>', js=_SCRIPT, isolate_styles=False
    )

    def picked() -> None:
        if chosen := st.session_state[key].get("picked"):
            choose(chosen)

    draw(key=key, data=markup, on_picked_change=picked)
