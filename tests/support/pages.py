"""Checks of the dashboard's pages in a real browser: each takes a page, the address and the marts.

They hold for a hand-filled schema and for a night that is running: numbers may move between two
looks, so a page must come to agree with the marts within a deadline.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from playwright.sync_api import Browser, Page, sync_playwright
from support.waiting import wait_until

from dashboard import words

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

# Names what lies wrong. Banners lie over the foot of the window on purpose.
GEOMETRY = """
() => {
  const wide = document.documentElement.clientWidth, wrong = [];
  const name = e => e.dataset.panel || e.dataset.party || e.className;
  const all = '[data-panel], .th-card, .th-party, .th-figure, [class*="st-key-card-"]';
  const drawn = [...document.querySelectorAll(all)]
    .filter(e => !e.closest('.th-banners'))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  drawn.forEach(([e, box], n) => {
    if (box.left < -1 || box.right > wide + 1) wrong.push(`${name(e)} leaves the page`);
    if (e.matches('.th-card, .th-party') && e.scrollWidth > e.clientWidth + 1)
      wrong.push(`${name(e)} is too narrow for what it says`);
    for (const [other, place] of drawn.slice(n + 1))
      if (!e.contains(other) && !other.contains(e) && over(box, place))
        wrong.push(`${name(e)} lies over ${name(other)}`);
  });
  const first = drawn.reduce((a, b) => b[1].top < a[1].top ? b : a, drawn[0]);
  const strip = document.querySelector('[data-panel=strip]');
  if (strip && first && first[0] !== strip) wrong.push(`${name(first[0])} is above the strip`);
  return wrong;
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


def next_refresh(page: Page) -> None:
    """Wait until the strip has been drawn anew."""
    page.evaluate("window.__at = document.querySelector('[data-panel=strip]').dataset.drawnAt")
    page.wait_for_function(
        "document.querySelector('[data-panel=strip]')?.dataset.drawnAt > window.__at",
        timeout=30_000,
    )


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
    """Every party's card shows the marts' seats, votes and share, as of the same time."""
    open_page(page, url)
    page.wait_for_selector("[data-panel=scoreboard]", timeout=30_000)

    def agrees() -> bool:
        as_of, marts = row(
            connection,
            "select (select as_of from marts.national_summary),"
            " (select json_object_agg(party_abbreviation, json_build_array("
            "   coalesce(seats_declared, 0),"
            "   case when vote_share is null then votes_counted else votes end,"
            "   coalesce(vote_share, vote_share_counted)))"
            " from marts.party_results)",
        )
        cards = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-party]')].map(e =>"
            " [e.dataset.party, ['seats', 'votes', 'share'].map("
            "   f => e.querySelector(`[data-fact=${f}]`).textContent)]))"
        )
        if not cards or shown_as_of(page) != as_of:
            return False
        rest = [values for party, values in marts.items() if party not in cards]
        if "others" in cards:
            marts["others"] = [sum(v or 0 for v in column) for column in zip(*rest, strict=True)]
        return all(
            [str(marts[p][0]), words.count(marts[p][1]), words.percent(marts[p][2])] == shown
            for p, shown in cards.items()
        )

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


def check_regions(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """Every region's card says the marts' declared seats and turnout."""
    open_page(page, url, "regions")

    def agrees() -> bool:
        cards = page.locator("[data-panel=regions] article").all_inner_texts()
        [rows] = row(
            connection,
            "select json_agg(json_build_array(region_name, coalesce(seats_declared, 0),"
            " seats_total, case when turnout_basis = 'declared' and turnout is not null"
            " then turnout else turnout_issued end)) from marts.regional_turnout",
        )
        return len(cards) == len(rows) and all(
            any(
                name in card and f"{done} of {total} declared" in card
                and words.percent(turnout) in card
                for card in cards
            )
            for name, done, total, turnout in rows
        )  # fmt: skip

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="regions agree with the marts")


def check_turnout(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """The way from the register to valid votes has the marts' numbers; votes once they may be."""
    open_page(page, url, "turnout")

    def agrees() -> bool:
        embargoed, *counts = row(
            connection,
            "select is_embargoed, registered, ballots_issued, papers_counted, valid_votes"
            " from marts.national_summary",
        )
        known = [*counts[:2], *([None, None] if embargoed else counts[2:])]
        return page.locator("[data-step]").all_inner_texts() == [words.count(n) for n in known]

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="the way to valid votes agrees with the marts")


