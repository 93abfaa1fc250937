from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import FakeWarehouse
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import queries
from dashboard.panels.rankings import MARGINALS_SHOWN, marginals

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rows_at(at):
    return FakeWarehouse(Scene(at=at, now=NOW)).ask(queries.MARGINALS).rows


@pytest.fixture(scope="module")
def counting():
    return rows_at(CLOSES_AT + timedelta(hours=7))


def test_the_closest_of_last_time_come_first_and_none_was_safe(counting):
    margins = [s["previous_margin"] for s in counting]
    assert len(margins) > MARGINALS_SHOWN
    assert margins == sorted(margins)
    assert margins[-1] < 0.05
    assert marginals(counting, embargoed=False).count("th-item") == MARGINALS_SHOWN


def test_held_gained_and_not_yet_add_up_to_all(counting):
    outcomes = [s["outcome"] for s in counting]
    held, gained, rest = (outcomes.count(o) for o in ("hold", "gain", None))
    assert held and gained and rest
    said = f"{held} held, {gained} gained, {rest} not yet"
    assert said in marginals(counting, embargoed=False)


@pytest.mark.parametrize(
    ("outcome", "tag"), [("hold", "Held"), ("gain", "Gained"), (None, "Not yet")]
)
def test_each_says_what_became_of_it(counting, outcome, tag):
    one = next(s for s in counting if s["outcome"] == outcome)
    markup = marginals([one], embargoed=False)
    assert f">{tag}</span>" in markup
    assert f"{one['previous_winner_party']} by {100 * one['previous_margin']:.1f} points" in markup


def test_a_leader_in_a_marginal_is_provisional(counting):
    one = next(s for s in counting if s["leading_party"] and not s["declared_winner_party"])
    assert f"<i>{one['leading_party']} leading by {one['lead']}</i>" in marginals(
        [one], embargoed=False
    )


def test_before_close_of_poll_only_the_last_result_is_named():
    markup = marginals(rows_at(OPENS_AT + timedelta(hours=4)), embargoed=True)
    assert "held by" in markup
    assert not any(word in markup for word in ("leading", "Held", "Gained", " held,"))


def test_where_the_last_result_is_unknown_the_panel_says_so():
    assert "the last result is unknown" in marginals([], embargoed=False)
