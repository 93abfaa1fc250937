"""Every page in every state of the night, on a warehouse that answers from a scene."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest
from support.fake_warehouse import FakeWarehouse
from support.page_states import BY_NAME, STATES, VIEWS

from dashboard import warehouse

A_CHOICE = re.compile(r'data-fact="seats"|majority \d|leading by \d|Elected|Lead change')


CLOCK = re.compile(r"\b\d\d:\d\d(?::\d\d)?\b(?!:)(?! BST| GMT| local time)")
NOW = datetime.now(UTC)


def times_without_zone(markup):
    """Return the clock times that a reader sees without knowing where they hold."""
    return CLOCK.findall(re.sub(r"<[^>]*>", " ", markup))


@pytest.fixture(scope="module", params=[state.name for state in STATES])
def state(request):
    shown = BY_NAME[request.param]
    with pytest.MonkeyPatch.context() as patched:
        reads = shown.warehouse()
        patched.setattr(warehouse, "shared", lambda: reads)
        yield shown


def opened(view, **address):
    page = AppTest.from_string(
        f"from dashboard.views import {view}\n{view}.render()", default_timeout=30
    )
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def said(page):
    """All that a page shows, as markup."""
    return "\n".join(part.proto.body for part in page.get("html"))


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_says_its_state_and_keeps_its_secrets(state, view):
    page = opened(view)
    shown = said(page)
    assert not page.exception
    assert state.everywhere in shown
    if view == "night":
        assert state.tonight in shown
    if state.at:
        assert state.scene(NOW).title in shown
        assert ("Synthetic data 1:100" in shown) == (state.name != "replay")
    assert times_without_zone(shown) == []
    if state.is_secret:
        assert not A_CHOICE.search(shown)


BODIES = {
    "seats": ({"seat": "SYN-LON-001"}, 'data-seat="SYN-LON-001"'),
    "compare": ({"a": "E12000007", "b": "S92000003"}, 'data-panel="compare"'),
    "regions": ({"region": "S92000003"}, ">Seats here<"),
    "data": ({"mart": "party_results"}, ">marts.party_results<"),
    "race": ({"at": "22:30"}, "At 22:30 BST"),
}


@pytest.mark.parametrize("view", BODIES)
@pytest.mark.parametrize(
    "state", ["no_data", "embargo", "first_votes", "corrected", "final", "warehouse_down"],
    indirect=True, scope="module",
)  # fmt: skip
def test_a_body_that_is_chosen_says_its_state_too(state, view):
    address, mark = BODIES[view]
    page = opened(view, **address)
    markup = said(page)
    assert not page.exception
    assert state.everywhere in markup
    is_drawn = state.at is not None and (view, state.name) != ("race", "embargo")
    assert (mark in markup) == is_drawn
    assert times_without_zone(markup) == []
    if state.is_secret:
        assert not A_CHOICE.search(markup)


class Hostile:
    """A warehouse in which whoever writes a text writes markup."""

    MARKUP = "<img src=x onerror=alert(1)>"
    WRITTEN = re.compile(
        r"_name$|party(_|$)|_label$|colour$|_text$|_seat$|^(title|headline|result_summary|detail|"
        r"last_error|area|why|correction_reason|declaration_source|image_url|monogram|source)$"
    )

    def __init__(self, reads):
        self._reads = reads

    def ask(self, query, **of):
        answer = self._reads.ask(query, **of)
        texts = [n for n, kind in answer.frame.schema.items()
                 if kind == pl.String and self.WRITTEN.search(n)]  # fmt: skip
        written = [pl.format("{}" + self.MARKUP, name).alias(name) for name in texts]
        return replace(answer, frame=answer.frame.with_columns(written))


@pytest.fixture(scope="module")
def warehouses():
    """A warehouse by state, made once."""
    return cache(lambda name: BY_NAME[name].warehouse())


@pytest.mark.parametrize(
    ("view", "name"), [*((view, "corrected") for view in VIEWS), ("night", "not_reconciled")]
)
def test_what_others_wrote_is_never_markup(monkeypatch, warehouses, view, name):
    reads = Hostile(warehouses(name))
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    address, _ = BODIES.get(view, ({}, ""))
    page = opened(view, **address)
    assert not page.exception
    shown = said(page)
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<img src=x" not in shown
    # Streamlit reads these as Markdown; it would not show markup, but nor should it be asked to.
    others = [part.value for kind in ("markdown", "caption", "text") for part in page.get(kind)]
    assert not any(Hostile.MARKUP in text for text in others)


class OneTooSlow:
    """A warehouse in which one question has only its last good answer."""

    def __init__(self, reads, query):
        self._reads, self._query = reads, query

    def ask(self, query, **of):
        answer = self._reads.ask(query, **of)
        return replace(answer, is_current=False) if query.name == self._query else answer


@pytest.mark.parametrize("query", ["hops", "publication"])
def test_one_question_that_is_too_slow_is_said(monkeypatch, query):
    reads = OneTooSlow(BY_NAME["partial"].warehouse(), query)
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    assert "A part of this page cannot be read" in said(opened("seats"))


def test_a_list_of_declarations_keeps_what_was_seen_however_many_come_after(monkeypatch):
    reads = BY_NAME["partial"].warehouse()
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    page = opened("declarations")
    before = said(page).count("th-item")
    assert before == 100
    later = FakeWarehouse(BY_NAME["final"].scene(NOW))
    monkeypatch.setattr(warehouse, "shared", lambda: later)
    page.run()
    assert said(page).count("th-item") == before
    assert page.button(key="news").label == "569 new declarations: show"


@pytest.mark.parametrize(
    "name",
    [
        "stale_amber",
        "stale_red",
        "warehouse_down",
        "not_reconciled",
        "last_good_edition",
        "checks_late",
    ],
)
def test_a_banner_has_the_level_of_what_is_wrong(monkeypatch, name):
    reads = BY_NAME[name].warehouse()
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    level = "amber" if name in ("stale_amber", "checks_late") else "red"
    assert f'class="th-banner {level}"' in said(opened("seats"))


def test_the_numbers_stay_when_they_are_old_or_the_warehouse_is_gone(monkeypatch):
    panels = {}
    for name in ("partial", "stale_red", "warehouse_down"):
        reads = BY_NAME[name].warehouse()
        monkeypatch.setattr(warehouse, "shared", lambda reads=reads: reads)
        panels[name] = re.search(r'data-panel="scoreboard".*', said(opened("night")))[0]
    assert panels["partial"] == panels["stale_red"] == panels["warehouse_down"]


def test_a_time_without_its_zone_is_found():
    assert times_without_zone("<b>02:14</b> and 02:14 BST, at 22:00 local time") == ["02:14"]


def test_a_declaration_that_comes_later_waits_until_it_is_asked_for(monkeypatch):
    reads = BY_NAME["partial"].warehouse()
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    page = opened("declarations", region="E12000004")
    assert page.button(key="news").disabled
    before = said(page).count("th-item")
    later = FakeWarehouse(BY_NAME["final"].scene(NOW))
    monkeypatch.setattr(warehouse, "shared", lambda: later)
    page.run()
    assert page.button(key="news").label == "40 new declarations: show"
    assert said(page).count("th-item") == before
    page.button(key="news").click().run()
    assert said(page).count(">New<") == 40


def test_a_seat_is_followed_in_the_address_until_there_are_twelve(monkeypatch):
    reads = BY_NAME["partial"].warehouse()
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    eleven = ",".join(f"SYN-LON-{n:03d}" for n in range(1, 12))
    page = opened("seats", seat="SYN-EMI-001", follow=eleven)
    page.button(key="follow").click().run()
    assert page.query_params["follow"] == f"{eleven},SYN-EMI-001"
    page.query_params["seat"] = "SYN-EMI-002"
    page.run()
    assert page.button(key="follow").disabled
    assert "At most 12 seats" in page.caption[0].value
    tonight = opened("night", follow=f"{eleven},SYN-EMI-001,SYN-SCO-001,nowhere")
    assert said(tonight).count("data-followed=") == 12
    assert "1 left off" in said(tonight) and "1 not of this night" in said(tonight)


def test_how_we_know_is_asked_only_once_it_is_open(monkeypatch):
    reads, asked = BY_NAME["partial"].warehouse(), []
    ask = reads.ask

    def listening(query, **of):
        asked.append(query.name)
        return ask(query, **of)

    monkeypatch.setattr(reads, "ask", listening)
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    opened("night")
    assert "summary" in asked and "provenance" not in asked
