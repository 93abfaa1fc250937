"""A browser and a dashboard for the tests of this folder, and a fresh page for each."""

from datetime import UTC, datetime

import pytest
from support import pages
from support.dashboard_server import shown_dashboard
from support.page_states import COUNTING
from support.scenes import Scene

from bench.folders import open_folder


@pytest.fixture(scope="module")
def browser():
    with pages.browser() as started:
        yield started


@pytest.fixture(scope="module")
def shown():
    """The dashboard on a throwaway PostgreSQL, five hours after close of poll."""
    scene = Scene(at=COUNTING, now=datetime.now(UTC))
    with open_folder() as folder, shown_dashboard(folder, scene) as started:
        yield started


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()
