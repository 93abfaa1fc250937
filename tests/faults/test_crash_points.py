"""Every commit boundary of every stage dies once, in few nights, and nothing is lost or doubled.

`make test` begins no night of these later than six minutes after the first; which is the first
changes from day to day. `make faults` holds them all.
"""

import time
from datetime import UTC, datetime

import pytest
from support.crash_night import hold
from support.crash_plans import every_point, plan_of

from bench.folders import open_folder
from election.crash_points import POINTS

NIGHTS = 3
BOX_S = 360
pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def machine():
    with open_folder() as folder:
        yield folder / "var"


@pytest.fixture(scope="module")
def began():
    return time.monotonic()


@pytest.mark.parametrize("turn", range(NIGHTS))
def test_a_night_of_crashes_is_exact(machine, began, request, tmp_path, turn):
    is_boxed = request.config.option.markexpr == "not long"
    if is_boxed and time.monotonic() - began > BOX_S:
        pytest.skip("the six minutes are over: these crashes have their turn another day")
    plan = every_point(1, NIGHTS)[(turn + datetime.now(UTC).toordinal()) % NIGHTS]
    outcome = hold(plan, machine, tmp_path)
    assert outcome.differences == [], outcome.said[-2000:]
    assert outcome.fired == len(plan.crashes), outcome.said[-2000:]


def test_the_nights_visit_every_point():
    visited = [crash.point for plan in every_point(1, NIGHTS) for crash in plan.crashes]
    assert sorted(visited) == sorted(POINTS)


def test_a_plan_is_its_seed_and_number():
    assert plan_of(1, 40) == plan_of(1, 40)
    assert plan_of(1, 40) != plan_of(2, 40)
