"""What a reader sees and can use: states, themes, keys, and axe-core's rules, in a browser."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from support import pages
from support.page_states import BY_NAME, COUNTING, STATES
from support.scenes import Scene

pytestmark = pytest.mark.skipif(
    pages.chromium() is None, reason="no chromium on this machine: apt-get install chromium"
)
SCENES = [state for state in STATES if state.at and state.read_ago_s is None]
SEAT, REGION = "seats?seat=SYN-LON-001", "regions?region=S92000003"
SERIOUS = ("serious", "critical")


@pytest.fixture(autouse=True)
def counting(shown):
    shown.put(Scene(at=COUNTING, now=datetime.now(UTC)))


def wait_for(page, text):
    page.wait_for_function(
        "text => document.querySelector('[data-testid=stMain]').textContent.includes(text)",
        arg=text,
        timeout=20_000,
    )


def check_drawn(page, state, folder):
    """A state is on the page in its words, whole, without a traceback, and as a picture."""
    wait_for(page, state.tonight)
    wait_for(page, state.everywhere)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    if state.is_secret:
        assert page.locator("[data-panel=scoreboard], [data-panel=house]").count() == 0
    assert page.locator("[data-fact=headline], [data-panel=headline] h1").count() == 1
    assert "Traceback" not in page.content()
    pages.check_geometry(page)
    picture = page.screenshot(path=folder / f"{state.name}.png")
    assert len(picture) > 10_000


def test_each_state_of_the_night_is_drawn_in_place(page, shown, tmp_path):
    pages.open_page(page, shown.url)
    page.evaluate("window.__same_page = true")
    for state in SCENES:
        shown.put(state.scene(datetime.now(UTC)))
        check_drawn(page, state, tmp_path)
    with shown.no_marts():
        check_drawn(page, BY_NAME["no_data"], tmp_path)
    assert page.evaluate("window.__same_page")


def test_a_warehouse_that_is_gone_is_drawn(page, shown, tmp_path):
    pages.open_page(page, shown.url)
    page.wait_for_selector("[data-panel=scoreboard]", timeout=20_000)
    with shown.database_gone():
        check_drawn(page, BY_NAME["warehouse_down"], tmp_path)


def test_a_warehouse_that_never_answered_is_drawn(page, shown, tmp_path):
    with shown.unreached() as url:
        page.goto(url)
        check_drawn(page, BY_NAME["never_connected"], tmp_path)


@pytest.mark.parametrize("look", ["light", "dark", "wall"])
def test_tonight_fits_every_screen_in_every_theme(page, shown, look, tmp_path):
    for width in (360, 768, 1440):
        pages.check_fits(page, shown.url, f"?theme={look}", width)
        page.wait_for_selector(".stVegaLiteChart canvas, .stVegaLiteChart svg.marks")
        pages.check_geometry(page)
        assert len(page.screenshot(path=tmp_path / f"{look}-{width}.png")) > 20_000
    paper, controls = page.evaluate(
        "[getComputedStyle(document.querySelector('.stApp')).backgroundColor,"
        " [...document.querySelectorAll('.th-themes, .stExpander, header')]"
        ".filter(e => e.getClientRects().length).length]"
    )
    expected = {"light": "rgb(243, 245, 249)", "dark": "rgb(10, 18, 32)", "wall": "rgb(0, 0, 0)"}
    assert paper == expected[look]
    assert (controls == 0) == (look == "wall")


def test_a_theme_and_followed_seats_go_along_from_page_to_page(page, shown):
    pages.open_page(page, shown.url, "?theme=dark&follow=SYN-LON-001")
    page.click("[data-followed] a[href^='seats']")
    page.wait_for_url("**/seats?seat=SYN-LON-001&theme=dark&follow=SYN-LON-001")
    page.get_by_test_id("stTopNavLink").filter(has_text="Turnout").click()
    page.wait_for_url("**/turnout?*theme=dark*")
    page.get_by_test_id("stTopNavLink").filter(has_text="Tonight").click()
    page.wait_for_selector("[data-followed='SYN-LON-001']", timeout=20_000)


def violations(page):
    """Return axe-core's serious and critical findings, each with the first element."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['impact']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(
    "path",
    [*pages.PATHS, SEAT, REGION, "?theme=dark", "?theme=wall", "data?mart=party_results&theme=dark",
     "seats?theme=dark"],
)  # fmt: skip
def test_axe_finds_nothing_serious(page, shown, path):
    pages.open_page(page, shown.url, path)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["", "map", "electorate", "pipeline", SEAT])
def test_axe_finds_nothing_serious_on_a_phone(page, shown, path):
    page.set_viewport_size({"width": 360, "height": 860})
    pages.open_page(page, shown.url, path)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


