"""Markup in which a click chooses something, drawn again only when it differs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

# The same markup leaves the drawn one as it is; a new one takes its place in one step.
_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".th-slot");
  if (place.drawn !== data) {
    place.innerHTML = data;
    place.drawn = data;
  }
  place.onclick = (event) => {
    const hex = event.target.closest("[data-hex]");
    if (hex) setTriggerValue("picked", hex.dataset.hex);
  };
}
"""


def clickable(markup: str, *, key: str, choose: Callable[[str], None]) -> None:
    """Draw markup; a click on an element with `data-hex` calls `choose` with what it holds."""
    draw = st.components.v2.component(
        "clickable", html='<div class="th-slot"></div>', js=_SCRIPT, isolate_styles=False
    )

    def picked() -> None:
        if chosen := st.session_state[key].get("picked"):
            choose(chosen)

    draw(key=key, data=markup, on_picked_change=picked)
