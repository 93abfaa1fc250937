"""The invented election: 650 seats that exist nowhere, shaped like the country. Pure.

Sizes, turnout and shares follow `synthetic_tables`; every number is a function of the seed.
Seats, candidates and places carry invented names: no made-up result for a real place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from election.clock import closes_at
from election.geography import REGION_BY_ID, SEATS_IN_ALL, SYNTHETIC_POLLING_DATE
from election.ids import candidate_id, election_id
from generators.apportionment import apportion
from generators.contest import CANDIDATES, PREVIOUS, SEATS, SUPERSEDED, Contest
from generators.official_parties import summary_text
from generators.streams import stream
from generators.synthetic_names import candidate_names, place_names
from generators.synthetic_shares import RegionSeats, draw_shares
from generators.synthetic_tables import (
    CANDIDATES_A_SEAT,
    ELECTORATE_MAX,
    ELECTORATE_MIN,
    ELECTORATE_SPREAD,
    INDEPENDENT,
    OTHERS,
    PARTIES,
    REGION_SHAPES,
    REJECTED_MEAN,
    REJECTED_SHAPE,
    SMALL_PARTIES,
    SMALL_PARTIES_BY_REGION,
    TURNOUT_SPREAD,
    RegionShape,
)
from generators.timetable import declaration_times

TITLE = "Synthetic data: an invented general election"
SMALLEST_SEAT_IN = "S92000003"  # islands
WITHIN_REGION = 0.85  # of the spread of all seats; regions and the islands make the rest
TURNOUT_BOUNDS = (35.0, 85.0)  # percent
SWING_SPREAD = 0.035  # of a party in a region since the election before
LEAST_PREVIOUS_SHARE = 0.005
STANDS_AGAIN = 0.8  # chance that the sitting member's party sends the sitting member
LEAST_OTHER_WEIGHT = 0.2  # of the small candidates, so that nobody comes out without a vote


@dataclass(frozen=True)
class _Standing:
    """One nomination with its votes, before it has a place on the ballot paper."""

    party: str
    name: str
    votes: int


@dataclass(frozen=True)
class _Seat:
    """One seat with everything that its rows need."""

    constituency_id: str
    name: str
    region_id: str
    electorate: int
    rejected: int
    standing: tuple[_Standing, ...]  # ballot order
    previous: dict[str, float]

    @property
    def valid(self) -> int:
        return sum(one.votes for one in self.standing)

    @property
    def winner(self) -> str:
        return max(self.standing, key=lambda one: one.votes).party

    @property
    def previous_winner(self) -> str:
        return max(self.previous, key=self.previous.__getitem__)

    @property
    def majority(self) -> int:
        first, second = sorted((one.votes for one in self.standing), reverse=True)[:2]
        return first - second


def make_contest(seed: int) -> Contest:
    """Return the invented election of a seed, at 1:1."""
    seats = _seats(seed)
    day = SYNTHETIC_POLLING_DATE
    times = declaration_times(
        [seat.constituency_id for seat in seats],
        [seat.region_id for seat in seats],
        [day] * len(seats),
        [seat.majority for seat in seats],
        seed=seed,
    )
    assert all(time > closes_at(day) for time in times)
    return Contest(
        election_id=election_id(day.isoformat(), synthetic=True),
        title=TITLE,
        is_synthetic=True,
        polling_date=day,
        scale=1,
        seats=pl.DataFrame(
            [_seat_row(seat, time) for seat, time in zip(seats, times, strict=True)],
            schema=SEATS, orient="row",
        ),
        candidates=pl.DataFrame(
            [row for seat in seats for row in _candidate_rows(seat, seed)],
            schema=CANDIDATES, orient="row",
        ),
        previous=pl.DataFrame(
            [(s.constituency_id, *one) for s in seats for one in s.previous.items()],
            schema=PREVIOUS, orient="row",
        ),
        superseded=pl.DataFrame(schema=SUPERSEDED),
    )  # fmt: skip


def _seats(seed: int) -> list[_Seat]:
    """Draw sizes, then shares of all regions together, then who stands."""
    counts = _candidate_counts(seed)
    electorates, regions, sizes = [], [], []
    for shape in REGION_SHAPES:
        electorate = _electorates(shape, seed)
        columns = len([name for name in shape.shares if name != OTHERS])
        size = counts[shape.region_id]
        electorates.append(electorate)
        sizes.append(size)
        regions.append(RegionSeats(shape, _valid_votes(shape, electorate, seed), size - columns))
    names = iter(place_names(SEATS_IN_ALL, stream(seed, "place-names")))
    seats: list[_Seat] = []
    for region, electorate, shares in zip(
        regions, electorates, draw_shares(regions, seed), strict=True
    ):
        swing = _swings(region, seed)
        for row in range(region.shape.seats):
            seats.append(
                _seat(region, row, int(electorate[row]), shares[row], swing, next(names), seed)
            )
    return seats


def _candidate_counts(seed: int) -> dict[str, np.ndarray]:
    """Deal out how many candidates each seat has; regions with six parties get six or more."""
    generator = stream(seed, "candidates-a-seat")
    left = [size for size, seats in CANDIDATES_A_SEAT.items() for _ in range(seats)]
    left = generator.permutation(np.array(left, dtype=np.int64)).tolist()
    counts: dict[str, np.ndarray] = {}
    for shape in sorted(REGION_SHAPES, key=lambda one: -len(one.shares)):
        least = len([name for name in shape.shares if name != OTHERS])
        if OTHERS in shape.shares and shape.region_id in SMALL_PARTIES_BY_REGION:
            least += 1  # a tenth of the vote there is for others: somebody must stand
        enough = [size for size in left if size >= least][: shape.seats]
        for size in enough:
            left.remove(size)
        counts[shape.region_id] = np.array(enough)
    return counts


def _electorates(shape: RegionShape, seed: int) -> np.ndarray:
    generator = stream(seed, "electorates", shape.region_id)
    spread = ELECTORATE_SPREAD * WITHIN_REGION
    drawn = generator.normal(shape.electorate / shape.seats, spread, shape.seats)
    total = shape.electorate
    if shape.region_id == SMALLEST_SEAT_IN:
        rest = np.clip(drawn[1:], ELECTORATE_MIN, ELECTORATE_MAX)
        return np.array([ELECTORATE_MIN, *_shared_out(rest, total - ELECTORATE_MIN)])
    return np.array(_shared_out(np.clip(drawn, ELECTORATE_MIN, ELECTORATE_MAX), total))


def _valid_votes(shape: RegionShape, electorate: np.ndarray, seed: int) -> np.ndarray:
    generator = stream(seed, "turnout", shape.region_id)
    turnout = np.clip(generator.normal(shape.turnout, TURNOUT_SPREAD, shape.seats), *TURNOUT_BOUNDS)
    total = round(shape.electorate * shape.turnout / 100)
    return np.array(_shared_out(electorate * turnout, total))


def _shared_out(weights: np.ndarray, total: int) -> list[int]:
    """Apportion by weights that are no whole numbers."""
    whole = np.rint(weights / weights.sum() * 10**12).astype(np.int64)
    return apportion(whole.tolist(), total)


def _swings(region: RegionSeats, seed: int) -> np.ndarray:
    """Return how much each party gained in the region since the election before."""
    generator = stream(seed, "swing", region.shape.region_id)
    drawn = generator.normal(0.0, SWING_SPREAD, len(region.parties)) * np.sqrt(
        region.published / region.published.max()
    )
    return np.asarray(drawn - drawn.mean())


def _seat(
    region: RegionSeats,
    row: int,
    electorate: int,
    shares: np.ndarray,
    swing: np.ndarray,
    name: str,
    seed: int,
) -> _Seat:
    shape = region.shape
    seat_id = f"SYN-{REGION_BY_ID[shape.region_id].short}-{row + 1:03d}"
    generator = stream(seed, "seat", seat_id)
    rejected_rate = generator.beta(
        REJECTED_SHAPE, REJECTED_SHAPE * (1 - REJECTED_MEAN) / REJECTED_MEAN
    )
    valid = int(region.valid_votes[row])
    parties = [party for party in region.parties if party != OTHERS]
    weights = [float(shares[i]) for i, party in enumerate(region.parties) if party != OTHERS]
    others = int(region.other_candidates[row])
    if others:
        small = _small_parties(shape.region_id, others, generator)
        drawn = generator.dirichlet(np.ones(others)) + LEAST_OTHER_WEIGHT
        parties += small
        weights += (drawn / drawn.sum() * float(shares[-1])).tolist()
    votes = _without_tie(_shared_out(np.array(weights), valid))
    people = candidate_names(len(parties), generator)
    standing = [_Standing(*one) for one in zip(parties, people, votes, strict=True)]
    return _Seat(
        constituency_id=seat_id,
        name=name,
        region_id=shape.region_id,
        electorate=electorate,
        rejected=round(valid * rejected_rate / (1 - rejected_rate)),
        standing=tuple(sorted(standing, key=lambda one: one.name.split()[::-1])),
        previous=_previous(region, shares, swing),
    )


def _small_parties(region_id: str, count: int, generator: np.random.Generator) -> list[str]:
    """Choose who takes the places that are left; independents fill up."""
    own = list(SMALL_PARTIES_BY_REGION.get(region_id, ()))
    general = [SMALL_PARTIES[i] for i in generator.permutation(len(SMALL_PARTIES))]
    chosen = (own or general)[: max(count - 1, 1)]
    return chosen[:count] + [INDEPENDENT] * (count - len(chosen[:count]))


def _without_tie(votes: Sequence[int]) -> list[int]:
    """Decide a shared first place by one vote: an invented tie would prove nothing."""
    fair = list(votes)
    first, second = sorted(range(len(fair)), key=lambda i: -fair[i])[:2]
    if fair[first] == fair[second]:
        fair[first] += 1
        fair[second] -= 1
    return fair


def _previous(region: RegionSeats, shares: np.ndarray, swing: np.ndarray) -> dict[str, float]:
    before = np.maximum(shares - swing, LEAST_PREVIOUS_SHARE)
    before /= before.sum()
    return {
        party: round(float(share), 6)
        for party, share in zip(region.parties, before, strict=True)
        if party != OTHERS
    }


def _seat_row(seat: _Seat, declared_at: object) -> tuple[object, ...]:
    region = REGION_BY_ID[seat.region_id]
    numbers = (seat.electorate, seat.valid, seat.rejected)
    return (
        seat.constituency_id, seat.name, region.region_id, region.name, region.nation,
        *numbers, *numbers, SYNTHETIC_POLLING_DATE, declared_at,
        summary_text(seat.winner, seat.previous_winner), seat.previous_winner, None, None, False,
    )  # fmt: skip


def _candidate_rows(seat: _Seat, seed: int) -> list[tuple[object, ...]]:
    stands_again = stream(seed, "incumbent", seat.constituency_id).random() < STANDS_AGAIN
    most = max(one.votes for one in seat.standing)
    return [
        (
            candidate_id(seat.constituency_id, order), seat.constituency_id, order, one.name,
            PARTIES[one.party].party_id, PARTIES[one.party].name, one.party,
            bool(stands_again and one.party == seat.previous_winner),
            one.votes, one.votes, one.votes == most,
        )
        for order, one in enumerate(seat.standing, start=1)
    ]  # fmt: skip