def check_electorate(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """Every cell of the tables by sex says the marts' turnout and n, or that it is withheld."""
    open_page(page, url, "electorate")

    def agrees() -> bool:
        [rows] = row(
            connection,
            "select coalesce(json_agg(cell), '[]') from (select json_build_array("
            " characteristic_value || ' ' || sex, sum(ballots_issued), sum(registered)) as cell"
            " from marts.demographic_turnout group by characteristic_value, sex) as summed",
        )
        cells = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-cell]')].map("
            "e => [e.dataset.cell, e.textContent]))"
        )
        return len(cells) == len(rows) and all(
            cells[name] == "withheld"
            if not registered
            else f"{words.percent(issued / registered)} n = {words.count(registered)}"
            in cells[name]
            for name, issued, registered in rows
        )

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="groups agree with the marts")


def check_declarations(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """What is listed and what the chip calls new are together the marts' declarations."""
    open_page(page, url, "declarations")
    page.get_by_role("button", name="new declaration").wait_for(timeout=30_000)

    def agrees() -> bool:
        [made] = row(connection, "select count(*) from marts.declarations_feed")
        chip = page.get_by_role("button", name="new declaration").inner_text()
        note = page.locator(".th h2.title .soft").first.inner_text()
        new = re.match(r"[\d,]+", chip)
        seen = re.search(r"of ([\d,]+)", note) or re.search(r"([\d,]+) in all", note)
        return seen is not None and made == _number(seen[1]) + (_number(new[0]) if new else 0)

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="declarations agree with the marts")


def check_data(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """The list of tables says how many rows the marts have."""
    open_page(page, url, "data")
    for mart in ("candidate_results", "constituency_results", "party_results"):
        [rows] = row(connection, f"select count(*) from marts.{mart}")
        line = page.locator("tr", has=page.locator(f"a[href='data?mart={mart}']"))
        line.locator(f"td:nth-child(2):text-is('{rows:,}')").wait_for(timeout=60_000)


def check_race(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """The race's headline says the marts' declared seats."""
    open_page(page, url, "race")

    def agrees() -> bool:
        declared, total = row(
            connection, "select seats_declared, seats_total from marts.national_summary"
        )
        said = page.locator("[data-fact=moment]").inner_text()
        return f"{declared} of {total} declared" in said

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="the race agrees with the marts")


def check_map(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """As many hexes are solid as seats are declared without a tie."""
    open_page(page, url, "map?mode=winner")

    def agrees() -> bool:
        [declared] = row(
            connection,
            "select count(declared_winner_party) from marts.constituency_results",
        )
        return bool(page.locator("[data-hex].solid").count() == declared)

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="the map agrees with the marts")


def check_pipeline(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """The verdict is the marts'."""
    open_page(page, url, "pipeline")

    def agrees() -> bool:
        [outcome] = row(connection, "select invariants_outcome from marts.national_summary")
        said = page.locator("[data-fact=verdict]").inner_text()
        return said.startswith(outcome.upper() if outcome else "Not reconciled")

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="the verdict agrees with the marts")


def check_compare(page: Page, url: str, connection: psycopg.Connection[Any]) -> None:
    """Each party's share in two regions is the marts': of votes declared, or of those counted."""
    regions = ("E12000007", "S92000003")
    open_page(page, url, f"compare?a={regions[0]}&b={regions[1]}")
    page.wait_for_selector("[data-panel=shares]", timeout=30_000)

    def agrees() -> bool:
        as_of, rows = row(
            connection,
            "select (select as_of from marts.national_summary), json_agg(json_build_array("
            " party_abbreviation || ' in ' || region_name, coalesce(vote_share,"
            " votes_counted / nullif(sum_of_region, 0))))"
            " from (select *, sum(votes_counted) over (partition by region_id) as sum_of_region"
            "       from marts.regional_results where region_id = any(%s)) as regional",
            list(regions),
        )
        marts = {f"{name}: {words.percent(share)}" for name, share in rows if share}
        bars = page.locator("[data-panel=shares] [aria-label]")
        shown = set(bars.evaluate_all("all => all.map(bar => bar.getAttribute('aria-label'))"))
        return shown_as_of(page) == as_of and len(shown) > 4 and shown <= marts

    wait_until(agrees, seconds=AGREE_WITHIN_S, what="two regions agree with the marts")


OTHER_PAGES = (
    check_map, check_race, check_compare, check_regions, check_turnout, check_electorate,
    check_declarations, check_pipeline, check_data,
)  # fmt: skip


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def check_geometry(page: Page) -> None:
    """No panel lies over another, leaves the page or lets its text out; the strip is first."""
    assert page.evaluate(GEOMETRY) == []


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
