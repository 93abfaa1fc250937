"""The poll opens when the register has been read: half a million names come all at once.

A real register closes weeks before the poll. Opened at once, the first ballots of a night would
wait behind names that nobody looks at.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from election.telemetry import get_logger
from generators.ops import OpsConnection

LOOK_EVERY_S = 0.5
# Of every partition: what the broker acknowledged, and what the slowest of two readers has of it.
# They have more than that of a partition in which strangers produce.
_UNREAD = """
select coalesce(sum(greatest(0, produced.next_offset
  - least(coalesce(landed.next_offset, 0), coalesce(tallied.next_offset, 0)))), 0)
from ops.produced
left join ops.landed using (night_id, topic, kafka_partition)
left join ops.tallied using (night_id, topic, kafka_partition)
where night_id = %s
"""


class Opening:
    """Whether the poll is open to be sent.

    Args:
        ops: Where the stages write what they have read.
        night_id: The night.
        within_s: After so many seconds it opens whatever was read; 0 opens at once.
        clock: Seconds that pass.
    """

    def __init__(
        self, ops: OpsConnection, night_id: str, within_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ops, self._night_id, self._within_s, self._clock = ops, night_id, within_s, clock
        self._asked_first: float | None = None
        self._asked_last = 0.0
        self.is_open = within_s <= 0

    def is_time_to_look(self) -> bool:
        """Say whether nobody looked for half a second."""
        return self._asked_first is None or self._clock() - self._asked_last >= LOOK_EVERY_S

    def look(self) -> None:
        """Open if everything that is produced is read, or was waited for long enough."""
        self._asked_last = self._clock()
        self._asked_first = self._asked_last if self._asked_first is None else self._asked_first
        [(unread,)] = self._ops.read(_UNREAD, (self._night_id,))
        waited = self._asked_last - self._asked_first
        self.is_open = unread == 0 or waited >= self._within_s
        if self.is_open:
            get_logger().info("the poll opens", unread=int(unread), waited_s=round(waited, 1))
