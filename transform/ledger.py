"""What the dbt stage writes about itself: its runs, its heartbeat, its lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from election.errors import UserError
from election.settings import PostgresSettings
from transform.edition import PREFIX
from transform.last_count import Offsets, Reached
from transform.outcome import Outcome
from warehouse.marts import Contents, Marts, NotBuiltError, PostgresMarts
from warehouse.operations import MERGE, MOST_A_DAY
from warehouse.postgres import tries

STAGE = "dbt"
LOCK = 7_264_013  # any number that nothing else in this database locks
LOCK_WITHIN = "60s"
_RUN = """
insert into ops.dbt_runs (night_id, run, kind, outcome, failures, started_at, finished_at)
select %(night)s, coalesce(max(run) + 1, 0), %(kind)s, %(outcome)s, %(failures)s, %(started)s,
  %(ended)s
from ops.dbt_runs where night_id = %(night)s
"""
_BATCHES = """
with earlier as (
  select topic, kafka_partition, max(next_offset) as next_offset, sum(accepted) as accepted,
    sum(late) as late, sum(duplicate) as duplicate, sum(rejected) as rejected
  from ops.batches where night_id = %(night)s and stage = %(stage)s
  group by topic, kafka_partition
)
insert into ops.batches (night_id, stage, batch, topic, kafka_partition, first_offset, next_offset,
  messages, accepted, late, duplicate, rejected, started_at, finished_at)
select %(night)s, %(stage)s,
  (select coalesce(max(batch) + 1, 0) from ops.batches
   where night_id = %(night)s and stage = %(stage)s),
  counted.topic, counted.kafka_partition, coalesce(earlier.next_offset, 0), counted.next_offset,
  counted.next_offset - coalesce(earlier.next_offset, 0),
  counted.accepted - coalesce(earlier.accepted, 0), counted.late - coalesce(earlier.late, 0),
  counted.duplicate - coalesce(earlier.duplicate, 0),
  counted.rejected - coalesce(earlier.rejected, 0), %(started)s, %(ended)s
from jsonb_to_recordset(%(counted)s) as counted (topic text, kafka_partition bigint,
  next_offset bigint, accepted bigint, late bigint, duplicate bigint, rejected bigint)
