"""Map, Race and Compare as Streamlit runs them, on marts that are a scene's."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest
from support.fake_warehouse import FakeWarehouse, NoDatabase
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import warehouse

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
POLLING, COUNTING = OPENS_AT + 4 * HOUR, CLOSES_AT + 5 * HOUR
COMPLETE = CLOSES_AT + 14 * HOUR
PAGES = ("map", "race", "compare")
WITHIN_S = 30


def script(name):
    """Return what a page's address runs, as a program of its own."""
    return f"from dashboard.views import {name}\n{name}.render()\n"


@pytest.fixture
def run(monkeypatch):
    def run_page(name, reads, **address):
        monkeypatch.setattr(warehouse, "shared", lambda: reads)
        test = AppTest.from_string(script(name), default_timeout=WITHIN_S)
        for key, value in address.items():
            test.query_params[key] = value
        return test.run()

    return run_page


@cache
def scene(at):
    return FakeWarehouse(Scene(at=at, now=NOW))


def markup(test):
    """Return what the page says in markup of its own."""
    return "".join(element.proto.body for element in test.get("html"))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("at", [POLLING, COUNTING, COMPLETE], ids=["polls", "count", "complete"])
def test_a_page_runs_in_every_phase(run, name, at):
    test = run(name, scene(at), a="E12000007", b="S92000003")
    assert not test.exception
    assert ("not known" in markup(test)) == (at == POLLING)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("reads", [FakeWarehouse(None), NoDatabase()], ids=["no mart", "gone"])
def test_a_page_waits_for_what_is_not_there(run, name, reads):
    test = run(name, reads, a="E12000007")
    assert not test.exception
    assert "th-hero" in markup(test)


@pytest.mark.parametrize(
    ("name", "address"),
    [("map", {"mode": "nonsense", "seat": "nowhere"}), ("race", {"at": "99:99"}),
     ("compare", {"a": "nowhere", "b": "<b>"})],
)  # fmt: skip
def test_a_value_in_the_address_that_is_not_known_is_as_if_it_were_not_there(run, name, address):
    test = run(name, scene(COUNTING), **address)
    assert not test.exception
    assert "nowhere" not in markup(test)


def test_a_chosen_seat_stands_beside_the_map(run):
    test = run("map", scene(COUNTING), seat="SYN-LON-001", mode="change")
    assert 'data-seat="SYN-LON-001"' in markup(test)
    assert 'href="seats?seat=SYN-LON-001"' in markup(test)


@pytest.mark.parametrize(
    ("name", "titled"), [("map", "Winner by seat"), ("compare", "Share of votes")]
)
def test_a_drawing_has_its_table_beneath(run, name, titled):
    test = run(name, scene(COUNTING), a="E12000007")
    assert f'aria-label="{titled}, as a table"' in markup(test)


def test_the_scrubber_stays_while_the_night_goes_on_and_goes_back_to_live(run):
    test = run("race", scene(COUNTING), at="02:00")
    assert "At 02:00 BST" in markup(test)
    test.run()
    assert test.select_slider[0].value == "02:00"
    assert "At 02:00 BST" in markup(test)
    test.button(key="back-to-live").click().run()
    assert "at" not in test.query_params
    assert test.select_slider[0].value == "live"
    assert "Now: " in markup(test)


def test_a_time_chosen_with_the_scrubber_is_in_the_address(run):
    test = run("race", scene(COUNTING))
    test.select_slider[0].set_value("01:30").run()
    assert test.query_params["at"] == "01:30"
    assert "At 01:30 BST" in markup(test)


def test_a_seat_is_held_against_its_region_until_another_place_is_chosen(run):
    alone = markup(run("compare", scene(COUNTING), a="SYN-LON-001"))
    assert "<h2>London</h2>" in alone
    chosen = markup(run("compare", scene(COUNTING), a="SYN-LON-001", b="uk"))
    assert "<h2>United Kingdom</h2>" in chosen


def test_with_nothing_chosen_there_are_examples(run):
    assert 'href="compare?a=' in markup(run("compare", scene(COUNTING)))
