from itertools import combinations
from math import dist, sqrt

import pytest
from support.scenes import make_seats

from dashboard.hexmap.layout import NARROW, TALL, WIDE, arrange, by_region
from election.geography import REGIONS

TOUCHING = 1 - 1e-9  # hexes of width 1 overlap where their middles are nearer


def seat(seat_id, region="E12000007", q=None, r=None, name=None):
    return {
        "constituency_id": seat_id, "constituency_name": name or seat_id, "region_id": region,
        "hex_q": q, "hex_r": r,
    }  # fmt: skip


@pytest.fixture(scope="module")
def seats():
    return [seat(s.constituency_id, s.region_id, name=s.name) for s in make_seats()]


@pytest.mark.parametrize("slots", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_seat_has_a_place_and_no_two_hexes_overlap(seats, slots):
    plan = by_region(seats, slots)
    assert plan.places.keys() == {s["constituency_id"] for s in seats}
    assert min(dist(a, b) for a, b in combinations(plan.places.values(), 2)) > TOUCHING


@pytest.mark.parametrize("slots", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_plan_holds_all_its_hexes(seats, slots):
    plan = by_region(seats, slots)
    assert all(x >= 0 and x + 1 <= plan.width for x, _ in plan.places.values())
    assert all(y >= 0 and y + TALL <= plan.height for _, y in plan.places.values())


def test_every_region_has_one_slot_on_each_page():
    for slots in (WIDE, NARROW):
        assert sorted(s.region_id for s in slots) == sorted(r.region_id for r in REGIONS)


def test_a_narrow_page_keeps_hexes_large_enough_for_letters(seats):
    plan = by_region(seats, NARROW)
    assert 330 / plan.width > 20  # px a hex on a page of 360


def test_regions_lie_as_the_country_does(seats):
    names = by_region(seats, WIDE).names
    assert min(names, key=lambda name: names[name][1]) == "Scotland"
    for north, south in [
        ("North West", "West Midlands"), ("North East", "East Midlands"),
        ("West Midlands", "South West"), ("East of England", "London"),
    ]:  # fmt: skip
        assert names[north][1] < names[south][1]
    assert names["Wales"][0] < names["West Midlands"][0] < names["East of England"][0]


def test_the_order_of_rows_changes_nothing(seats):
    assert arrange(seats) == arrange(list(reversed(seats)))


def test_seats_of_a_block_go_by_name_from_its_first_row():
    plan = by_region([seat("b", name="Barking"), seat("a", name="Acton")], WIDE)
    (a_x, a_y), (b_x, b_y) = plan.places["a"], plan.places["b"]
    assert (b_x - a_x, b_y - a_y) == (1, 0)


def test_a_region_nobody_knows_gets_a_block_beneath():
    plan = by_region([seat("a"), seat("x", "X1")], WIDE)
    assert plan.names["X1"][1] > plan.places["a"][1]


def test_a_layout_that_came_with_the_seats_is_used_on_a_wide_page():
    given = [seat("s", q=0, r=0), seat("n", q=0, r=1), seat("e", q=1, r=0)]
    plan = arrange(given).wide
    assert plan.places["e"] == (1, plan.places["s"][1])
    assert plan.places["n"] == (0.5, 0)  # odd rows to the right, north up
    assert plan.places["s"][1] == pytest.approx(sqrt(3) / 2)
    assert plan.names == {}


def test_seats_that_the_layout_lacks_stand_beneath_it():
    given = [seat(str(q), q=q, r=0) for q in range(4)]
    plan = arrange([*given, seat("lost")]).wide
    assert plan.places["lost"][1] > max(plan.places[str(q)][1] for q in range(4)) + 1
    assert "Not on the layout" in plan.names


def test_a_layout_of_few_seats_is_none():
    few = [seat("a", q=0, r=0), seat("b"), seat("c")]
    assert arrange(few).wide == by_region(few, WIDE)
