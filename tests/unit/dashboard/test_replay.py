from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.fake_warehouse import frames
from support.scenes import CLOSES_AT, Scene

from dashboard import charts, replay
from dashboard.panels.race import moment_hero, moment_table, moment_words, scoreboard_at

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
THEN = CLOSES_AT + 4 * HOUR


@pytest.fixture(scope="module")
def marts():
    return frames(Scene(at=CLOSES_AT + 8 * HOUR, now=NOW))


@pytest.fixture(scope="module")
def parties(marts):
    return marts["party_results"].sort("rank").to_dicts()


@pytest.fixture(scope="module")
def then(marts):
    return replay.moment(marts["results_over_time"], THEN, 650)


def test_a_moment_is_the_night_as_it_was_declared_then(then):
    declared = [s for s in Scene(at=THEN, now=NOW).seats if s.declared_at <= THEN]
    won = {p: sum(s.order[0].party == p for s in declared) for p in ("Lab", "Con", "SF")}
    assert then.declared == len(declared)
    assert {p.party: p.seats for p in then.parties if p.party in won} == won


def test_parties_stand_by_seats_and_shares_are_of_all_votes_declared(then):
    assert [p.seats for p in then.parties] == sorted((p.seats for p in then.parties), reverse=True)
    assert sum(p.share for p in then.parties) == pytest.approx(1)


def test_before_the_first_declaration_nobody_has_a_seat(marts):
    early = replay.moment(marts["results_over_time"], CLOSES_AT, 650)
    assert (early.declared, early.parties) == (0, ())
    assert moment_words(early, is_live=False) == "At 22:00 BST: no seat declared yet"
    assert "No seat declared yet" in scoreboard_at(early, [], is_live=False)
    assert replay.moment(pl.DataFrame(), CLOSES_AT, 650).parties == ()


def test_stops_go_from_close_of_poll_to_now_and_then_live():
    times = replay.stops(CLOSES_AT, CLOSES_AT + timedelta(minutes=17))
    assert list(times) == ["22:00", "22:05", "22:10", "22:15"]
    assert list(replay.labels(times).items())[-2:] == [("22:15", "22:15 BST"), ("live", "Live")]


def test_a_seat_declared_days_later_makes_no_more_stops():
    assert replay.stops(CLOSES_AT, CLOSES_AT + 60 * HOUR) == replay.stops(
        CLOSES_AT, CLOSES_AT + 14 * HOUR
    )


def test_before_close_of_poll_there_is_one_stop():
    assert list(replay.stops(CLOSES_AT, CLOSES_AT - HOUR)) == ["22:00"]


def test_a_replay_says_the_time_and_what_is_now(then, parties):
    first = then.parties[0]
    markup = scoreboard_at(then, parties, is_live=False)
    assert f'data-fact="seats">{first.seats}</b>' in markup
    assert f"now {parties[0]['seats_declared']}" in markup
    assert f"{first.party} ahead with {first.seats} seats" in moment_words(then, is_live=False)
    assert "Replay" in moment_hero(then, 326, is_live=False)
    assert "Replay" not in moment_hero(then, 326, is_live=True)
    assert moment_table(then, parties, is_live=False).count("<tr>") == len(then.parties) + 1


def test_a_tie_at_the_top_is_no_lead(then):
    level = replay.Moment(
        then.at, 4, 650,
        tuple(replay.Standing(p, "#123456", 2, 10, 0.5) for p in ("Con", "Lab")),
    )  # fmt: skip
    assert "Con and Lab level on 2 seats" in moment_words(level, is_live=False)


def test_the_chosen_time_is_a_line_in_the_chart_and_no_new_specification(marts):
    steps = marts["results_over_time"]
    live = charts.seats_over_time(steps, CLOSES_AT)
    marked = charts.seats_over_time(steps, CLOSES_AT, marked=THEN)
    assert marked.spec == live.spec
    [hours] = marked.frame.join(live.frame, on=live.frame.columns, how="anti")["hours"]
    assert hours == 4
