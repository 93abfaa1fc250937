"""The right to count a night: one driver at a time has it, and the newest takes it over.

An epoch goes up with every driver. A killed one is followed at once, without waiting for anything
to run out; one that only seemed dead finds its epoch gone in the transaction that would write.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import Any

import psycopg

from spark.fencing import fenced
from spark.sinks.warehouse import Warehouse

_TAKE = """
insert into ops.leases as held (night_id, stage, epoch, holder, taken_at, renewed_at)
values (%(night)s, %(stage)s, 1, %(holder)s, %(now)s, %(now)s)
on conflict (night_id, stage) do update set epoch = held.epoch + 1, holder = excluded.holder,
  taken_at = excluded.taken_at, renewed_at = excluded.renewed_at
returning epoch
"""
_RENEW = """
update ops.leases set renewed_at = %(now)s
where night_id = %(night)s and stage = %(stage)s and epoch = %(epoch)s
"""
_IS_HELD = "select 1 from ops.leases where night_id = %s and stage = %s and epoch = %s"
_HOLDER = "select epoch, holder, taken_at from ops.leases where night_id = %s and stage = %s"


class Lease:
    """One stage's lease on one night."""

    def __init__(self, warehouse: Warehouse, night_id: str, stage: str) -> None:
        self._warehouse = warehouse
        self._night_id, self._stage = night_id, stage
        self.epoch = 0

    def take(self) -> int:
        """Take the night over from whoever has it; return the epoch."""
        holder = f"process {os.getpid()} on {socket.gethostname()}"

        def work(cursor: psycopg.Cursor[Any]) -> None:
            row = cursor.execute(_TAKE, self._values(holder=holder)).fetchone()
            assert row is not None
            self.epoch = row[0]

        self._warehouse.transact(work)
        return self.epoch

    def beside(self, warehouse: Warehouse) -> Lease:
        """Return the same lease on another connection, for another thread."""
        lease = Lease(warehouse, self._night_id, self._stage)
        lease.epoch = self.epoch
        return lease

    def renew(self) -> None:
        """Say that this driver lives.

        Raises:
            FencedError: another driver has taken the night over.
        """
        self._warehouse.transact(self.hold)

    def check(self) -> None:
        """Ask whether the lease is still ours; unlike `renew`, waits for no transaction.

        Raises:
            FencedError: another driver has taken the night over.
        """
        ours = (self._night_id, self._stage, self.epoch)
        if not self._warehouse.read(_IS_HELD, ours):
            self.renew()

    def hold(self, cursor: psycopg.Cursor[Any]) -> None:
        """Renew inside a transaction: what it writes is only seen if the lease is still ours.

        Raises:
            FencedError: another driver has taken the night over.
        """
        if cursor.execute(_RENEW, self._values(epoch=self.epoch)).rowcount:
            return
        row = cursor.execute(_HOLDER, (self._night_id, self._stage)).fetchone()
        raise fenced(
            f"epoch {row[0]} is that of {row[1]}, since {row[2]:%H:%M:%S %Z}; this one has"
            f" {self.epoch}"
            if row
            else "its lease is gone"
        )

    def _values(self, **more: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {"night": self._night_id, "stage": self._stage, "now": now, **more}
