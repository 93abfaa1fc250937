"""How far a night is: one line for a person, and whether all is accounted for.

Read from `ops`, which is in PostgreSQL whatever the warehouse is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from election.clock import UK
from election.errors import UserError

STALLED_AFTER_S = 180.0

_FAR = """
select
  (select anchor_election_at + (now() - anchor_wall_at) * speed
   from ops.election_clock where night_id = %(night)s),
  (select coalesce(sum(planned), 0) from ops.produced where night_id = %(night)s),
  (select coalesce(sum(next_offset), 0) from ops.produced where night_id = %(night)s),
  (select coalesce(sum(next_offset), 0) from ops.landed where night_id = %(night)s),
  (select coalesce(sum(next_offset), 0) from ops.tallied where night_id = %(night)s),
  (select coalesce(sum(accepted + late), 0) from ops.tallied
   where night_id = %(night)s and topic = 'ballots_issued'),
  (select coalesce(sum(accepted + late), 0) from ops.tallied
   where night_id = %(night)s and topic = 'votes'),
  (select coalesce(sum(accepted + late), 0) from ops.tallied
   where night_id = %(night)s and topic = 'declarations')
"""


@dataclass(frozen=True)
class Progress:
    """Messages of each hop and the figures a person asks for first."""

    election_at: datetime | None
    planned: int
    produced: int
    landed: int
    tallied: int
    ballots_issued: int
    papers_counted: int
    declarations: int  # corrections are declarations too

    def line(self, seats: int) -> str:
        """Return one line: election time, figures of so many seats, what is still on its way."""
        at = self.election_at.astimezone(UK).strftime("%a %H:%M") if self.election_at else "-"
        return (
            f"{at:>9}  issued {self.ballots_issued:>9,}  counted {self.papers_counted:>9,}"
            f"  declarations {self.declarations:>3}, {seats} seats"
            f"  behind: spark {self.produced - self.tallied:,}, raw {self.produced - self.landed:,}"
        )


def read(connection: psycopg.Connection[Any], night_id: str) -> Progress:
    """Read how far a night is."""
    row = connection.execute(_FAR, {"night": night_id}).fetchone()
    assert row is not None
    return Progress(row[0], *(int(value) for value in row[1:]))


def note_ends(
    connection: psycopg.Connection[Any], night_id: str, ends: Mapping[tuple[str, int], int]
) -> bool:
    """Write where the broker's partitions end: what others produced was produced too.

    Returns:
        Whether there was anything that was not written yet.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            """update ops.produced set next_offset = %s, updated_at = now()
               where night_id = %s and topic = %s and kafka_partition = %s and next_offset < %s""",
            [(end, night_id, topic, partition, end) for (topic, partition), end in ends.items()],
        )
        return cursor.rowcount > 0


def unaccounted(connection: psycopg.Connection[Any], night_id: str) -> list[str]:
    """Return partitions whose offsets differ between broker, raw and ledger."""
    rows = connection.execute(
        """select topic, kafka_partition, p.next_offset, coalesce(l.next_offset, 0),
             coalesce(t.next_offset, 0)
           from ops.produced p
           left join ops.landed l using (night_id, topic, kafka_partition)
           left join ops.tallied t using (night_id, topic, kafka_partition)
           where night_id = %s and (p.next_offset <> coalesce(l.next_offset, 0)
             or p.next_offset <> coalesce(t.next_offset, 0))
           order by 1, 2""",
        (night_id,),
    ).fetchall()
    return [
        f"{topic}/{partition}: broker {produced:,}, raw {landed:,}, ledger {tallied:,}"
        for topic, partition, produced, landed, tallied in rows
    ]


def left_of(
    connection: psycopg.Connection[Any], night_id: str, ends: Mapping[tuple[str, int], int]
) -> list[str]:
    """Note where the broker's partitions end; return those that raw or a ledger has less of."""
    note_ends(connection, night_id, ends)
    return unaccounted(connection, night_id)


def uncounted(connection: psycopg.Connection[Any], night_id: str) -> list[str]:
    """Return partitions of which dbt has not counted all that was produced."""
    rows = connection.execute(
        """select p.topic, p.kafka_partition, p.next_offset, coalesce(max(b.next_offset), 0)
           from ops.produced p
           left join ops.batches b
             on (b.night_id, b.topic, b.kafka_partition, b.stage)
               = (p.night_id, p.topic, p.kafka_partition, 'dbt')
           where p.night_id = %s
           group by p.topic, p.kafka_partition, p.next_offset
           having p.next_offset > coalesce(max(b.next_offset), 0)
           order by 1, 2""",
        (night_id,),
    ).fetchall()
    return [
        f"{topic}/{partition}: broker {produced:,}, dbt {counted:,}"
        for topic, partition, produced, counted in rows
    ]


def check_moving(still_s: float, left: Sequence[str]) -> None:
    """Refuse to wait any longer for a night whose generator is done.

    Args:
        still_s: How long nothing has moved.
        left: What `unaccounted` says.

    Raises:
        UserError: it does not come to its end.
    """
    if still_s > STALLED_AFTER_S:
        raise UserError(
            f"the night does not finish: nothing has moved for {STALLED_AFTER_S:.0f} s",
            why="; ".join(left[:4]) or "the generator announced no messages",
            fix="read the logs (make logs), then let the night go on: make demo RESUME=1",
        )


def stage_state(connection: psycopg.Connection[Any], night_id: str, stage: str) -> str | None:
    """Return what a stage says of itself."""
    row = connection.execute(
        "select state from ops.stage_status where night_id = %s and stage = %s", (night_id, stage)
    ).fetchone()
    return None if row is None else str(row[0])
