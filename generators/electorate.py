"""The register: stations, and the electors on each with the attributes that are simulated.

Real registers of the United Kingdom hold no sex, age or education; here all three are invented,
independent of each other, from national shares (2021 census of England and Wales, mid-2022
population estimates). A register that was given brings age and sex. Pure: a function of contest
and seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from election.clock import opens_at
from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from election.ids import station_id
from generators.contest import Contest
from generators.moments import SECOND, to_us
from generators.numbering import apportion, numbers_within
from generators.streams import stream

STATIONS_PER_SEAT = 62  # at 1:1; a typical seat has about as many
MIN_STATIONS_PER_SEAT = 2
SIZE_SIGMA = 0.5

AGE_SHARES = np.array([8.1, 14.7, 16.1, 17.1, 17.8, 13.7, 12.6])
SEX_SHARES = np.array([51.0, 49.0])
EDUCATION_SHARES = np.array([33.8, 16.9, 5.3, 13.4 + 9.7, 18.2, 2.8])
assert len(AGE_SHARES) == len(AGE_BANDS) and len(SEX_SHARES) == len(SEXES)
assert len(EDUCATION_SHARES) == len(EDUCATION_LEVELS)

# The register closes before the poll; people have been on it for up to ten years.
REGISTER_CLOSES_BEFORE = timedelta(days=12)
ON_REGISTER_UP_TO_S = 10 * 365 * 86_400


@dataclass(frozen=True)
class Electorate:
    """The register as columns: row `i` of each array is elector `i`, seat by seat.

    `station` is a row of `stations`, whose seats are rows `station_seat`; `age`, `sex` and
    `education` are positions in the lists of
    `election.events`; `registered_us` is microseconds since 1970, UTC. The electors of seat `s`
    are rows `first[s]` to `first[s + 1]`.
    """

    stations: pl.DataFrame
    station_seat: np.ndarray
    station: np.ndarray
    elector_no: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    education: np.ndarray
    registered_us: np.ndarray
    first: np.ndarray


def stations_per_seat(scale: int) -> int:
    """Return how many stations a seat has at a scale."""
    return max(MIN_STATIONS_PER_SEAT, round(STATIONS_PER_SEAT / float(np.sqrt(scale))))


def station_sizes(electorate: int, stations: int, generator: np.random.Generator) -> np.ndarray:
    """Split a seat's electors over its stations: log-normal sizes, at least one elector each."""
    stations = min(stations, electorate)
    weights = generator.lognormal(0.0, SIZE_SIGMA, stations)
    return apportion(electorate - stations, weights) + 1


def make_electorate(contest: Contest, seed: int) -> Electorate:
    """Return stations and electors of a scaled contest."""
    wanted = stations_per_seat(contest.scale)
    closed_us = to_us(opens_at(contest.polling_date) - REGISTER_CLOSES_BEFORE)
    seats = contest.seats["constituency_id"].to_list()
    electorates = contest.seats["electorate"].to_list()
    sizes = [
        station_sizes(n, wanted, stream(seed, "stations", seat))
        for seat, n in zip(seats, electorates, strict=True)
    ]
    drawn = [
        _draw_electors(n, closed_us, stream(seed, "electors", seat))
        for seat, n in zip(seats, electorates, strict=True)
    ]
    registered = np.concatenate(sizes)
    age, sex, education, registered_us = (np.concatenate(c) for c in zip(*drawn, strict=True))
    if contest.register is not None:
        age, sex = _people_in_seats(contest.register, seed)
    return Electorate(
        stations=_stations_frame(contest, sizes),
        station_seat=np.repeat(np.arange(len(sizes)), [len(s) for s in sizes]),
        station=np.repeat(np.arange(len(registered), dtype=np.int32), registered),
        elector_no=numbers_within(registered),
        age=age,
        sex=sex,
        education=education,
        registered_us=registered_us,
        first=np.concatenate([[0], np.cumsum(electorates)]).astype(np.int64),
    )


def _draw_electors(
    count: int, closed_us: int, generator: np.random.Generator
) -> tuple[np.ndarray, ...]:
    return (
        draw_codes(generator, AGE_SHARES, count),
        draw_codes(generator, SEX_SHARES, count),
        draw_codes(generator, EDUCATION_SHARES, count),
        closed_us - generator.integers(0, ON_REGISTER_UP_TO_S, count) * SECOND,
    )


def _people_in_seats(register: pl.DataFrame, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return age and sex of the people, seat by seat: where each lives is drawn by position."""
    order = stream(seed, "register").permutation(register.height)
    age, sex = (
        register[name].to_physical().to_numpy().astype(np.uint8)[order]
        for name in ("age_band", "sex")
    )
    return age, sex


def draw_codes(generator: np.random.Generator, shares: np.ndarray, count: int) -> np.ndarray:
    """Draw positions in a list by its shares, which need not sum to 1."""
    bounds = np.cumsum(shares) / shares.sum()
    bounds[-1] = 1.0
    return np.searchsorted(bounds, generator.random(count), side="right").astype(np.uint8)


def _stations_frame(contest: Contest, sizes: list[np.ndarray]) -> pl.DataFrame:
    rows = [
        (station_id(seat, number), seat, f"{name}, station {number}", int(size))
        for seat, name, seat_sizes in zip(
            contest.seats["constituency_id"], contest.seats["name"], sizes, strict=True
        )
        for number, size in enumerate(seat_sizes, 1)
    ]
    return pl.DataFrame(
        rows,
        schema={
            "polling_station_id": pl.String,
            "constituency_id": pl.String,
            "name": pl.String,
            "registered": pl.Int64,
        },
        orient="row",
    )
