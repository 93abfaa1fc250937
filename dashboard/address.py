"""What a reader chooses, and keeps from page to page: it lives in the address, to be sent on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import theme

CARRIED = ("theme", "follow")
_CHOSEN = "chosen"
_SCRIPT = Path(__file__).with_name("carry.js")


@dataclass
class _Choice:
    """What was chosen, what the address said before, and whether this is still the run of it."""

    value: str
    before: tuple[str, ...]
    is_new: bool = True


def put(name: str, value: str) -> None:
    """Put a choice into the address as `?name=`; an empty one leaves it."""
    chosen: dict[str, _Choice] = st.session_state.setdefault(_CHOSEN, {})
    before = [st.query_params.get(name, "")]
    if name in chosen:  # chosen again before the browser has heard of the first
        before += [*chosen[name].before, chosen[name].value]
    chosen[name] = _Choice(value, tuple(before))
    _write(name, value)


def settle() -> None:
    """Put choices back where a run has the address from before them; call it once, first in a run.

    A refresh that the browser asked for a moment before it heard of a choice comes with the old
    address, and would undo it.
    """
    chosen: dict[str, _Choice] = st.session_state.get(_CHOSEN, {})
    for name, choice in list(chosen.items()):
        said = st.query_params.get(name, "")
        if said in choice.before and said != choice.value:
            _write(name, choice.value)
        elif choice.is_new:
            choice.is_new = False
        else:
            del chosen[name]


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
    kept.pop(name, None)
    if value:
        kept[name] = value
    put(name, value)


def chosen_theme() -> theme.Theme:
    """Return the theme of the address; light where it names none that there is."""
    return theme.THEMES.get(st.query_params.get("theme", ""), theme.USUAL)


def others() -> dict[str, str]:
    """Return the address's choices but for the theme."""
    return {name: value for name, value in st.query_params.items() if name != "theme"}


def _write(name: str, value: str) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
