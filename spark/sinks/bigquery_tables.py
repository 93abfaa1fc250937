"""Live tables in BigQuery: what changed is merged in one transaction, a few times a minute.

Rows wait by key, so that what waits is never more than the tables themselves. A merge writes a row
only where it is newer: one that is repeated, or that an older driver wakes up with, does nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count as count_from
from typing import Any

from election.settings import BigQuerySettings
from election.tables import OPS, Table
from warehouse.clients import Access
from warehouse.jobs import Jobs
from warehouse.merging import Row, key_of, key_text, merge, struct
from warehouse.partitions import Days
from warehouse.tables import address

STAGE = "spark"
MOST_ROWS = 5_000  # in one request, which may have 10 MB
BATCHES = OPS["batches"]
# What says how far the tables are goes last: whoever reads between two requests must not believe
# them newer than they are, and a start after a kill between them must write them again.
HOW_FAR = tuple(OPS[name].full_name for name in ("batches", "tallied", "projections"))


@dataclass
class Waiting:
    """Rows that are to be merged, by table and key; the newest of a key stands."""

    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows in place of older ones."""
        held = self.rows.setdefault(table.full_name, {})
        self.tables[table.full_name] = table
        for row in rows:
            held[tuple(row[name] for name in table.key)] = row

    def parts(self) -> Iterator[list[tuple[Table, list[Row]]]]:
        """Yield what one request takes: tables in the order of their arrival, how far they are."""
        part: list[tuple[Table, list[Row]]] = []
        size = 0
        others = [name for name in self.rows if name not in HOW_FAR]
        for name in (*others, *(name for name in HOW_FAR if name in self.rows)):
            rows = list(self.rows[name].values())
            for first in range(0, len(rows), MOST_ROWS):
                some = rows[first : first + MOST_ROWS]
                if part and size + len(some) > MOST_ROWS:
                    yield part
                    part, size = [], 0
                part.append((self.tables[name], some))
                size += len(some)
        if part:
            yield part


