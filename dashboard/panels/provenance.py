"""How we know: source, offsets, ledger entry, as of, and the rule that made the number."""

from __future__ import annotations

from dashboard import words
from dashboard.panels.markup import Row, esc, nothing, page, table

_COUNTED = (
    "Papers counted: each accepted message of topic votes once, by Spark, tallied in a ledger "
    "whose entries name the offsets they hold."
)
_DECLARED = "Declared: the newest version of each seat's declaration; a tie is nobody's seat."
SEAT_RULE = (
    f"{_COUNTED} Once declared, votes and winner are the returning officer's; a count that differs "
    "makes the seat pending correction."
)
PARTY_RULE = (
    f"{_DECLARED} Leading: strictly first by papers counted, seat not declared. Share: votes ÷ "
    "valid votes of all parties, declared seats only. Net: seats gained less lost."
)
REGION_RULE = (
    f"{_DECLARED} Turnout: valid votes ÷ electorate of the declared seats; before, ballots issued "
    "÷ names on the register. Each ballot issued counts once, by station and issue number."
)


def of_seat(recorded: Row | None = None) -> str:
    """Return where a seat's numbers come from, to the offset."""
    if recorded is None:
        return page(nothing("No provenance recorded yet."))
    rows = _sources(recorded)
    if recorded["declaration_version"] is not None:
        rows.append((
            "Declaration", "declarations",
            f"offset {words.count(recorded['declaration_offset'])}, "
            f"version {recorded['declaration_version']}", "",
            esc(recorded["declaration_source"]),
        ))  # fmt: skip
    return _told(rows, SEAT_RULE)


def of_parties(recorded: Row | None = None) -> str:
    """Return where the scoreboard's numbers come from."""
    return _of_many(recorded, PARTY_RULE)


def of_regions(recorded: Row | None = None) -> str:
    """Return where the numbers of one region, or of all, come from."""
    return _of_many(recorded, REGION_RULE)


def _of_many(recorded: Row | None, rule: str) -> str:
    if recorded is None or not recorded["seats"]:
        return page(nothing("No provenance recorded yet."))
    rows = _sources(recorded)
    if recorded["seats_declared"]:
        seats = words.plural(recorded["seats_declared"], "seat")
        rows.append((
            "Declarations", "declarations",
            f"{seats}, the newest at offset {words.count(recorded['declaration_offset'])}", "",
            esc(recorded["declaration_source"]),
        ))  # fmt: skip
    return _told(rows, rule)


def _sources(recorded: Row) -> list[tuple[str, ...]]:
    """Return count and ballots issued: topic, offsets (partition:next), ledger entry, as of."""
    return [
        (
            name,
            topic,
            esc(recorded[f"{topic}_next_offsets"] or words.NOTHING),
            f"ledger entry {words.count(recorded[f'{ledger}_ledger_version'])}",
            words.clock_seconds(recorded[f"{ledger}_as_of"]),
        )
        for name, topic, ledger in (
            ("Papers counted", "votes", "counts"),
            ("Ballots issued", "ballots_issued", "issues"),
        )
    ]


def _told(rows: list[tuple[str, ...]], rule: str) -> str:
    headers = ("What", "Topic", "Read to (partition:offset)", "Ledger", "As of, or source")
    return page(
        f'<div data-panel="provenance">{table(headers, rows, right=(), wide=(3,))}'
        f'<p class="soft">{esc(rule)} <a href="method" target="_self">Method</a></p></div>'
    )
