"""Which tables there are, how full and how old they are, and what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from dashboard import words
from dashboard.dictionary import Mart
from dashboard.panels.markup import Row, card, esc, page, table, tag
from election import labels

KINDS = {
    "live": "fresh at every look",
    "snapshots": "every 15 minutes of the election's clock; small groups withheld",
    "checks": "written by every reconciliation",
    "published": "swapped in only when every check passes",
}


def about(night: Row) -> str:
    """Return what all of the data are, under which licence, and how to take them along."""
    synthetic = night["is_synthetic"]
    what = (
        f"<b>{esc(night['title'])}</b>, 1:{night['scale']:,} "
        f"({esc(labels.label(is_synthetic=synthetic))}). "
        f"Licence: {esc(labels.licence(is_synthetic=synthetic))}."
    )
    how = (
        "Every file says the same of itself, with status and as-of time. A file from this page "
        "holds the live numbers: while the checks fail, its status is <code>unconfirmed</code>. "
        "Of editions that passed every check, on the machine: "
        "<code>make export MART=party_results FORMAT=csv</code> (or <code>parquet</code>, "
        "<code>json</code>), <code>make export FORMAT=nist</code>, "
        "<code>make export FORMAT=openelections</code>."
    )
    return page(card("Take the data along", f"<p>{what}</p><p class=soft>{how}</p>"))


def listing(marts: Mapping[str, Mart], sizes: Mapping[str, Row | None]) -> str:
    """Return the marts of each kind with rows and age; `sizes` has None where none is built."""
    kinds = [(kind, [m for m in marts.values() if m.kind == kind]) for kind in KINDS]
    cards = "".join(_of_a_kind(kind, held, sizes) for kind, held in kinds if held)
    return page(cards, kind="th-stack")


def _of_a_kind(kind: str, marts: Sequence[Mart], sizes: Mapping[str, Row | None]) -> str:
    rows = [_line(mart, sizes.get(mart.name)) for mart in marts]
    body = table(("Table", "Rows", "As of"), rows, right=(1, 2), wide=(2,))
    return card(kind.capitalize(), body, note=KINDS[kind])


def _line(mart: Mart, size: Row | None) -> tuple[str, ...]:
    name = f'<a href="data?mart={quote(mart.name)}" target="_self"><b>{esc(mart.name)}</b></a>'
    about = f'{name}<div class="soft">{esc(mart.description)} {esc(mart.grain)}</div>'
    if size is None:
        return about, tag("quiet", "Not built yet"), words.NOTHING
    return about, words.count(size["row_count"]), words.clock_seconds(size["as_of"])


def columns(mart: Mart) -> str:
    """Return a mart's columns: name, type, unit and meaning."""
    rows = [
        (f"<code>{esc(c.name)}</code>", esc(c.type), esc(c.unit), esc(c.description))
        for c in mart.columns
    ]
    body = (
        f'<p class="soft">{esc(mart.description)} {esc(mart.grain)} '
        f"From topics: {esc(', '.join(mart.topics) or 'none')}.</p>"
        + table(("Column", "Type", "Unit", "Meaning"), rows, right=(), wide=(1, 2))
    )
    return page(card(f"marts.{mart.name}", body, note=f"{mart.kind}: {KINDS[mart.kind]}"))
