"""What the stage asks of the marts it made, in either warehouse."""

from __future__ import annotations

from typing import Protocol

from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs

STAGE = "dbt"


class Marts(Protocol):
    """The marts of a night."""

    def failing_rows(self, at_most: int) -> list[str]:
        """Return one line for each row of the reconciliation that makes it fail."""


class BigQueryMarts:
    """Marts in BigQuery."""

    def __init__(self, settings: BigQuerySettings, night_id: str) -> None:
        self._jobs = Jobs(open_access(settings).client(), settings, STAGE)
        self._dataset = f"{settings.project}.{settings.dataset('marts')}"
        self._night_id = night_id

    def failing_rows(self, at_most: int) -> list[str]:
        """Return one line for each row of the reconciliation that makes it fail."""
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        rows = self._jobs.read(
            f"select check_name, area, coalesce(detail, key) from `{self._dataset}.reconciliation`"  # noqa: S608
            " where night_id = @night and severity = 'error' and status = 'fail'"
            " order by check_name, area, key limit @most",
            [Scalar("night", "STRING", self._night_id), Scalar("most", "INT64", at_most)],
            doing="the reconciliation could not be read",
        )
        return [f"{check} | {area} | {detail}" for check, area, detail in rows]
