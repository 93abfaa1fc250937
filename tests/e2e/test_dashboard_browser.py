"""The dashboard in a real browser, on a throwaway PostgreSQL with filled marts."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support import pages
from support.scenes import CLOSES_AT, OPENS_AT, Scene
from support.waiting import wait_until

from bench.viewers import audience
from dashboard.queries import LIVE_S

pytestmark = pytest.mark.skipif(
    pages.chromium() is None, reason="no chromium on this machine: apt-get install chromium"
)
HOURS = timedelta(hours=1)
REFRESHES = 200  # of strip or body, all viewers together
HEADLINES = (
    ("Labour ahead: 1 of 2 declared seats, 648 to come", "Turnout: once a seat is declared"),
    (
        "First declaration: Houghton and Sunderland South: Labour hold, majority 12,341",
        "Turnout 64.1% (valid votes ÷ electorate, 1 seat declared)",
    ),
    (
        "Hung parliament: Conservative largest with 317 of 650 seats, 9 short of a majority",
        "Turnout 68.7% (valid votes ÷ electorate, 650 seats declared) · "
        "2.0-point swing from Con to Lab (631 seats) · 3 declarations corrected",
    ),
)


def scene_at(at, **changes):
    return Scene(at=at, now=datetime.now(UTC), **changes)


@pytest.fixture(autouse=True)
def counting(shown):
    shown.put(scene_at(CLOSES_AT + 5 * HOURS))


def test_headline_and_strip_agree_with_the_marts(page, shown):
    pages.check_headline(page, shown.url, shown.connection)


def test_the_scoreboard_agrees_with_the_marts(page, shown):
    pages.check_scoreboard(page, shown.url, shown.connection)


@pytest.mark.parametrize("check", pages.OTHER_PAGES, ids=lambda check: check.__name__)
def test_a_page_agrees_with_the_marts(page, shown, check):
    check(page, shown.url, shown.connection)


@pytest.mark.parametrize("status", ["counting", "declared", "corrected"])
def test_a_seat_agrees_with_the_marts(page, shown, status):
    [seat] = pages.row(
        shown.connection,
        "select min(constituency_id) from marts.constituency_results where status = %s",
        status,
    )
    pages.check_seat(page, shown.url, shown.connection, seat)


@pytest.mark.parametrize("path", ["", "seats?seat=SYN-LON-001", "turnout", "pipeline"])
def test_in_ten_refreshes_nothing_leaves_and_the_page_does_not_move(page, shown, path):
    minutes = iter(range(2, 60, 2))

    def advance():
        at = CLOSES_AT + 5 * HOURS + timedelta(minutes=next(minutes))
        shown.put(scene_at(at))

    pages.check_nothing_leaves(page, shown.url, path, advance=advance)


def test_a_banner_that_comes_and_goes_moves_nothing(page, shown):
    acts = iter([("fail", "attached"), ("pass", "detached"), ("fail", "attached")])

    def advance():
        outcome, state = next(acts)
        shown.put(scene_at(CLOSES_AT + 5 * HOURS, outcome=outcome, failures=1))
        page.wait_for_selector(".th-banner.red", state=state, timeout=20_000)

    pages.check_nothing_leaves(page, shown.url, refreshes=3, advance=advance)
    assert page.evaluate("window.__watch.grew").keys() == {"banners"}


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_a_longer_headline_moves_nothing(page, shown, width):
    page.set_viewport_size({"width": width, "height": 900})
    pages.open_page(page, shown.url)
    heights = {
        sentence: page.evaluate(
            """([sentence, beneath]) => {
                 const hero = document.querySelector('[data-panel=headline]');
                 hero.querySelector('[data-fact=headline]').textContent = sentence;
                 hero.querySelector('p:not([class])').textContent = beneath;
                 return Math.round(hero.getBoundingClientRect().height);
               }""",
            [sentence, beneath],
        )
        for sentence, beneath in HEADLINES
    }
    assert len(set(heights.values())) == 1, heights


def test_numbers_move_without_a_reload(page, shown):
    pages.open_page(page, shown.url)
    page.evaluate("window.__same_page = true")
    shown.put(scene_at(CLOSES_AT + 8 * HOURS))
    [declared] = pages.row(shown.connection, "select seats_declared from marts.national_summary")
    page.wait_for_function(
        f"document.querySelector('[data-panel=strip]').textContent.includes('{declared} of 650')",
        timeout=20_000,
    )
    assert page.evaluate("window.__same_page")


def test_before_close_of_poll_no_page_names_a_vote(page, shown):
    shown.put(scene_at(OPENS_AT + 9 * HOURS))
    pages.check_headline(page, shown.url, shown.connection)
    page.wait_for_selector("[data-panel=withheld]", timeout=20_000)
    assert page.locator("[data-panel=scoreboard]").count() == 0
    pages.check_seat(page, shown.url, shown.connection, "SYN-LON-001")


def test_a_failed_reconciliation_is_red_on_every_page(page, shown):
    shown.put(scene_at(CLOSES_AT + 5 * HOURS, outcome="fail", failures=2))
    for path in pages.PATHS:
        pages.open_page(page, shown.url, path)
        page.wait_for_selector(".th-banner.red", timeout=20_000)
        assert "2 errors" in page.locator(".th-banner.red").first.inner_text()


def test_choices_live_in_the_address(page, shown):
    pages.open_page(page, shown.url, "regions?region=E12000007")
    page.wait_for_selector("text=Seats here", timeout=20_000)
    assert page.locator("[data-panel=regions] article").count() == 1
    assert page.url.endswith("regions?region=E12000007")


def test_a_seat_is_found_by_name(page, shown):
    pages.open_page(page, shown.url, "seats")
    [seat, name] = pages.row(
        shown.connection,
        "select constituency_id, constituency_name from marts.constituency_results"
        " order by constituency_id desc limit 1",
    )
    page.get_by_label("Find a seat by name").click()
    page.keyboard.type(name)
    # The list follows the keys after a moment: a person looks before choosing, so does this.
    page.wait_for_function(
        "name => { const o = document.querySelectorAll('[role=option]');"
        " return o.length && o[0].textContent.startsWith(name); }",
        arg=name,
        timeout=20_000,
    )
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-seat='{seat}']", timeout=20_000)
    page.wait_for_url(f"**/seats?seat={seat}")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_pages_fit(page, shown, width):
    for path in (*pages.PATHS, "seats?seat=SYN-LON-001", "regions?region=S92000003"):
        pages.check_fits(page, shown.url, path, width)


@pytest.mark.parametrize("width", [360, 1440])
def test_pictures_are_kept(page, shown, width, tmp_path):
    target = tmp_path / f"tonight-{width}.png"
    pages.screenshot(page, shown.url, "", width, str(target))
    assert target.stat().st_size > 20_000


def test_nothing_is_asked_of_another_host(page, shown):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    pages.open_page(page, shown.url)
    page.wait_for_load_state("networkidle")
    foreign = [u for u in asked if not u.startswith((shown.url, "data:", "blob:"))]
    assert foreign == []


def test_with_the_database_gone_the_last_good_numbers_stay(page, browser, shown):
    pages.check_scoreboard(page, shown.url, shown.connection)
    before = page.locator("[data-panel=scoreboard]").inner_text()
    with shown.database_gone():
        page.wait_for_selector("text=The warehouse cannot be read", timeout=30_000)
        assert page.locator("[data-panel=scoreboard]").inner_text() == before
        assert "Traceback" not in page.content()
        other = browser.new_page()
        pages.open_page(other, shown.url)
        other.wait_for_selector("[data-panel=scoreboard]", timeout=30_000)
        assert other.locator("[data-panel=scoreboard]").inner_text() == before
        other.close()
    page.wait_for_selector("text=The warehouse cannot be read", state="detached", timeout=30_000)


def test_stale_numbers_are_said_to_be_stale(page, shown):
    old = scene_at(CLOSES_AT + 5 * HOURS, numbers_age_s=400, spark_state="stale")
    shown.put(old)
    pages.open_page(page, shown.url)
    page.wait_for_selector(".th-banner.red", timeout=20_000)
    shown.put(replace(old, now=datetime.now(UTC), numbers_age_s=100))
    wait_until(
        lambda: page.locator(".th-banner.amber").count() == 1, seconds=20, what="an amber banner"
    )


def scans(connection):
    """Return how often PostgreSQL has read each mart."""
    found = connection.execute(
        "select relname, seq_scan from pg_stat_user_tables where schemaname = 'marts'"
    ).fetchall()
    return Counter(dict(found))


def test_fifty_viewers_cost_the_warehouse_what_one_costs(shown):
    with audience(shown.url, 50) as seen:
        wait_until(lambda: seen.drawn == 50, seconds=90, what="50 viewers are served")
        began, runs, before = time.monotonic(), seen.runs, scans(shown.connection)
        wait_until(lambda: seen.runs - runs >= REFRESHES, seconds=120, what="refreshes")
        asked, took = scans(shown.connection) - before, time.monotonic() - began
    for mart in ("national_summary", "party_results"):
        assert 0 < asked[mart] <= took / LIVE_S + 2 < REFRESHES
