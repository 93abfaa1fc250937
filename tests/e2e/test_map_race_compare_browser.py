"""Map, hemicycle, scrubber and comparison in a real browser, held against the marts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from support import pages
from support.dashboard_server import shown_dashboard
from support.scenes import CLOSES_AT, OPENS_AT, Scene
from support.waiting import wait_until

from bench.folders import open_folder

pytestmark = pytest.mark.skipif(
    pages.chromium() is None, reason="no chromium on this machine: apt-get install chromium"
)
HOURS = timedelta(hours=1)
AT = CLOSES_AT + 5 * HOURS
LONDON, SCOTLAND = "E12000007", "S92000003"
HEXES = "document.querySelectorAll('[data-hex]').length"


def scene_at(at):
    return Scene(at=at, now=datetime.now(UTC))


@pytest.fixture(scope="module")
def shown():
    with open_folder() as folder, shown_dashboard(folder, scene_at(AT)) as started:
        yield started


@pytest.fixture(autouse=True)
def counting(shown):
    shown.put(scene_at(AT))


def open_map(page, url, path="map"):
    pages.open_page(page, url, path)
    page.wait_for_function(f"{HEXES} === 650", timeout=30_000)


@pytest.mark.parametrize(
    ("mode", "pattern", "condition"),
    [
        ("winner", "solid", "declared_winner_party is not null"),
        ("winner", "lead", "declared_winner_party is null and leading_party is not null"),
        ("change", "gain", "outcome = 'gain'"),
        ("change", "hold", "outcome = 'hold'"),
    ],
)
def test_the_map_paints_what_the_marts_say(page, shown, mode, pattern, condition):
    open_map(page, shown.url, f"map?mode={mode}")
    [seats] = pages.row(
        shown.connection,
        "select coalesce(json_agg(constituency_id order by constituency_id), '[]')"
        f" from marts.constituency_results where {condition}",
    )
    assert seats

    def agrees():
        return seats == page.evaluate(
            "p => [...document.querySelectorAll(`[data-hex].${p}`)].map(e => e.dataset.hex).sort()",
            pattern,
        )

    wait_until(agrees, seconds=pages.AGREE_WITHIN_S, what=f"the hexes that are {pattern}")


@pytest.mark.parametrize("width", [360, 1440])
def test_a_hex_chooses_its_seat_and_the_address_says_so(page, shown, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_map(page, shown.url)
    page.locator("[data-hex='SYN-LON-007']").click()
    page.wait_for_selector("[data-seat='SYN-LON-007']", timeout=20_000)
    page.wait_for_url("**/map?seat=SYN-LON-007", timeout=20_000)
    page.wait_for_selector("[data-hex='SYN-LON-007'].on", timeout=20_000)
    assert page.locator("[data-panel=picked]").is_visible() == (width == 360)


def test_keys_alone_go_over_the_map_and_choose_a_seat(page, shown):
    open_map(page, shown.url)
    at = "document.querySelector('[data-hex].at')?.dataset.hex"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role') === 'listbox'"):
            break
    visited = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        visited.append(page.evaluate(at))
    assert None not in visited and len(set(visited)) >= 3
    said = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
        ".getAttribute('aria-label')"
    )
    [name] = pages.row(
        shown.connection,
        "select constituency_name from marts.constituency_results where constituency_id = %s",
        visited[-1],
    )
    assert said.startswith(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-seat='{visited[-1]}']", timeout=20_000)
    page.wait_for_selector(f"[data-hex='{visited[-1]}'].on", timeout=20_000)
    page.keyboard.press("ArrowRight")  # the focus is still on the map
    assert page.evaluate(at) != visited[-1]


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_letters_on_hexes_stay_within_their_hex_and_are_large_enough(page, shown, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_map(page, shown.url)
    page.wait_for_function("document.fonts.status === 'loaded'", timeout=20_000)
    small, wide = page.evaluate(
        "() => { const all = [...document.querySelectorAll('[data-hex]')];"
        " const sizes = all.map(e => parseFloat(getComputedStyle(e.firstChild).fontSize));"
        " const over = all.filter(e => e.firstChild.getBoundingClientRect().width"
        "   > e.getBoundingClientRect().width);"
        " return [Math.min(...sizes), over.length]; }"
    )
    assert small >= 6
    assert wide == 0


def test_before_close_of_poll_the_map_shows_turnout_alone(page, shown):
    shown.put(scene_at(OPENS_AT + 9 * HOURS))
    open_map(page, shown.url, "map?mode=winner")
    page.wait_for_selector("[data-panel=withheld]", timeout=20_000)
    page.wait_for_function(
        "document.querySelectorAll('[data-hex].solid[class*=\" s\"]').length === 650",
        timeout=20_000,
    )
    assert page.locator("[data-hex='SYN-LON-001']").inner_text().split()[1].isdecimal()


@pytest.mark.parametrize(
    "path", ["map?seat=SYN-LON-001", "race?at=01:30", f"compare?a={LONDON}&b={SCOTLAND}"]
)
def test_in_five_refreshes_nothing_leaves_and_the_page_does_not_move(page, shown, path):
    minutes = iter(range(2, 60, 2))
    pages.check_nothing_leaves(
        page, shown.url, path, refreshes=5,
        advance=lambda: shown.put(scene_at(AT + timedelta(minutes=next(minutes)))),
    )  # fmt: skip


def test_the_hemicycle_has_a_dot_a_seat_where_there_is_room(page, shown):
    pages.open_page(page, shown.url)
    page.wait_for_selector(".th-hemicycle", timeout=30_000)
    [declared, leading] = pages.row(
        shown.connection,
        "select sum(seats_declared)::int, sum(seats_leading)::int from marts.party_results",
    )
    count = "k => document.querySelectorAll(`.th-hemicycle .${k} i`).length"
    wait_until(
        lambda: [page.evaluate(count, kind) for kind in ("won", "led", "none")]
        == [declared, leading, 650 - declared - leading],
        seconds=pages.AGREE_WITHIN_S, what="the hemicycle agrees with the marts",
    )  # fmt: skip
    page.set_viewport_size({"width": 360, "height": 900})
    assert not page.locator(".th-hemicycle").is_visible()
    assert page.locator("[data-panel=tracker]").is_visible()


def test_the_scrubber_shows_the_night_as_it_stood_and_stays_there(page, shown):
    pages.open_page(page, shown.url, "race?at=02:00")
    then = CLOSES_AT + 4 * HOURS
    [seats, declared] = pages.row(
        shown.connection,
        "select max(seats_to_date) filter (where party_abbreviation = 'Lab')::int,"
        " max(seats_declared_to_date)::int from marts.results_over_time"
        " where election_minute_at <= %s",
        then,
    )
    said = f"At 02:00 BST: Lab ahead with {seats} seats, {declared} of 650 declared"
    page.wait_for_selector(f"[data-fact=moment]:has-text('{said}')", timeout=20_000)
    shown.put(scene_at(AT + HOURS))
    [now] = pages.row(shown.connection, "select seats_declared from marts.national_summary")
    page.wait_for_function(
        f"document.querySelector('[data-panel=strip]').textContent.includes('{now} of 650')",
        timeout=20_000,
    )
    assert page.inner_text("[data-fact=moment]") == said
    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_url(re.compile(r"/race\?at=02(:|%3A)05$"), timeout=20_000)
    page.wait_for_selector("[data-fact=moment]:has-text('At 02:05 BST')", timeout=20_000)
    page.get_by_role("button", name="Back to live").click()
    page.wait_for_selector(f"[data-fact=moment]:has-text('{now} of 650')", timeout=20_000)
    page.wait_for_url(re.compile(r"/race$"), timeout=20_000)


def test_two_regions_are_compared_by_the_shares_of_the_marts(page, shown):
    pages.open_page(page, shown.url, f"compare?a={LONDON}&b={SCOTLAND}")
    page.wait_for_selector("[data-panel=shares]", timeout=20_000)
    for region, name in ((LONDON, "London"), (SCOTLAND, "Scotland")):
        [share] = pages.row(
            shown.connection,
            "select vote_share from marts.regional_results"
            " where region_id = %s and party_abbreviation = 'Lab'",
            region,
        )
        page.wait_for_selector(f"[aria-label='Lab in {name}: {100 * share:.1f}%']", timeout=20_000)
