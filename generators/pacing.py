"""When messages may leave: the election's clock, run at a speed or advanced by the plan. Pure.

Times of the plan are microseconds since 1970, UTC, as polars keeps them.
"""

from __future__ import annotations

from datetime import datetime

from election.clock import ElectionClock
from election.errors import UserError
from generators.moments import HOUR, MINUTE, from_us, to_us

AS_FAST_AS_IT_CAN = "max"
WINDOW_US = 10 * MINUTE  # sent between two looks at the clock when the plan advances it
JUMP_OVER_US = 2 * HOUR  # nothing happens for so long: a seat that polls or declares days later
MAX_SPEED = 1_000_000.0


def parse_speed(text: str) -> float | None:
    """Return election seconds a second; None stands for as fast as it can.

    Raises:
        UserError: neither `max` nor a number from above 0 to a million.
    """
    if text.strip().lower() == AS_FAST_AS_IT_CAN:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MAX_SPEED:
        raise UserError(
            f"SPEED={text} cannot be used",
            why=f"it is election seconds a second, above 0 and at most {MAX_SPEED:,.0f}",
            fix="write SPEED=540 for day and night in about 3 minutes, or SPEED=max",
        )
    return speed


class Pace:
    """The night's clock: says up to which planned time messages may be sent now.

    Nothing planned for after close of poll leaves before the clock, as others read it, has
    passed it: the embargo is over when the first choice is sent.
    """

    def __init__(
        self,
        speed: float | None,
        *,
        starts_at: datetime,
        closes_at: datetime,
        resumes_us: int | None,
        now: datetime,
    ) -> None:
        """Set the clock, not yet running.

        Args:
            speed: Election seconds a second; None to follow the plan.
            starts_at: What is planned earlier is sent at once.
            closes_at: Close of poll.
            resumes_us: First planned time that a continued night has not sent; None if new.
            now: Wall clock.
        """
        self._speed = speed
        self.starts_us = to_us(starts_at)
        """First planned time that is not sent at once."""
        self._closes_us = to_us(closes_at)
        first = self.starts_us if resumes_us is None else max(resumes_us, self.starts_us)
        self.clock = _anchored(now, first, 0.0)

    def advance(self, next_us: int, now: datetime) -> int:
        """Return up to when messages may be sent, given the first that is still to be sent."""
        if next_us < self.starts_us:
            return self.starts_us - 1
        if self._speed is None:
            return self._advance_by_plan(next_us, now)
        return self._advance_by_time(next_us, now, self._speed)

    def pause(self, now: datetime) -> None:
        """Stop the clock where it stands."""
        self.clock = ElectionClock(now, self.clock.election_at(now), 0.0)

    def finish(self, ends_at: datetime, now: datetime) -> None:
        """Stop the clock at the end of the night."""
        self.clock = ElectionClock(now, max(ends_at, self.clock.election_at(now)), 0.0)

    def _advance_by_plan(self, next_us: int, now: datetime) -> int:
        self.clock = _anchored(now, next_us, 0.0)
        until = next_us + WINDOW_US
        return min(until, self._closes_us - 1) if next_us < self._closes_us else until

    def _advance_by_time(self, next_us: int, now: datetime, speed: float) -> int:
        if not self.clock.speed:  # the register is sent, or the night goes on
            self.clock = ElectionClock(now, self.clock.anchor_election_at, speed)
        until = to_us(self.clock.election_at(now))
        if next_us - until > JUMP_OVER_US:
            self.clock = _anchored(now, next_us, speed)
            return next_us
        return until


def _anchored(now: datetime, election_us: int, speed: float) -> ElectionClock:
    return ElectionClock(now, from_us(election_us), speed)
