from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dashboard.queries import SUMMARY, Query
from dashboard.reading import Reading
from dashboard.warehouse import Answer
from dashboard.watched import Watched

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SEATS = Query("seats", "select 1")
NIGHT = {"as_of": NOW, "election_at": NOW, "seats_declared": 3}


class Marts:
    """Answers that a test changes between two looks."""

    def __init__(self):
        self.answers = {"seats": answer({"n": 1}), "summary": answer(NIGHT)}

    def ask(self, query, *, since=None, **parameters):
        return self.answers[query.name]


def answer(row, read_at=NOW, is_current=True):
    return Answer(pl.DataFrame([row]), read_at, is_current)


@pytest.fixture
def marts():
    return Marts()


@pytest.fixture
def page(marts):
    drawn = Watched(marts)
    drawn.ask(SUMMARY)
    drawn.ask(SEATS, seat="a")
    return drawn


def test_a_page_whose_answers_stay_has_no_news(page):
    assert not page.has_news()


def test_another_answer_is_news_until_the_page_is_drawn_from_it(page, marts):
    marts.answers["seats"] = answer({"n": 2})
    assert page.has_news()
    page.begin()
    page.ask(SEATS, seat="a")
    assert not page.has_news()


@pytest.mark.parametrize(
    ("change", "is_news"),
    [
        ({"as_of": NOW + timedelta(seconds=9)}, False),
        ({"election_at": NOW + timedelta(seconds=9)}, False),
        ({"election_at": NOW + timedelta(minutes=1)}, True),
        ({"seats_declared": 4}, True),
    ],
)
def test_the_clock_of_the_headline_is_news_by_the_minute(page, marts, change, is_news):
    marts.answers["summary"] = answer({**NIGHT, **change})
    assert page.has_news() == is_news


def test_all_that_is_current_is_said_to_be(page):
    assert page.reading(answer(NIGHT)) == Reading(NOW)


def test_one_question_that_cannot_be_asked_again_makes_a_part_of_the_page_old(page, marts):
    earlier = NOW - timedelta(minutes=3)
    marts.answers["seats"] = answer({"n": 1}, earlier, is_current=False)
    page.has_news()
    assert page.reading(answer(NIGHT)) == Reading(earlier, is_current=False, is_part=True)


def test_what_stands_beside_the_headline_counts_too(page):
    hops = answer({"n": 1}, NOW - timedelta(minutes=1), is_current=False)
    assert page.reading(answer(NIGHT), hops).is_part


def test_without_the_headline_the_whole_page_is_old(page):
    gone = answer(NIGHT, NOW - timedelta(minutes=2), is_current=False)
    assert page.reading(gone) == Reading(NOW - timedelta(minutes=2), is_current=False)
