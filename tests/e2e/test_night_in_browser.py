"""A real night in a real browser: every component runs, the page is held against the marts.

The tests go through one night in its order: polls open, count, end.
"""

import os
from pathlib import Path

import pytest
from support import pages
from support.browser_night import STAYS_UP, running_night

DATA = Path(os.environ.get("ELECTION_DATA", "../shared/data"))
TURNOUT_WITHIN_S = 240
DECLARED_WITHIN_S = 300
FINAL_WITHIN_S = 420
SEATS_2017 = {"Con": 317, "Lab": 262, "SNP": 35, "LD": 12, "DUP": 10, "SF": 7, "others": 7}
WIDTHS = (360, 1440)

# Each counts what must be unreadable before close of poll; one statement sees one moment.
VOTES_BEFORE_CLOSE = {
    "candidate_results": "votes is not null or share is not null or position is not null"
    " or is_leading or is_winner",
    "party_results": "votes is not null or votes_counted is not null or vote_share is not null"
    " or seats_declared is not null or seats_leading is not null",
    "constituency_results": "valid_votes is not null or leading_party is not null"
    " or declared_winner_party is not null or lead is not null or majority is not null",
    "regional_results": "votes is not null or votes_counted is not null",
    "hourly_trends": "party_abbreviation <> '-'",
    "results_over_time": "true",
    "declarations_feed": "true",
    "party_by_education": "true",
    "fct_declaration": "true",
    "fct_candidate_result": "true",
}

pytestmark = [
    pytest.mark.skipif(
        pages.chromium() is None, reason="no chromium on this machine: apt-get install chromium"
    ),
    pytest.mark.skipif(
        not (DATA / "ge2017_candidacies.csv").exists(),
        reason=f"no official results in {DATA}: set ELECTION_DATA",
    ),
]


@pytest.fixture(scope="module")
def night():
    settings = {
        "ELECTION": str((DATA / "ge2017").resolve()),
        "SCALE": "1000",
        "SPEED": os.environ.get("SPEED", "600"),
    }
    with running_night(**settings) as started:
        yield started


def keep_pictures(page, night, folder, state):
    for width in WIDTHS:
        target = folder / f"{state}-{width}.png"
        pages.screenshot(page, night.url, "", width, str(target))
        assert target.stat().st_size > 20_000, target


def a_seat(night, status):
    [found] = pages.row(
        night.connection,
        "select min(constituency_id) from marts.constituency_results where status = %s",
        status,
    )
    assert found, f"no seat is {status}"
    return found


def check_no_vote_is_readable(night, mart, condition):
    [exists] = pages.row(night.connection, "select to_regclass(%s) is not null", f"marts.{mart}")
    if not exists:
        return  # nothing to read: it is built later in the night
    embargoed, readable = pages.row(
        night.connection,
        "select (select is_embargoed from marts.national_summary),"
        f" (select count(*) from marts.{mart} where {condition})",
    )
    assert embargoed, "polls closed before this could be seen: set SPEED lower on a busy machine"
    assert readable == 0, f"{mart} names votes before close of poll"


@pytest.mark.timeout(600)
def test_while_polls_are_open_there_is_turnout_and_no_vote(page, night, tmp_path):
    night.wait_for(
        "select ballots_issued > 0 and is_embargoed from marts.national_summary",
        seconds=TURNOUT_WITHIN_S,
        what="turnout while polls are open",
    )
    for mart, condition in VOTES_BEFORE_CLOSE.items():
        check_no_vote_is_readable(night, mart, condition)
    seat = a_seat(night, "embargoed")
    pages.check_headline(page, night.url, night.connection)
    assert "of the register has a ballot paper" in page.inner_text("[data-fact=headline]")
    page.wait_for_selector("[data-panel=withheld]", timeout=20_000)
    assert page.locator("[data-panel=scoreboard], [data-panel=house]").count() == 0
    pages.check_seat(page, night.url, night.connection, seat)
    assert set(page.locator("[data-fact=votes]").all_inner_texts()) == {"–"}
    keep_pictures(page, night, tmp_path, "polls-open")


@pytest.mark.timeout(600)
def test_during_the_count_the_page_agrees_with_the_marts(page, night, tmp_path):
    night.wait_for(
        "select seats_declared >= 5 from marts.national_summary",
        seconds=DECLARED_WITHIN_S,
        what="five declared seats",
    )
    pages.check_seat(page, night.url, night.connection, a_seat(night, "declared"))
    pages.check_headline(page, night.url, night.connection)
    pages.check_scoreboard(page, night.url, night.connection)
    for check in pages.OTHER_PAGES:
        check(page, night.url, night.connection)
    keep_pictures(page, night, tmp_path, "counting")


@pytest.mark.timeout(600)
def test_during_the_count_nothing_leaves_the_page(page, night):
    page.set_viewport_size({"width": 1440, "height": 900})
    pages.check_nothing_leaves(page, night.url)


@pytest.mark.timeout(600)
def test_at_the_end_the_page_shows_the_official_result(page, night, tmp_path):
    pages.wait_until(
        lambda: STAYS_UP in night.said(), seconds=FINAL_WITHIN_S, what="the end of the night"
    )
    assert "reconciliation PASS" in night.said()
    pages.check_headline(page, night.url, night.connection)
    pages.check_scoreboard(page, night.url, night.connection)
    cards = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-party]')].map("
        "e => [e.dataset.party, Number(e.querySelector('[data-fact=seats]').textContent)]))"
    )
    assert cards == SEATS_2017
    assert "night complete" in page.inner_text("[data-panel=strip]")
    pages.check_seat(page, night.url, night.connection, a_seat(night, "corrected"))
    pages.open_page(page, night.url, "pipeline")
    page.wait_for_selector("[data-fact=verdict]:has-text('PASS')", timeout=20_000)
    keep_pictures(page, night, tmp_path, "final")


def test_ctrl_c_ends_the_night_and_leaves_no_process(night):
    assert night.stop() == 0
    assert night.processes_left() == []
