from datetime import UTC, date, datetime, timedelta

from election.clock import ElectionClock, closes_at, is_under_embargo, opens_at

POLL = date(2017, 6, 8)
WALL = datetime(2026, 1, 1, tzinfo=UTC)


def test_polls_keep_local_hours_in_summer_and_winter() -> None:
    assert opens_at(POLL) == datetime(2017, 6, 8, 6, tzinfo=UTC)
    assert closes_at(POLL) == datetime(2017, 6, 8, 21, tzinfo=UTC)
    assert closes_at(date(2019, 12, 12)) == datetime(2019, 12, 12, 22, tzinfo=UTC)


def test_the_clock_runs_at_its_speed_and_back() -> None:
    clock = ElectionClock(WALL, opens_at(POLL), speed=540)
    later = WALL + timedelta(seconds=100)
    assert clock.election_at(later) == opens_at(POLL) + timedelta(hours=15)
    assert clock.wall_at(closes_at(POLL)) == later


def test_a_clock_at_speed_zero_stands_still() -> None:
    clock = ElectionClock(WALL, opens_at(POLL), speed=0)
    assert clock.election_at(WALL + timedelta(days=1)) == opens_at(POLL)


def test_the_embargo_ends_with_close_of_poll_to_the_second() -> None:
    assert is_under_embargo(closes_at(POLL) - timedelta(microseconds=1), POLL)
    assert not is_under_embargo(closes_at(POLL), POLL)