def test_axe_finds_nothing_serious_before_close_of_poll(page, shown):
    shown.put(BY_NAME["embargo"].scene(datetime.now(UTC)))
    for path in ("", "map", "turnout", SEAT):
        pages.open_page(page, shown.url, path)
        page.wait_for_selector("text=withheld until")
        page.wait_for_load_state("networkidle")
        assert violations(page) == []


def test_axe_finds_nothing_serious_without_the_warehouse(page, shown):
    pages.open_page(page, shown.url)
    page.wait_for_selector("[data-panel=scoreboard]", timeout=20_000)
    with shown.database_gone():
        page.wait_for_selector(".th-banner.red", timeout=30_000)
        assert violations(page) == []


def test_axe_finds_what_is_wrong(page, shown):
    pages.open_page(page, shown.url, "method")
    page.evaluate("document.querySelector('.th h2').innerHTML = '<img src=\"data:,\">'")
    assert any("alternative text" in found for found in violations(page))


COMPARED = "compare?a=E12000007&b=S92000003"
WITH_CHARTS = ("", "race", "turnout", "electorate", REGION)
SAYS = re.compile(r"\d|none|No |withheld")


@pytest.mark.parametrize("state", ["partial", "embargo"])
def test_every_drawing_says_what_it_shows(page, shown, state):
    shown.put(BY_NAME[state].scene(datetime.now(UTC)))
    for path in (*pages.PATHS, SEAT, REGION, COMPARED):
        if path == "method":
            continue  # its bars are samples of a mark
        pages.open_page(page, shown.url, path)
        page.wait_for_load_state("networkidle")
        said = page.evaluate(
            "[...document.querySelectorAll('[role=img][aria-label], [role=listbox]')].map("
            "e => e.getAttribute('aria-label'))"
        )
        assert [text for text in said if not SAYS.search(text)] == [], path


def test_every_chart_says_its_point_and_has_a_table(page, shown):
    for path in (*pages.PATHS, SEAT, REGION, COMPARED):
        pages.open_page(page, shown.url, path)
        page.wait_for_load_state("networkidle")
        cards = page.locator("[class*='st-key-card-']")
        assert cards.count() > 0 or path not in WITH_CHARTS
        for card in cards.all():
            takeaway = card.locator("small, p").last.inner_text()
            assert takeaway
            assert card.get_by_text("As a table").count() == 1


def test_keys_alone_reach_pages_search_tables_sources_and_themes(page, shown):
    pages.open_page(page, shown.url)
    page.wait_for_selector("[data-panel=scoreboard]")
    for summary, shows in (
        ("As a table", "[role=region] table"),
        ("How do we know?", "[data-panel=provenance]"),
    ):
        page.locator("summary", has_text=summary).first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(shows, timeout=20_000)
    tab_to(page, "document.activeElement.textContent === 'Dark'", backwards=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?theme=dark")
    pages.open_page(page, shown.url)
    tab_to(page, "document.activeElement.textContent === 'Seats'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seats")
    page.wait_for_selector("text=Find a seat by name")
    tab_to(page, "document.activeElement.getAttribute('aria-label') === 'Find a seat by name'")
    page.keyboard.type("Glenstead North")
    page.wait_for_function(
        "document.querySelector('[role=option]')?.textContent.startsWith('Glenstead North')"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-seat='SYN-LON-001']", timeout=20_000)


def test_the_focus_stays_on_the_menu_and_a_banner_is_said_once(page, shown):
    state = BY_NAME["not_reconciled"]
    shown.put(state.scene(datetime.now(UTC)))
    page.set_viewport_size({"width": 360, "height": 860})
    pages.open_page(page, shown.url)
    wait_for(page, state.everywhere)
    page.evaluate("document.querySelector('.th-menu a[href=seats]').focus()")
    # What is said comes from several answers, and old numbers are called old after a minute: only
    # where the words stayed is the banner the same.
    for _ in range(5):
        page.evaluate("window.__banner = document.querySelector('[role=status]')")
        said = banners_of(page)
        for _ in range(3):
            pages.next_refresh(page)
        if banners_of(page) == said:
            break
    else:
        raise AssertionError(f"the banners change with every refresh: {said}")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "seats"
    assert page.evaluate("window.__banner.isConnected")


def banners_of(page):
    return page.locator("[data-panel=banners]").all_text_contents()


def tab_to(page, reached, *, backwards=False, most=60):
    """Press Tab until the focus is where it should be."""
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate(reached):
            return
    raise AssertionError(f"{most} times Tab did not reach: {reached}")
