"""Building blocks of the markup: escaping, tags, tables, bars, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from dashboard.monograms import ink_on, safe_colour

Row = Mapping[str, Any]

SEAT_STATES: dict[str, tuple[str, str]] = {
    "embargoed": ("quiet", "Votes withheld"),
    "not_started": ("quiet", "Count not started"),
    "counting": ("provisional", "Counting"),
    "declared": ("declared", "Declared"),
    "pending_correction": ("pending", "Correction pending"),
    "corrected": ("corrected", "Corrected"),
}


def esc(text: object) -> str:
    """Escape text for content and attributes."""
    return escape("" if text is None else str(text), quote=True)


def page(*parts: str, kind: str = "") -> str:
    """Wrap parts so that the page's styles apply."""
    names = f"th {kind}".rstrip()
    return f'<div class="{names}">{"".join(parts)}</div>'


def card(title: str, body: str, *, note: str = "", extra: str = "") -> str:
    """Return a titled card; `note` says basis, n or status beside the title."""
    beside = f'<span class="soft">{esc(note)}</span>' if note else ""
    return (
        f'<section class="th-card {extra}"><h2 class="title">{esc(title)}{beside}</h2>{body}'
        "</section>"
    )


def caption(title: str, takeaway: str, note: str = "") -> str:
    """Return what stands above a drawing: its title with a note, and its point in a sentence."""
    beside = f' <span class="soft">{esc(note)}</span>' if note else ""
    return page(
        f'<p class="th-caption"><b>{esc(title)}</b>{beside}<br><small>{esc(takeaway)}</small></p>'
    )


def tag(kind: str, text: str) -> str:
    """Return a small label."""
    return f'<span class="th-tag {kind}">{esc(text)}</span>'


def seat_tag(status: str, *, version: int | None = None) -> str:
    """Return a seat's state: provisional, declared and corrected never look alike."""
    kind, text = SEAT_STATES.get(status, ("quiet", status))
    if status == "corrected" and version:
        text = f"Corrected (version {version})"
    return tag(kind, text)


def seat_link(constituency_id: str, name: str) -> str:
    """Return a link to a seat's page."""
    return f'<a href="seats?seat={quote(constituency_id)}" target="_self">{esc(name)}</a>'


def region_link(region_id: str, name: str) -> str:
    """Return a link to a region's page."""
    return f'<a href="regions?region={quote(region_id)}" target="_self">{esc(name)}</a>'


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Iterable[int],
    wide: Iterable[int] = (),
) -> str:
    """Return a table of cells that are markup already.

    Columns in `right` hold numbers; those in `wide` leave on narrow screens.
    """
    numeric, spare = set(right), set(wide)

    def cell(kind: str, i: int, text: str) -> str:
        names = " ".join(["r"] * (i in numeric) + ["wide"] * (i in spare))
        return f'<{kind} class="{names}">{text}</{kind}>' if names else f"<{kind}>{text}</{kind}>"

    head = "".join(cell("th", i, esc(h)) for i, h in enumerate(headers))
    body = "".join(
        "<tr>" + "".join(cell("td", i, text) for i, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    named = esc(f"Table: {', '.join(headers)}")  # a narrow screen scrolls it, by keys too
    return (
        f'<div class="th-scroll" tabindex="0" role="group" aria-label="{named}">'
        f"<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def party_cell(abbreviation: str, name: str | None, colour: str | None) -> str:
    """Return a swatch with the party's name: colour never stands alone."""
    return f"{swatch(colour)}<b>{esc(abbreviation)}</b> <span class=wide>{esc(name)}</span>"


def line_item(colour: str | None, said: str, beneath: str, tail: str, *, lead: str = "") -> str:
    """Return one line of a list: a stripe of colour, what is said, and a tail of markup."""
    first = f'<div class="time">{esc(lead)}</div>' if lead else ""
    return (
        f'<div class="th-item{"" if lead else " bare"}">{first}'
        f'<div class="stripe" style="background:{safe_colour(colour)}"></div>'
        f'<div><div class="say">{said}</div><div class="soft">{esc(beneath)}</div></div>'
        f'<div class="tail">{tail}</div></div>'
    )


def ranked_line(
    picture: str, name: str, beneath: str, number: str, share: str, tail: str = ""
) -> str:
    """Return one line of a ranking: a monogram, who and where, a number with its share."""
    return (
        f'<li class="th-rank">{picture}<div><b>{esc(name)}</b> {tail}'
        f'<div class="soft">{beneath}</div></div>'
        f'<div class="r"><b class="num">{esc(number)}</b><div class="soft num">{esc(share)}</div>'
        "</div></li>"
    )


def ranking(title: str, lines: Sequence[str], note: str) -> str:
    """Return a card with lines from first to last."""
    if not lines:
        return card(title, nothing("No seat declared yet."), note=note)
    return card(title, f'<ol class="th-ranking">{"".join(lines)}</ol>', note=note)


def swatch(colour: str | None) -> str:
    """Return a small square of a colour."""
    return f'<i class="th-swatch" style="background:{safe_colour(colour)}"></i>'


def bar_part(width: float, colour: str | None, *, label: str = "", leading: bool = False) -> str:
    """Return one part of a bar; `width` is a fraction; hatched where only leading."""
    fill = safe_colour(colour)
    kind = ' class="lead"' if leading else ""
    return (
        f'<i{kind} style="width:{100 * width:.3f}%;'
        f'background-color:{fill};color:{ink_on(fill)}">{esc(label)}</i>'
    )


def seats_legend(parties: Sequence[Row], shown: int, *, key: bool = False) -> str:
    """Name what a bar of seats holds by party; `key` explains its patterns."""
    named = [p for p in parties if p["seats_declared"] or p["seats_leading"]]
    items = "".join(
        f"<span>{swatch(p['party_colour'])}{esc(p['party_abbreviation'])} "
        f"<b>{p['seats_declared'] or 0}</b>{_leads(p)}</span>"
        for p in named[:shown]
    )
    if rest := named[shown:]:
        items += f"<span>{len(rest)} more</span>"
    if key and any(p["seats_leading"] for p in named):
        items += f"<span>{_HATCHED}<i>+n</i>: leading, provisional</span>"
    return f'<div class="th-legend">{items or "<span>No seat declared</span>"}</div>'


_HATCHED = '<i class="th-swatch lead"></i>'


def _leads(party: Row) -> str:
    return f" <i>+{party['seats_leading']}</i>" if party["seats_leading"] else ""


def bar(parts: Iterable[str], *, description: str, thin: bool = False) -> str:
    """Return a bar with its content in words for those who cannot see it."""
    kind = "th-bar thin" if thin else "th-bar"
    return f'<div class="{kind}" role="img" aria-label="{esc(description)}">{"".join(parts)}</div>'


def figure(value: str, label: str, note: str = "") -> str:
    """Return a big number with its name and its basis."""
    beneath = f'<div class="soft">{esc(note)}</div>' if note else ""
    return (
        f'<div class="th-card th-figure"><div class="label">{esc(label)}</div>'
        f'<div class="big num">{esc(value)}</div>{beneath}</div>'
    )


def figures(*items: str) -> str:
    """Return figures side by side."""
    return f'<div class="th-figures">{"".join(items)}</div>'


def nothing(text: str) -> str:
    """Return what stands where there are no numbers yet."""
    return f'<p class="soft">{esc(text)}</p>'
