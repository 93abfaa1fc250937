"""A browser for the tests of this folder, and a fresh page for each."""

import pytest
from support import pages


@pytest.fixture(scope="module")
def browser():
    with pages.browser() as started:
        yield started


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()
