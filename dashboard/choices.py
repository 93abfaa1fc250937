"""Choices that live in the address beside those of `live.pick`: a row of modes, and a scrubber."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st


def remember(name: str, value: str, default: str = "") -> None:
    """Put a choice into the address as `?name=`; the default leaves it."""
    if value and value != default:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def choose(label: str, name: str, options: Mapping[str, str]) -> str:
    """Draw a row of options, of which the first holds until another is chosen; return its key."""
    default = next(iter(options))
    key = _followed("choose", name, options, default)
    chosen = st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=key, required=True, wrap=True,
        on_change=partial(_keep, key, name, default),
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
        on_change=partial(_keep, key, name, default),
    )  # fmt: skip
    return chosen if chosen in options else default


def _followed(kind: str, name: str, options: Mapping[str, str], default: str) -> str:
    """Set a choice's state where the address says something new; return the state's key.

    As with `live.pick`, what a run under way would set must not undo a person's choice.
    """
    key = f"{kind}-{name}"
    seen = _seen(key)
    asked = st.query_params.get(name, default)
    wanted = asked if asked in options else default
    if key not in st.session_state or st.session_state.get(seen) != wanted:
        st.session_state[key] = st.session_state[seen] = wanted
    return key


def _keep(key: str, name: str, default: str) -> None:
    chosen = st.session_state[key]
    st.session_state[_seen(key)] = chosen
    remember(name, chosen, default)


def _seen(key: str) -> str:
    return f"{key}-in-the-address"
