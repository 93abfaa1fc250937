"""Who has most votes, which seats are safest and closest, which seats to watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboard import words
from dashboard.monograms import candidate_image
from dashboard.panels.markup import (
    Row,
    card,
    esc,
    line_item,
    nothing,
    page,
    ranked_line,
    ranking,
    seat_link,
    seat_tag,
    tag,
)  # fmt: skip

RANKED = 6
MAJORITIES = {
    "safest": ("Largest majorities", "declared; share of valid votes"),
    "closest": ("Closest results", "declared; share of valid votes"),
}


def records(candidates: Sequence[Row], seats: Sequence[Row]) -> str:
    """Return most votes, largest majorities and closest results side by side."""
    cards = (
        top_candidates(candidates), majorities(seats, "safest"), majorities(seats, "closest"),
    )  # fmt: skip
    return f'<div class="th-three">{"".join(cards)}</div>'


def top_candidates(candidates: Sequence[Row]) -> str:
    """Return the candidates with most votes, with their monograms."""
    rows = [
        ranked_line(
            candidate_image(
                c["candidate_name"], c["party_abbreviation"], c["party_colour"],
                won=bool(c["is_winner"]),
            ),
            c["candidate_name"],
            f"{esc(c['party_abbreviation'])} · "
            f"{seat_link(c['constituency_id'], c['constituency_name'])}",
            words.count(c["votes"]),
            words.percent(c["share"]),
            seat_tag(c["status"]) if c["status"] == "counting" else "",
        )
        for c in candidates
    ]  # fmt: skip
    return page(ranking("Most votes", rows, "candidates; declared, or counted so far"))


def majorities(seats: Sequence[Row], which: str) -> str:
    """Return the declared seats with the `safest` or the `closest` majorities."""
    title, note = MAJORITIES[which]
    listed = sorted((s for s in seats if s[f"{which}_rank"] <= RANKED), key=_rank_in(which))
    rows = [
        ranked_line(
            candidate_image(
                s["declared_winner_name"] or "", s["declared_winner_party"] or "",
                s["declared_winner_colour"], won=True,
            ),
            s["declared_winner_name"] or words.NOTHING,
            f"{esc(s['declared_winner_party'])} over {esc(s['declared_second_party'])} · "
            f"{seat_link(s['constituency_id'], s['constituency_name'])}",
            words.count(s["majority"]),
            words.percent(s["majority_share"]),
        )
        for s in listed
    ]  # fmt: skip
    return page(ranking(title, rows, note))


def _rank_in(which: str) -> Callable[[Row], int]:
    return lambda seat: int(seat[f"{which}_rank"])


WHY = {
    "tie": "tie",
    "correction": "corrected",
    "gain": "gain",
    "close_result": "close result",
    "close_count": "close count so far",
    "marginal": "marginal last time",
}


def key_seats(seats: Sequence[Row]) -> str:
    """Return the seats to watch."""
    items = "".join(
        line_item(
            s["party_colour"],
            f"{seat_link(s['constituency_id'], s['constituency_name'])}: {_standing(s)}",
            f"{s['region_name']} · {WHY.get(str(s['why']), s['why'])}",
            seat_tag(s["status"]),
        )
        for s in seats
    )
    body = f'<div class="th-feed two">{items}</div>' if items else nothing("None yet.")
    return page(card("Key seats", body, note="ties, corrections, gains, close results, marginals"))


MARGINALS_SHOWN = 12


def marginals(seats: Sequence[Row], *, embargoed: bool) -> str:
    """Return the seats that were closest last time: held, gained or not yet declared."""
    items = "".join(
        line_item(
            s["party_colour"],
            f"{seat_link(s['constituency_id'], s['constituency_name'])}: {_since(s)}",
            f"{s['region_name']} · {s['previous_winner_party'] or words.NOTHING} by "
            f"{100 * s['previous_margin']:.1f} points last time",
            _fate(s),
        )
        for s in seats[:MARGINALS_SHOWN]
    )
    body = (
        f'<div class="th-feed two">{items}</div>'
        if items
        else nothing("No seat was won by under 5 points last time, or the last result is unknown.")
    )
    titled = card("Marginals", body, note=_fates(seats, embargoed))
    return page(f'<div data-panel="marginals">{titled}</div>')


def _fates(seats: Sequence[Row], embargoed: bool) -> str:
    """Return how many marginals were held and gained so far."""
    won = f"{words.plural(len(seats), 'seat')} won by under 5 points last time, closest first"
    if embargoed or not seats:
        return won
    outcomes = [s["outcome"] for s in seats]
    held, gained = outcomes.count("hold"), outcomes.count("gain")
    return f"{won}: {held} held, {gained} gained, {len(seats) - held - gained} not yet"


def _fate(s: Row) -> str:
    fates = {"hold": ("declared", "Held"), "gain": ("warn", "Gained"), "tie": ("pending", "Tie")}
    return tag(*fates.get(str(s["outcome"]), ("quiet", "Not yet")))


def _since(s: Row) -> str:
    if s["declared_winner_party"] or s["leading_party"]:
        return _standing(s)
    return f"held by {esc(s['previous_winner_party'] or words.NOTHING)}"


def _standing(s: Row) -> str:
    if s["declared_winner_party"]:
        was = f" from {s['gained_from_party']}" if s["gained_from_party"] else ""
        said = f"{s['declared_winner_party']} {s['outcome'] or 'win'}{was}"
        majority = f"majority {words.count(s['majority'])}"
        return f"{esc(said)}, {majority}"
    if s["leading_party"]:
        said = f"{s['leading_party']} leading by {words.count(s['lead'])}"
        return f"<i>{esc(said)}</i>"
    return f"held by {esc(s['previous_winner_party'] or words.NOTHING)}"
