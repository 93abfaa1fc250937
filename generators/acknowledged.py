"""The ledger of what the broker acknowledged: `ops.produced`, a row a topic and partition.

Each writing of it is a batch of the generator in `ops.batches`, with the offsets since the last.

`position` counts planned messages acknowledged without a gap: where a restarted generator goes
on. The producer is idempotent and a partition's deliveries come back in order, so that the
number of acknowledgements is the position.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from election.errors import UserError
from generators.ops import OpsConnection, Statement

_UPSERT = """
insert into ops.produced (night_id, topic, kafka_partition, position, planned, acknowledged,
  refused, next_offset, updated_at) values (%s, %s, %s, %s, %s, %s, %s, %s, now())
on conflict (night_id, topic, kafka_partition) do update set position = excluded.position,
  planned = excluded.planned, acknowledged = excluded.acknowledged, refused = excluded.refused,
  next_offset = excluded.next_offset, updated_at = excluded.updated_at
"""
_BATCH = """
insert into ops.batches (night_id, stage, batch, topic, kafka_partition, first_offset, next_offset,
  messages, started_at, finished_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (night_id, stage, batch, topic, kafka_partition) do nothing
"""
_NEXT_BATCH = """
select coalesce(max(batch) + 1, 0) from ops.batches where night_id = %s and stage = %s
"""
_READ = """
select topic, kafka_partition, position, planned, acknowledged, refused, next_offset
from ops.produced where night_id = %s
"""

STAGE = "generator"
_Lane = tuple[str, int]


@dataclass(frozen=True)
class Progress:
    """What the broker acknowledged of one partition, over all runs of the night."""

    topic: str
    partition: int
    position: int
    planned: int
    acknowledged: int
    refused: int
    next_offset: int


class ProducedLedger:
    """Reads and writes the rows of one night."""

    def __init__(self, ops: OpsConnection, night_id: str) -> None:
        self._ops = ops
        self._night_id = night_id
        self._written: dict[_Lane, Progress] = {}
        self._next_batch = 0
        self._written_at = datetime.now(UTC)

    def read(self, planned: dict[_Lane, int]) -> dict[_Lane, Progress]:
        """Return what earlier runs of this night reached; nothing for a new night.

        Raises:
            UserError: the night was begun with another plan.
        """
        rows = [Progress(*row) for row in self._ops.read(_READ, (self._night_id,))]
        found = {(row.topic, row.partition): row for row in rows}
        for lane, row in found.items():
            if planned.get(lane) != row.planned:
                raise UserError(
                    f"night {self._night_id} was begun with another plan",
                    why=f"{row.topic}/{row.partition} had {row.planned} messages planned, "
                    f"now {planned.get(lane)}: election, SCALE, SEED or FAULTS differ",
                    fix="start it with its own settings (RESUME=1), or start a new night",
                )
        self._written = dict(found)
        [(self._next_batch,)] = self._ops.read(_NEXT_BATCH, (self._night_id, STAGE))
        return found

    def write(self, progress: Iterable[Progress]) -> None:
        """Write the rows that changed since they were last written."""
        changed = [p for p in progress if self._written.get((p.topic, p.partition)) != p]
        if not changed:
            return
        now = datetime.now(UTC)
        moved = [p for p in changed if p.next_offset > self._before(p).next_offset]
        self._ops.write([*map(self._row, changed), *(self._batch(p, now) for p in moved)])
        self._next_batch, self._written_at = self._next_batch + bool(moved), now
        self._written.update({(p.topic, p.partition): p for p in changed})

    def _row(self, p: Progress) -> Statement:
        return _UPSERT, (
            self._night_id, p.topic, p.partition, p.position, p.planned, p.acknowledged,
            p.refused, p.next_offset,
        )  # fmt: skip

    def _batch(self, p: Progress, now: datetime) -> Statement:
        before = self._before(p)
        return _BATCH, (
            self._night_id, STAGE, self._next_batch, p.topic, p.partition, before.next_offset,
            p.next_offset, p.acknowledged - before.acknowledged, self._written_at, now,
        )  # fmt: skip

    def _before(self, p: Progress) -> Progress:
        """Return a partition as it was last written."""
        nothing = Progress(p.topic, p.partition, 0, p.planned, 0, 0, 0)
        return self._written.get((p.topic, p.partition), nothing)
