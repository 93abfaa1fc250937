"""Who is given a ballot paper, how and when: the marked register, without any choice.

Pure: a function of contest, register and seed. The number of papers issued in a seat is what its
result says (valid + rejected); who they are is drawn by the turnout of their age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from election.clock import opens_at
from election.events import METHODS
from generators.contest import Contest
from generators.electorate import Electorate, draw_codes
from generators.moments import DAY, HOUR, MINUTE, SECOND, to_us
from generators.numbering import number_runs
from generators.streams import stream

AGE_TURNOUT = np.array([0.44, 0.47, 0.54, 0.60, 0.66, 0.71, 0.72])
# Drawing without replacement with weights w takes an elector with probability 1 - exp(-w t):
# with these weights each age turns out at its own rate where all together do as nationally.
_TURNOUT_WEIGHTS = -np.log1p(-AGE_TURNOUT)

POSTAL_SHARE = 0.22
POSTAL_SHARE_NORTHERN_IRELAND = 0.02
POSTAL_BY_AGE = np.array([0.50, 0.55, 0.65, 0.80, 1.05, 1.40, 1.70])  # relative
POSTAL_BEFORE_THE_DAY = 0.60
POSTAL_DAYS = 10
PROXY_SHARE = 0.006
HOUR_SHARES = np.array([4, 5.5, 6, 6.5, 6, 6, 5.5, 5, 5.5, 8, 10.5, 11.5, 10, 6.5, 3.5])
NEVER_BOXED_SHARE = 0.0002  # of papers issued; none in replays
TENDERED_BALLOTS = 5  # in a synthetic election, each in another seat

SENT_AFTER_US = 1 * SECOND

IN_PERSON, POSTAL, PROXY, TENDERED = (
    METHODS.index(m) for m in ("in_person", "postal", "proxy", "tendered")
)
NORTHERN_IRELAND = "Northern Ireland"


@dataclass(frozen=True)
class Issued:
    """Papers issued as columns, seat by seat, in order of time within a station.

    `elector` is a row of the register whose attributes the paper carries; `elector_no` is 0 on
    tendered ballots. `issued_us` is microseconds since 1970, UTC.
    """

    elector: np.ndarray
    station: np.ndarray
    issue_no: np.ndarray
    elector_no: np.ndarray
    method: np.ndarray
    issued_us: np.ndarray


def issue_ballots(contest: Contest, electorate: Electorate, seed: int) -> Issued:
    """Return every paper issued in a scaled contest."""
    seats = contest.seats
    tendered = _seats_with_tendered(contest, seed)
    parts = [
        _issue_in_seat(
            slice(int(electorate.first[row]), int(electorate.first[row + 1])),
            electorate,
            _papers(valid + rejected, contest, stream(seed, "never-boxed", seat)),
            day=to_us(opens_at(polls_on)),
            postal_share=(
                POSTAL_SHARE_NORTHERN_IRELAND if nation == NORTHERN_IRELAND else POSTAL_SHARE
            ),
            tendered=row in tendered,
            generator=stream(seed, "issuing", seat),
        )
        for row, (seat, valid, rejected, polls_on, nation) in enumerate(
            seats.select(
                "constituency_id", "valid_votes", "rejected_ballots", "polls_on", "nation"
            ).iter_rows()
        )
    ]
    return Issued(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _papers(counted: int, contest: Contest, generator: np.random.Generator) -> int:
    """Papers to issue so that as many are counted; a few never reach the box."""
    if not contest.is_synthetic:
        return counted
    return counted + int(generator.binomial(counted, NEVER_BOXED_SHARE))


def _seats_with_tendered(contest: Contest, seed: int) -> frozenset[int]:
    if not contest.is_synthetic:
        return frozenset()
    count = min(TENDERED_BALLOTS, contest.seats.height)
    chosen = stream(seed, "tendered").choice(contest.seats.height, count, replace=False)
    return frozenset(int(row) for row in chosen)


def _issue_in_seat(
    rows: slice,
    electorate: Electorate,
    papers: int,
    *,
    day: int,
    postal_share: float,
    tendered: bool,
    generator: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    age = electorate.age[rows]
    turned_out = choose_voters(age, min(papers, len(age)), generator)
    method = draw_methods(age[turned_out], postal_share, generator)
    issued_us = day + draw_times(method, generator)
    elector = turned_out + rows.start
    elector_no = electorate.elector_no[elector]
    if tendered and len(elector):
        again = int(generator.integers(len(elector)))
        last_us = day + 15 * HOUR - MINUTE
        at = max(int(issued_us[again]), day)
        elector = np.append(elector, elector[again])
        elector_no = np.append(elector_no, 0)
        method = np.append(method, TENDERED)
        issued_us = np.append(issued_us, at + int(generator.random() * (last_us - at)))
    station = electorate.station[elector]
    order = np.lexsort((issued_us, station))
    station = station[order]
    return (
        elector[order],
        station,
        number_runs(station),
        elector_no[order].astype(np.int32),
        method[order].astype(np.uint8),
        issued_us[order],
    )


def choose_voters(age: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """Choose electors without replacement by the turnout of their age (Gumbel top-k).

    Returns:
        Positions in `age`, ascending.
    """
    keys = np.log(_TURNOUT_WEIGHTS[age]) + generator.gumbel(size=len(age))
    if count >= len(age):
        return np.arange(len(age))
    if not count:  # an unopposed return: nobody is given a paper
        return np.empty(0, dtype=np.int64)
    return np.sort(np.argpartition(keys, len(age) - count)[len(age) - count :])


def draw_methods(
    age: np.ndarray, postal_share: float, generator: np.random.Generator
) -> np.ndarray:
    """Draw how each voter votes: by post more often with age, rarely by proxy."""
    relative = POSTAL_BY_AGE[age]
    by_post = postal_share * relative / relative.mean() if len(age) else relative
    drawn = generator.random(len(age))
    return np.where(drawn < by_post, POSTAL, np.where(drawn > 1 - PROXY_SHARE, PROXY, IN_PERSON))


def draw_times(method: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw when each paper is issued, in microseconds from the opening of the poll."""
    count = len(method)
    hour = draw_codes(generator, HOUR_SHARES, count).astype(np.int64)
    within = generator.integers(0, HOUR, count)
    before = generator.random(count) < POSTAL_BEFORE_THE_DAY
    days = generator.integers(1, POSTAL_DAYS + 1, count)
    office_hours = 2 * HOUR + generator.integers(0, 8 * HOUR, count)  # from 9 to 17
    through_the_day = generator.integers(10 * MINUTE, 14 * HOUR + 30 * MINUTE, count)
    post = np.where(before, office_hours - days * DAY, through_the_day)
    return np.where(method == POSTAL, post, hour * HOUR + within)
