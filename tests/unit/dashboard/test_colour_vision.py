"""Where a reader cannot tell two parties' colours apart, a label or a pattern still does."""

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import polars as pl
import pytest
from support.colour_vision import DEFICIENCIES, distance, linear, seen
from support.fake_warehouse import frames
from support.party_colours import party_colours
from support.scene_marts import marts_of
from support.scenes import CLOSES_AT, Scene

from dashboard import charts, theme
from dashboard.panels import national, places

HARD_TO_TELL = 15.0  # ΔE*ab; side by side about 2 can just be seen, small marks need far more
SCENE = Scene(at=CLOSES_AT + timedelta(hours=5), now=datetime(2026, 1, 1, tzinfo=UTC))
# Next to each other on purpose: pairs that each deficiency brings close.
CLOSE = ("Lab", "SDLP", "DUP", "Con", "UUP", "RUK", "Grn", "LD", "APNI", "PC", "SF", "Ind")
every_deficiency = pytest.mark.parametrize("deficiency", DEFICIENCIES)


def hard_to_tell(one, other, deficiency):
    return distance(seen(one, deficiency), seen(other, deficiency)) < HARD_TO_TELL


def party(name, **numbers):
    known = {"seats_declared": 50, "seats_leading": 0, "party_short_label": name.upper()}
    return {"party_abbreviation": name, "party_name": name, "party_colour": party_colours()[name],
            **known, **numbers}  # fmt: skip


def test_distances_are_those_of_the_literature():
    assert distance(linear("#ffffff"), linear("#000000")) == pytest.approx(100, abs=0.1)
    assert distance(linear("#ff0000"), linear("#00ff00")) == pytest.approx(170.6, abs=0.1)
    for deficiency in DEFICIENCIES:  # grey stays grey
        assert distance(seen("#808080", deficiency), linear("#808080")) < 1


@every_deficiency
def test_there_are_parties_whose_colours_become_hard_to_tell(deficiency):
    colours = party_colours()
    found = [
        pair for pair in combinations(CLOSE, 2)
        if hard_to_tell(*(colours[name] for name in pair), deficiency)
    ]  # fmt: skip
    assert len(found) >= 5


@every_deficiency
def test_neighbours_in_the_house_are_named_in_its_order(deficiency):
    night = {"seats_total": 650, "seats_for_majority": 326, "seats_declared": 600}
    markup = national.house(night, [party(name) for name in CLOSE])
    parts = re.findall(r'<i style="width:[^"]*background-color:(#\w{6})', markup)
    named = re.findall(r"</i>(\w+) <b>50</b>", markup)
    by_colour = {party_colours()[name]: name for name in CLOSE}
    close = [(a, b) for a, b in pairwise(parts) if hard_to_tell(a, b, deficiency)]
    assert close
    for one, other in close:
        first = named.index(by_colour[one])
        assert named[first + 1] == by_colour[other]


def test_parts_of_a_bar_are_parted_and_leading_is_hatched():
    rules = theme.STYLE_SHEET.read_text()
    assert re.search(r"\.th-bar i \{[^}]*border-right: 1px solid var\(--card\)", rules)
    assert re.search(r"\.th-bar i\.lead \{[^}]*repeating-linear-gradient", rules)
    night = {"seats_total": 650, "seats_for_majority": 326, "seats_declared": 50}
    markup = national.house(night, [party("SF"), party("PC", seats_declared=0, seats_leading=40)])
    assert 'class="lead"' in markup
    assert "PC <b>0</b> <i>+40</i>" in markup


def test_every_line_through_the_night_ends_in_its_partys_name():
    data = charts.seats_over_time(frames(SCENE)["results_over_time"], CLOSES_AT).frame
    lines = set(data.filter(pl.col("said") == "")["party"])
    ends = dict(data.filter(pl.col("said") != "").select("party", "said").iter_rows())
    assert len(lines) > 3
    assert all(ends[name].startswith(f"{name} ") for name in lines)


def test_a_regions_parties_are_named_under_its_bar():
    marts = marts_of(SCENE)
    markup = places.region_cards(
        marts["regional_turnout"], marts["regional_results"], embargoed=False
    )
    for card in markup.split("<article")[1:]:
        colours = set(re.findall(r"background-color:(#\w{6})", card))
        swatches = set(re.findall(r'th-swatch" style="background:(#\w{6})"></i>\w+ <b>', card))
        assert colours <= swatches | {places.TURNOUT_COLOUR}
