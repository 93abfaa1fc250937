"""Seats through the night, and the exit poll's estimate by qualification."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import altair as alt
import polars as pl

from dashboard import theme, words
from dashboard.charts.drawing import EMPTY, QUALIFICATIONS, SHOWN_PARTIES, Drawing, styled
from dashboard.monograms import line_colour
from election.acceptance import POLLS_CLOSE_HOUR

MARK = "|"  # what a time chosen by the reader is called among the chart's data
NIGHT_HOURS = 14.0  # a seat declared days later does not stretch the axis
CLOCK = f"format(({POLLS_CLOSE_HOUR} + floor(datum.value)) % 24, '02') + ':00'"


def seats_over_time(
    steps: pl.DataFrame, closes_at: datetime, marked: datetime | None = None
) -> Drawing:
    """Draw seats declared through the night, one labelled step line a party, `marked` at a time."""
    hours = ((pl.col("election_minute_at") - closes_at).dt.total_seconds() / 3600).alias("hours")
    timed = steps.with_columns(hours)
    is_late = bool(timed.height) and timed["hours"].max() > NIGHT_HOURS  # type: ignore[operator]
    table = timed.with_columns(pl.col("hours").clip(upper_bound=NIGHT_HOURS))
    last = timed.group_by("party_abbreviation").agg(pl.all().sort_by("hours").last())
    first = last.filter(pl.col("seats_to_date") > 0).sort(
        "seats_to_date", "party_abbreviation", descending=[True, False]
    )
    parties = first.head(SHOWN_PARTIES)["party_abbreviation"].to_list()
    end = max([0.5, *table["hours"].to_list()])
    lines = table.filter(pl.col("party_abbreviation").is_in(parties)).select(
        "hours",
        pl.col("party_abbreviation").alias("party"),
        pl.col("party_colour").map_elements(line_colour, pl.String, skip_nulls=False)
        .alias("colour"),
        pl.col("seats_to_date").cast(pl.Float64).alias("seats"),
    )  # fmt: skip
    data = pl.concat(
        [
            _to_the_end(lines, end).with_columns(pl.lit("").alias("said")),
            _labels(lines, end),
            _mark((marked - closes_at).total_seconds() / 3600 if marked else None, lines.schema),
        ]
    )
    base = alt.Chart(EMPTY).encode(
        x=alt.X("hours:Q", title=f"UK time ({words.zone(closes_at)})",
                axis=alt.Axis(tickMinStep=1, tickCount=6, grid=False, labelExpr=CLOCK)),
        y=alt.Y("seats:Q", title="seats declared", axis=alt.Axis(tickCount=5)),
        detail="party:N",
        color=alt.Color("colour:N", scale=None),
    )  # fmt: skip
    chart = alt.layer(
        base.transform_filter("datum.said == ''").mark_line(
            interpolate="step-after", strokeWidth=3
        ),
        base.transform_filter(f"datum.said != '{MARK}'")
        .mark_text(align="left", dx=6, fontWeight="bold", fontSize=12)
        .encode(text="said:N", color=alt.value(theme.INK)),
        alt.Chart(EMPTY)
        .transform_filter(f"datum.said == '{MARK}'")
        .mark_rule(aria=False, strokeDash=[4, 3], strokeWidth=2, color=theme.INK)
        .encode(x="hours:Q"),
        data=EMPTY,
    ).properties(padding={"right": 56, "left": 4, "top": 6, "bottom": 4})
    takeaway = (
        "; ".join(f"{row[1]} {row[0]}" for row in zip(
            first.head(3)["seats_to_date"], first.head(3)["party_abbreviation"], strict=True
        )) + " seats declared" + (", the latest at the right edge." if is_late else ".")
        if first.height else "No seat declared yet."
    )  # fmt: skip
    twin = first.select(
        pl.col("party_abbreviation").alias("party"), pl.col("seats_to_date").alias("seats"),
        pl.col("vote_share_to_date").alias("share of votes declared"),
    )  # fmt: skip
    return Drawing(styled(chart, 280), data, twin, takeaway)


def _to_the_end(lines: pl.DataFrame, end: float) -> pl.DataFrame:
    """Draw each line from nothing at close of poll to the newest minute."""
    ends = lines.group_by("party", "colour").agg(pl.col("seats").sort_by("hours").last())
    zero, last = pl.lit(0.0), pl.lit(end)
    first = ends.select(zero.alias("hours"), "party", "colour", zero.alias("seats"))
    return pl.concat([first, lines, ends.select(last.alias("hours"), "party", "colour", "seats")])


def _mark(hours: float | None, schema: pl.Schema) -> pl.DataFrame:
    """Return the row that draws a line at a time; none where no time is chosen."""
    frame = pl.DataFrame(schema={**schema, "said": pl.String})
    if hours is None:
        return frame
    row = {"hours": hours, "party": "", "colour": "", "seats": 0.0, "said": MARK}
    return pl.DataFrame([row], schema=frame.schema)


def _labels(lines: pl.DataFrame, end: float) -> pl.DataFrame:
    """Return the labels at the lines' ends, kept a line's height apart."""
    ends = (
        lines.group_by("party", "colour")
        .agg(pl.col("seats").sort_by("hours").last())
        .sort("seats", "party")
    )
    gap = max(1.0, float(lines["seats"].max() or 0)) / 14  # type: ignore[arg-type]
    places: list[float] = []
    for seats in ends["seats"]:
        places.append(max(float(seats), places[-1] + gap) if places else float(seats))
    return ends.select(
        pl.lit(end).alias("hours"),
        "party",
        "colour",
        pl.Series("seats", places, dtype=pl.Float64),
        pl.format("{} {}", "party", pl.col("seats").cast(pl.Int64)).alias("said"),
    )


def _full_grid(named: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a cell for every shown qualification and party; one without a row is withheld too."""
    sizes = named.filter(pl.col("share_estimate").is_not_null()).group_by("party_abbreviation")
    ranked = sizes.agg(pl.col("answers").sum().alias("size")).sort(
        "size", "party_abbreviation", descending=[True, False]
    )
    parties = ranked["party_abbreviation"].head(SHOWN_PARTIES).to_list()
    found = {(c["education"], c["party_abbreviation"]): c for c in named.to_dicts()}
    answers = {c["education"]: c["answers_in_all"] for c in named.to_dicts()}
    order = list(QUALIFICATIONS)
    levels = sorted(answers, key=lambda e: order.index(e) if e in order else len(order))
    withheld = {"share_estimate": None, "margin_of_error": None}
    return [
        found.get((level, party))
        or {**withheld, "education": level, "party_abbreviation": party,
            "answers_in_all": answers[level]}
        for level in levels
        for party in parties
    ]  # fmt: skip


