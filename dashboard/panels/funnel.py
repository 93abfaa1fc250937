"""From the register to the result: how many names became ballots, papers and valid votes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dashboard import theme, words
from dashboard.panels.markup import Row, bar, bar_part, esc, page

COLOUR = theme.BLUE  # nobody's party


@dataclass(frozen=True)
class Step:
    """A step: its count (None: not known yet), the count it is a part of, and what that is."""

    name: str
    count: int | None
    of: int | None
    basis: str

    @property
    def share(self) -> float | None:
        """Return the step as a part (0-1) of what it is taken from, where both are known."""
        return self.count / self.of if self.count is not None and self.of else None

    @property
    def said(self) -> str:
        """Return the share with what it is of."""
        return self.basis if self.share is None else f"{words.percent(self.share)} {self.basis}"


def steps(night: Row) -> tuple[Step, ...]:
    """Return the four steps; the last two are withheld until close of poll."""
    register, issued = night["registered"], night["ballots_issued"]
    first = (
        Step("Names on the register", register, None, "all seats"),
        Step("Ballots issued", issued, register, "of the register; tendered set aside"),
    )
    if night["is_embargoed"]:
        until = f"withheld until {words.clock(night['closes_at'])}"
        return (*first, Step("Papers counted", None, None, until),
                Step("Valid votes", None, None, until))  # fmt: skip
    valid, rejected = night["valid_votes"], night["rejected_ballots"]
    judged = None if valid is None else valid + (rejected or 0)
    seats = words.plural(night["seats_declared"] or 0, "declared seat")
    return (
        *first,
        Step("Papers counted", night["papers_counted"], issued, "of ballots issued, so far"),
        Step("Valid votes", valid, judged, f"of papers in {seats}"),
    )


def takeaway(made: tuple[Step, ...]) -> str:
    """Return the funnel's point in a sentence."""
    _, issued, counted, valid = made
    if issued.share is None:
        return "No ballot issued yet."
    parts = [f"{words.percent(issued.share)} of the register has a ballot paper"]
    if counted.share is None:
        parts.append(f"counting: {counted.basis}" if counted.of is None else "no paper counted yet")
    else:
        parts.append(f"{words.percent(counted.share)} of those are counted")
    if valid.share is not None:
        parts.append(f"{words.percent(valid.share)} of papers in declared seats are valid")
    return "; ".join(parts) + "."


def funnel(made: tuple[Step, ...]) -> str:
    """Return the steps as bars, each as long as its count beside the register."""
    register = made[0].count or 1
    rows = "".join(_row(step, register) for step in made)
    return page(f'<div class="th-funnel" data-panel="funnel">{rows}</div>')


def _row(step: Step, register: int) -> str:
    counted = words.count(step.count)
    line = bar(
        [bar_part((step.count or 0) / register, COLOUR)],
        description=f"{step.name}: {counted}, {step.said}", thin=True,
    )  # fmt: skip
    return (
        f'<div class="row"><div><b>{esc(step.name)}</b> <span class="soft">{esc(step.said)}</span>'
        f'</div><b class="num n" data-step="{esc(step.name)}">{counted}</b>{line}</div>'
    )


def table(made: tuple[Step, ...]) -> pl.DataFrame:
    """Return the same as a table; shares are 0-1."""
    return pl.DataFrame(
        {
            "step": [step.name for step in made],
            "count": pl.Series([step.count for step in made], dtype=pl.Int64),
            "share": pl.Series([step.share for step in made], dtype=pl.Float64),
            "of": [step.basis for step in made],
        }
    )
