"""Light, dark and wall: the colours that the style sheet and the charts share.

A theme is a set of CSS custom properties. Charts are drawn in light's colours, and `repainted`
exchanges them for another theme's, so that a chart is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from dashboard.monograms import line_colour

BLUE, SKY, GREY = "#1d4ed8", "#93b4f5", "#8592a8"
FONT = "Source Sans, Source Sans Pro, Helvetica, Arial, sans-serif"
ICON = str(Path(__file__).with_name("icon.svg"))
STYLE_SHEET = Path(__file__).with_name("style.css")

_LIGHT = {
    "ink": "#0b1b33", "soft": "#51607a", "line": "#dbe2ec", "hair": "#edf1f7",
    "card": "#ffffff", "page": "#f3f5f9", "header": "#ffffff", "underline": "#b9c5d8",
    "strip": "#0b1b33", "strip-ink": "#ffffff", "strip-soft": "#b9c6de", "still": "#31456b",
    "solid": "#0b1b33", "on-solid": "#ffffff", "quiet": "#e9edf4", "dash": "#8592a8",
    "blue": BLUE, "sky": SKY, "red": "#b91c1c", "amber": "#855009", "green": "#0f6b47",
    "purple": "#7c2d86", "red-wash": "#fde8e8", "amber-wash": "#fff3d6", "green-wash": "#dff5ea",
    "blue-wash": "#e6eefc", "purple-wash": "#faf3fb", "red-line": "#c81e1e",
    "amber-line": "#d97706", "track": "#e6ebf3", "hatch": "rgba(255, 255, 255, .72)",
    "stripe": "#eef2f8", "stripe-2": "#f7f9fc", "heat-0": "#e6eeff", "heat-1": "#6f97f0",
    "shadow": "rgba(11, 27, 51, .28)", "scheme": "light", "size": "16px",
}  # fmt: skip
_DARK = _LIGHT | {
    "ink": "#eef3fb", "soft": "#a9b6cc", "line": "#2f3e59", "hair": "#22304a",
    "card": "#131e33", "page": "#0a1220", "header": "#0f192b", "underline": "#4a5c7d",
    "strip": "#1a2945", "still": "#3a5080", "solid": "#e3ebf8", "on-solid": "#0b1b33",
    "quiet": "#26344f", "dash": "#8c9ab3", "blue": "#8fb4ff", "sky": "#3f66b8",
    "red": "#ff9c9c", "amber": "#f6c566", "green": "#63d9a4", "purple": "#e3a6ec",
    "red-wash": "#43191f", "amber-wash": "#3d2e10", "green-wash": "#113a2b",
    "blue-wash": "#182a4f", "purple-wash": "#2a1b38", "red-line": "#f05252",
    "amber-line": "#f0a92e", "track": "#26344f", "hatch": "rgba(10, 18, 32, .66)",
    "stripe": "#17243b", "stripe-2": "#1c2a44", "heat-0": "#1a2a49", "heat-1": "#34589f",
    "shadow": "rgba(0, 0, 0, .6)", "scheme": "dark",
}  # fmt: skip
_WALL = _DARK | {
    "ink": "#ffffff", "soft": "#d3dcec", "line": "#465673", "hair": "#2b3a55",
    "card": "#0b1220", "page": "#000000", "strip": "#16243f", "strip-soft": "#dbe4f5",
    "red": "#ffb3b3", "amber": "#ffd479", "green": "#7cf0bb", "size": "22px",
}  # fmt: skip

INK, SOFT, LINE, HAIR, CARD, PAGE = (
    _LIGHT[name] for name in ("ink", "soft", "line", "hair", "card", "page")
)
HEAT = (_LIGHT["heat-0"], _LIGHT["heat-1"])
_ON_A_CHART = (
    "ink", "soft", "line", "hair", "card", "page", "blue", "sky", "heat-0", "heat-1",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """A look: its name in the address, its name for people, its properties by name."""

    name: str
    label: str
    properties: Mapping[str, str]
    rules: str = ""  # of the style sheet, beside the properties
    letters: float = 1.0  # size of letters on charts, of the usual size

    @cached_property
    def sheet(self) -> str:
        """Return the theme as a style sheet."""
        lines = "".join(f"--{name}: {value}; " for name, value in self.properties.items())
        return f"<style>:root {{ {lines}}}\n{self.rules}</style>"

    @cached_property
    def wordmark(self) -> str:
        """Return the product's name as a picture, its letters in the theme's ink."""
        picture = STYLE_SHEET.with_name("wordmark.svg").read_text()
        return picture.replace("<text ", f'<text style="fill: {self.properties["ink"]}" ')

    @cached_property
    def _paint(self) -> dict[str, str]:
        return {_LIGHT[name]: self.properties[name] for name in _ON_A_CHART}

    def repainted(self, part: Any) -> Any:
        """Return a chart's specification in this theme's colours and sizes."""
        if isinstance(part, dict):
            return {key: self._resized(key, self.repainted(value)) for key, value in part.items()}
        if isinstance(part, (list, tuple)):
            return [self.repainted(value) for value in part]
        return self._paint.get(part, part) if isinstance(part, str) else part

    def _resized(self, name: str, value: Any) -> Any:
        is_letters = name.lower().endswith("fontsize") and isinstance(value, (int, float))
        return value * self.letters if is_letters else value

    def readable(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a chart's data with lines that can be seen on this theme's card."""
        if self.properties["card"] == CARD or "colour" not in frame.columns:
            return frame  # as it was drawn
        paper = self.properties["card"]
        seen = {c: line_colour(c, paper) for c in frame["colour"].unique().to_list()}
        return frame.with_columns(pl.col("colour").replace_strict(seen, return_dtype=pl.String))


USUAL = Theme("light", "Light", _LIGHT)
DARK = Theme("dark", "Dark", _DARK)
WALL = Theme("wall", "Wall", _WALL, STYLE_SHEET.with_name("wall.css").read_text(), letters=1.5)
THEMES = {theme.name: theme for theme in (USUAL, DARK, WALL)}
