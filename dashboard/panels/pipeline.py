"""The pipeline's health: the verdict, each hop, what was accounted for, what was found."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words
from dashboard.panels.markup import Row, card, esc, nothing, page, table, tag

VERDICTS = {
    "pass": ("th-ok", "PASS: the two counts agree"),
    "fail": ("th-not", "FAIL: the two counts or the accounts do not agree"),
    "error": ("th-not", "ERROR: the newest reconciliation did not finish"),
}
STATES = {"running": "good", "ready": "good", "done": "good", "failed": "bad", "stale": "bad"}


def verdict(night: Row) -> str:
    """Return the outcome of the newest reconciliation."""
    kind, text = VERDICTS.get(night["invariants_outcome"] or "", ("th-wait", "Not reconciled yet"))
    checked = night["invariants_checked_at"]
    note = (
        f"{words.plural(night['invariants_failures'] or 0, 'error')} · checked "
        f"{words.day_and_clock(checked)}"
        if checked
        else "the first run has not ended"
    )
    return page(
        f'<section class="th-card th-hero {kind}" data-panel="verdict">'
        f'<h1 data-fact="verdict">{esc(text)}</h1><p>{esc(note)}. Spark counts from the stream; '
        "dbt counts from raw; neither reads the other.</p></section>"
    )


def hops(rows: Sequence[Row]) -> str:
    """Return each stage with rate, lag, freshness and its newest error."""
    cells = [
        (
            f"<b>{esc(h['stage'])}</b>{_soft(h['detail'] or '')}"
            + ("" if not h["last_error"] else _soft(f"last error: {h['last_error']}")),
            tag(STATES.get(h["state"], "warn"), h["state"]),
            _decimal(h["messages_per_s"]),
            words.count(h["lag_messages"]),
            f"{_seconds(h['freshness_p50_s'])} / {_seconds(h['freshness_p95_s'])}",
            words.NOTHING
            if h["heartbeat_age_s"] is None
            else f"{words.duration(h['heartbeat_age_s'])} ago",
        )
        for h in rows
    ]
    headers = ("Stage", "State", "Events/s", "Lag", "Fresh p50 / p95", "Reported")
    body = (
        table(headers, cells, right=(2, 3, 4, 5), wide=(2, 5))
        if cells
        else nothing("No stage reported yet.")
    )
    return page(card("Each hop", body, note="freshness: from produced to visible"))


def _soft(text: str) -> str:
    return f'<div class="soft">{esc(text)}</div>'


def _decimal(value: float | None) -> str:
    return words.NOTHING if value is None else f"{value:,.0f}"


def _seconds(value: float | None) -> str:
    return words.NOTHING if value is None else f"{value:.1f} s"


def checks(rows: Sequence[Row]) -> str:
    """Return how often each check passed, failed or is pending."""
    kinds = {"pass": "good", "fail": "bad", "pending": "quiet"}
    cells = [
        (
            esc(c["check_name"].replace("_", " ")),
            tag("quiet", c["severity"]),
            tag(kinds.get(c["status"], "quiet"), c["status"]),
            words.count(c["areas"]),
        )
        for c in rows
    ]
    headers = ("Check", "Severity", "Outcome", "Areas")
    body = table(headers, cells, right=(3,)) if cells else nothing("Not reconciled yet.")
    return page(card("Checks", body))


def findings(rows: Sequence[Row]) -> str:
    """Return what does not agree, with the area, both numbers and a sentence."""
    cells = [
        (
            tag("bad" if f["severity"] == "error" else "warn", f["severity"]),
            f"<b>{esc(f['area'])}</b>" + _soft(f"{f['check_name']} {f['key']}"),
            words.count(f["expected"]),
            words.count(f["actual"]),
            esc(f["detail"]),
        )
        for f in rows
    ]
    headers = ("Severity", "Where", "Expected", "Actual", "What")
    body = table(headers, cells, right=(2, 3)) if cells else nothing("Nothing found.")
    return page(card("Findings", body, note="only errors make FAIL; at most 50 shown"))


def conservation(rows: Sequence[Row]) -> str:
    """Return every topic's messages at every stage: nothing vanishes."""
    cells = [
        (
            esc(c["topic"]),
            esc(c["stage"]),
            words.count(c["messages"]),
            words.count(c["accepted"]),
            words.count(c["late"]),
            words.count(c["duplicate"]),
            words.count(c["rejected"]),
            tag("good", "0") if not c["unaccounted"] else tag("bad", words.count(c["unaccounted"])),
        )
        for c in rows
    ]
    headers = (
        "Topic", "Stage", "Messages", "Accepted", "Late", "Duplicate", "Rejected", "Unaccounted",
    )  # fmt: skip
    body = (
        table(headers, cells, right=range(2, 8), wide=(3, 4, 5, 6))
        if cells
        else nothing("Not reconciled yet.")
    )
    note = "produced = accepted + late + duplicate + rejected"
    return page(card("Nothing vanishes", body, note=note))
