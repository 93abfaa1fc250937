"""What a reader keeps from page to page: it lives in the address, so that it can be sent on."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from dashboard import theme

CARRIED = ("theme", "follow")
_SCRIPT = Path(__file__).with_name("carry.js")


def carry() -> None:
    """Put back what the top menu's links have dropped from the address."""
    kept = st.session_state.setdefault("carried", {})
    for name in CARRIED:
        if name in st.query_params:
            kept[name] = st.query_params[name]
        elif name in kept:
            st.query_params[name] = kept[name]


def carry_script() -> str:
    """Return what makes plain links carry the same."""
    return f"<script>const CARRIED = {json.dumps(CARRIED)};\n{_SCRIPT.read_text()}</script>"


def keep(name: str, value: str) -> None:
    """Carry a value from now on; an empty one is dropped."""
    kept = st.session_state.setdefault("carried", {})
    if value:
        kept[name] = st.query_params[name] = value
    else:
        kept.pop(name, None)
        st.query_params.pop(name, None)


def chosen_theme() -> theme.Theme:
    """Return the theme of the address; light where it names none that there is."""
    return theme.THEMES.get(st.query_params.get("theme", ""), theme.USUAL)


def others() -> dict[str, str]:
    """Return the address's choices but for the theme."""
    return {name: value for name, value in st.query_params.items() if name != "theme"}
