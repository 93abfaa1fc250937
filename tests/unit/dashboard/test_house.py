import math
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from support.fake_warehouse import frames
from support.scenes import CLOSES_AT, Scene

from dashboard.hemicycle import INNER, dots
from dashboard.panels.house import hemicycle, hemicycle_words, to_a_majority, tracker


@pytest.fixture(scope="module")
def marts():
    return frames(Scene(at=CLOSES_AT + timedelta(hours=5), now=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.fixture(scope="module")
def night(marts):
    return marts["national_summary"].row(0, named=True)


@pytest.fixture(scope="module")
def parties(marts):
    return marts["party_results"].sort("rank").to_dicts()


@pytest.mark.parametrize("seats", [1, 2, 7, 100, 646, 650])
def test_a_dot_a_seat_within_the_half_circle(seats):
    drawn = dots(seats)
    assert len(drawn.points) == seats
    for x, y in drawn.points:
        assert INNER - 1e-9 <= math.hypot(x, y) <= 1 + 1e-9
        assert y >= -1e-9


@pytest.mark.parametrize("seats", [100, 646, 650])
def test_no_dot_touches_another(seats):
    drawn = dots(seats)
    assert min(math.dist(a, b) for a, b in combinations(drawn.points, 2)) > 2 * drawn.radius


def test_dots_go_from_left_to_right_and_half_of_them_are_on_each_side():
    points = dots(650).points
    angles = [round(math.atan2(y, x), 9) for x, y in points]
    assert angles == sorted(angles, reverse=True)
    sides = [round(x, 9) for x, _ in points]
    assert sum(x < 0 for x in sides) == sum(x > 0 for x in sides) > 310


def test_nobody_sits_in_a_house_without_seats():
    assert dots(0).points == ()


def test_the_hemicycle_seats_every_party_declared_and_leading_apart(night, parties):
    markup = hemicycle(night, parties)
    won = sum(p["seats_declared"] for p in parties)
    led = sum(p["seats_leading"] for p in parties)
    groups = {
        kind: sum(part.split("</div>")[0].count("<i ") for part in markup.split(f'"{kind}"')[1:])
        for kind in ("won", "led", "none")
    }
    assert groups == {"won": won, "led": led, "none": 650 - won - led}
    assert groups["won"] == night["seats_declared"]


def test_a_large_party_is_named_at_the_rim_and_all_are_in_words(night, parties):
    first = parties[0]
    assert f"{first['party_abbreviation']} {first['seats_declared']}" in hemicycle(night, parties)
    said = hemicycle_words(night, parties)
    assert said.startswith("650 seats: Labour 69 declared and ")
    assert said.endswith("326 needed for a majority.")


def test_the_tracker_draws_declared_solid_and_leading_hatched(night, parties):
    markup = tracker(night, parties)
    assert "--line:50.15%" in markup
    assert markup.count('class="lead"') == 3
    assert f"<b>{parties[0]['seats_declared']}</b>" in markup
    assert f"+{parties[0]['seats_leading']}<" in markup


@pytest.mark.parametrize(
    ("declared", "leading", "said"),
    [
        (326, 0, "has a majority"),
        (300, 0, "26 short"),
        (300, 30, "26 short; over the line if leads hold"),
        (300, 20, "26 short; 6 if leads hold"),
    ],
)
def test_a_lead_is_never_counted_as_a_majority(declared, leading, said):
    assert to_a_majority(declared, leading, 326) == said
