"""A chart's data as a table: for keys, screen readers and whoever wants the number."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboard import words
from dashboard.panels.markup import esc, page, table


def twin(data: pl.DataFrame, title: str) -> str:
    """Return the table that stands under a chart; fractions are shown as percentages."""
    numeric = [i for i, kind in enumerate(data.dtypes) if kind.is_numeric()]
    rows = [[_cell(value) for value in row] for row in data.iter_rows()]
    body = table([name.replace("_", " ") for name in data.columns], rows, right=numeric)
    return page(f'<div role="region" aria-label="{esc(title)}, as a table">{body}</div>')


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return words.percent(value)
    return words.count(value) if isinstance(value, int) else esc(value)