def _estimate(cell: dict[str, Any]) -> str:
    if cell["share_estimate"] is None or cell["margin_of_error"] is None:
        return words.percent(cell["share_estimate"], 0)
    return f"{words.percent(cell['share_estimate'], 0)} ±{100 * cell['margin_of_error']:.0f}"


def party_by_education(cells: pl.DataFrame) -> Drawing:
    """Draw estimated shares as a labelled grid: qualification with its n, by party."""
    rows = _full_grid(cells.filter(pl.col("answers_in_all") > 0))
    data = pl.DataFrame(
        {
            "qualification": [
                f"{QUALIFICATIONS.get(c['education'], c['education'])} "
                f"(n = {words.count(c['answers_in_all'])})"
                for c in rows
            ],
            "party": [c["party_abbreviation"] for c in rows],
            "value": [c["share_estimate"] for c in rows],
            "said": [_estimate(c) for c in rows],
            "margin": [words.percent(c["margin_of_error"]) for c in rows],
        },
        schema_overrides={"value": pl.Float64},
    )
    base = alt.Chart(EMPTY).encode(
        x=alt.X("party:N", sort=None, title=None,
                axis=alt.Axis(orient="top", labelAngle=0, labelFontWeight="bold", ticks=False)),
        y=alt.Y("qualification:N", sort=None, title=None,
                axis=alt.Axis(labelLimit=190, ticks=False)),
    )  # fmt: skip
    squares = base.mark_rect(stroke=theme.CARD, strokeWidth=2).encode(
        color=alt.condition(
            "isValid(datum.value)",
            alt.Color("value:Q", legend=None,
                      scale=alt.Scale(domain=[0, 0.6], range=list(theme.HEAT))),
            alt.value(theme.PAGE),
        ),
        tooltip=["qualification:N", "party:N", alt.Tooltip("said:N", title="estimate"),
                 alt.Tooltip("margin:N", title="± 95 %")],
    )  # fmt: skip
    text = base.mark_text(color=theme.INK, fontWeight="bold", fontSize=13).encode(text="said:N")
    degree = [c for c in rows if c["education"] == "degree" and c["share_estimate"] is not None]
    best = max(degree, key=lambda c: c["share_estimate"], default=None)
    takeaway = (
        f"Among people with a degree {best['party_abbreviation']} is first with an estimated "
        f"{words.percent(best['share_estimate'])} (n = {words.count(best['answers_in_all'])})."
        if best
        else "No estimate yet."
    )
    chart = styled(
        alt.layer(squares, text, data=EMPTY), 38 * max(3, data["qualification"].n_unique())
    )
    twin = data.select("qualification", "party", pl.col("value").alias("estimate"), "margin")
    return Drawing(chart, data, twin, takeaway)
