"""Turnout by hour, place and group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import altair as alt
import polars as pl

from dashboard import theme, words
from dashboard.charts.drawing import EMPTY, QUALIFICATIONS, Drawing, styled
from dashboard.groups import Group, groups
from election.acceptance import POLLS_CLOSE_HOUR, POLLS_OPEN_HOUR
from election.clock import UK

EARLIER = "to 07"
HEIGHT = 288  # twelve regions at 24 px: the two charts stand side by side
TOP = 0.95  # of the register: room for the number at the end of a bar
WITHHELD = "withheld"
IN_PERSON, BY_POST = "In person or proxy", "By post"


def _hour_label(moment: datetime) -> str:
    hour = moment.astimezone(UK).hour
    return EARLIER if hour < POLLS_OPEN_HOUR or hour > POLLS_CLOSE_HOUR else f"{hour:02d}"


HOUR_LABELS = (EARLIER, *(f"{h:02d}" for h in range(POLLS_OPEN_HOUR, POLLS_CLOSE_HOUR)))


def turnout_by_hour(hours: pl.DataFrame, polling_day_opens_at: datetime) -> Drawing:
    """Draw ballots issued by local hour; earlier days and hours are one bar."""
    table = pl.DataFrame(
        {
            "hour": [
                EARLIER if at < polling_day_opens_at else _hour_label(at)
                for at in hours["hour_start_at"]
            ],
            IN_PERSON: hours["issued_in_person"],
            BY_POST: hours["issued_postal"],
        },
        schema_overrides={"hour": pl.String},
    )
    table = table.group_by("hour", maintain_order=True).sum()
    long = table.unpivot(index="hour", variable_name="method", value_name="ballots")
    busiest = table.filter(pl.col("hour") != EARLIER).sort(IN_PERSON, descending=True)
    takeaway = (
        f"Busiest hour so far: {busiest['hour'][0]}:00 {words.zone(polling_day_opens_at)}, "
        f"{words.count(busiest[IN_PERSON][0])} ballots in person."
        if busiest.height and busiest[IN_PERSON][0]
        else "No ballot issued in person yet."
    )
    chart = (
        alt.Chart(EMPTY)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("hour:O", sort=None, scale=alt.Scale(domain=list(HOUR_LABELS)),
                    title=f"hour from, UK time ({words.zone(polling_day_opens_at)})",
                    axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("sum(ballots):Q", title="ballots issued", axis=alt.Axis(tickCount=4)),
            color=alt.Color("method:N", scale=alt.Scale(domain=[IN_PERSON, BY_POST],
                                                        range=[theme.BLUE, theme.SKY])),
            tooltip=[alt.Tooltip("hour:O", title="hour"), "method:N",
                     alt.Tooltip("ballots:Q", format=",")],
        )
    )  # fmt: skip
    return Drawing(styled(chart, HEIGHT), long, table, takeaway)


def _bars(label: str, *, colour: str, top: float | None = None) -> alt.LayerChart | alt.FacetChart:
    """Horizontal bars of `value` (0-1), each with its number (`said`) at the end."""
    scale = alt.Scale(domain=[0, top]) if top else alt.Scale(zero=True)
    base = alt.Chart(EMPTY).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, ticks=False)),
        x=alt.X("value:Q", title=None, scale=scale, axis=None),
    )
    bars = base.mark_bar(color=colour, cornerRadiusEnd=3).encode(
        tooltip=[alt.Tooltip(f"{label}:N"), alt.Tooltip("value:Q", format=".1%")]
    )
    text = base.mark_text(align="left", dx=4, color=theme.INK, fontWeight="bold", fontSize=12)
    named = text.encode(
        text=alt.Text("said:N"), x=alt.X("end:Q", title=None, scale=scale, axis=None)
    )
    return alt.layer(bars, named.transform_calculate(end="datum.value || 0"), data=EMPTY)


def turnout_by_region(regions: pl.DataFrame) -> Drawing:
    """Draw ballots issued / register by region, highest first."""
    table = regions.select(
        pl.col("region_name").alias("region"), pl.col("turnout_issued").alias("value")
    ).sort("value", descending=True, nulls_last=True)
    data = _with_words(table)
    known = table.drop_nulls()
    takeaway = (
        f"Highest: {known['region'][0]}, {words.percent(known['value'][0])}; "
        f"lowest: {known['region'][-1]}, {words.percent(known['value'][-1])}."
        if known.height > 1
        else "No ballot issued yet."
    )
    chart = styled(_bars("region", colour=theme.BLUE, top=TOP), 24 * max(3, table.height))
    return Drawing(chart, data, table.rename({"value": "ballots issued / register"}), takeaway)


def _with_words(table: pl.DataFrame) -> pl.DataFrame:
    said = [words.percent(value) for value in table["value"]]
    return table.with_columns(pl.Series("said", said, dtype=pl.String))


def turnout_by_group(cells: pl.DataFrame, characteristic: str, order: Sequence[str]) -> Drawing:
    """Draw turnout by age, sex or education, each with its n; a withheld group says so.

    There are two tables, age by sex and education by sex: sexes are the columns of the first.
    """
    found = groups(cells, characteristic, order)
    names = [QUALIFICATIONS.get(group.name, group.name.capitalize()) for group in found]
    table = pl.DataFrame(
        {
            "group": names,
            "turnout": pl.Series([group.turnout for group in found], dtype=pl.Float64),
            "ballots_issued": pl.Series([group.issued for group in found], dtype=pl.Int64),
            "registered": pl.Series([group.registered for group in found], dtype=pl.Int64),
            "lines withheld": pl.Series([group.withheld for group in found], dtype=pl.Int64),
            "said": [_between(group.first_at, group.last_at) for group in found],
        },
        schema_overrides={"group": pl.String, "said": pl.String},
    )
    data = pl.DataFrame(
        {
            "group": [
                name if group.turnout is None else f"{name} (n = {words.count(group.registered)})"
                for name, group in zip(names, found, strict=True)
            ],
            "value": table["turnout"],
            "said": [WITHHELD if v is None else words.percent(v) for v in table["turnout"]],
        },
        schema_overrides={"group": pl.String, "said": pl.String},
    )
    counted = max if characteristic == "sex" else sum  # sexes are over the same lines
    left_out = counted(group.withheld for group in found) if found else 0
    chart = styled(_bars("group", colour=theme.BLUE, top=TOP), 30 * max(2, len(found)))
    return Drawing(chart, data, table, _of_groups(names, found, left_out))


def _between(first: datetime | None, last: datetime | None) -> str:
    """Return one time, or the first and the last of several."""
    if first == last or first is None:
        return words.clock(last)
    return f"{words.clock(first)} to {words.clock(last)}"


def _of_groups(names: Sequence[str], found: Sequence[Group], left_out: int) -> str:
    """Return the highest and the lowest turnout; lines of different times are not ranked."""
    known = [(g.turnout, name, g) for name, g in zip(names, found, strict=True) if g.turnout]
    if len(known) < 2:
        return "No snapshot yet." if not found else "Fewer than two groups can be shown."
    ranked = sorted(known, key=lambda each: (-each[0], each[1]))
    (most, first, _), (least, last, _) = ranked[0], ranked[-1]
    times = {at for _, _, group in known for at in (group.first_at, group.last_at) if at}
    beside = f" Without {words.plural(left_out, 'line')} withheld." if left_out else ""
    if len(times) == 1:
        return (
            f"Highest: {first}, {words.percent(most)}; lowest: {last}, {words.percent(least)}."
            + beside
        )
    return (
        f"{first} {words.percent(most)}, {last} {words.percent(least)}: each line as it was last "
        f"said, {_between(min(times), max(times))}, so that they are not ranked.{beside}"
    )
