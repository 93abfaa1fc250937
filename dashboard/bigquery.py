"""Marts in BigQuery, read as the page reads those in PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from dashboard.queries import SUMMARY, Query
from dashboard.reading import Gone, NotBuilt
from dashboard.warehouse import Answer, Answers, Parameters
from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs
from warehouse.marts import in_bigquerys_words, is_absence

STAGE = "dashboard"
ANSWER_WITHIN_S = 10.0  # a page waits no longer; the last good answer stays meanwhile


class BigQueryMarts(Answers):
    """Answers from BigQuery, each kept for all viewers.

    A query is paid for, and between two writings of the live tables none says anything new: an
    answer is kept for as long as that. The page says that its numbers are as of the headline's
    time, so that every other answer is asked for again when that time changes: none is older.
    """

    def __init__(
        self, settings: BigQuerySettings, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(seconds=seconds)
        self._headline_as_of: object = None
        patience = settings.model_copy(update={"give_up_after_s": ANSWER_WITHIN_S})
        self._jobs = Jobs(open_access(settings).client(), patience, STAGE)
        self._settings = settings

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        """See `Answers`; what depends on nothing else depends on the headline's time."""
        if query.name == SUMMARY.name:
            answer = super().ask(query, since=since, **parameters)
            self._headline_as_of = answer.row["as_of"] if answer.row else None
            return answer
        return super().ask(
            query, since=self._headline_as_of if since is None else since, **parameters
        )

    def _kept_s(self, query: Query) -> float:
        return max(query.keep_s, self._settings.write_every_s)

    def _run(self, query: Query, parameters: Parameters) -> Answer:
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        named = [
            Scalar(name, "INT64" if isinstance(value, int) else "STRING", value)
            for name, value in parameters.items()
        ]
        sql = in_bigquerys_words(query.sql, self._settings)
        try:
            names, rows = self._jobs.table(sql, named, doing=f"{query.name} could not be read")
        except UserError as error:
            raise (NotBuilt if is_absence(error) else Gone)(error.why) from error
        frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
        return Answer(frame, datetime.now(UTC), is_current=True)
