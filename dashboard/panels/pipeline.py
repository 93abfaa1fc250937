"""The pipeline's health: the verdict, each hop, what was accounted for, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import words
from dashboard.panels.markup import Row, card, esc, nothing, page, table, tag

VERDICTS = {
    "pass": ("th-ok", "PASS: the two counts agree"),
    "fail": ("th-not", "FAIL: the two counts or the accounts do not agree"),
    "error": ("th-not", "ERROR: the newest reconciliation did not finish"),
}
WORK = {
    "generator": "sends the night to the broker",
    "ingestion": "dlt: lands every message in raw",
    "spark": "counts live: the lake and the live tables",
    "dbt": "counts raw again and reconciles",
}
HOPS = {
    "generator": "Sent", "broker": "Broker", "raw": "Raw", "bronze": "Bronze", "spark": "Spark",
    "dbt": "dbt",
}  # fmt: skip
CLASSES = ("accepted", "late", "duplicate", "rejected")
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


def edition(publication: Row | None) -> str:
    """Return which edition exports and result files hold, and whether it is the newest."""
    if publication is None or publication["edition"] is None:
        body = nothing("Nothing has been published yet: exports and result files are empty.")
        return page(card("Published edition", body))
    standing = (
        tag("warn", "last good: a later check failed")
        if publication["is_last_good"]
        else tag("good", "newest")
    )
    body = (
        f'<p data-fact="edition"><b class="num">{words.count(publication["edition"])}</b>'
        f" {standing}"
        f" published {esc(words.clock_seconds(publication['published_at']))}, with numbers as of"
        f" {esc(words.clock_seconds(publication['numbers_as_of']))}</p>"
    )
    return page(card("Published edition", body, note="what exports and result files hold"))


def hops(rows: Sequence[Row]) -> str:
    """Return each stage with rate, lag, freshness and its newest error."""
    cells = [
        (
            f"<b>{esc(h['stage'])}</b> <span class=soft>{esc(WORK.get(h['stage'], ''))}</span>"
            + _soft(h["detail"] or "")
            + ("" if not h["last_error"] else _soft(f"last error: {h['last_error']}")),
            tag(STATES.get(h["state"], "warn"), h["state"]),
            _decimal(h["messages_per_s"]),
            words.count(h["lag_messages"]),
            f"{_seconds(h['freshness_p50_s'])} / {_seconds(h['freshness_p95_s'])}",
            words.clock_seconds(h["heartbeat_at"]),
        )
        for h in sorted(rows, key=_along_the_way)
    ]
    headers = ("Stage", "State", "Events/s", "Lag", "Fresh p50 / p95", "Reported")
    body = (
        table(headers, cells, right=(2, 3, 4, 5), wide=(2, 5))
        if cells
        else nothing("No stage reported yet.")
    )
    return page(card("Each hop", body, note="freshness: from produced to visible"))


def _along_the_way(hop: Row) -> tuple[int, str]:
    order = list(WORK)
    stage = str(hop["stage"])
    return (order.index(stage) if stage in order else len(order), stage)


def _soft(text: str) -> str:
    return f'<div class="soft">{esc(text)}</div>'


def _decimal(value: float | None) -> str:
    return words.NOTHING if value is None else f"{value:,.0f}"


def _seconds(value: float | None) -> str:
    return words.NOTHING if value is None else f"{value:.1f} s"


def checks(rows: Sequence[Row]) -> str:
    """Return in how many areas each check passed, is pending or failed."""
    areas: dict[tuple[str, str], dict[str, int]] = {}
    for c in rows:
        areas.setdefault((c["check_name"], c["severity"]), {})[c["status"]] = c["areas"]
    cells = [
        (
            esc(name.replace("_", " "))
            + ("" if severity == "error" else f" {tag('warn', severity)}"),
            _outcome(found.get("pass", 0), "good"),
            _outcome(found.get("pending", 0), "quiet"),
            _outcome(found.get("fail", 0), "bad" if severity == "error" else "warn"),
        )
        for (name, severity), found in areas.items()
    ]
    headers = ("Check", "Pass", "Pending", "Fail")
    body = table(headers, cells, right=(1, 2, 3)) if cells else nothing("Not reconciled yet.")
    return page(card("Checks", body, note="number of areas: seats, stations, topics, partitions"))


def _outcome(areas: int, kind: str) -> str:
    return tag(kind, words.count(areas)) if areas else f'<span class="soft">{words.NOTHING}</span>'


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
    """Return every topic's messages, from the broker through both counts: nothing vanishes."""
    topics: dict[str, dict[str, Row]] = {}
    for c in rows:
        topics.setdefault(c["topic"], {})[c["stage"]] = c
    cells = [_conserved(topic, stages) for topic, stages in topics.items()]
    headers = (
        "Topic", "Produced", "Landed", "Accepted", "Late", "Duplicate", "Rejected", "Still to read",
        "Unaccounted",
    )  # fmt: skip
    body = (
        table(headers, cells, right=range(1, 9), wide=(2, 4, 5, 6))
        if cells
        else nothing("Not reconciled yet.")
    )
    note = "produced = accepted + late + duplicate + rejected + still to read; classes as Spark's"
    return page(card("Nothing vanishes", body, note=note))


def _conserved(topic: str, stages: Mapping[str, Row]) -> tuple[str, ...]:
    spark, produced = stages.get("spark"), stages.get("broker")
    classes = [spark[name] if spark else None for name in CLASSES]
    known = [n for n in classes if n is not None]
    left = (produced["messages"] if produced else 0) - sum(known)
    lost = sum(abs(stage["unaccounted"] or 0) for stage in stages.values())
    return (
        esc(topic),
        words.count(produced["messages"] if produced else None),
        words.count(stages["raw"]["messages"] if "raw" in stages else None),
        *(words.count(n) for n in classes),
        words.count(left),
        tag("good", "0") if not lost else tag("bad", words.count(lost)),
    )


def held_by_stage(rows: Sequence[Row]) -> str:
    """Return how many messages each hop has of each partition, with what it is behind the log."""
    partitions: dict[tuple[str, int], dict[str, Row]] = {}
    for c in rows:
        partitions.setdefault((c["topic"], c["kafka_partition"]), {})[c["stage"]] = c
    cells = [
        (
            f"{esc(topic)} <span class=soft>{number}</span>",
            *(_held(stages.get(stage), stages.get("broker")) for stage in HOPS),
        )
        for (topic, number), stages in partitions.items()
    ]
    body = (
        table(("Partition", *HOPS.values()), cells, right=range(1, 7), wide=(1, 4))
        if cells
        else nothing("Not reconciled yet.")
    )
    note = "offsets first-next of each hop, its batches, and what it is behind the broker's log"
    return page(card("Every partition at every hop", body, note=note))


def _held(stage: Row | None, broker: Row | None) -> str:
    if stage is None:
        return words.NOTHING
    first = words.count(stage["first_offset"])
    said = f"{first}-{words.count(stage['next_offset'])}"
    behind = (broker["next_offset"] if broker else 0) - stage["next_offset"]
    more = [f"{words.count(stage['batches'])} batches"]
    if behind > 0:
        more.append(f"{words.count(behind)} behind")
    if stage["unaccounted"]:
        return said + tag("bad", f"{words.count(stage['unaccounted'])} unaccounted")
    return said + _soft(", ".join(more))