class BigQueryTables:
    """One night's live tables; a thread writes what waits."""

    def __init__(
        self, access: Access, night_id: str, polling_date: date,
        *, driver: str, before: Callable[[], None], count: Callable[[Iterable[Table]], None],
    ) -> None:  # fmt: skip
        """Prepare the writing.

        Args:
            access: How to reach BigQuery.
            night_id: The night.
            polling_date: The partition that its rows are in.
            driver: What no other driver of the night is called; names its jobs.
            before: Called before each writing; raises if this driver must not write any more.
            count: Called with the tables that were written to, once for each writing.
        """
        self._settings: BigQuerySettings = access.settings
        self._jobs = Jobs(access.client(), access.settings, STAGE)
        self._night_id, self._days = night_id, Days.of(night_id, polling_date)
        self._driver, self._numbers = driver, count_from(1)
        self._before, self._count = before, count
        self._waiting = Waiting()
        self._failure: BaseException | None = None
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="bigquery", daemon=True)

    def start(self) -> None:
        """Begin to write at the settings' cadence."""
        self._thread.start()

    def take(self, tables: Iterable[tuple[Table, Sequence[Row]]]) -> None:
        """Let rows wait for the next writing.

        Raises:
            BaseException: what the thread failed with; the process is to end and to catch up.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            for table, rows in tables:
                self._waiting.add(table, rows)

    def write(self) -> None:
        """Write what waits, now.

        Raises:
            UserError: BigQuery does not take it; or another driver has the night.
        """
        with self._writing:
            with self._lock:
                waiting, self._waiting = self._waiting, Waiting()
            for part in waiting.parts():
                self._before()
                statements = [merge(t, self._name(t), self._days, anew=False) for t, _ in part]
                self._run(f"begin transaction;\n{''.join(statements)}commit transaction", part)

    def write_anew(self, tables: Iterable[tuple[Table, Sequence[Row]]]) -> None:
        """Make tables say exactly what is given: rows of the night that are not there go.

        Raises:
            UserError: BigQuery does not take it; or another driver has the night.
        """
        with self._writing:
            for table, rows in tables:
                self._before()
                for first in range(0, len(rows), MOST_ROWS):
                    some = list(rows[first : first + MOST_ROWS])
                    statement = merge(table, self._name(table), self._days, anew=True)
                    self._run(statement, [(table, some)])
                if table is not OPS["projections"]:
                    self._drop_others(table, rows)

    def write_batches(self, rows: Sequence[Row], *, are_all: bool) -> None:
        """Write batches of this stage; those that the ledgers do not have go.

        Args:
            rows: What is written.
            are_all: They are all that there are: no other one stays. Else those go that begin
                or end beyond what is tallied.

        Raises:
            UserError: BigQuery does not take it; or another driver has the night.
        """
        with self._writing:
            self._before()
            self._drop_batches(are_all=are_all)
            for first in range(0, len(rows), MOST_ROWS):
                some = list(rows[first : first + MOST_ROWS])
                self._run(merge(BATCHES, self._name(BATCHES), self._days, anew=True),
                          [(BATCHES, some)])  # fmt: skip

    def held(self, table: Table) -> list[dict[str, Any]]:
        """Return the night's rows of a table."""
        names = [column.name for column in table.columns]
        query = (
            f"select {', '.join(names)} from `{self._name(table)}`"  # noqa: S608 - declared names
            f" where night_id = @night and {self._days.condition(table)}"
        )
        rows = self._jobs.read(query, [self._night()], doing=f"{table.full_name} could not be read")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def close(self) -> None:
        """Write what waits and stop."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(self._settings.give_up_after_s)
        if self._failure is None:
            self.write()

    def _loop(self) -> None:
        while not self._ended.wait(self._settings.write_every_s):
            try:
                self.write()
            except BaseException as error:
                with self._lock:
                    self._failure = error
                return

    def _run(self, sql: str, part: list[tuple[Table, list[Row]]]) -> None:
        from google.cloud.bigquery import ArrayQueryParameter

        parameters = [
            ArrayQueryParameter(table.name, "STRUCT", [struct(table, row) for row in rows])
            for table, rows in part
        ]
        self._jobs.query(
            sql, parameters, name=self._next_name(),
            doing="the live tables could not be written", use_cache=False,
        )  # fmt: skip
        self._count(table for table, _ in part)

    def _drop_others(self, table: Table, rows: Sequence[Row]) -> None:
        from google.cloud.bigquery import ArrayQueryParameter

        sql = (
            f"delete from `{self._name(table)}` where night_id = @night"  # noqa: S608
            f" and {self._days.condition(table)} and {key_text(table)} not in unnest(@keys)"
        )
        keys = [key_of(table, row) for row in rows]
        self._jobs.query(
            sql, [self._night(), ArrayQueryParameter("keys", "STRING", keys)],
            name=self._next_name(),
            doing=f"{table.full_name} could not be made anew", use_cache=False,
        )  # fmt: skip

    def _drop_batches(self, *, are_all: bool) -> None:
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        beyond = (
            "true"
            if are_all
            else "not exists (select 1 from"  # noqa: S608 - a declared name
            f" `{self._name(OPS['tallied'])}` t where t.night_id = b.night_id"
            " and t.topic = b.topic and t.kafka_partition = b.kafka_partition"
            " and t.next_offset >= b.next_offset)"
        )
        self._jobs.query(
            f"delete from `{self._name(BATCHES)}` b where b.night_id = @night"  # noqa: S608
            f" and {self._days.condition(BATCHES, 'b')} and b.stage = @stage and {beyond}",
            [self._night(), Scalar("stage", "STRING", STAGE)], name=self._next_name(),
            doing="the batches could not be made anew", use_cache=False,
        )  # fmt: skip

    def _next_name(self) -> str:
        """Return the name of one request: its retries have the same, and nothing else has."""
        return f"{self._night_id}-{self._driver}-{next(self._numbers)}"

    def _night(self) -> Any:
        from google.cloud.bigquery import ScalarQueryParameter as Scalar

        return Scalar("night", "STRING", self._night_id)

    def _name(self, table: Table) -> str:
        return address(self._settings, table)
