"""`python -m bench.history`: the result files as a table and a chart for `docs/speed.md`.

The chart shows how many times better than its "must" each row was, run after run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log10
from pathlib import Path
from typing import Any

from bench.results import FOLDER
from bench.table import COMPARED, ROWS

DOCUMENT = Path(__file__).parents[1] / "docs" / "speed.md"
CHART = DOCUMENT.parent / "images" / "speed.svg"
BEGIN_COMPARED = "<!-- compared: written by python -m bench.history -->"
END_COMPARED = "<!-- end of compared -->"
BEGIN, END = "<!-- figures: written by python -m bench.history -->", "<!-- end of figures -->"

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 380, 44, 150, 24, 40
LOWEST, HIGHEST = 0.1, 10.0  # times the must
GRID = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LABEL_APART = 14.0
COLOURS = ("#0b5fa5", "#c8551b", "#2f7d32", "#7b3fa0", "#a8323e", "#00796b", "#8d6e1f",
           "#455a64", "#c2185b", "#3949ab")  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One row of one run."""

    at: datetime
    name: str
    record: Mapping[str, Any]
    reference_ms: float | None
    """How long the machine took for a piece of work that never changes; older runs do not say."""

    @property
    def times_must(self) -> float:
        """How many times better than it must be; 1 is just enough."""
        median, must = float(self.record["median"]), float(self.record["must"])
        return median / must if ROWS[self.name].higher_is_better else must / max(median, 1e-9)


def read(folder: Path = FOLDER) -> list[Figure]:
    """Return every figure of rows that are still measured, the oldest run first."""
    found = []
    for file in sorted(folder.glob("*.json")):
        run = json.loads(file.read_text())
        at, took = datetime.fromisoformat(run["at"]), run.get("reference_ms")
        found += [Figure(at, row["name"], row, took) for row in run["rows"] if row["name"] in ROWS]
    return sorted(found, key=lambda figure: figure.at)


def newest(figures: Iterable[Figure]) -> list[Figure]:
    """Return the newest figure of each row, in the order of the table."""
    last = {figure.name: figure for figure in figures}
    return [last[name] for name in ROWS if name in last]


def table(figures: Sequence[Figure]) -> str:
    """Return the newest figures as a table in Markdown."""
    lines = [
        "| row | what | newest | must | aim | CPU us/event | reference | measured |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for figure in newest(figures):
        record, row = figure.record, ROWS[figure.name]
        cpu, took = record["cpu_us_per_event"], figure.reference_ms
        compared = not row.must
        lines.append(
            f"| `{row.name}` | {row.what} | {_number(record['median'])} {row.unit}"
            f" | {'-' if compared else _number(row.must)} | {'-' if compared else _number(row.aim)}"
            f" | {'-' if cpu is None else f'{cpu:.1f}'}"
            f" | {'-' if took is None else f'{took:.0f} ms'} | {figure.at:%Y-%m-%d} |"
        )
    return "\n".join(lines)


def compared(figures: Sequence[Figure]) -> str:
    """Return ours beside the others, each pair of one run, as sentences; none before such a run."""
    lines = []
    for ours, others in COMPARED.items():
        for other in others:
            if pair := _newest_pair(figures, ours, other):
                lines.append(f"- {_beside(*pair)}")
    return "\n".join(lines)


def _newest_pair(figures: Sequence[Figure], ours: str, other: str) -> tuple[Figure, Figure] | None:
    """Return the newest figures of two rows that one run measured."""
    by_run = {(figure.at, figure.name): figure for figure in figures}
    runs = sorted((at for at, name in by_run if name == other and (at, ours) in by_run))
    return (by_run[runs[-1], ours], by_run[runs[-1], other]) if runs else None


def _beside(ours: Figure, other: Figure) -> str:
    """Say how two figures of one run stand to each other."""
    speed, theirs = float(ours.record["median"]), float(other.record["median"])
    unit = ROWS[other.name].unit
    said = (
        f"`{ours.name}` {_number(speed)}, `{other.name}` {_number(theirs)} {unit}: ours has"
        f" {_number(speed / theirs)} times its speed"
    )
    cpu, its_cpu = (figure.record["cpu_us_per_event"] for figure in (ours, other))
    if cpu and its_cpu:
        said += (
            f" and takes {_number(cpu / its_cpu)} times its CPU, {cpu:.1f} us against {its_cpu:.1f}"
        )
    return f"{said} ({ours.at:%Y-%m-%d})."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def chart(figures: Sequence[Figure]) -> str:
    """Return the history as an SVG drawing."""
    shown = [figure for figure in figures if figure.record["must"]]
    moments = sorted({figure.at for figure in shown})
    lines = {name: [f for f in shown if f.name == name] for name in ROWS}
    lines = {name: found for name, found in lines.items() if found}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{_takeaway(shown)}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for times in GRID:
        y, strong = _y(times), times == 1.0
        parts += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{"#333333" if strong else "#e2e6ee"}"/>',
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555555">'
            f"{'must' if strong else f'{times:g}x'}</text>",
        ]
    labels = _apart({name: _y(found[-1].times_must) for name, found in lines.items()})
    for (name, found), colour in zip(lines.items(), COLOURS * 2, strict=False):
        at = [(_x(moments.index(f.at), len(moments)), _y(f.times_must)) for f in found]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]
        parts.append(
            f'<text x="{WIDTH - RIGHT + 10}" y="{labels[name] + 4:.1f}" fill="{colour}">'
            f"{name} {found[-1].times_must:.1f}x</text>"
        )
    parts += [
        f'<text x="{_x(n, len(moments)):.1f}" y="{HEIGHT - 14}" text-anchor="middle" '
        f'fill="#555555">{moment:%d %b}</text>'
        for n, moment in enumerate(moments)
        if n == 0 or moment.date() != moments[n - 1].date()
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _takeaway(figures: Sequence[Figure]) -> str:
    last = newest(figures)
    reached = sum(figure.times_must >= 1 for figure in last)
    return f"{reached} of {len(last)} rows reach what they must in their newest run"


def _x(n: int, of: int) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * (n / max(of - 1, 1))


def _y(times: float) -> float:
    share = log10(min(max(times, LOWEST), HIGHEST) / LOWEST) / log10(HIGHEST / LOWEST)
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Return places of labels that do not cover each other."""
    found: dict[str, float] = {}
    last = float("-inf")
    for name, y in sorted(places.items(), key=lambda place: place[1]):
        last = max(y, last + LABEL_APART)
        found[name] = last
    return found


def document(text: str, figures: Sequence[Figure]) -> str:
    """Return a document with the figures between its marks made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    alt = _takeaway([figure for figure in figures if figure.record["must"]])
    figured = f"{before}{BEGIN}\n\n![{alt}](images/speed.svg)\n\n{table(figures)}\n\n{END}{after}"
    before, _, rest = figured.partition(BEGIN_COMPARED)
    _, _, after = rest.partition(END_COMPARED)
    return f"{before}{BEGIN_COMPARED}\n\n{compared(figures)}\n\n{END_COMPARED}{after}"


def main() -> int:
    """Write table and chart."""
    figures = read()
    DOCUMENT.write_text(document(DOCUMENT.read_text(), figures))
    CHART.write_text(chart(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
