"""Every commit boundary of every stage dies once, in few nights, and nothing is lost or doubled."""

import pytest
from support.crash_night import hold
from support.crash_plans import every_point, plan_of
from support.folders import open_folder

from election.crash_points import POINTS

NIGHTS = 3
pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def machine():
    with open_folder() as folder:
        yield folder / "var"


@pytest.mark.parametrize("number", range(NIGHTS))
def test_a_night_of_crashes_is_exact(machine, tmp_path, number):
    plan = every_point(1, NIGHTS)[number]
    outcome = hold(plan, machine, tmp_path)
    assert outcome.differences == [], outcome.said[-2000:]
    assert outcome.fired == len(plan.crashes), outcome.said[-2000:]


def test_the_nights_visit_every_point():
    visited = [crash.point for plan in every_point(1, NIGHTS) for crash in plan.crashes]
    assert sorted(visited) == sorted(POINTS)


def test_a_plan_is_its_seed_and_number():
    assert plan_of(1, 40) == plan_of(1, 40)
    assert plan_of(1, 40) != plan_of(2, 40)
