"""Checks of the dashboard's pages in a real browser: each takes a page, the address and the marts.

They hold for a hand-filled schema and for a night that is running: numbers may move between two
looks, so a page must come to agree with the marts within a deadline.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright
from support.waiting import wait_until

PATHS = (
    "", "map", "race", "seats", "regions", "compare", "turnout", "electorate", "declarations",
    "pipeline", "data", "method",
)  # fmt: skip
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
MAIN = "[data-testid=stMain]"
AGREE_WITHIN_S = 60
Advance = Callable[[], None]

# Looked at once a second: a page has as many panels and titles as a second before, and some.
DRAWN = """
() => {
  const now = document.querySelectorAll('[data-panel], .th h2.title').length;
  const before = window.__drawn;
  window.__drawn = now;
  return now > 3 && now === before;
}
"""
# A page jumps when it scrolls by itself and what is read, the first panel or card in sight, moves
# on screen. A line more above moves one of them alone: the browser scrolls along, or it does not.
WATCH = """
(top) => {
  const main = document.querySelector('[data-testid=stMain]');
  const watch = {refreshes: 0, lost: [], moved: 0, dimmed: 0, drawn: '', grew: {}};
  const tall = {};
  const selectors = [];
  document.querySelectorAll('[data-panel]').forEach(
    e => selectors.push(`[data-panel="${e.dataset.panel}"]`));
  document.querySelectorAll('[class*="st-key-card-"]').forEach(e => {
    const key = [...e.classList].find(c => c.startsWith('st-key-card-'));
    selectors.push('.' + key, `.${key} canvas, .${key} svg.marks`);
  });
  const titles = [...document.querySelectorAll('.th h2.title')].map(e => e.firstChild.data);
  watch.selectors = selectors.length + titles.length;
  main.scrollTop = top;
  const place = s => document.querySelector(s)?.getBoundingClientRect().top;
  const edge = main.getBoundingClientRect().top;
  const still = selectors.filter(s => !document.querySelector(s).closest('.th-banners'));
  const below = s => place(s) >= edge ? place(s) : Infinity;
  const read = still.reduce((one, other) => below(other) < below(one) ? other : one);
  watch.read = read;
  let before = [main.scrollTop, place(read)];
  const look = () => {
    for (const s of selectors) {
      const e = document.querySelector(s);
      if (!e) watch.lost.push(s);
      else if (getComputedStyle(e).opacity !== '1') watch.dimmed += 1;
    }
    const now = new Set([...document.querySelectorAll('.th h2.title')].map(e => e.firstChild.data));
    for (const t of titles) if (!now.has(t)) watch.lost.push(t);
    document.querySelectorAll('[data-panel], [class*="st-key-card-"]').forEach(e => {
      const now = Math.round(e.getBoundingClientRect().height);
      const name = e.dataset.panel ?? [...e.classList].find(c => c.startsWith('st-key-'));
      tall[name] ??= now;
      if (tall[name] !== now) watch.grew[name] = [tall[name], now];
    });
    const drawn = document.querySelector('[data-panel=strip]')?.dataset.drawnAt;
    if (drawn && drawn !== watch.drawn) { watch.refreshes += 1; watch.drawn = drawn; }
  };
  new MutationObserver(look).observe(main, {childList: true, subtree: true, characterData: true});
  const painted = () => {
    const now = [main.scrollTop, place(read)];
    const by = Math.min(...now.map((at, n) => Math.abs(at - before[n])));
    watch.moved = Math.max(watch.moved, by > 1 ? by : 0);
    before = now;
  };
  const frame = () => { look(); setTimeout(painted); requestAnimationFrame(frame); };
  frame();
  window.__watch = watch;
}
"""

SETTLED = """
(main) => {
  const tall = document.querySelector(main).scrollHeight;
  const charts = document.querySelectorAll('.stVegaLiteChart').length;
  const drawn = document.querySelectorAll('.stVegaLiteChart canvas, .stVegaLiteChart svg.marks');
  const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState;
  const same = tall === window.__tall && drawn.length >= charts && idle === 'notRunning';
  window.__same = same ? (window.__same || 0) + 1 : 0;
  window.__tall = tall;
  return window.__same >= 3 ? tall : 0;
}
"""


def chromium() -> str | None:
    """Return the browser on this machine, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser that is on this machine."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield started
        started.close()


def open_page(page: Page, url: str, path: str = "") -> None:
    """Open a page and wait until the strip and one more panel are drawn."""
    page.goto(f"{url}/{path}")
    page.wait_for_selector("[data-panel=strip], [data-panel=headline]", timeout=60_000)
    page.wait_for_function("document.querySelectorAll('.th').length > 1", timeout=60_000)


def row(connection: psycopg.Connection[Any], query: str, *parameters: object) -> tuple[Any, ...]:
    """Return one row of the marts."""
    found = connection.execute(query, parameters).fetchone()
    assert found is not None, f"no row: {query}"
    return tuple(found)


