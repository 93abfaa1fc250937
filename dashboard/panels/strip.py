"""The strip and the banners on top of every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from dashboard import words
from dashboard.freshness import Freshness
from dashboard.panels.markup import Row, esc, page, tag
from dashboard.reading import Reading
from dashboard.theme import THEMES

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
    ("data", "Data"), ("method", "Method"),
)  # fmt: skip
CADENCES_MISSED = 6  # by then the comparison hangs, or its stage is gone
LATE_AFTER_S = 180  # on a busy machine one comparison takes longer than its cadence
NAMED_CHECKS, NAMED_AREAS = 2, 2  # a banner is read at a glance; Pipeline lists all
_CURRENT = ' aria-current="true"'


def _fact(label: str, value: str, mark: str = "") -> str:
    said = f'{mark}<b class="num">{esc(value)}</b>'
    return f'<div class="fact"><span>{esc(label)}</span><div>{said}</div></div>'


def strip(night: Row, fresh: Freshness, *, drawn_at: datetime) -> str:
    """Return the status strip: which election, its clock, declared n of 650, embargo, as of.

    `drawn_at` marks the refresh that drew it.
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
    )


def menu(here: str) -> str:
    """Return the pages as links, for narrow screens, where the top menu folds away.

    `here` is the address of the page it is on. It stands apart from what is refreshed, so that
    a link keeps the focus.
    """
    links = "".join(
        f'<a href="{path}" target="_self"{_CURRENT if path.strip("./") == here else ""}>{name}</a>'
        for path, name in PAGES
    )
    return page(f'<nav class="th-menu" aria-label="Pages">{links}</nav>')


def themes(chosen: str, choices: Mapping[str, str]) -> str:
    """Return the themes as links that keep the address's other choices."""
    links = "".join(
        f'<a href="?{esc(urlencode({**choices, "theme": name}))}" target="_self"'
        f"{_CURRENT if name == chosen else ''}>{esc(look.label)}</a>"
        for name, look in THEMES.items()
    )
    return page(f'<nav class="th-themes" aria-label="Theme">{links}</nav>')


def banners(
    night: Row | None,
    fresh: Freshness | None,
    reading: Reading,
    *,
    now: datetime,
    findings: Sequence[Row] = (),
    publication: Row | None = None,
    checks_every_s: float,
) -> list[tuple[str, str]]:
    """Return what must be said first, as (level, sentence).

    `findings` are rows of `reconciliation` that failed, worst first; `publication` is the row of
    that mart. A sentence stays the same from refresh to refresh, its ages but for the minute: it is
    read aloud when it changes.
    """
    found = []
    if not reading.is_current:
        found.append(("red", _not_read(reading, now)))
    if night is None or fresh is None:
        return found
    if failed := _failed_reconciliation(night, findings):
        found.append(("red", f"{failed}{_last_good(publication)}"))
    if late := _late_checks(night, now, checks_every_s):
        found.append(("amber", late))
    if fresh.age_s is None:
        found.append(("info", "No number has arrived yet: the first come with the register."))
    elif fresh.level != "fresh":
        age = words.whole_minutes(fresh.age_s)
        found.append((fresh.level, f"The numbers are {age} old; the last good ones are shown."))
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


def _not_read(reading: Reading, now: datetime) -> str:
    which = "A part of this page" if reading.is_part else "The warehouse"
    if reading.read_at is None:
        return f"{which} cannot be read. Trying again by itself."
    age = words.whole_minutes((now - reading.read_at).total_seconds())
    return (
        f"{which} cannot be read. These are the last good numbers, read {age} ago"
        f" at {words.clock_seconds(reading.read_at)}."
    )


def _last_good(publication: Row | None) -> str:
    """Return what exports and result files hold meanwhile."""
    if publication is None:
        return ""
    if publication["edition"] is None:
        return " Nothing has been published yet."
    if not publication["is_last_good"]:
        return ""
    return (
        f" Exports and result files stay at the last good edition, {publication['edition']},"
        f" with numbers as of {words.clock_seconds(publication['numbers_as_of'])}."
    )


def _late_checks(night: Row, now: datetime, every_s: float) -> str | None:
    """Return that the counts have not been compared for many times as long as they should be."""
    checked = night["invariants_checked_at"]
    if checked is None or night["night_status"] != "running":
        return None
    age_s = (now - checked).total_seconds()
    if age_s <= max(CADENCES_MISSED * every_s, LATE_AFTER_S):
        return None
    return (
        f"The two counts were last compared {words.whole_minutes(age_s)} ago, at "
        f"{words.clock_seconds(checked)}: newer numbers are unconfirmed; see Pipeline."
    )


def _failed_reconciliation(night: Row, findings: Sequence[Row]) -> str | None:
    if night["invariants_outcome"] not in ("fail", "error"):
        return None
    checked = words.clock_seconds(night["invariants_checked_at"])
    what = (
        f"found {words.plural(night['invariants_failures'] or 0, 'error')}"
        if night["invariants_outcome"] == "fail"
        else "did not finish"
    )
    return (
        f"The newest reconciliation of the two counts ({checked}) {what}{_named(findings)}. "
        "Treat every number as unconfirmed; see Pipeline."
    )


def _named(findings: Sequence[Row]) -> str:
    """Name the checks that failed, each with the first areas where it did."""
    areas: dict[str, list[str]] = {}
    for finding in findings:
        if finding["severity"] == "error":
            areas.setdefault(finding["check_name"], []).append(finding["area"])
    named = [
        f"{check.replace('_', ' ')} in {', '.join(where[:NAMED_AREAS])}"
        + (f" and {len(where) - NAMED_AREAS} more" if len(where) > NAMED_AREAS else "")
        for check, where in areas.items()
    ]
    if more := len(named) - NAMED_CHECKS:
        named[NAMED_CHECKS:] = [words.plural(more, "other check")] if more > 0 else []
    return f": {'; '.join(named)}" if named else ""


def banner_markup(found: list[tuple[str, str]]) -> str:
    """Return banners as markup; an empty frame keeps its place on the page."""
    said = "".join(
        f'<div class="th-banner {level}" role="status">{esc(text)}</div>' for level, text in found
    )
    return page(f'<div class="th-banners" data-panel="banners">{said}</div>')


def no_night() -> str:
    """Return the page before the first night."""
    return _alone(
        "No election night yet", "Start one with <b>make demo</b>; this page fills by itself."
    )


def no_warehouse() -> str:
    """Return the page of a dashboard that has never reached its warehouse."""
    return _alone(
        "The numbers cannot be reached",
        "No number has been read yet. <b>make status</b> says which part is down; "
        "this page fills by itself once the warehouse answers.",
    )


def _alone(headline: str, what_to_do: str) -> str:
    """Return a page that has nothing else to show; `what_to_do` is markup."""
    return page(
        f'<section class="th-card th-hero" data-panel="headline"><h1>{esc(headline)}</h1>'
        f"<p>{what_to_do}</p></section>"
    )
