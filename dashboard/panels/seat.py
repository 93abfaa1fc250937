"""One seat, and lists of seats."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import words
from dashboard.monograms import candidate_image, safe_colour
from dashboard.panels.markup import (
    Row,
    bar,
    bar_part,
    card,
    esc,
    figure,
    figures,
    line_item,
    nothing,
    page,
    region_link,
    seat_link,
    seat_tag,
    swatch,
    tag,
)  # fmt: skip

DECLARED = ("declared", "corrected", "pending_correction")
TURNOUT_NOTE = "turnout: valid votes ÷ electorate where declared, else ballots issued ÷ register"


def standing(seat: Row) -> str:
    """Return where a seat stands in one sentence: a leader is never called a winner."""
    if seat["status"] == "embargoed":
        return "Votes are withheld until close of poll"
    if seat["status"] in DECLARED:
        if seat["is_tie"]:
            return "First place is tied: lots will be drawn"
        was = f" from {seat['gained_from_party']}" if seat["gained_from_party"] else ""
        summary = f"{seat['declared_winner_party']} {seat['outcome'] or 'win'}{was}"
        majority = words.count(seat["majority"])
        return f"{summary}: {seat['declared_winner_name']}, majority {majority}"
    if seat["is_lead_tied"]:
        return "Level at the top of the count so far (provisional)"
    if seat["leading_party"]:
        done = words.percent(seat["count_progress"], 0)
        return (
            f"{seat['leading_party']} leading by {words.count(seat['lead'])}, {done} counted "
            "(provisional)"
        )
    return "No paper counted yet"


def header(seat: Row) -> str:
    """Return name, place, state and result."""
    colour = seat["declared_winner_colour"] if seat["status"] in DECLARED else None
    when = f" · declared {words.day_and_clock(seat['declared_at'])}" if seat["declared_at"] else ""
    fixed = (
        f'<p class="soft">Corrected: {esc(seat["correction_reason"])}</p>'
        if seat["correction_reason"]
        else ""
    )
    return page(
        f'<section class="th-card th-seat" style="border-left-color:{safe_colour(colour)}" '
        f'data-panel="seat" data-seat="{esc(seat["constituency_id"])}">'
        f'<h1 data-fact="seat-name">{esc(seat["constituency_name"])}</h1><p class="soft">'
        f"{region_link(seat['region_id'], seat['region_name'])} · {esc(seat['nation'])} · "
        f"{esc(seat['constituency_id'])}{esc(when)}</p>"
        f'<p class="result"><span data-fact="standing">{esc(standing(seat))}</span> '
        f"{_state(seat)}</p>{fixed}</section>"
    )


def _state(seat: Row) -> str:
    """Return a seat's tag; an embargoed seat says it in words already."""
    if seat["status"] == "embargoed":
        return ""
    return seat_tag(seat["status"], version=seat["declaration_version"])


def numbers(seat: Row) -> str:
    """Return majority, turnout with its basis, swing and papers in big numbers."""
    declared = seat["status"] in DECLARED
    shown = [figure(words.percent(seat["turnout"]), "Turnout", words.basis(seat["turnout_basis"]))]
    if declared:
        swing = (
            f"{seat['swing_from_party']} to {seat['swing_to_party']}"
            if seat["swing"] is not None
            else "a previous share is unknown"
        )
        shown += [
            figure(
                words.count(seat["majority"]), "Majority",
                f"{words.percent(seat['majority_share'])} of valid votes",
            ),
            figure(words.percent(seat["swing"]), "Swing", swing),
        ]  # fmt: skip
    elif seat["status"] != "embargoed":
        shown += [
            figure(words.count(seat["lead"]), "Lead", "papers counted so far, provisional"),
            figure(
                words.percent(seat["count_progress"], 0), "Counted",
                f"{words.count(seat['papers_counted'])} papers, "
                f"{words.count(seat['ballots_issued'])} issued",
            ),
        ]  # fmt: skip
    shown.append(figure(words.count(seat["electorate"]), "Electorate", "names on the register"))
    if seat["valid_votes"] is not None:
        note = f"{words.count(seat['rejected_ballots'])} papers rejected"
        shown.append(figure(words.count(seat["valid_votes"]), "Valid votes", note))
    return page(figures(*shown))


