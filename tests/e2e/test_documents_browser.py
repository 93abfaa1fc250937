"""The marts' documentation opened from disk, with the network off."""

import pytest
from support import pages

from transform.documentation import write_documentation

pytestmark = pytest.mark.skipif(
    pages.chromium() is None, reason="no chromium on this machine: apt-get install chromium"
)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    written, *_ = write_documentation(
        folder / "marts.html", folder / "dictionary.md", folder / "marts.json"
    )
    return written.as_uri()


@pytest.fixture
def offline(browser):
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith("file:") else page.problems.append(request.url)
        ),
    )
    yield page
    context.close()
    assert page.problems == []


def test_the_first_page_explains_the_words(offline, document):
    offline.goto(f"{document}#!/overview")
    offline.get_by_role("heading", name="Glossary").wait_for()
    assert offline.get_by_role("cell", name="returning officer's statement").is_visible()


@pytest.mark.parametrize(
    ("word", "mart"),
    [("margin_of_error", "party_by_education"), ("drawing of lots", "constituency_results")],
)
def test_a_word_is_found_in_columns_and_descriptions(offline, document, word, mart):
    offline.goto(f"{document}#!/overview")
    offline.get_by_role("heading", name="Glossary").wait_for()
    offline.get_by_placeholder("Search for models...").fill(word)
    offline.wait_for_function(
        "found => document.body.innerText.includes(found)", arg=f"{mart} model"
    )


def test_a_page_leads_to_its_marts_and_they_to_their_topics(offline, document):
    offline.goto(f"{document}#!/exposure/exposure.tallyhouse.page_seats")
    offline.get_by_role("link", name="constituency_results").last.click()
    offline.get_by_text("From topics:").wait_for()
    text = offline.locator("body").inner_text()
    assert "declarations" in text and "Shown by: Dashboard: Compare, " in text
    assert "Dashboard: Map, Dashboard: Regions, Dashboard: Seats" in text
    assert "One row per constituency." in text and "where outcome = 'gain'" in text


def test_a_fraction_names_its_denominator(offline, document):
    offline.goto(f"{document}#!/model/model.tallyhouse.regional_turnout")
    offline.get_by_text("[share of registered of the region]").first.wait_for()


def test_the_lineage_is_drawn(offline, document):
    offline.goto(f"{document}#!/source/source.tallyhouse.raw.votes")
    offline.locator("graph-launcher, .launcher").first.click()
    offline.locator("canvas").first.wait_for()
