"""The count of a whole night by dbt, in full and with every test: asked for, and looked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import psycopg

from election.errors import UserError
from embedded import night as nights
from embedded import progress, summary
from warehouse.postgres import Postgres

BROKEN_AT_MOST = 3  # in a row
_BROKEN = """
select count(*) from ops.dbt_runs where night_id = %(night)s and kind = 'full' and run > greatest(
  %(before)s, (select max(run) from ops.dbt_runs
               where night_id = %(night)s and kind = 'full' and outcome <> 'error'))
"""


@dataclass(frozen=True)
class FullCount:
    """What dbt was asked for; its process counts again by itself whenever more has come.

    `read_ends` gives the broker's end offsets, `before` is the newest full run of an earlier end of
    the night, -1 if it had none.
    """

    ops: Postgres
    night_id: str
    read_ends: Callable[[], Mapping[tuple[str, int], int]]
    before: int

    @classmethod
    def ask(
        cls, ops: Postgres, night_id: str, read_ends: Callable[[], Mapping[tuple[str, int], int]]
    ) -> Self:
        """Tell dbt that all was produced, landed and counted."""
        run = ops.run(partial(summary.newest_full_run, night_id=night_id))
        ops.run(partial(nights.set_status, night_id=night_id, status="counted"))
        return cls(ops, night_id, read_ends, -1 if run is None else run.run)

    def is_there(self) -> bool:
        """Say whether the newest one has all, what strangers sent meanwhile too.

        Raises:
            UserError: one after the other broke off.
        """
        run = self.ops.run(partial(summary.newest_full_run, night_id=self.night_id))
        if run is None or run.run <= self.before:
            return False
        if run.outcome == "error":
            self._check_broken()
            return False
        return not (self._unaccounted() or self.ops.run(self._uncounted))

    def _check_broken(self) -> None:
        if self.ops.run(self._broken) >= BROKEN_AT_MOST:
            raise UserError(
                "the final dbt run did not come to its end",
                why=f"{BROKEN_AT_MOST} of them broke off, or messages kept coming",
                fix="read dbt's log, then let the night go on: make demo RESUME=1",
            )

    def _broken(self, connection: psycopg.Connection[Any]) -> int:
        """Count those that broke off after the newest that did not."""
        values = {"night": self.night_id, "before": self.before}
        row = connection.execute(_BROKEN, values).fetchone()
        return int(row[0]) if row else 0

    def _uncounted(self, connection: psycopg.Connection[Any]) -> list[str]:
        return progress.uncounted(connection, self.night_id)

    def _unaccounted(self) -> list[str]:
        return self.ops.run(
            partial(progress.left_of, night_id=self.night_id, ends=self.read_ends())
        )
