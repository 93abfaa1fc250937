from datetime import UTC, datetime, timedelta

import pytest

from dashboard.freshness import freshness

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def night(age_s, status="running"):
    return {"as_of": NOW - timedelta(seconds=age_s), "night_status": status}


def spark(age_s, *, lag=0, state="running"):
    return {
        "stage": "spark",
        "state": state,
        "heartbeat_at": NOW - timedelta(seconds=age_s),
        "lag_messages": lag,
    }


def test_the_age_is_of_the_newest_number():
    assert freshness(night(3), [], NOW).age_s == 3


def test_a_quiet_hour_with_nothing_left_to_read_is_fresh():
    assert freshness(night(900), [spark(1.5)], NOW).level == "fresh"


@pytest.mark.parametrize("hop", [spark(1, lag=5), spark(1, state="stale"), spark(400)])
def test_a_stage_that_is_behind_or_silent_does_not_refresh_anything(hop):
    assert freshness(night(400), [hop], NOW).level == "red"


def test_a_report_that_was_read_a_while_ago_has_aged():
    later = NOW + timedelta(minutes=10)
    found = freshness(night(900), [spark(1.5)], later)
    assert (found.level, found.text) == ("red", "10 min old")


def test_over_a_minute_is_amber():
    assert freshness(night(61), [], NOW).level == "amber"


def test_a_complete_night_does_not_age():
    assert freshness(night(86_400, "complete"), [], NOW).level == "fresh"


def test_no_number_yet_is_said():
    assert freshness({"as_of": None, "night_status": "running"}, [], NOW).text == "no number yet"
