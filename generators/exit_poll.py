"""Simulated exit-poll answers: fresh draws from published distributions, nobody's vote.

The real exit poll asks neither age nor education. An answer is a draw from
P(party | region) x lift(age) x lift(education), raked so that each region's expected shares are
its result; no answer stands for a person on the register. What an answer shares with the papers
issued matches ten of them or more, or it is left out. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from generators.contest import Contest
from generators.electorate import AGE_SHARES, EDUCATION_SHARES, SEX_SHARES, draw_codes
from generators.issuing import AGE_TURNOUT
from generators.numbering import apportion, numbers_within
from generators.streams import stream

ANSWERS_AT_FULL_SCALE = 20_000
REFUSED_SHARE = 0.10
SMALL_CELL = 10  # cells of fewer issue rows lose a column
RAKING_ROUNDS = 200
NOT_SHOWN = -1

# Percent of each age band (rows) and education group for each party; a party without a figure
# has lift 1. "other" is everybody else's in the table by age.
_LIFT_PARTIES = ("Con", "Lab", "LD", "RUK", "Green")
_BY_AGE = np.array(
    [
        [8, 41, 16, 9, 18],
        [8, 46, 15, 10, 13],
        [11, 46, 13, 11, 9],
        [19, 39, 13, 15, 6],
        [27, 32, 12, 18, 5],
        [36, 26, 12, 17, 4],
        [45, 21, 11, 15, 3],
    ],
    dtype=float,
)
_OTHER_BY_AGE = np.array([8, 8, 10, 8, 6, 5, 5], dtype=float)
_DEGREE, _BETWEEN, _LOWER = (18.0, 42.0, 8.0), (25.0, 33.0, 17.0), (31.0, 28.0, 23.0)
_EDUCATION_GROUP = {
    "degree": _DEGREE,
    "a_level": _BETWEEN,
    "apprenticeship": _BETWEEN,
    "other": _BETWEEN,
    "gcse": _LOWER,
    "none": _LOWER,
}
_SAME_LIFTS = {"UKIP": "RUK", "BRX": "RUK", "Brx": "RUK", "Grn": "Green", "Lab Co-op": "Lab"}


@dataclass(frozen=True)
class Answers:
    """Answers as columns, region by region in order of number; -1 means not shown or refused.

    `region` is a position in `regions`, `party` one in `parties`.
    """

    regions: tuple[str, ...]
    parties: tuple[str, ...]
    region: np.ndarray
    answer_no: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    education: np.ndarray
    party: np.ndarray
    counts: np.ndarray  # answers of each region


def ask_voters(contest: Contest, issue_cells: np.ndarray, seed: int) -> Answers:
    """Return the answers of an exit poll.

    Args:
        contest: Scaled contest.
        issue_cells: Papers issued by region, age, sex and education (four axes; regions in
            order of `regions_of`).
        seed: Seed of the night.
    """
    regions, parties, totals = region_totals(contest)
    answers = round(ANSWERS_AT_FULL_SCALE / float(np.sqrt(contest.scale)))
    counts = apportion(answers, totals.sum(axis=1))
    parts = [
        _ask_in_region(int(counts[r]), totals[r], parties, stream(seed, "exit-poll", region))
        for r, region in enumerate(regions)
    ]
    age, sex, education, party = (np.concatenate(c) for c in zip(*parts, strict=True))
    region = np.repeat(np.arange(len(regions)), counts)
    age, sex, education = withhold_small_cells(issue_cells, region, age, sex, education)
    return Answers(
        regions, parties, region, numbers_within(counts), age, sex, education, party, counts
    )


def regions_of(contest: Contest) -> tuple[str, ...]:
    """Return the regions of a contest in their order of first mention."""
    return tuple(contest.seats["region_id"].unique(maintain_order=True).to_list())


def region_totals(contest: Contest) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray]:
    """Return regions, parties and votes by region and party."""
    regions = regions_of(contest)
    parties = tuple(contest.candidates["party_abbreviation"].unique().sort().to_list())
    votes = (
        contest.candidates.join(contest.seats, on="constituency_id")
        .group_by("region_id", "party_abbreviation")
        .agg(pl.col("vote_count").sum())
    )
    totals = np.zeros((len(regions), len(parties)))
    for region, party, count in votes.iter_rows():
        totals[regions.index(region), parties.index(party)] = count
    return regions, parties, totals


def party_given_cell(totals: np.ndarray, parties: tuple[str, ...]) -> np.ndarray:
    """Return P(party | age, education) of a region, raked to its votes by party.

    Returns:
        Array of age x education x party; the last axis sums to 1, and over the voters of the
        region the parties have their shares of `totals`.
    """
    shares = totals / max(totals.sum(), 1.0)
    cells = _voter_cells()
    odds = shares * _lifts(parties)
    for _ in range(RAKING_ROUNDS):
        odds = odds / np.maximum(odds.sum(axis=2, keepdims=True), 1e-300)
        reached = np.einsum("ae,aep->p", cells, odds)
        odds = odds * np.divide(shares, reached, out=np.zeros_like(shares), where=reached > 0)
    return odds / np.maximum(odds.sum(axis=2, keepdims=True), 1e-300)


def _ask_in_region(
    count: int, totals: np.ndarray, parties: tuple[str, ...], generator: np.random.Generator
) -> tuple[np.ndarray, ...]:
    cells = _voter_cells()
    age = draw_codes(generator, cells.sum(axis=1), count).astype(np.int8)
    sex = draw_codes(generator, SEX_SHARES, count).astype(np.int8)
    education = draw_codes(generator, EDUCATION_SHARES, count).astype(np.int8)
    bounds = np.cumsum(party_given_cell(totals, parties), axis=2)[age, education]
    party = (generator.random((count, 1)) >= bounds).sum(axis=1)
    party = np.minimum(party, np.flatnonzero(totals > 0).max(initial=0))
    refused = generator.random(count) < REFUSED_SHARE
    return age, sex, education, np.where(refused, NOT_SHOWN, party).astype(np.int16)


def withhold_small_cells(
    issue_cells: np.ndarray,
    region: np.ndarray,
    age: np.ndarray,
    sex: np.ndarray,
    education: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leave out education, then age, then sex where fewer than ten issue rows match."""
    small = issue_cells[region, age, sex, education] < SMALL_CELL
    no_age = small & (issue_cells.sum(axis=3)[region, age, sex] < SMALL_CELL)
    no_sex = no_age & (issue_cells.sum(axis=(1, 3))[region, sex] < SMALL_CELL)
    return (
        np.where(no_age, NOT_SHOWN, age),
        np.where(no_sex, NOT_SHOWN, sex),
        np.where(small, NOT_SHOWN, education),
    )


