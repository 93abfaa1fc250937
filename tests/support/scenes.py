"""An invented night for tests of the page: seats, candidates and when they declare.

Small arithmetic on seeded numbers; nobody's real result, and not the pipeline's own plan.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from election.geography import REGIONS

# region -> seats, shares of Con, Lab, LD, RUK, Grn, national party or independents (percent)
SHAPE = {
    "E12000004": (47, 29, 35, 6, 19, 6, 4), "E12000006": (61, 31, 29, 13, 18, 7, 2),
    "E12000007": (75, 20, 43, 11, 9, 10, 7), "E12000001": (27, 20, 45, 6, 20, 6, 3),
    "E12000002": (73, 19, 44, 8, 17, 7, 5), "E12000008": (91, 31, 25, 22, 14, 7, 2),
    "E12000009": (58, 28, 25, 25, 14, 7, 1), "E12000005": (57, 28, 34, 9, 18, 7, 5),
    "E12000003": (54, 23, 41, 7, 17, 7, 5), "W92000004": (32, 18, 37, 6, 17, 5, 17),
    "S92000003": (57, 13, 35, 10, 7, 4, 31), "N92000002": (18, 4, 6, 5, 8, 2, 75),
}  # fmt: skip
NATIONAL = {"W92000004": "PC", "S92000003": "SNP", "N92000002": "SF"}
PARTIES = {
    "Con": ("Conservative", "#0087dc"), "Lab": ("Labour", "#e4003b"),
    "LD": ("Liberal Democrat", "#faa61a"), "RUK": ("Reform UK", "#12b6cf"),
    "Grn": ("Green", "#02a95b"), "SNP": ("Scottish National Party", "#fdf38e"),
    "PC": ("Plaid Cymru", "#005b54"), "SF": ("Sinn Féin", "#326760"),
    "Ind": ("Independent", "#6f6f6f"),
}  # fmt: skip
_FIRST = ("Ada", "Bea", "Cal", "Dot", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kit", "Lee", "Mae",
          "Ned", "Ola", "Pia", "Quin", "Rae", "Sid", "Tess")  # fmt: skip
_LAST = ("Ashby", "Birch", "Crane", "Dunn", "Ellis", "Frost", "Grey", "Hale", "Inch", "Jarvis",
         "Kerr", "Lowe", "Marsh", "North")  # fmt: skip
_PLACE = ("Alder", "Birken", "Carden", "Dray", "Elms", "Farrow", "Glen", "Harrow", "Inver", "Kings",
          "Lang", "Mill", "Norden", "Oak")  # fmt: skip
_END = ("wick", "ford", "bury", "stead", "mouth", "combe", "worth", "ton", "dale", "by")
_TAIL = ["", " North", " South", " East", " West", " and Weir", " Central"]

POLLING_DATE = date(2030, 5, 2)
OPENS_AT = datetime(2030, 5, 2, 6, tzinfo=UTC)
CLOSES_AT = datetime(2030, 5, 2, 21, tzinfo=UTC)
IN_PERSON_BY_HOUR = (4, 5.5, 6, 6.5, 6, 6, 5.5, 5, 5.5, 8, 10.5, 11.5, 10, 6.5, 3.5)
POSTAL_SHARE = 0.22


@dataclass(frozen=True)
class Candidate:
    candidate_id: str
    name: str
    party: str
    order: int
    votes: int
    before: float


@dataclass(frozen=True)
class Seat:
    constituency_id: str
    name: str
    region_id: str
    electorate: int
    rejected: int
    held_by: str
    declared_at: datetime
    candidates: tuple[Candidate, ...]
    corrected_at: datetime | None = None

    @property
    def valid(self) -> int:
        return sum(c.votes for c in self.candidates)

    @property
    def order(self) -> list[Candidate]:
        return sorted(self.candidates, key=lambda c: (-c.votes, c.order))


@dataclass(frozen=True)
class Scene:
    """The night at one moment; `now` is the wall clock, `at` the election's."""

    at: datetime
    now: datetime
    seats: tuple[Seat, ...] = field(default_factory=lambda: make_seats())
    night_status: str = "running"
    outcome: str | None = "pass"
    failures: int = 0
    checked_age_s: float = 20.0
    numbers_age_s: float = 1.0
    spark_state: str = "running"
    spark_lag: int = 0
    is_synthetic: bool = True
    title: str = "Synthetic data: invented general election of 2 May 2030"
    pending: frozenset[str] = frozenset()

    @property
    def phase(self) -> str:
        if self.at < OPENS_AT:
            return "before_poll"
        if self.at < CLOSES_AT:
            return "polls_open"
        return "complete" if all(s.declared_at <= self.at for s in self.seats) else "counting"

    @property
    def is_embargoed(self) -> bool:
        return self.at < CLOSES_AT

    @property
    def as_of(self) -> datetime:
        return self.now - timedelta(seconds=self.numbers_age_s)

    def later(self, minutes: float, now: datetime) -> Scene:
        """Return the same night a little later."""
        return replace(self, at=self.at + timedelta(minutes=minutes), now=now)

    def counted(self, seat: Seat) -> float:
        """Return the part of a seat's papers that has been counted."""
        if self.is_embargoed:
            return 0.0
        span = (seat.declared_at - CLOSES_AT).total_seconds()
        gone = (self.at - CLOSES_AT).total_seconds()
        return max(0.0, min(1.0, (gone / span - 0.4) / 0.5))

    def issued_share(self) -> float:
        """Return the part of polling day's ballots that has been issued."""
        if self.at < OPENS_AT:
            return POSTAL_SHARE * 0.6 if self.at > OPENS_AT - timedelta(hours=6) else 0.0
        hours = min(15.0, (self.at - OPENS_AT).total_seconds() / 3600)
        whole = int(hours)
        done = sum(IN_PERSON_BY_HOUR[:whole]) + (
            IN_PERSON_BY_HOUR[whole] * (hours - whole) if whole < 15 else 0
        )
        posted = POSTAL_SHARE * (0.6 + 0.4 * hours / 15)
        return posted + (1 - POSTAL_SHARE) * done / 100

    def issued(self, seat: Seat) -> int:
        return round((seat.valid + seat.rejected) * self.issued_share())


