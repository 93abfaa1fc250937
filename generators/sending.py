"""Sending a night: each message when it is due, in the order of its partition, until all is in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from election import crash_points
from election.clock import UK
from generators.acknowledged import ProducedLedger, Progress
from generators.encode import head
from generators.lanes import Lane
from generators.moments import to_us
from generators.night_rows import NightRows
from generators.opening import Opening
from generators.pacing import Pace
from generators.plan import Plan
from generators.producer import NightProducer

TICK_S = 0.05
LEDGER_EVERY_S = 0.5
STOP_WITHIN_S = 10.0


class NightSender:
    """Sends the lanes of a plan and writes down what was acknowledged."""

    def __init__(
        self,
        plan: Plan,
        lanes: list[Lane],
        producer: NightProducer,
        ledger: ProducedLedger,
        rows: NightRows,
        *,
        opening: Opening,
        stopping: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._lanes = lanes
        self._producer = producer
        self._ledger = ledger
        self._rows = rows
        self._opening = opening
        self._stopping = stopping
        self._wrote_at = 0.0
        planned = {(lane.topic, lane.partition): len(lane) for lane in lanes}
        self._reached = ledger.read(planned)
        for lane in lanes:
            lane.next = self._before(lane).position

    @property
    def resumes_us(self) -> int | None:
        """First planned time that an earlier run did not get acknowledged; None for a new night.

        The end of the night where it got everything acknowledged.
        """
        if not self._reached:
            return None
        return self._next_us() if self._is_anything_left else to_us(self._plan.ends_at)

    def send(self, pace: Pace) -> bool:
        """Send what is left; return whether everything is acknowledged, False if stopped.

        Raises:
            UserError: the broker or the warehouse is away for too long.
        """
        if self.resumes_us is not None and self.resumes_us > pace.starts_us:
            self._opening.is_open = True  # an earlier run opened the poll
        try:
            self._note(pace, force=True)
            while not self._stopping() and self._is_anything_left:
                if not (self._may_go_on(pace) and self._send_due(pace)):
                    self._producer.poll(TICK_S)
                self._note(pace)
            self._producer.wait_for_all(self._stopping)
        finally:
            self._producer.flush(STOP_WITHIN_S)
            self._note(pace, force=True)
        return all(self._progress(lane).position == len(lane) for lane in self._lanes)

    def _may_go_on(self, pace: Pace) -> bool:
        """Say whether what is due next waits for nothing: the poll, for what comes before it."""
        if self._opening.is_open or self._next_us() < pace.starts_us:
            return True
        if not self._producer.in_flight and self._opening.is_time_to_look():
            self._note(pace, force=True)  # the readers are compared with what is written down
            self._opening.look()
        return self._opening.is_open

    def write_end_offsets(self, ends: dict[tuple[str, int], int]) -> None:
        """Write where the broker's partitions end, foreign messages included."""
        self._ledger.write(self._with_end(self._progress(lane), ends) for lane in self._lanes)

    @staticmethod
    def _with_end(reached: Progress, ends: dict[tuple[str, int], int]) -> Progress:
        end = ends.get((reached.topic, reached.partition), 0)
        values = {**vars(reached), "next_offset": max(reached.next_offset, end)}
        return Progress(**values)

    @property
    def _is_anything_left(self) -> bool:
        return any(lane.next < len(lane) for lane in self._lanes)

    def _next_us(self) -> int:
        return min(lane.release_of(lane.next) for lane in self._lanes)

    def _send_due(self, pace: Pace) -> int:
        """Send what is due now; return how many messages that was."""
        until_us = pace.advance(self._next_us(), datetime.now(UTC))
        self._rows.set_clock(pace.clock)
        sent = 0
        for lane in self._lanes:
            stop = lane.due(until_us)
            for batch in self._batches(lane, stop):
                self._producer.send(lane.topic, lane.partition, batch)
                crash_points.reached("generator.queued")
                sent += len(batch)
        return sent

    def _batches(self, lane: Lane, stop: int) -> Iterator[list[dict[str, object]]]:
        while lane.next < stop and not self._stopping():
            yield lane.take(stop, head(self._plan.election_id, datetime.now(UTC)))

    def _note(self, pace: Pace, *, force: bool = False) -> None:
        """Write what was acknowledged and the heartbeat, at most twice a second."""
        now = time.monotonic()
        if not force and now - self._wrote_at < LEDGER_EVERY_S:
            return
        self._wrote_at = now
        reached = [self._progress(lane) for lane in self._lanes]
        crash_points.reached("generator.before_note")
        self._ledger.write(reached)
        crash_points.reached("generator.noted")
        done = sum(progress.position for progress in reached)
        at = pace.clock.election_at(datetime.now(UTC)).astimezone(UK)
        planned = sum(len(lane) for lane in self._lanes)
        self._rows.say("running", f"{at:%a %H:%M}, {done:,} of {planned:,} messages acknowledged")

    def _before(self, lane: Lane) -> Progress:
        key = (lane.topic, lane.partition)
        return self._reached.get(key, Progress(*key, 0, len(lane), 0, 0, 0))

    def _progress(self, lane: Lane) -> Progress:
        before, now = self._before(lane), self._producer.deliveries(lane.topic, lane.partition)
        return Progress(
            lane.topic,
            lane.partition,
            position=before.position + now.in_order,
            planned=len(lane),
            acknowledged=before.acknowledged + now.acknowledged,
            refused=before.refused + now.refused,
            next_offset=before.next_offset if now.next_offset is None else now.next_offset,
        )
