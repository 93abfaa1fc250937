"""Every page in every state of the night, on a warehouse that answers from a scene."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from support.page_states import BY_NAME, STATES, VIEWS

from dashboard import warehouse

A_CHOICE = re.compile(r'data-fact="seats"|majority \d|leading by \d|Elected|Lead change')


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
        assert "Synthetic data 1:100" in shown
    if state.is_secret:
        assert not A_CHOICE.search(shown)


@pytest.mark.parametrize("name", ["stale_amber", "stale_red", "warehouse_down", "not_reconciled"])
def test_a_banner_has_the_level_of_what_is_wrong(monkeypatch, name):
    reads = BY_NAME[name].warehouse()
    monkeypatch.setattr(warehouse, "shared", lambda: reads)
    level = "amber" if name == "stale_amber" else "red"
    assert f'class="th-banner {level}"' in said(opened("seats"))


def test_the_numbers_stay_when_they_are_old_or_the_warehouse_is_gone(monkeypatch):
    panels = {}
    for name in ("partial", "stale_red", "warehouse_down"):
        reads = BY_NAME[name].warehouse()
        monkeypatch.setattr(warehouse, "shared", lambda reads=reads: reads)
        panels[name] = re.search(r'data-panel="scoreboard".*', said(opened("night")))[0]
    assert panels["partial"] == panels["stale_red"] == panels["warehouse_down"]
