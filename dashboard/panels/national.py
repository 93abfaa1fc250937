"""The national picture: headline, the house in one bar, scoreboard, leaderboards."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words
from dashboard.lead import LeadChange
from dashboard.monograms import party_image, safe_colour
from dashboard.panels.house import hemicycle, seats_needed, tracker
from dashboard.panels.markup import (
    Row,
    bar,
    bar_part,
    card,
    esc,
    figure,
    figures,
    nothing,
    page,
    party_cell,
    seats_legend,
    table,
    tag,
)  # fmt: skip

CARDS = 6
NAMED = 12
LINES = 10


def hero(night: Row, change: LeadChange | None = None) -> str:
    """Return the headline in words, with what stands behind it; `change` is of the lead."""
    beneath = [_standfirst(night)]
    if swing := words.swing_words(night):
        beneath.append(f"{swing} ({words.plural(night['swing_seats'] or 0, 'seat')})")
    if corrected := night["seats_corrected"]:
        beneath.append(f"{words.plural(corrected, 'declaration')} corrected")
    return page(
        '<section class="th-card th-hero" data-panel="headline">'
        f'<h1 data-fact="headline">{esc(words.headline(night))}</h1>'
        f"<p>{esc(' · '.join(beneath))}</p>{_lead(night, change)}{_latest(night)}</section>"
    )


def _lead(night: Row, change: LeadChange | None) -> str:
    """Return since when the lead is whose; its line is always there, so that it moves nothing."""
    if night["is_embargoed"]:
        return ""
    if change is None:
        since = "has not changed hands" if night["seats_declared"] else "once a seat is declared"
        return f'<p class="lead" data-fact="lead"><b>Lead</b> {since}</p>'
    marked = tag("lead", "Lead change") if change.is_news(night["election_at"]) else "<b>Lead</b>"
    said = f"{change.party} went ahead of {change.before} at {words.clock(change.at)}"
    return f'<p class="lead" data-fact="lead">{marked} {esc(said)}</p>'


def _latest(night: Row) -> str:
    """Return the newest declaration on a line of its own: its length must not move the page."""
    if night["is_embargoed"]:
        return ""
    latest = words.last_declaration(night)
    said = f"{words.clock(night['last_declared_at'])} {latest}" if latest else "No declaration yet"
    return f'<p class="latest" title="{esc(said)}"><b>Latest</b> {esc(said)}</p>'


def _standfirst(night: Row) -> str:
    if night["phase"] != "polls_open" or not night["ballots_issued"]:
        return words.turnout_words(night)
    return (
        f"{words.count(night['ballots_issued'])} ballots issued to "
        f"{words.count(night['registered'])} names on the register"
    )


def embargo(night: Row) -> str:
    """Return what stands in place of votes before close of poll."""
    return page(
        '<section class="th-withheld" data-panel="withheld"><b>How people vote is not known, '
        f"here or anywhere, before {esc(words.clock(night['closes_at']))}.</b><br>"
        '<span class="soft">Candidate and party numbers appear after close of poll. '
        "Until then: who was given a ballot paper, where and when.</span></section>"
    )


def poll_figures(night: Row) -> str:
    """Return turnout so far in big numbers."""
    return page(
        figures(
            figure(words.percent(night["turnout"]), "Turnout", words.basis(night["turnout_basis"])),
            figure(words.count(night["ballots_issued"]), "Ballots issued", "tendered set aside"),
            figure(words.count(night["registered"]), "Names on the register", "all seats"),
            figure(words.count(night["seats_total"]), "Constituencies", "one seat each"),
        )
    )


def house(night: Row, parties: Sequence[Row]) -> str:
    """Return every seat in one bar: declared solid, leading hatched, the rest open."""
    total, needed = night["seats_total"] or 1, seats_needed(night)
    won = [p for p in parties if p["seats_declared"]]
    ahead = [p for p in parties if p["seats_leading"]]
    parts = [
        bar_part(
            p["seats_declared"] / total,
            p["party_colour"],
            label=f"{p['party_abbreviation']} {p['seats_declared']}"
            if p["seats_declared"] / total > 0.07
            else "",
        )
        for p in won
    ]
    parts += [bar_part(p["seats_leading"] / total, p["party_colour"], leading=True) for p in ahead]
    spoken = "; ".join(
        f"{p['party_name']} {words.plural(p['seats_declared'], 'seat')}" for p in won
    )
    leading = sum(p["seats_leading"] for p in ahead)
    more = f", {leading} more with a provisional leader" if leading else ""
    return page(
        '<section class="th-card" data-panel="house">'
        f'<h2 class="title">The House<span class="soft">{night["seats_declared"] or 0} of '
        f'{total} declared{more}</span></h2><div class="th-halves"><div>'
        f'<div class="th-house">{bar(parts, description="Seats declared: " + (spoken or "none"))}'
        f'<div class="mark" style="left:{100 * needed / total:.2f}%"><span>{needed} for a majority'
        f"</span></div></div>{seats_legend(parties, NAMED, key=True)}{tracker(night, parties)}"
        f"</div>{hemicycle(night, parties)}</div></section>"
    )


def _party_card(party: Row) -> str:
    net = party["seats_net"]
    direction = "" if not net else "up" if net > 0 else "down"
    leading = party["seats_leading"] or 0
    ahead = f"leading in {leading} more" if leading else "&nbsp;"
    votes, share, label = party["votes"], party["vote_share"], "of votes declared"
    if share is None:
        votes, share = party["votes_counted"], party["vote_share_counted"]
        label = "counted so far"
    picture = party_image(party["party_short_label"], party["party_name"], party["party_colour"])
    return (
        f'<article class="th-party" style="border-top-color:{safe_colour(party["party_colour"])}" '
        f'data-party="{esc(party["party_abbreviation"])}">'
        f'<div class="head">{picture}'
        f'<span title="{esc(party["party_name"])}">{esc(party["party_name"])}</span></div>'
        f'<div class="seats"><b class="num" data-fact="seats">{party["seats_declared"] or 0}</b>'
        f'<span class="net {direction}">{esc(_net(party))}</span></div>'
        f'<div class="leading">{ahead}</div>'
        f'<div class="vote"><b class="num" data-fact="share">{words.percent(share)}</b> '
        f'<span class="soft">{label}</span>'
        f'<div class="soft"><span class="num" data-fact="votes">{words.count(votes)}</span> '
        f'votes</div><div class="soft">{_moved(party)}</div></div>'
        "</article>"
    )


def _net(party: Row) -> str:
    """Return seats gained less lost; nothing where no seat could have changed hands."""
    net = party["seats_net"]
    if net:
        return words.signed(net)
    return "±0" if party["seats_declared"] else ""


def _moved(party: Row) -> str:
    """Return the change of share with the seats it is over: a party may stand in few."""
    if party["share_change"] is None:
        return "&nbsp;"
    seats = words.plural(party["share_change_seats"] or 0, "seat")
    return f"{esc(words.points(party['share_change']))} pts over {seats}"


def _together(parties: Sequence[Row]) -> Row:
    def total(measure: str) -> float | None:
        known = [p[measure] for p in parties if p[measure] is not None]
        return sum(known) if known else None

    measures = (
        "seats_declared", "seats_leading", "seats_gained", "seats_lost", "seats_net",
        "votes", "vote_share", "votes_counted", "vote_share_counted",
    )  # fmt: skip
    names = {
        "party_name": f"{len(parties)} others",
        "party_abbreviation": "others",
        "party_short_label": "OTH",
        "party_colour": None,
        "share_change": None,
    }
    return {**names, **{measure: total(measure) for measure in measures}}


def scoreboard(parties: Sequence[Row]) -> str:
    """Return the cards of the first parties."""
    shown = [p for p in parties if p["seats_declared"] or p["seats_leading"] or p["votes_counted"]]
    if not shown:
        return page(card("Scoreboard", nothing("No vote counted yet."), extra="th-wait"))
    cards = "".join(_party_card(p) for p in shown[:CARDS])
    if rest := shown[CARDS:]:
        cards += _party_card(_together(rest))
    return page(f'<div class="th-score" data-panel="scoreboard">{cards}</div>')


def leaderboard(parties: Sequence[Row]) -> str:
    """Return the parties with seats and votes; those beyond the first lines together."""
    listed = [*parties[:LINES]]
    if len(parties) > LINES + 1:
        listed.append(_together(parties[LINES:]))
    else:
        listed = [*parties]
    declared = parties[0]["seats_declared_total"] if parties else 0
    total = parties[0]["seats_total"] if parties else 0
    headers = ("Party", "Seats", "Leading", "Gain", "Loss", "Votes", "Share", "±pts", "Counted")
    note = f"votes and share: {declared or 0} of {total or 0} seats declared; italics: provisional"
    lines = [_party_line(p) for p in listed]
    return page(
        card("Parties", table(headers, lines, right=range(1, 9), wide=(3, 4, 7, 8)), note=note)
    )


def _party_line(p: Row) -> tuple[str, ...]:
    name = "" if p["party_abbreviation"] == "others" else p["party_abbreviation"]
    return (
        party_cell(name or p["party_name"], p["party_name"] if name else None, p["party_colour"]),
        f"<b>{words.count(p['seats_declared'] or 0)}</b>",
        f"<i>{words.count(p['seats_leading'] or 0)}</i>",
        words.count(p["seats_gained"]),
        words.count(p["seats_lost"]),
        words.count(p["votes"]),
        words.percent(p["vote_share"]),
        words.points(p["share_change"]),
        f"<i>{words.count(p['votes_counted'])}</i>",
    )
