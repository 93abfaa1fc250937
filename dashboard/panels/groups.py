"""The two-way tables of turnout as they are published: each cell with its n, or withheld."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dashboard import words
from dashboard.charts.drawing import QUALIFICATIONS
from dashboard.groups import Group, two_way
from dashboard.panels.markup import card, esc, page, table, tag


def two_way_table(
    cells: pl.DataFrame,
    characteristic: str,
    title: str,
    order: Sequence[str],
    sexes: Sequence[str],
) -> str:
    """Return a table with a row a group and a column a sex."""
    rows = [
        (f"<b>{esc(QUALIFICATIONS.get(name, name))}</b>", *(_cell(name, group) for group in found))
        for name, found in two_way(cells, characteristic, order, sexes).items()
    ]
    headers = ("Group", *(sex.capitalize() for sex in sexes))
    body = table(headers, rows, right=range(1, len(headers)))
    return page(card(title, body, note="ballots issued ÷ register; n = names on the register"))


def _cell(name: str, group: Group) -> str:
    if group.turnout is None:
        return f'<span data-cell="{esc(name)} {esc(group.name)}">{tag("quiet", "withheld")}</span>'
    gap = f"; {words.plural(group.withheld, 'region')} withheld" if group.withheld else ""
    return (
        f'<span data-cell="{esc(name)} {esc(group.name)}"><b class="num">'
        f"{words.percent(group.turnout)}</b> "
        f'<span class="soft">n = {words.count(group.registered)}{gap}</span></span>'
    )
