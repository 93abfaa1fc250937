"""Regions and polling stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dashboard import theme, words
from dashboard.panels.markup import (
    Row,
    bar,
    bar_part,
    card,
    esc,
    nothing,
    page,
    party_cell,
    region_link,
    seat_link,
    seats_legend,
    table,
    tag,
)  # fmt: skip

SHOWN_PARTIES = 6
TURNOUT_COLOUR = theme.BLUE  # nobody's party


def _region_card(region: Row, parties: Sequence[Row], *, embargoed: bool) -> str:
    total = region["seats_total"] or 1
    won = [p for p in parties if p["seats_declared"]]
    led = [p for p in parties if p["seats_leading"]]
    parts = [bar_part(p["seats_declared"] / total, p["party_colour"]) for p in won]
    parts += [bar_part(p["seats_leading"] / total, p["party_colour"], leading=True) for p in led]
    spoken = ", ".join(f"{p['party_name']} {p['seats_declared']}" for p in won) or "none declared"
    issued = region["turnout_issued"]
    seats = (
        bar(
            [bar_part(issued or 0, TURNOUT_COLOUR)],
            description=f"Turnout so far: {words.percent(issued)}",
            thin=True,
        )
        + '<div class="soft">Votes withheld until close of poll</div>'
        if embargoed
        else bar(parts, description=f"Seats: {spoken}", thin=True)
        + seats_legend(parties, SHOWN_PARTIES)
    )
    declared = region["turnout"] is not None and region["turnout_basis"] == "declared"
    turnout = (
        f"<b>{words.percent(region['turnout'])}</b> turnout "
        f'<span class="soft">{words.basis(region["turnout_basis"])}</span>'
        if declared
        else f'<b>{words.percent(issued)}</b> <span class="soft">ballots issued ÷ register</span>'
    )
    count = tag("quiet", f"{region['seats_declared'] or 0} of {total} declared")
    return (
        f'<article class="th-card"><h3>{region_link(region["region_id"], region["region_name"])}'
        f"{count}</h3>{seats}"
        f'<div class="turnout">{turnout}</div></article>'
    )


def region_cards(regions: Sequence[Row], parties: Sequence[Row], *, embargoed: bool) -> str:
    """Return a card a region or nation: seats so far and turnout with its basis."""
    by_region: dict[str, list[Row]] = defaultdict(list)
    for party in parties:
        by_region[party["region_id"]].append(party)
    cards = "".join(
        _region_card(r, by_region[r["region_id"]], embargoed=embargoed) for r in regions
    )
    leads = any(p["seats_leading"] for p in parties)
    key = (
        '<div class="th-legend">Hatched and <i>+n</i>: leading, provisional</div>' if leads else ""
    )
    return page(f'<div class="th-grid" data-panel="regions">{cards}</div>{key}')


def region_parties(parties: Sequence[Row]) -> str:
    """Return a region's parties with seats and votes."""
    rows = [
        (
            party_cell(p["party_abbreviation"], p["party_name"], p["party_colour"]),
            f"<b>{words.count(p['seats_declared'] or 0)}</b>",
            f"<i>{words.count(p['seats_leading'] or 0)}</i>",
            words.count(p["seats_gained"]),
            words.count(p["seats_lost"]),
            words.count(p["votes"]),
            words.percent(p["vote_share"]),
            f"<i>{words.count(p['votes_counted'])}</i>",
        )
        for p in parties
    ]
    declared = parties[0]["seats_declared_total"] if parties else 0
    total = parties[0]["seats_total"] if parties else 0
    headers = ("Party", "Seats", "Leading", "Gain", "Loss", "Votes", "Share", "Counted")
    body = (
        table(headers, rows, right=range(1, 8), wide=(3, 4, 7))
        if rows
        else nothing("No number yet.")
    )
    note = f"votes and share: {declared or 0} of {total or 0} seats declared; italics: provisional"
    return page(card("Parties here", body, note=note))


def region_turnout(regions: Sequence[Row]) -> str:
    """Return turnout by region: both bases, each in its own column."""
    rows = [
        (
            region_link(r["region_id"], r["region_name"]),
            words.count(r["registered"]),
            words.count(r["ballots_issued"]),
            f"<b>{words.percent(r['turnout_issued'])}</b>",
            words.count(r["issued_postal"]),
            _declared_turnout(r),
        )
        for r in regions
    ]
    headers = ("Region", "Register", "Ballots issued", "Issued %", "By post", "Declared")
    body = table(headers, rows, right=range(1, 6), wide=(1, 2, 4))
    note = "issued % = ballots issued ÷ register; declared = valid votes ÷ electorate, n of seats"
    return page(card("By region or nation", body, note=note))


def _declared_turnout(r: Row) -> str:
    if r["turnout_basis"] != "declared" or r["turnout"] is None:
        return words.NOTHING
    return (
        f"<b>{words.percent(r['turnout'])}</b> "
        f'<span class="soft">{r["turnout_seats"] or 0} of {r["seats_total"]}</span>'
    )


def _station(s: Row, *, of_one_seat: bool) -> str:
    seat = "" if of_one_seat else seat_link(s["constituency_id"], s["constituency_name"]) + " · "
    turnout = f"Turnout: {words.percent(s['turnout'])}"
    state = tag("good", "Complete") if s["status"] == "final" else tag("provisional", "So far")
    return (
        '<li class="th-rank plain"><div>'
        f"<b>{esc(s['polling_station_name'])}</b> {state}"
        f'<div class="soft">{seat}{words.count(s["ballots_issued"])} issued to '
        f"{words.count(s['registered'])} on the register</div>"
        f"{bar([bar_part(s['turnout'] or 0, TURNOUT_COLOUR)], description=turnout, thin=True)}"
        f'</div><div class="r"><b class="num">{words.percent(s["turnout"])}</b></div></li>'
    )


def stations(
    rows: Sequence[Row], *, title: str = "Top polling stations", of_one_seat: bool = False
) -> str:
    """Return the stations with most ballots issued."""
    kind = "" if of_one_seat else " two"
    lines = "".join(_station(s, of_one_seat=of_one_seat) for s in rows)
    body = (
        f'<ol class="th-ranking{kind}">{lines}</ol>' if lines else nothing("No ballot issued yet.")
    )
    return page(card(title, body, note="most ballots issued first; ballots issued ÷ register"))