left join earlier using (topic, kafka_partition)
where counted.next_offset > coalesce(earlier.next_offset, 0)
"""
_REACHED = """
select 'landed', topic, kafka_partition, next_offset from ops.landed
where night_id = %(night)s and next_offset > 0
union all
select 'tallied', topic, kafka_partition, next_offset from ops.tallied
where night_id = %(night)s and next_offset > 0
"""
_SHOWN = "select topic, kafka_partition, next_offset from ops.tallied where night_id = %(night)s"
_COUNTED = ("topic", "kafka_partition", "next_offset", "accepted", "late", "duplicate", "rejected")
_CONSERVATION = (
    f"select {', '.join(_COUNTED)} from marts.conservation"  # noqa: S608 - names from above
    " where night_id = %(night)s and stage = %(stage)s"
)
# Tables are this night's once a run of it has come to its end: a set-up that was broken off leaves
# some of this night and some of another, or none.
_HAS_RUN = "select 1 from ops.dbt_runs where night_id = %s and outcome <> 'error' limit 1"
_IS_BUILT = "select 1 from marts.conservation where night_id = %(night)s limit 1"
_FAILING = """
select check_name, area, coalesce(detail, key) from marts.reconciliation
where night_id = %(night)s and severity = 'error' and status = 'fail'
order by check_name, area, key limit %(most)s
"""


class Ledger:
    """A connection as `transform`; opened for each use, so that a restart of the server heals."""

    def __init__(
        self, postgres: PostgresSettings, night_id: str, marts: Marts | None = None
    ) -> None:
        """Prepare the writing.

        Args:
            postgres: Where `ops` is, with either warehouse.
            night_id: The night.
            marts: Where marts are; None: beside `ops`.
        """
        self._arguments: dict[str, Any] = postgres.connect_arguments("transform")
        self._night_id = night_id
        self._marts = marts or PostgresMarts(self._connect)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the one lock of dbt runs: two at once would count the same offsets twice.

        Raises:
            UserError: another run holds it.
        """
        with self._connect() as connection:
            try:
                connection.execute(f"set lock_timeout = '{LOCK_WITHIN}'")
                connection.execute("select pg_advisory_lock(%s)", (LOCK,))
            except psycopg.errors.LockNotAvailable:
                raise UserError(
                    "another dbt run does not end",
                    why=f"it has held the lock of dbt runs for more than {LOCK_WITHIN}",
                    fix="wait for it or stop it, then start again",
                ) from None
            yield

    def write_run(self, kind: str, outcome: Outcome, started: datetime, ended: datetime) -> None:
        """Add a row to `ops.dbt_runs`, and to `ops.batches` what no run had counted before."""
        values = {
            "night": self._night_id, "stage": STAGE, "kind": kind, "outcome": outcome.verdict,
            "failures": outcome.failures, "started": started, "ended": ended,
        }  # fmt: skip
        counted = [] if outcome.verdict == "error" else self._counted()
        with self._connect() as connection, connection.transaction():
            connection.execute(_RUN, values)
            connection.execute(_BATCHES, {**values, "counted": Jsonb(counted)})

    def _counted(self) -> list[dict[str, Any]]:
        """Return how far dbt has counted each partition, as its marts say."""
        rows = self._marts.rows(_CONSERVATION, night=self._night_id, stage=STAGE)
        return [dict(zip(_COUNTED, (row[0], *map(int, row[1:])), strict=True)) for row in rows]

    def beat(self, state: str, detail: str, *, error: str | None = None) -> None:
        """Write the heartbeat; the newest error stays until the night is over.

        With BigQuery it says which table has used up most of what it bears a day.
        """
        with self._connect() as connection:
            connection.execute(
                """insert into ops.stage_status
                     (night_id, stage, state, detail, last_error, updated_at)
                   values (%(night)s, %(stage)s, %(state)s, %(detail)s || coalesce((
                     select format('; %%s: %%s of %%s loads and overwrites today', table_name,
                       sum(operations), %(most)s::bigint)
                     from ops.table_operations
                     where night_id = %(night)s and kind <> %(merge)s
                       and day = (now() at time zone 'utc')::date
                     group by table_name order by sum(operations) desc, table_name limit 1
                   ), ''), %(error)s, now())
                   on conflict (night_id, stage) do update set state = excluded.state,
                     detail = excluded.detail, updated_at = excluded.updated_at,
                     last_error = coalesce(excluded.last_error, stage_status.last_error)""",
                {"night": self._night_id, "stage": STAGE, "state": state, "detail": detail,
                 "error": error, "merge": MERGE, "most": MOST_A_DAY},
            )  # fmt: skip

    def is_built(self) -> bool:
        """Say whether the tables that dbt builds are there and are this night's."""
        with self._connect() as connection:
            if connection.execute(_HAS_RUN, (self._night_id,)).fetchone() is None:
                return False
        try:
            return bool(self._marts.rows(_IS_BUILT, night=self._night_id))
        except NotBuiltError:
            return False

    def is_complete(self) -> bool:
        """Say whether the night came to its end."""
        return self._status() == "complete"

    def is_counted(self) -> bool:
        """Say whether all was produced, landed and counted, so that nothing is pending."""
        return self._status() in ("counted", "complete")

    def _status(self) -> str | None:
        with self._connect() as connection:
            row = connection.execute(
                "select status from ops.nights where night_id = %s", (self._night_id,)
            ).fetchone()
            return None if row is None else str(row[0])

    def reached(self) -> Reached:
        """Return how far raw and the ledgers are, of all partitions that have anything."""
        reached: dict[str, dict[tuple[str, int], int]] = {"landed": {}, "tallied": {}}
        with self._connect() as connection:  # one statement: both as they were at one moment
            for hop, topic, partition, offset in connection.execute(
                _REACHED, {"night": self._night_id}
            ):
                reached[hop][topic, partition] = offset
        return Reached(**reached)

    def behind(self, tallied: Offsets) -> int:
        """Return how many messages the count has and the live tables have not.

        None in PostgreSQL; in BigQuery Spark writes how far it is with the last of its tables.
        """
        rows = self._marts.rows(_SHOWN, night=self._night_id)
        shown = {(str(topic), int(partition)): int(offset) for topic, partition, offset in rows}
        return sum(abs(tallied.get(p, 0) - shown.get(p, 0)) for p in tallied.keys() | shown.keys())

    def contents(self) -> dict[str, Contents]:
        """Return what the night's tables hold, when they were written left out."""
        return self._marts.contents(self._night_id, but=PREFIX)

    def failing_rows(self, at_most: int) -> list[str]:
        """Return one line for each row of the reconciliation that makes it fail."""
        rows = self._marts.rows(_FAILING, night=self._night_id, most=at_most)
        return [f"{check} | {area} | {detail}" for check, area, detail in rows]

    def _connect(self) -> psycopg.Connection[Any]:
        """Connect, also to a server that is being started again."""
        for attempt in tries():
            with attempt:
                return psycopg.connect(**self._arguments, autocommit=True, connect_timeout=10)
        raise AssertionError("unreachable: an attempt returns or raises")
