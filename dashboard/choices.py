"""Choices that live in the address: a list, a row of modes, and a scrubber."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard import address


@dataclass
class _Held:
    """What a widget holds, and how many have stood in its place."""

    value: str | None = None
    turn: int = 0


def pick(label: str, name: str, options: Mapping[str, str], *, everything: str) -> str:
    """Draw a list that is searched by typing; return the chosen key, empty for everything."""
    shown = {"": everything, **options}
    key = _followed("pick", name, shown, "")
    chosen = st.selectbox(
        label, list(shown), format_func=lambda option: shown.get(option, everything), key=key,
        on_change=partial(_keep, "pick", name, ""),
    )  # fmt: skip
    return chosen or ""


def choose(label: str, name: str, options: Mapping[str, str]) -> str:
    """Draw a row of options, of which the first holds until another is chosen; return its key."""
    default = next(iter(options))
    key = _followed("choose", name, options, default)
    chosen = st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=key, required=True, wrap=True,
        on_change=partial(_keep, "choose", name, default),
    )  # fmt: skip
    return chosen or default


def scrub(label: str, name: str, options: Mapping[str, str]) -> str:
    """Draw a slider over options in their order, of which the last holds at first.

    Options may join while it is drawn: it stays on what the reader chose.
    """
    default = list(options)[-1]
    key = _followed("scrub", name, options, default)
    chosen: str = st.select_slider(
        label, list(options), format_func=lambda option: options.get(option, option), key=key,
        on_change=partial(_keep, "scrub", name, default),
    )  # fmt: skip
    return chosen if chosen in options else default


def _followed(kind: str, name: str, options: Mapping[str, str], default: str) -> str:
    """Return the key of a choice's state, which is what the address says.

    Where the address says something new, a new widget takes the old one's place: the browser sends
    the old one's value along until it has drawn the new, as if a person had just chosen it.
    """
    held: _Held = st.session_state.setdefault(f"{kind}-{name}", _Held())
    asked = st.query_params.get(name, default)
    wanted = asked if asked in options else default
    if held.value != wanted:
        held.value = wanted
        held.turn += 1
    key = f"{kind}-{name}-{held.turn}"
    if key not in st.session_state:
        st.session_state[key] = wanted
    return key


def _keep(kind: str, name: str, default: str) -> None:
    held: _Held = st.session_state[f"{kind}-{name}"]
    held.value = st.session_state[f"{kind}-{name}-{held.turn}"]
    address.put(name, "" if held.value == default else held.value)