def make_seats(seed: int = 7) -> tuple[Seat, ...]:
    """Make 650 seats; the first of each region declares early, a few are corrected."""
    source = random.Random(seed)
    names = [p + e + t for t in _TAIL for p in _PLACE for e in _END]
    source.shuffle(names)
    shorts = {r.region_id: r.short for r in REGIONS}
    seats = []
    for region_id, (count, *shares) in SHAPE.items():
        for n in range(1, count + 1):
            seat_id = f"SYN-{shorts[region_id]}-{n:03d}"
            hours = 1.5 if len(seats) == 0 else max(1.6, source.gauss(6.4, 1.4))
            seats.append(_seat(source, seat_id, names[len(seats)], region_id, shares, hours))
    return tuple(
        replace(s, corrected_at=s.declared_at + timedelta(minutes=50)) if i % 30 == 3 else s
        for i, s in enumerate(seats)
    )


def _seat(
    source: random.Random, seat_id: str, name: str, region_id: str, shares: list[int], hours: float
) -> Seat:
    parties = ["Con", "Lab", "LD", "RUK", "Grn", NATIONAL.get(region_id, "Ind")]
    electorate = round(source.gauss(742, 43))
    valid = round(electorate * source.gauss(0.6, 0.05))
    weights = [max(0.5, share + source.gauss(0, 8 if share > 12 else 2.5)) for share in shares]
    before = [max(0.5, w + source.gauss(0, 5)) for w in weights]
    candidates = tuple(
        Candidate(
            f"{seat_id}-C{i + 1:02d}",
            f"{source.choice(_FIRST)} {source.choice(_LAST)}",
            party,
            i + 1,
            round(valid * weights[i] / sum(weights)),
            before[i] / sum(before),
        )
        for i, party in enumerate(parties)
    )
    held_by = parties[max(range(6), key=lambda i: before[i])]
    declared_at = CLOSES_AT + timedelta(minutes=round(hours * 60))
    return Seat(seat_id, name, region_id, electorate, round(valid * 0.004), held_by, declared_at,
                candidates)  # fmt: skip
