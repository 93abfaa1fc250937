"""The scoreboard as it stood at a time of the night."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words
from dashboard.monograms import party_image, safe_colour
from dashboard.panels.house import to_a_majority
from dashboard.panels.markup import (
    Row,
    bar,
    bar_part,
    card,
    esc,
    nothing,
    page,
    party_cell,
    table,
    tag,
)  # fmt: skip
from dashboard.replay import Moment, Standing

CARDS = 6


def moment_words(then: Moment, *, is_live: bool) -> str:
    """Return how the night stood, in a sentence."""
    first = next(iter(then.parties), None)
    when = "Now" if is_live else f"At {words.clock(then.at)}"
    if not then.declared or first is None:
        return f"{when}: no seat declared yet"
    level = [p.party for p in then.parties if p.seats == first.seats]
    ahead = (
        f"{' and '.join(level[:2])} level on {words.plural(first.seats, 'seat')}"
        if len(level) > 1
        else f"{first.party} ahead with {words.plural(first.seats, 'seat')}"
    )
    return f"{when}: {ahead}, {then.declared} of {then.total} declared"


def moment_hero(then: Moment, needed: int, *, is_live: bool) -> str:
    """Return the headline of a moment: marked as past unless it is the night as it is."""
    mark = tag("live", "Live") if is_live else tag("provisional", "Replay")
    first = next(iter(then.parties), None)
    beneath = (
        f"{first.party} {to_a_majority(first.seats, 0, needed)}; {needed} seats make a majority"
        if first and then.declared
        else f"{needed} seats make a majority"
    )
    parts = [bar_part(p.seats / max(1, then.total), p.colour) for p in then.parties if p.seats]
    described = "; ".join(f"{p.party} {p.seats}" for p in then.parties if p.seats)
    line = f'<div class="mark" style="left:{100 * needed / max(1, then.total):.2f}%"></div>'
    return page(
        '<section class="th-card th-hero" data-panel="moment">'
        f'<h1 data-fact="moment">{esc(moment_words(then, is_live=is_live))}</h1>'
        f"<p>{mark} {esc(beneath)}</p>"
        f'<div class="th-house flat">{bar(parts, description=described or "no seat declared")}'
        f"{line}</div></section>"
    )


def scoreboard_at(then: Moment, now: Sequence[Row], *, is_live: bool) -> str:
    """Return a card for each of the first parties as of then, with what it has now beside it."""
    known = {party["party_abbreviation"]: party for party in now}
    if not then.parties:
        return page(card("Scoreboard", nothing("No seat declared yet."), extra="th-wait"))
    cards = "".join(
        _card(party, known.get(party.party), is_live=is_live) for party in then.parties[:CARDS]
    )
    return page(f'<div class="th-score" data-panel="scoreboard-at">{cards}</div>')


def _card(party: Standing, now: Row | None, *, is_live: bool) -> str:
    name = now["party_name"] if now else party.party
    label = now["party_short_label"] if now else party.party
    since = "&nbsp;" if is_live or now is None else f"now {now['seats_declared'] or 0}"
    return (
        f'<article class="th-party" style="border-top-color:{safe_colour(party.colour)}" '
        f'data-party="{esc(party.party)}">'
        f'<div class="head">{party_image(label, name, party.colour)}'
        f'<span title="{esc(name)}">{esc(name)}</span></div>'
        f'<div class="seats"><b class="num" data-fact="seats">{party.seats}</b></div>'
        f'<div class="leading">{since}</div>'
        f'<div class="vote"><b class="num" data-fact="share">{words.percent(party.share)}</b> '
        '<span class="soft">of votes declared</span>'
        f'<div class="soft"><span class="num" data-fact="votes">{words.count(party.votes)}</span> '
        "votes</div></div></article>"
    )


def moment_table(then: Moment, now: Sequence[Row], *, is_live: bool) -> str:
    """Return all parties of a moment, with the seats they have now."""
    known = {party["party_abbreviation"]: party for party in now}
    rows = [_line(party, known.get(party.party)) for party in then.parties]
    body = (
        table(("Party", "Seats", "Seats now", "Votes", "Share"), rows, right=range(1, 5))
        if rows
        else nothing("No seat declared yet.")
    )
    when = "now" if is_live else f"at {words.clock(then.at)}"
    return page(
        card(f"Parties {when}", body, note="seats and votes declared, corrections included")
    )


def _line(party: Standing, now: Row | None) -> tuple[str, ...]:
    return (
        party_cell(party.party, now["party_name"] if now else None, party.colour),
        f"<b>{party.seats}</b>",
        words.count(now["seats_declared"] or 0) if now else words.NOTHING,
        words.count(party.votes),
        words.percent(party.share),
    )
