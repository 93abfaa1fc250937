"""Declarations as they were made; a correction never looks like a first declaration."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dashboard import words
from dashboard.monograms import safe_colour
from dashboard.news import Key, key_of
from dashboard.panels.markup import Row, card, esc, nothing, page, seat_link, tag


def _elected(d: Row) -> str:
    """Return the result where the returning officer's statement has no summary of it."""
    return f"{d['winner_party']} elected" if d["winner_party"] else "declared"


def _item(d: Row, *, is_new: bool) -> str:
    corrected = d["status"] == "corrected"
    state = tag("corrected", f"Corrected (version {d['declaration_version']})") if corrected else ""
    if not d["is_latest"]:
        state += " " + tag("quiet", "Superseded")
    if is_new:
        state += " " + tag("lead", "New")
    result = "Tie: lots to be drawn" if d["is_tie"] else d["result_summary"] or _elected(d)
    detail = (
        "first place shared"
        if d["is_tie"]
        else f"{d['winner_name'] or '–'} ({d['winner_party'] or '–'}), "
        f"majority {words.count(d['majority'])}"
    )
    reason = f'<div class="soft">Reason: {esc(d["reason"])}</div>' if d["reason"] else ""
    return (
        f'<div class="th-item{" fixed" if corrected else ""}">'
        f'<div class="time">{esc(words.clock(d["declared_at"]))}</div>'
        f'<div class="stripe" style="background:{safe_colour(d["winner_colour"])}"></div>'
        f'<div><div class="say">{seat_link(d["constituency_id"], d["constituency_name"])}: '
        f'{esc(result)}</div><div class="soft">{esc(detail)} · turnout '
        f"{words.percent(d['turnout'])} of electorate</div>{reason}</div>"
        f'<div class="tail">{state}</div></div>'
    )


def feed(
    declarations: Sequence[Row],
    *,
    title: str = "Latest declarations",
    note: str = "",
    columns: str = "",
    new: Collection[Key] = (),
) -> str:
    """Return declarations, newest first; `columns` is "two" where the page has the width.

    Those whose keys are in `new` say that they came since the reader last looked.
    """
    items = "".join(_item(d, is_new=key_of(d) in new) for d in declarations)
    body = (
        f'<div class="th-feed {columns}">{items}</div>' if items else nothing("No declaration yet.")
    )
    return page(card(title, body, note=note))
