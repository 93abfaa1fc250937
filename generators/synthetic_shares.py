"""Seat shares of an invented election: drawn, then raked to the regions' published totals.

What a seat's party deviates from its region is log-normal; the spread of each party is set so
that it comes out as published after raking, and how far parties move together so that the
median majority does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from generators.streams import stream
from generators.synthetic_tables import (
    MEDIAN_MAJORITY,
    OTHERS,
    SHARE_CV_OTHERWISE,
    SHARE_SPREADS,
    RegionShape,
)

# How parties lean on what makes seats alike: town or country, and how well-off.
_LOADINGS = {
    "Con": (-0.8, 0.3), "Lab": (0.9, -0.3), "LD": (-0.4, 0.8), "RUK": (-0.3, -0.8),
    "Grn": (0.5, 0.5), "SNP": (-0.3, -0.6), "PC": (-0.8, -0.2), "SF": (0.9, -0.2),
    "DUP": (-0.9, -0.2), "APNI": (-0.3, 0.8), "UUP": (-0.7, 0.4), "SDLP": (0.8, 0.3),
}  # fmt: skip
_RAKE_ROUNDS = 12
_SPREAD_ROUNDS = 12
_TOGETHER_ROUNDS = 9
_SHARE_POWER = 0.75  # a region's spread grows with the party's share, less than in proportion


@dataclass(frozen=True)
class RegionSeats:
    """The seats of one region: what is fixed before shares are drawn."""

    shape: RegionShape
    valid_votes: np.ndarray
    other_candidates: np.ndarray  # how many stand besides the parties with a column

    @property
    def parties(self) -> tuple[str, ...]:
        """Parties with a column, and the others last."""
        return tuple(self.shape.shares)

    @property
    def published(self) -> np.ndarray:
        """Return the region's shares, renormalised to sum to 1."""
        shares = np.array(list(self.shape.shares.values()))
        return shares / shares.sum()


def rake(votes: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Scale a seats x parties matrix until rows and columns sum to the given totals."""
    for _ in range(_RAKE_ROUNDS):
        votes = votes * (columns / np.maximum(votes.sum(axis=0), 1e-12))
        votes = votes * (rows / np.maximum(votes.sum(axis=1), 1e-12))[:, None]
    return votes


def draw_shares(regions: Sequence[RegionSeats], seed: int) -> list[np.ndarray]:
    """Return each region's seats x parties matrix of shares of the valid vote."""
    draws = [_Draws.of(region, seed) for region in regions]

    def shares_at(together: float) -> list[np.ndarray]:
        return _with_spreads([draw.deviations(together) for draw in draws], regions)

    return shares_at(_solve(lambda t: _median_majority(shares_at(t), regions)))


def _solve(median_at: Callable[[float], float]) -> float:
    """Find how far parties move together at which the median majority is as published."""
    low, high = 0.0, 1.0
    for _ in range(_TOGETHER_ROUNDS):
        middle = (low + high) / 2
        if median_at(middle) < MEDIAN_MAJORITY:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@dataclass(frozen=True)
class _Draws:
    """One region's standard normal draws: two factors a seat, one of its own a seat and party."""

    factors: np.ndarray
    own: np.ndarray
    loadings: np.ndarray

    @staticmethod
    def of(region: RegionSeats, seed: int) -> _Draws:
        seats = len(region.valid_votes)
        generator = stream(seed, "shares", region.shape.region_id)
        return _Draws(
            factors=generator.standard_normal((seats, 2)),
            own=generator.standard_normal((seats, len(region.parties))),
            loadings=np.array([_LOADINGS.get(name, (0.0, 0.0)) for name in region.parties]),
        )

    def deviations(self, together: float) -> np.ndarray:
        """Return seats x parties, each with standard deviation 1."""
        norm = np.linalg.norm(self.loadings, axis=1)
        weight = np.where(norm > 0, together, 0.0)
        common = self.factors @ (self.loadings / np.maximum(norm, 1e-12)[:, None]).T
        return weight * common + np.sqrt(1 - weight**2) * self.own


def _with_spreads(
    deviations: Sequence[np.ndarray], regions: Sequence[RegionSeats]
) -> list[np.ndarray]:
    """Return shares whose spread over all regions is as published, party by party."""
    widths = {name: spread / 100 for name, spread in SHARE_SPREADS.items()}
    shares: list[np.ndarray] = []
    for _ in range(_SPREAD_ROUNDS):
        shares = [_shares(z, region, widths) for z, region in zip(deviations, regions, strict=True)]
        for name, target in SHARE_SPREADS.items():
            found = spread_of(name, shares, regions)
            if found > 0:
                widths[name] *= float(np.clip(target / 100 / found, 0.7, 1.4))
    return shares


def _shares(z: np.ndarray, region: RegionSeats, widths: Mapping[str, float]) -> np.ndarray:
    base = region.published
    cv = np.array(
        [_variation(n, share, widths) for n, share in zip(region.parties, base, strict=True)]
    )
    sigma = np.sqrt(np.log1p(cv**2))
    votes = base * np.exp(sigma * z - sigma**2 / 2) * region.valid_votes[:, None]
    votes[:, -1] *= region.other_candidates  # nobody stands, nobody votes for them
    totals = base * region.valid_votes.sum()
    if not region.other_candidates.any():
        totals[-1] = 0.0
        totals *= region.valid_votes.sum() / max(totals.sum(), 1e-12)
    return rake(votes, region.valid_votes, totals) / np.maximum(region.valid_votes, 1)[:, None]


def _variation(name: str, share: float, widths: Mapping[str, float]) -> float:
    """Return the standard deviation over the mean of a party's share in one region."""
    if name not in widths:
        return SHARE_CV_OTHERWISE[name]
    typical = 0.2
    return float(widths[name] / typical * (share / typical) ** (_SHARE_POWER - 1))


def spread_of(name: str, shares: Sequence[np.ndarray], regions: Sequence[RegionSeats]) -> float:
    """Return a party's standard deviation between seats within regions of Great Britain."""
    squares, seats = 0.0, 0
    for matrix, region in zip(shares, regions, strict=True):
        if name in region.parties and "Con" in region.parties:
            column = matrix[:, region.parties.index(name)]
            squares += float(((column - column.mean()) ** 2).sum())
            seats += len(column)
    return (squares / max(seats, 1)) ** 0.5


def _median_majority(shares: Sequence[np.ndarray], regions: Sequence[RegionSeats]) -> float:
    majorities = []
    for matrix, region in zip(shares, regions, strict=True):
        standing = matrix if region.parties[-1] != OTHERS else matrix[:, :-1]
        ordered = np.sort(standing, axis=1)
        majorities.append((ordered[:, -1] - ordered[:, -2]) * region.valid_votes)
    return float(np.median(np.concatenate(majorities)))
