"""Answers of BigQuery on one page: as rarely as it can change, and none older than its headline."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dashboard.queries import SUMMARY, Query
from election.settings import BigQuerySettings

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
PANEL = Query("panel", "select 1")
NINE = datetime(2026, 11, 26, 21, tzinfo=UTC)


class Page:
    """Marts whose headline and clock a test sets; counts what is asked."""

    def __init__(self, monkeypatch):
        from dashboard import bigquery
        from dashboard.warehouse import Answer

        self.seconds, self.as_of, self.asked = 0.0, NINE, []

        def run(_, query, parameters):
            self.asked.append(query.name)
            rows = {"as_of": [self.as_of]} if query is SUMMARY else {"n": [len(self.asked)]}
            return Answer(pl.DataFrame(rows), NINE, is_current=True)

        monkeypatch.setattr(bigquery.BigQueryMarts, "_run", run)
        settings = BigQuerySettings(
            GCP_PROJECT_ID="p-123456", BIGQUERY_EMULATOR_HOST="127.0.0.1:9",
            BIGQUERY_WRITE_EVERY_S=20,
        )  # fmt: skip
        self.marts = bigquery.BigQueryMarts(settings, seconds=lambda: self.seconds)

    def draw(self):
        self.marts.ask(SUMMARY)
        return self.marts.ask(PANEL)


@pytest.fixture
def page(monkeypatch):
    return Page(monkeypatch)


def test_nothing_is_asked_twice_between_two_writings(page):
    for page.seconds in (0.0, 10.0, 19.9):
        page.draw()
    assert page.asked == ["summary", "panel"]
    page.seconds = 20.0
    page.draw()
    assert page.asked == ["summary", "panel"] * 2


def test_a_panel_is_asked_again_when_the_headline_is_of_another_time(page):
    page.marts.ask(SUMMARY)
    page.seconds = 10.0
    page.marts.ask(PANEL)
    page.seconds, page.as_of = 20.0, NINE + timedelta(seconds=20)
    page.draw()  # the panel's answer is 10 s old, and of the headline before
    assert page.asked == ["summary", "panel", "summary", "panel"]


def test_a_panel_that_depends_on_something_else_goes_by_that(page):
    page.marts.ask(SUMMARY)
    page.seconds = 10.0
    page.marts.ask(PANEL, since="one")
    page.seconds, page.as_of = 20.0, NINE + timedelta(seconds=20)
    page.marts.ask(SUMMARY)
    page.marts.ask(PANEL, since="one")
    page.marts.ask(PANEL, since="another")
    assert page.asked == ["summary", "panel", "summary", "panel"]