def _voter_cells() -> np.ndarray:
    """Return the shares of age and education among voters."""
    cells = np.outer(AGE_SHARES * AGE_TURNOUT, EDUCATION_SHARES)
    return cells / cells.sum()


def _lifts(parties: tuple[str, ...]) -> np.ndarray:
    """Return age x education x party: how much likelier than in the region as a whole."""
    voters = _voter_cells()
    by_age = _BY_AGE / (_BY_AGE.sum(axis=1) + _OTHER_BY_AGE)[:, None]
    age_lift = by_age / (voters.sum(axis=1) @ by_age)
    by_education = np.array([_EDUCATION_GROUP[level] for level in EDUCATION_LEVELS])
    education_lift = by_education / (voters.sum(axis=0) @ by_education)
    lifts = np.ones((len(AGE_BANDS), len(EDUCATION_LEVELS), len(parties)))
    for p, party in enumerate(parties):
        like = _SAME_LIFTS.get(party, party)
        if like in _LIFT_PARTIES:
            lifts[:, :, p] *= age_lift[:, None, _LIFT_PARTIES.index(like)]
        if like in ("Con", "Lab", "RUK"):
            lifts[:, :, p] *= education_lift[None, :, ("Con", "Lab", "RUK").index(like)]
    return lifts


def issue_cells(
    region: np.ndarray, age: np.ndarray, sex: np.ndarray, education: np.ndarray, regions: int
) -> np.ndarray:
    """Count papers issued by region, age, sex and education."""
    shape = (regions, len(AGE_BANDS), len(SEXES), len(EDUCATION_LEVELS))
    flat = np.ravel_multi_index((region, age, sex, education), shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