def shown_as_of(page: Page) -> datetime | None:
    """Return the as-of time on the page's strip."""
    told = page.locator("[data-panel=strip]").get_attribute("data-as-of")
    return datetime.fromisoformat(told) if told else None


def check_headline(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """The headline and the strip say the marts' seats, party and title, as of the same time."""
    open_page(page, url)

    def agrees() -> bool:
        title, as_of, embargoed, declared, total, party, seats = row(
            connection,
            "select title, as_of, is_embargoed, seats_declared, seats_total, leading_party_name,"
            " leading_party_seats from marts.national_summary",
        )
        if shown_as_of(page) != as_of:
            return False
        strip = page.locator("[data-panel=strip]").inner_text()
        headline = page.locator("[data-fact=headline]").inner_text()
        if title not in strip or f"{declared or 0} of {total}" not in strip:
            return False
        if embargoed:
            return "withheld" in strip and "Poll" in headline
        return declared < 2 or (party in headline and str(seats) in headline)

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="headline and strip agree with the marts")


def check_scoreboard(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """Every party's card shows the marts' declared seats, as of the same time."""
    open_page(page, url)
    page.wait_for_selector("[data-panel=scoreboard]", timeout=30_000)

    def agrees() -> bool:
        as_of, marts = row(
            connection,
            "select (select as_of from marts.national_summary),"
            " (select json_object_agg(party_abbreviation, seats_declared)"
            " from marts.party_results)",
        )
        cards = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-party]')].map("
            "e => [e.dataset.party, Number(e.querySelector('[data-fact=seats]').textContent)]))"
        )
        if not cards or shown_as_of(page) != as_of:
            return False
        others = cards.pop("others", 0)
        rest = sum(n or 0 for party, n in marts.items() if party not in cards)
        return others == rest and all((marts[p] or 0) == n for p, n in cards.items())

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="the scoreboard agrees with the marts")


def check_seat(
    page: Page, url: str, connection: psycopg.Connection[Any], constituency_id: str
) -> None:
    """A seat's page shows its name and every candidate's votes as the marts have them."""
    open_page(page, url, f"seats?seat={constituency_id}")
    page.wait_for_selector(f"[data-seat='{constituency_id}']", timeout=30_000)

    def agrees() -> bool:
        as_of, name, marts = row(
            connection,
            "select (select as_of from marts.national_summary), max(constituency_name),"
            " json_object_agg(candidate_id, votes)"
            " from marts.candidate_results where constituency_id = %s",
            constituency_id,
        )
        shown = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-candidate]')].map("
            "e => [e.dataset.candidate, e.querySelector('[data-fact=votes]').textContent]))"
        )
        if shown_as_of(page) != as_of:
            return False
        assert page.locator("[data-fact=seat-name]").inner_text() == name
        return bool(shown) and shown == {
            c: "–" if v is None else f"{v:,}" for c, v in marts.items()
        }

    wait_until(agrees, seconds=AGREE_WITHIN_S, what=f"{constituency_id} agrees with the marts")


def check_nothing_leaves(
    page: Page, url: str, path: str = "", *, refreshes: int = 10, advance: Advance = lambda: None
) -> None:
    """In so many refreshes no element leaves the page, dims, or moves what is being read.

    `advance` changes the marts before each refresh, where the night does not do it by itself.
    """
    open_page(page, url, path)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(DRAWN, polling=1000, timeout=60_000)
    charts = page.locator("[class*='st-key-card-']").count()
    page.wait_for_function(
        "n => document.querySelectorAll('.stVegaLiteChart canvas, .stVegaLiteChart svg.marks')"
        ".length >= n",
        arg=charts,
        timeout=30_000,
    )
    page.evaluate(WATCH, 400)
    for refresh in range(1, refreshes + 1):
        advance()
        page.wait_for_function(f"window.__watch.refreshes > {refresh}", timeout=30_000)
    seen = page.evaluate("window.__watch")
    assert seen["selectors"] > 3
    assert seen["lost"] == []
    assert seen["dimmed"] == 0
    assert seen["moved"] == 0, (
        f"{seen['read']} is read, and jumped by {seen['moved']} px; changed height: {seen['grew']}"
    )


def check_fits(page: Page, url: str, path: str, width: int) -> None:
    """A page has no sideways scroll at a width."""
    page.set_viewport_size({"width": width, "height": 860})
    open_page(page, url, path)
    page.wait_for_load_state("networkidle")
    wide = page.evaluate(
        f"[document.documentElement.scrollWidth, document.querySelector('{MAIN}').scrollWidth]"
    )
    assert max(wide) <= width, f"/{path} is {max(wide)} px wide at {width}"


def screenshot(page: Page, url: str, path: str, width: int, target: str) -> None:
    """Keep a picture of a page's first screens at a width, once it has stopped growing."""
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, url, path)
    page.wait_for_load_state("networkidle")
    tall = page.wait_for_function(SETTLED, arg=MAIN, polling=300, timeout=30_000).json_value()
    page.set_viewport_size({"width": width, "height": min(tall, 2400)})
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.screenshot(path=target)
