"""What a chart is here, and how all of them look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt
import polars as pl

from dashboard import theme

QUALIFICATIONS = {
    "degree": "Degree",
    "a_level": "A level",
    "apprenticeship": "Apprenticeship",
    "gcse": "GCSE",
    "none": "None",
    "other": "Other",
    "-": "Not known",
}
SHOWN_PARTIES = 6


@dataclass(frozen=True)
class Drawing:
    """A chart without data, the data, the same as a table, and its point in one sentence."""

    chart: alt.TopLevelMixin
    frame: pl.DataFrame
    table: pl.DataFrame
    takeaway: str

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the specification, in the colours of the usual theme; its data comes beside it."""
        return dict(self.chart.to_dict())

    @cached_property
    def _frames(self) -> dict[str, pl.DataFrame]:
        return {}

    def on(self, look: theme.Theme) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Return data and specification in a theme's colours; the data are made once a theme."""
        if look.name not in self._frames:
            self._frames[look.name] = look.readable(self.frame)
        return self._frames[look.name], look.repainted(self.spec)


# Given a fixed name, the data of a drawn chart can be replaced without drawing it anew.
EMPTY = alt.NamedData(name="source")


def styled(chart: Any, height: int) -> alt.TopLevelMixin:
    """Give a chart the height, type and colours of the page."""
    look: alt.TopLevelMixin = (
        chart.properties(height=height, width="container")
        .configure(font=theme.FONT, background="transparent", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=theme.SOFT, titleColor=theme.SOFT, gridColor=theme.HAIR,
            domainColor=theme.LINE, tickColor=theme.LINE, labelFontSize=12,
            titleFontSize=12, titleFontWeight="normal",
        )
        .configure_legend(
            orient="top", labelColor=theme.INK, title=None, labelFontSize=12, symbolType="square"
        )
    )  # fmt: skip
    return look
