"""How we know: source, offsets, ledger entry, as of, and the rule that made the number."""

from __future__ import annotations

from datetime import datetime

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


HEADLINE_RULE = (
    f"{_DECLARED} Ahead: the party with most declared seats, then most votes; a majority is more "
    "than half of all seats. Before close of poll: ballots issued ÷ names on the register."
)
ISSUED_RULE = (
    "Turnout so far: ballots issued ÷ names on the register. Each ballot issued counts once, by "
    "station and issue number; tendered ballots are set aside. Names come from topic voters, read "
    "before the poll. Once declared: valid votes ÷ electorate."
)
STATION_RULE = (
    "Each ballot issued counts once, by station and issue number; complete once polls have closed "
    "and no issue number is missing. Nothing about choices is counted by station."
)
GROUP_RULE = (
    "Age, sex and qualification come from the simulated register; who was given a ballot from "
    "topic ballots_issued. Groups are counted again from raw at each snapshot, every fifteen "
    "minutes of the election's clock, and say nothing until ten more people have come: no "
    "offset is recorded for a group. Estimates come from topic exit_poll alone."
)
FEED_RULE = (
    "Each message of topic declarations is one statement of a returning officer; a later version "
    "corrects an earlier one, which stays listed as superseded."
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


def of_headline(recorded: Row | None = None) -> str:
    """Return where the headline's numbers come from."""
    return _of_many(recorded, HEADLINE_RULE)


def of_turnout(recorded: Row | None = None) -> str:
    """Return where turnout of one region, or of all, comes from."""
    return _of_many(recorded, ISSUED_RULE)


def of_stations(recorded: Row | None = None) -> str:
    """Return where the numbers of polling stations come from."""
    if recorded is None or not recorded["seats"]:
        return page(nothing("No provenance recorded yet."))
    return _told(_sources(recorded)[1:], STATION_RULE)


def of_groups(
    recorded: Row | None, turnout_at: datetime | None, estimates_at: datetime | None
) -> str:
    """Return where turnout by group and the exit poll's estimates come from, with their times."""
    if recorded is None or not recorded["seats"]:
        return page(nothing("No provenance recorded yet."))
    snapshots = [
        ("Turnout by group", "ballots_issued", "counted from raw", "newest snapshot",
         words.day_and_clock(turnout_at)),
        ("Estimates", "exit_poll", "counted from raw", "newest snapshot",
         words.day_and_clock(estimates_at)),
    ]  # fmt: skip
    return _told([*_sources(recorded)[1:], *snapshots], GROUP_RULE)


def of_feed(recorded: Row | None = None) -> str:
    """Return where declarations come from."""
    if recorded is None or not recorded["seats_declared"]:
        return page(nothing("No declaration recorded yet."))
    return _told([_declarations(recorded)], FEED_RULE)


def _of_many(recorded: Row | None, rule: str) -> str:
    if recorded is None or not recorded["seats"]:
        return page(nothing("No provenance recorded yet."))
    rows = _sources(recorded)
    if recorded["seats_declared"]:
        rows.append(_declarations(recorded))
    return _told(rows, rule)


def _declarations(recorded: Row) -> tuple[str, ...]:
    seats = words.plural(recorded["seats_declared"], "seat")
    newest = words.count(recorded["declaration_offset"])
    return (
        "Declarations", "declarations", f"{seats}, the newest at offset {newest}", "",
        esc(recorded["declaration_source"]),
    )  # fmt: skip


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
