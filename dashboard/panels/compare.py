"""Two places side by side as markup: figures, and shares on both sides of the parties' names."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dashboard import words
from dashboard.comparison import Pair, Share, Side
from dashboard.panels.markup import bar, bar_part, card, esc, nothing, page, swatch, tag

SHOWN = 8
FACTS = ("Seats", "Turnout", "Majority", "Swing", "Electorate")
EXAMPLES = (
    ("London and Scotland", "a=E12000007&b=S92000003"),
    ("North East and South East", "a=E12000001&b=E12000008"),
    ("Wales and the United Kingdom", "a=W92000004&b=uk"),
)


def choose_two() -> str:
    """Return what stands here until a place is chosen."""
    links = " · ".join(
        f'<a href="compare?{address}" target="_self">{esc(name)}</a>' for name, address in EXAMPLES
    )
    body = nothing("Choose a seat, a region or a nation, and another to hold it against.")
    return page(card("Nothing to compare yet", f'{body}<p class="soft">{links}</p>'))


def heads(one: Side, other: Side) -> str:
    """Return both places with how they stand and their figures, line by line."""
    names = [name for name in FACTS if _is_known(one, other, name)]
    lines = "".join(
        f'<div class="l">{_fact(one, name)}</div><div class="m">{esc(name)}</div>'
        f'<div>{_fact(other, name)}</div>'
        for name in names
    )  # fmt: skip
    return page(
        '<section class="th-card" data-panel="compare"><div class="th-pair">'
        f'<div class="l">{_head(one)}</div><div class="m">and</div><div>{_head(other)}</div>'
        f"{lines}</div></section>"
    )


def _head(side: Side) -> str:
    mark = f" {tag('provisional', 'Provisional')}" if side.is_provisional and side.shares else ""
    return f"<h2>{esc(side.name)}</h2><p>{esc(side.standing)}{mark}</p>"


def _is_known(one: Side, other: Side, name: str) -> bool:
    """Return whether both places have a figure of this name, and one of them knows it."""
    both = [side.facts[name] for side in (one, other) if name in side.facts]
    return len(both) == 2 and any(fact.value != words.NOTHING for fact in both)


def _fact(side: Side, name: str) -> str:
    fact = side.facts[name]
    return f'<b class="num">{esc(fact.value)}</b><span class="soft">{esc(fact.note)}</span>'


def shares(one: Side, other: Side, paired: Sequence[Pair]) -> str:
    """Return the parties' shares, one place to the left of their names, the other to the right."""
    most = max((s.share for p in paired for s in (p.one, p.other) if s), default=1.0)
    lines = "".join(
        _lane(pair.one, one, most, "left")
        + f'<div class="m">{swatch(pair.colour)}<b>{esc(pair.party)}</b></div>'
        + _lane(pair.other, other, most, "right")
        for pair in paired[:SHOWN]
    )
    rest = len(paired) - SHOWN
    more = (
        nothing(f"{words.plural(rest, 'party', 'parties')} more in the table.") if rest > 0 else ""
    )
    above = (
        f'<div class="soft l">{esc(one.name)}</div><i></i><div class="soft">{esc(other.name)}</div>'
    )
    body = (
        f'<div class="th-wings">{above}{lines}</div>{more}' if paired else nothing("No vote yet.")
    )
    return page(f'<div data-panel="shares">{body}</div>')


def _lane(share: Share | None, side: Side, most: float, way: str) -> str:
    if share is None:
        return f'<div class="{way}"><span class="n soft">{words.NOTHING}</span></div>'
    part = bar_part(share.share / most, share.colour, leading=side.is_provisional)
    described = f"{share.party} in {side.name}: {words.percent(share.share)}"
    moved = f"{words.points(share.change)} pts" if share.change is not None else "&nbsp;"
    return (
        f'<div class="{way}">{bar([part], description=described, thin=True)}'
        f'<span class="n"><b class="num">{words.percent(share.share)}</b> '
        f'<span class="soft num">{moved}</span></span></div>'
    )


def pairs_table(one: Side, other: Side, paired: Sequence[Pair]) -> pl.DataFrame:
    """Return shares, changes and differences as a table; shares are 0-1."""

    def column(name: str, values: Sequence[float | None]) -> dict[str, pl.Series]:
        return {name: pl.Series(values, dtype=pl.Float64)}

    first, second = f"{one.name} (first)", f"{other.name} (second)"
    return pl.DataFrame(
        {"party": [pair.party for pair in paired]}
        | column(first, [p.one.share if p.one else None for p in paired])
        | column(f"{first}, change", [p.one.change if p.one else None for p in paired])
        | column(second, [p.other.share if p.other else None for p in paired])
        | column(f"{second}, change", [p.other.change if p.other else None for p in paired])
        | column("difference", [p.apart for p in paired])
    )
