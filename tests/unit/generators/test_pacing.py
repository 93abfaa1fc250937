"""When messages may leave: by the clock at a speed, or by the plan as fast as it can."""

from datetime import UTC, datetime, timedelta

import pytest

from election.errors import UserError
from generators.moments import HOUR, MINUTE, SECOND, to_us
from generators.pacing import WINDOW_US, Pace, parse_speed

OPENS = datetime(2017, 6, 8, 6, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=15)
STARTS = OPENS - timedelta(minutes=15)
WALL = datetime(2026, 1, 1, tzinfo=UTC)


def pace(speed, resumes_us=None):
    return Pace(speed, starts_at=STARTS, closes_at=CLOSES, resumes_us=resumes_us, now=WALL)


def after(seconds):
    return WALL + timedelta(seconds=seconds)


@pytest.mark.parametrize("speed", [None, 540.0])
def test_the_register_leaves_at_once_and_the_clock_waits(speed):
    night = pace(speed)
    assert night.advance(to_us(OPENS) - 264 * HOUR, WALL) == to_us(STARTS) - 1
    assert night.clock.speed == 0
    assert night.clock.election_at(after(60)) == STARTS


def test_at_a_speed_the_clock_starts_once_the_register_is_sent():
    night = pace(540.0)
    night.advance(to_us(STARTS) - 1, WALL)
    assert night.advance(to_us(OPENS), after(7)) == to_us(STARTS)
    assert night.advance(to_us(OPENS), after(8)) == to_us(STARTS) + 540 * SECOND


def test_as_fast_as_it_can_a_window_never_crosses_close_of_poll():
    night = pace(None)
    close_us = to_us(CLOSES)
    assert night.advance(close_us - 5 * MINUTE, WALL) == close_us - 1
    assert night.clock.election_at(after(9)) < CLOSES
    assert night.advance(close_us, WALL) == close_us + WINDOW_US
    assert night.clock.election_at(WALL) == CLOSES


def test_nothing_planned_after_close_leaves_before_the_clock_has_passed_it():
    night = pace(3600.0)
    night.advance(to_us(STARTS), WALL)
    for second in range(40):
        until = night.advance(to_us(CLOSES), after(second))
        assert (until >= to_us(CLOSES)) == (night.clock.election_at(after(second)) >= CLOSES)


def test_the_clock_jumps_over_days_without_a_message():
    night = pace(540.0)
    night.advance(to_us(STARTS), WALL)
    three_weeks = to_us(CLOSES + timedelta(days=21))
    assert night.advance(three_weeks, after(1)) == three_weeks
    assert night.clock.election_at(after(2)) == CLOSES + timedelta(days=21, seconds=540)


def test_a_continued_night_goes_on_where_it_stopped():
    stopped_us = to_us(OPENS) + 3 * HOUR
    night = pace(540.0, resumes_us=stopped_us)
    assert night.advance(stopped_us, after(5)) == stopped_us
    assert night.advance(stopped_us, after(6)) == stopped_us + 540 * SECOND


def test_a_pause_keeps_the_time_and_the_end_never_goes_back():
    night = pace(540.0)
    night.advance(to_us(STARTS), WALL)
    night.pause(after(10))
    assert night.clock.election_at(after(99)) == STARTS + timedelta(seconds=5400)
    night.finish(STARTS, after(99))
    assert night.clock.election_at(after(200)) == STARTS + timedelta(seconds=5400)


def test_speed_is_max_or_a_number_above_zero():
    assert parse_speed("MAX") is None
    assert parse_speed("0.5") == 0.5
    for wrong in ("0", "-1", "fast", "", "nan", "inf", "2000000"):
        with pytest.raises(UserError, match="SPEED"):
            parse_speed(wrong)
