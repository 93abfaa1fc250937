from datetime import UTC, datetime, timedelta

import pytest
from support.scene_marts import marts_of
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard.panels.funnel import funnel, steps, table, takeaway

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTS = ("papers_counted", "valid_votes", "rejected_ballots")


def night_at(at):
    [night] = marts_of(Scene(at=at, now=NOW))["national_summary"]
    return {**dict.fromkeys(PARTS), "seats_declared": None, **night}


@pytest.fixture(scope="module")
def counting():
    return night_at(CLOSES_AT + timedelta(hours=5))


def test_each_step_is_a_part_of_the_one_it_names(counting):
    register, issued, counted, valid = steps(counting)
    assert (register.count, register.share) == (counting["registered"], None)
    assert issued.share == counting["ballots_issued"] / counting["registered"]
    assert counted.share == counting["papers_counted"] / counting["ballots_issued"]
    judged = counting["valid_votes"] + counting["rejected_ballots"]
    assert valid.share == counting["valid_votes"] / judged
    assert valid.said.endswith("of papers in 99 declared seats")


def test_its_point_its_bars_and_its_table_say_the_same(counting):
    made = steps(counting)
    said = takeaway(made)
    assert said.startswith(f"{100 * made[1].share:.1f}% of the register has a ballot paper")
    assert f"{made[2].count:,}" in funnel(made)
    assert table(made)["count"].to_list() == [step.count for step in made]


def test_before_close_of_poll_nothing_of_the_papers_is_said():
    made = steps({**night_at(OPENS_AT + timedelta(hours=9)), "papers_counted": 7, "valid_votes": 7})
    assert [step.count for step in made[2:]] == [None, None]
    assert made[3].said == "withheld until 22:00 BST"
    assert "counting: withheld until 22:00 BST" in takeaway(made)


def test_before_the_poll_there_is_a_register_and_no_share():
    made = steps({**night_at(OPENS_AT - timedelta(hours=9)), "ballots_issued": None})
    assert takeaway(made) == "No ballot issued yet."
