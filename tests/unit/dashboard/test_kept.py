from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import frames
from support.scenes import CLOSES_AT, Scene

from dashboard import charts
from dashboard.kept import Kept


@pytest.fixture(scope="module")
def steps():
    scene = Scene(at=CLOSES_AT + timedelta(hours=5), now=datetime(2026, 1, 1, tzinfo=UTC))
    return frames(scene)["results_over_time"]


def test_an_answer_is_drawn_once_for_all(steps):
    kept = Kept()
    first = kept.of(charts.seats_over_time, steps, CLOSES_AT)
    assert kept.of(charts.seats_over_time, steps, CLOSES_AT) is first
    assert first.spec is first.spec


def test_the_next_answer_is_drawn_anew(steps):
    kept = Kept()
    first = kept.of(charts.seats_over_time, steps, CLOSES_AT)
    assert kept.of(charts.seats_over_time, steps.head(20), CLOSES_AT) is not first
    assert kept.of(charts.seats_over_time, steps, CLOSES_AT + timedelta(hours=1)) is not first


def test_only_the_newest_are_kept(steps):
    kept = Kept(most=1)
    first = kept.of(charts.seats_over_time, steps, CLOSES_AT)
    kept.of(charts.seats_over_time, steps.head(20), CLOSES_AT)
    assert kept.of(charts.seats_over_time, steps, CLOSES_AT) is not first
