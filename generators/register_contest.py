"""The invented election held among the people of a register: they are the electorate. Pure.

The country's shape is brought down to as many electors as there are people. Seats keep their
share of the electorate; who lives where is drawn, because invented seats have no addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from election.errors import UserError
from election.geography import SEATS_IN_ALL
from generators.apportionment import apportion, round_half_up
from generators.contest import Contest
from generators.scaling import at_scale

PEOPLE_A_SEAT_AT_LEAST = 10  # on average; with fewer some seats have nobody who votes


def check_people(count: int) -> None:
    """Refuse a register that is too small for an election.

    Raises:
        UserError: there are fewer people than the seats need.
    """
    least = SEATS_IN_ALL * PEOPLE_A_SEAT_AT_LEAST
    if count < least:
        raise UserError(
            f"the register has {count:,} people: too few for an election",
            why=f"{SEATS_IN_ALL} seats need {least:,} electors or more",
            fix="set REGISTER to an API that gives more people of 18 or older, or drop it",
        )


def hold_among(contest: Contest, register: pl.DataFrame) -> Contest:
    """Return a contest at 1:1 as one whose electors are the people of a register.

    Raises:
        UserError: there are too few of them.
    """
    check_people(register.height)
    scale = round_half_up(int(contest.seats["electorate"].sum()), register.height)
    scaled = at_scale(contest, scale)
    cast = (scaled.seats["valid_votes"] + scaled.seats["rejected_ballots"]).to_list()
    sizes = electorates(contest.seats["electorate"].to_list(), cast, register.height)
    return replace(
        scaled,
        title=f"{contest.title}, held among {register.height:,} people of a register",
        seats=scaled.seats.with_columns(pl.Series("electorate", sizes)),
        register=register,
    )


def electorates(real: Sequence[int], ballots_cast: Sequence[int], people: int) -> list[int]:
    """Share people out over seats in proportion to their real electorates.

    Every seat has as many as ballots are cast in it; those come from seats with most to spare.

    Raises:
        ValueError: more ballots are cast than there are people.
    """
    if sum(ballots_cast) > people:
        raise ValueError(f"{sum(ballots_cast):,} ballots of {people:,} people")
    sizes = apportion(real, people)
    spare = [size - cast for size, cast in zip(sizes, ballots_cast, strict=True)]
    while (short := min(spare)) < 0:
        seat, giver = spare.index(short), spare.index(max(spare))
        for place, change in ((seat, 1), (giver, -1)):
            sizes[place] += change
            spare[place] += change
    return sizes
