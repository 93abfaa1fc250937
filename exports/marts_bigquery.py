"""Marts in BigQuery, read by jobs of the stage `exports`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from election.errors import UserError
from election.settings import BigQuerySettings
from exports import about
from exports.marts import PUBLISHED, Made, Rows, Snapshot
from warehouse.clients import open_access
from warehouse.faults import explain
from warehouse.jobs import Jobs
from warehouse.tables import type_in_the_api

STAGE = "exports"
TRIES = 5  # an edition is replaced at dbt's cadence, and is read in a few seconds
_TYPES = {
    "STRING": "text",
    "INTEGER": "bigint",
    "FLOAT": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp with time zone",
}


class BigQueryMarts:
    """See `exports.marts.Marts`; a reading that meets a new edition begins again.

    An edition is put in place by one transaction, but its tables are read by one job each: they
    belong together if the edition is the same before the first and after the last.
    """

    def __init__(self, settings: BigQuerySettings) -> None:
        self._settings = settings
        self._jobs = Jobs(open_access(settings).client(), settings, STAGE)
        self.update_s = settings.write_every_s

    def read(self, make: Callable[[Snapshot], Made]) -> Made:
        """See `Marts`.

        Raises:
            UserError: BigQuery does not answer, or the edition never stays the same.
        """
        for _ in range(TRIES):
            snapshot = _Snapshot(self._settings, self._jobs)
            before = snapshot.edition()
            made = make(snapshot)
            if snapshot.edition() == before:
                return made
        raise UserError(
            "the marts could not be read",
            why=f"a new edition was put in place during each of {TRIES} readings",
            fix="export again",
        )


class _Snapshot(Snapshot):
    def __init__(self, settings: BigQuerySettings, jobs: Jobs) -> None:
        self._settings, self._jobs = settings, jobs

    def edition(self) -> Rows:
        """Return what tells an edition from the next; nothing before the first."""
        if "national_summary" not in self._published:
            return []
        return self._rows(PUBLISHED, "national_summary", (*about.COLUMNS, "election_at"))

    def _rows(
        self, schema: str, mart: str, columns: Sequence[str], order_by: Sequence[str] = ()
    ) -> Rows:
        # Names are those of this package or of `_columns`, of which none has a backtick.
        names = ", ".join(f"`{name}`" for name in columns)
        order = ", ".join(f"`{name}`" for name in order_by)
        query = f"select {names} from `{self._settings.address(schema, mart)}`"  # noqa: S608
        found, rows = self._jobs.table(
            query + (f" order by {order}" if order else ""), doing=f"{mart} could not be read"
        )
        return [dict(zip(found, row, strict=True)) for row in rows]

    def _columns(self, schema: str, mart: str) -> dict[str, str]:
        if mart not in self._names(schema):
            return {}
        address = self._settings.address(schema, mart)
        table = self._asked(lambda: self._jobs.client.get_table(address), address)
        return {f.name: _TYPES[type_in_the_api(f.field_type)] for f in table.schema}

    def _names(self, schema: str) -> list[str]:
        from google.api_core.exceptions import NotFound

        address = f"{self._settings.project}.{self._settings.dataset(schema)}"

        def listed() -> list[str]:
            try:
                return [table.table_id for table in self._jobs.client.list_tables(address)]
            except NotFound:
                return []

        return self._asked(listed, address)

    def _asked(self, ask: Callable[[], Any], address: str) -> Any:
        try:
            return ask()
        except Exception as error:
            raise explain(error, f"{address} could not be looked at", self._settings) from error
