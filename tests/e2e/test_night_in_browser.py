"""A real night in a real browser: every component runs, the page is held against the marts.

The tests go through one night in its order: polls open, a minute before close, count, end.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support import pages
from support.browser_night import STAYS_UP, running_night
from support.choices_told import tell, told_after, told_before
from support.everywhere import Words, places_with
from support.waiting import wait_until

from election.settings import BrokerSettings

DATA = Path(os.environ.get("ELECTION_DATA", "../shared/data"))
TURNOUT_WITHIN_S = 240
DECLARED_WITHIN_S = 300
FINAL_WITHIN_S = 420
SEATS_2017 = {"Con": 317, "Lab": 262, "SNP": 35, "LD": 12, "DUP": 10, "SF": 7, "others": 7}
WIDTHS = (360, 1440)
SEAT = "E14000530"
AT_21_59 = datetime(2017, 6, 8, 20, 59, tzinfo=UTC)
# Nobody stands under these names: where they are, somebody's message has got.
TOLD_BEFORE, PARTY_TOLD, TOLD_AFTER = f"{SEAT}-C98", "Whisperers", f"{SEAT}-C97"
TAKEN_IN_WITHIN_S = 240
OF_CHOICES = ["votes", "declarations", "exit_poll"]
SENT_BY_US = """
select coalesce(sum(acknowledged), 0) from ops.produced
where night_id = %(night)s and topic = any(%(topics)s)
"""
# Refused by Spark and by ingestion, each for itself.
REFUSED = """
select (select count(*) from analytics.rejections
        where night_id = %(night)s and topic = any(%(topics)s)),
       (select count(*) from raw.rejected_messages
        where night_id = %(night)s and topic = any(%(topics)s))
"""
PASSES = "select count(*) from ops.dbt_runs where night_id = %(night)s"

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
    pytest.mark.night,
    pytest.mark.timeout(1800),  # the first test waits for the start; every wait has its own limit
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
        "DBT_CADENCE_S": "10",
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
    assert embargoed
    assert readable == 0, f"{mart} names votes before close of poll"


@pytest.mark.timeout(600)
def test_while_polls_are_open_there_is_turnout_and_no_vote(page, night, tmp_path):
    night.wait_for(
        "select ballots_issued > 0 and phase = 'polls_open' from marts.national_summary",
        seconds=TURNOUT_WITHIN_S,
        what="turnout while polls are open",
    )
    with night.clock_held():
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


def tell_strangers(night, messages):
    """Send messages as a stranger; return how many of them name a choice by their topic."""
    told = tell(BrokerSettings.model_validate(night.environment()), messages)
    return sum(told[topic] for topic in OF_CHOICES)


def wait_for_passes(night, more):
    [(before,)] = night.ask(PASSES)
    wait_until(
        lambda: night.ask(PASSES)[0][0] >= before + more,
        seconds=TAKEN_IN_WITHIN_S, what="dbt has run again",
    )  # fmt: skip


def check_no_choice_is_known(night, page, folder):
    before = Words.of(TOLD_BEFORE, PARTY_TOLD)
    assert places_with(before, night, page, folder, f"seats?seat={SEAT}") == set()


@pytest.mark.timeout(600)
def test_at_21_59_a_choice_that_was_told_is_nowhere(page, night, tmp_path):
    """All tables, files, logs, listings, exports, metrics and pages are searched for it."""
    night.wait_for(
        "select election_at > closes_at - interval '90 minutes' from marts.national_summary",
        seconds=TURNOUT_WITHIN_S,
        what="the last hour of the poll",
    )
    with night.clock_held(AT_21_59):
        assert night.ask(SENT_BY_US, topics=OF_CHOICES) == [(0,)]
        told = tell_strangers(night, told_before(SEAT, TOLD_BEFORE, PARTY_TOLD))
        wait_until(
            lambda: night.ask(REFUSED, topics=OF_CHOICES) == [(told, told)],
            seconds=TAKEN_IN_WITHIN_S, what="what was told is refused",
        )  # fmt: skip
        wait_for_passes(night, 2)  # the first may have begun before
        check_no_choice_is_known(night, page, tmp_path)
        for mart, condition in VOTES_BEFORE_CLOSE.items():
            check_no_vote_is_readable(night, mart, condition)


@pytest.mark.timeout(600)
def test_during_the_count_the_page_agrees_with_the_marts(page, night, tmp_path):
    night.wait_for(
        "select seats_declared >= 5 from marts.national_summary",
        seconds=DECLARED_WITHIN_S,
        what="five declared seats",
    )
    tell_strangers(night, told_after(SEAT, TOLD_AFTER))
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


@pytest.mark.timeout(600)
def test_what_was_told_before_close_never_gets_anywhere_what_is_told_after_does(
    page, night, tmp_path
):
    after = places_with(Words.of(TOLD_AFTER), night, page, tmp_path / "after")
    assert {"topic rejected_events", "table raw.votes", "table raw.declarations"} <= after
    # Kept for those who look into it, in the lake too, but nobody is shown it: no log, no listing,
    # no mart, no export, no page.
    assert all(
        place.startswith(("topic ", "table raw", "table intermediate.", "file nights/"))
        for place in after
    ), after
    assert any(place.startswith("file nights/") for place in after), after
    check_no_choice_is_known(night, page, tmp_path / "before")


def test_ctrl_c_ends_the_night_and_leaves_no_process(night):
    assert night.stop() == 0
    assert night.processes_left() == []
