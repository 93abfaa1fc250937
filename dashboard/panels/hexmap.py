"""The hex map as markup: a hex a seat, and what its colours mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import polars as pl

from dashboard import words
from dashboard.hexmap.layout import Layout
from dashboard.hexmap.paint import MAJORITIES, MODES, Paint, Seat, is_declared, margin_of
from dashboard.monograms import ink_on, safe_colour
from dashboard.panels.markup import esc, page, seat_link, swatch
from dashboard.panels.seat import standing

NAMED = 8
KEYS = "Arrow keys go from seat to seat, Enter chooses."
EARLY = "<span><i>italics</i>: not declared, ballots issued ÷ register</span>"
PATTERNS = {
    "winner": (("solid", "declared"), ("lead", "leading, provisional"), ("open", "not yet")),
    "change": (
        ("gain", "gain, with +"), ("hold", "hold"), ("lead", "leading, provisional"),
        ("open", "not yet"),
    ),
    "margin": (("lead", "lead so far, provisional"), ("open", "not yet")),
}  # fmt: skip


def hex_map(
    seats: Sequence[Seat],
    layout: Layout,
    labels: Mapping[str, str],
    paints: Mapping[str, Paint],
    *,
    legend: str,
    takeaway: str,
    chosen: str,
) -> str:
    """Return the map, a list with one stop of the Tab key; a hex (`data-hex`) chooses its seat."""
    wide, narrow = layout.wide, layout.narrow
    names = "".join(
        f'<em class="{kind}" aria-hidden="true" style="--x:{x:.2f};--y:{y:.2f}">{esc(name)}</em>'
        for kind, plan in (("w", wide), ("n", narrow))
        for name, (x, y) in plan.names.items()
    )
    cells = "".join(
        _hex(seat, layout, labels[seat["constituency_id"]], paints[seat["constituency_id"]],
             is_chosen=seat["constituency_id"] == chosen)
        for seat in seats
    )  # fmt: skip
    picked = next((seat for seat in seats if seat["constituency_id"] == chosen), None)
    return page(
        f'<div class="th-map" data-panel="map">{legend}'
        f'<div class="th-hexes" role="listbox" tabindex="0" aria-label="{esc(takeaway)} {KEYS}" '
        f'style="--w:{wide.width:.2f};--h:{wide.height:.2f};'
        f'--nw:{narrow.width:.2f};--nh:{narrow.height:.2f}"><div role="presentation">'
        f"{names}{cells}</div></div>"
        f"{_picked(picked) if picked else ''}</div>"
    )


def _hex(seat: Seat, layout: Layout, label: str, paint: Paint, *, is_chosen: bool) -> str:
    seat_id = seat["constituency_id"]
    (x, y), (u, v) = layout.wide.places[seat_id], layout.narrow.places[seat_id]
    step = f" s{paint.step}" if paint.step is not None else ""
    colour = ""
    if paint.step is None and paint.pattern != "open":
        fill = safe_colour(paint.colour)
        colour = f";--c:{fill};--k:{ink_on(fill)}"
    return (
        f'<i class="{paint.pattern}{step}{" on" if is_chosen else ""}" data-hex="{esc(seat_id)}" '
        f'role="option" id="hex-{esc(seat_id)}" aria-selected="{"true" if is_chosen else "false"}" '
        f'title="{esc(seat["constituency_name"])}: {esc(paint.said)}" '
        f'style="--x:{x:.2f};--y:{y:.2f};--u:{u:.2f};--v:{v:.2f}{colour}">'
        f"<b>{esc(label)}</b><s>{esc(paint.letters)}</s></i>"
    )


def _picked(seat: Seat) -> str:
    """Return the chosen seat in a line, for pages on which its card lies far below the map."""
    name = seat_link(seat["constituency_id"], seat["constituency_name"])
    return f'<div class="th-picked" data-panel="picked"><b>{name}</b> {esc(standing(seat))}</div>'


def map_legend(seats: Sequence[Seat], mode: str, limits: Sequence[float]) -> str:
    """Return what colours and patterns mean, with the parties' seats where they are shown."""
    if mode in ("winner", "change"):
        return _legend(_parties(seats), PATTERNS[mode])
    if mode == "margin":
        return _legend(_scale(MAJORITIES), PATTERNS[mode])
    uneven = any(seat["status"] != "embargoed" and not is_declared(seat) for seat in seats)
    return _legend([*_scale(limits), *([EARLY] * uneven)], ())


def _legend(colours: Sequence[str], patterns: Sequence[tuple[str, str]]) -> str:
    keys = "".join(
        f'<span><i class="th-key {pattern}"></i>{esc(said)}</span>' for pattern, said in patterns
    )
    return f'<div class="th-legend">{"".join(colours)}{keys}</div>'


def _scale(limits: Sequence[float]) -> list[str]:
    """Return the steps of a scale, from under the first limit to the last and over."""
    named = [
        f"under {words.percent(limits[0], 0)}",
        *(f"{100 * low:.0f}–{words.percent(high, 0)}" for low, high in pairwise(limits)),
        f"{words.percent(limits[-1], 0)} and over",
    ]
    return [
        f'<span><i class="th-key solid s{step}"></i>{said}</span>'
        for step, said in enumerate(named)
    ]


def _parties(seats: Sequence[Seat]) -> list[str]:
    """Return the parties with declared seats, most first; those that only lead last."""
    won: Counter[tuple[str, str | None]] = Counter()
    led: Counter[tuple[str, str | None]] = Counter()
    for seat in seats:
        if seat["declared_winner_party"]:
            won[seat["declared_winner_party"], seat["declared_winner_colour"]] += 1
        elif seat["leading_party"]:
            led[seat["leading_party"], seat["leading_party_colour"]] += 1
    ranked = sorted(won.keys() | led.keys(), key=lambda p: (-won[p], -led[p], p[0]))
    shown = [
        f"<span>{swatch(party[1])}{esc(party[0])} <b>{won[party]}</b>"
        f"{f' <i>+{led[party]}</i>' if led[party] else ''}</span>"
        for party in ranked[:NAMED]
    ]
    return [*shown, *([f"<span>{len(ranked) - NAMED} more</span>"] * (len(ranked) > NAMED))]


def map_table(
    seats: Sequence[Seat], labels: Mapping[str, str], paints: Mapping[str, Paint], mode: str
) -> pl.DataFrame:
    """Return the map as a table: a row a seat with the letters on its hex and what it says."""
    value = {"margin": margin_of, "turnout": lambda seat: seat["turnout"]}.get(mode)
    ids = [seat["constituency_id"] for seat in seats]
    columns: dict[str, list[object]] = {
        "label": [labels[seat_id] for seat_id in ids],
        "seat": [seat["constituency_name"] for seat in seats],
        "region": [seat["region_name"] for seat in seats],
        MODES[mode].lower(): [paints[seat_id].said for seat_id in ids],
    }
    if value:
        columns["share"] = [value(seat) for seat in seats]
    return pl.DataFrame(columns, infer_schema_length=None)
