"""What the generator tells the others in `ops`: the clock, the topics' ids and its heartbeat."""

from __future__ import annotations

from datetime import datetime

from election.clock import ElectionClock
from election.errors import UserError
from election.topics import TOPICS
from generators.ops import OpsConnection

STAGE = "generator"

_CLOCK = """
insert into ops.election_clock (night_id, anchor_wall_at, anchor_election_at, speed, opens_at,
  closes_at) values (%s, %s, %s, %s, %s, %s)
on conflict (night_id) do update set anchor_wall_at = excluded.anchor_wall_at,
  anchor_election_at = excluded.anchor_election_at, speed = excluded.speed
"""
_TOPIC_ID = """
insert into ops.topic_ids (night_id, topic, topic_id, partitions) values (%s, %s, %s, %s)
on conflict (night_id, topic) do nothing
"""
_STATUS = """
insert into ops.stage_status (night_id, stage, state, detail, last_error, updated_at)
values (%s, %s, %s, %s, %s, now())
on conflict (night_id, stage) do update set state = excluded.state, detail = excluded.detail,
  last_error = excluded.last_error, updated_at = excluded.updated_at
"""


class NightRows:
    """Writes the rows of one night."""

    def __init__(
        self, ops: OpsConnection, night_id: str, *, opens_at: datetime, closes_at: datetime
    ) -> None:
        self._ops = ops
        self._night_id = night_id
        self._poll = (opens_at, closes_at)
        self._clock: ElectionClock | None = None

    def set_clock(self, clock: ElectionClock) -> None:
        """Write the clock if it was set anew."""
        if clock == self._clock:
            return
        values = (self._night_id, clock.anchor_wall_at, clock.anchor_election_at, clock.speed)
        self._ops.write([(_CLOCK, (*values, *self._poll))])
        self._clock = clock

    def check_topics(self, ids: dict[str, str]) -> None:
        """Remember the topics of a new night; refuse others on a continued one.

        Raises:
            UserError: a topic was deleted and made again since the night began.
        """
        self._ops.write(
            (_TOPIC_ID, (self._night_id, topic, topic_id, TOPICS[topic].partitions))
            for topic, topic_id in ids.items()
        )
        query = "select topic, topic_id from ops.topic_ids where night_id = %s"
        known = dict(self._ops.read(query, (self._night_id,)))
        if other := sorted(topic for topic, topic_id in ids.items() if known[topic] != topic_id):
            raise UserError(
                f"{', '.join(other)}: not the topics this night began with",
                why="the broker gives them another id: they were deleted and made again",
                fix="start a new night with make demo",
            )

    def say(self, state: str, detail: str, error: str | None = None) -> None:
        """Write the heartbeat."""
        self._ops.write([(_STATUS, (self._night_id, STAGE, state, detail, error))])