def _runner(c: Row, best: float) -> str:
    tags = []
    if c["is_winner"]:
        tags.append(tag("declared", "Elected"))
    elif c["is_leading"]:
        tags.append(tag("provisional", "Leading"))
    if c["is_incumbent"]:
        tags.append(tag("quiet", "Sitting member"))
    if c["has_lost_deposit"]:
        tags.append(tag("warn", "Lost deposit"))
    share = c["share"]
    change = f" {words.points(c['share_change'])}" if c["share_change"] is not None else ""
    width = share / best if share and best else 0
    picture = candidate_image(
        c["candidate_name"], c["party_abbreviation"], c["party_colour"], won=bool(c["is_winner"])
    )
    line = bar(
        [bar_part(width, c["party_colour"], leading=c["votes_declared"] is None)],
        description=f"{c['candidate_name']}: {words.percent(share)}",
        thin=True,
    )
    kind = "th-run" if share is not None else "th-run bare"
    known = f'{line}<div class="share num">{words.percent(share)}{esc(change)}</div>'
    return (
        f'<div class="{kind}" data-candidate="{esc(c["candidate_id"])}">{picture}'
        f'<div><span class="name">{esc(c["candidate_name"])}</span> '
        f'<span class="soft">{swatch(c["party_colour"])}{esc(c["party_name"])}</span>'
        f'<span class="tags">{"".join(tags)}</span></div>'
        f'<div class="votes num" data-fact="votes">{words.count(c["votes"])}</div>'
        f"{known if share is not None else ''}</div>"
    )


def race(seat: Row, candidates: Sequence[Row]) -> str:
    """Return the candidates with bars; hatched bars are provisional."""
    best = max((c["share"] or 0.0 for c in candidates), default=0.0)
    order = candidates if best else sorted(candidates, key=lambda c: c["ballot_order"])
    note = {
        "embargoed": "in ballot order; votes are withheld until close of poll",
        "not_started": "in ballot order; no paper counted yet",
        "counting": "papers counted so far, provisional",
    }.get(seat["status"], "as declared; change in points since the last election")
    body = "".join(_runner(c, best) for c in order)
    return page(card("Candidates", f'<div class="th-race">{body}</div>', note=note))


def choose_one() -> str:
    """Return what stands in a chosen seat's place while none is chosen."""
    return card("No seat chosen", nothing("Choose a hex, or find a seat by name."))


def whole_page(seat: Row) -> str:
    """Return the way from a seat's summary to its page."""
    link = seat_link(seat["constituency_id"], "Everything about this seat")
    return page(f'<p class="soft">{link}</p>')


def _line(s: Row) -> str:
    certain, embargoed = s["status"] in DECLARED, s["status"] == "embargoed"
    turnout = f"turnout {words.percent(s['turnout'])}"
    said = esc(turnout if embargoed else standing(s))
    when = f" · {words.clock(s['declared_at'])}" if s["declared_at"] else ""
    place = s["region_name"] if embargoed else f"{s['region_name']} · {turnout}{when}"
    return line_item(
        s["declared_winner_colour"] if certain else s["leading_party_colour"],
        f"{seat_link(s['constituency_id'], s['constituency_name'])}: "
        + (said if certain else f"<i>{said}</i>"),
        place,
        _state(s),
    )


def seat_list(seats: Sequence[Row], *, title: str, note: str) -> str:
    """Return seats with their standing, newest declaration first."""
    items = "".join(_line(s) for s in seats)
    body = f'<div class="th-feed two">{items}</div>' if items else nothing("No seat matches.")
    return page(card(title, body, note=f"{note}; {TURNOUT_NOTE}"))
