"""The strip and the banners on top of every page."""

from __future__ import annotations

from datetime import datetime

from dashboard import words
from dashboard.freshness import Freshness
from dashboard.panels.markup import Row, esc, page, tag

PHASES = {
    "before_poll": ("still", "Before the poll"),
    "polls_open": ("live", "Polls open"),
    "counting": ("live", "Counting"),
    "complete": ("still", "All declared"),
}


PAGES = (
    ("./", "Tonight"), ("map", "Map"), ("race", "Race"), ("seats", "Seats"),
    ("regions", "Regions"), ("compare", "Compare"), ("turnout", "Turnout"),
    ("electorate", "Electorate"), ("declarations", "Declarations"), ("pipeline", "Pipeline"),
)  # fmt: skip
_CURRENT = ' aria-current="page"'


def _fact(label: str, value: str, mark: str = "") -> str:
    said = f'{mark}<b class="num">{esc(value)}</b>'
    return f'<div class="fact"><span>{esc(label)}</span><div>{said}</div></div>'


def strip(night: Row, fresh: Freshness, *, drawn_at: datetime, here: str) -> str:
    """Return the status strip: which election, its clock, declared n of 650, embargo, as of.

    `drawn_at` marks the refresh that drew it; `here` is the address of the page it is on.
    """
    kind = f"{'Synthetic data' if night['is_synthetic'] else 'Replay'} 1:{night['scale']:,}"
    live, phase = PHASES.get(night["phase"], ("still", str(night["phase"])))
    if night["night_status"] in ("interrupted", "failed"):
        live, phase = "still", f"Night {night['night_status']}"
    closing = words.clock(night["closes_at"])
    embargo = f"withheld until {closing}" if night["is_embargoed"] else f"public since {closing}"
    declared = f"{night['seats_declared'] or 0} of {night['seats_total'] or 0}"
    if pending := night["seats_pending_correction"]:
        declared += f", {pending} to be corrected"
    as_of = f"{words.clock_seconds(night['as_of'])}, {fresh.text}" if night["as_of"] else fresh.text
    return page(
        f'<div class="th-strip" data-panel="strip" data-drawn-at="{drawn_at.isoformat()}" '
        f'data-as-of="{night["as_of"].isoformat() if night["as_of"] else ""}">',
        f'<div class="name">{esc(night["title"])} {tag("kind", kind)} {tag(live, phase)}</div>',
        '<div class="facts">',
        _fact("Election time", words.day_and_clock(night["election_at"])),
        _fact("Declared", declared),
        _fact("Votes", embargo),
        _fact("Numbers as of", as_of, f'<i class="th-dot {fresh.level}"></i>'),
        "</div></div>",
        _menu(here),
    )


def _menu(here: str) -> str:
    """Return the pages as links, for narrow screens, where the top menu folds away."""
    links = "".join(
        f'<a href="{path}" target="_self"{_CURRENT if path.strip("./") == here else ""}>{name}</a>'
        for path, name in PAGES
    )
    return f'<nav class="th-menu" aria-label="Pages">{links}</nav>'


def banners(
    night: Row | None,
    fresh: Freshness | None,
    read_at: datetime | None,
    *,
    is_current: bool,
    now: datetime,
) -> list[tuple[str, str]]:
    """Return what must be said first, as (level, sentence)."""
    found = []
    if not is_current:
        if read_at is None:
            return [("red", "The warehouse cannot be read. Trying again by itself.")]
        age = words.duration((now - read_at).total_seconds())
        found.append(
            (
                "red",
                f"The warehouse cannot be read. These are the last good numbers, read {age} ago"
                f" at {words.clock_seconds(read_at)}.",
            )
        )
    if night is None or fresh is None:
        return found
    if night["invariants_outcome"] in ("fail", "error"):
        checked = words.clock_seconds(night["invariants_checked_at"])
        what = (
            f"found {words.plural(night['invariants_failures'] or 0, 'error')}"
            if night["invariants_outcome"] == "fail"
            else "did not finish"
        )
        found.append(
            (
                "red",
                f"The newest reconciliation of the two counts ({checked}) {what}. "
                "Treat every number as unconfirmed; see Pipeline.",
            )
        )
    if fresh.age_s is None:
        found.append(("info", "No number has arrived yet: the first come with the register."))
    elif fresh.level != "fresh":
        found.append((fresh.level, f"The numbers are {fresh.text}; the last good ones are shown."))
    if night["night_status"] in ("interrupted", "failed"):
        found.append(
            (
                "amber",
                f"This night was {night['night_status']} before its end."
                if night["night_status"] == "interrupted"
                else "This night failed before its end.",
            )
        )
    return found


def banner_markup(found: list[tuple[str, str]]) -> str:
    """Return banners as markup; an empty frame keeps its place on the page."""
    said = "".join(
        f'<div class="th-banner {level}" role="status">{esc(text)}</div>' for level, text in found
    )
    return page(f'<div class="th-banners" data-panel="banners">{said}</div>')


def no_night() -> str:
    """Return the page before the first night."""
    return page(
        '<section class="th-card th-hero" data-panel="headline"><h1>No election night yet</h1>'
        "<p>Start one with <b>make demo</b>; this page fills by itself.</p></section>"
    )
