"""Sending for measurements: as fast as it goes, or at a fixed rate whatever comes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, pairwise

from bench.nights import BenchNight
from generators.acknowledged import ProducedLedger
from generators.encode import head
from generators.lanes import Lane
from generators.night_rows import NightRows
from generators.opening import Opening
from generators.ops import OpsConnection
from generators.pacing import Pace
from generators.producer import NightProducer
from generators.sending import NightSender

SETUP = ("constituencies", "candidates", "ballot_accounts")
TICK_S = 0.02


def sender_of(laid_out: BenchNight, producer: NightProducer, lanes: list[Lane]) -> NightSender:
    """Return the generator's own sender for some lanes."""
    ops = OpsConnection(laid_out.postgres)
    plan, night_id = laid_out.plan, laid_out.night.night_id
    rows = NightRows(ops, night_id, opens_at=plan.opens_at, closes_at=plan.closes_at)
    ledger = ProducedLedger(ops, night_id)
    opening = Opening(ops, night_id, within_s=0)
    return NightSender(plan, lanes, producer, ledger, rows, opening=opening, stopping=lambda: False)


def as_fast_as_it_can(laid_out: BenchNight) -> Pace:
    """Return a clock that follows the plan."""
    plan = laid_out.plan
    return Pace(
        None,
        starts_at=plan.starts_at,
        closes_at=plan.closes_at,
        resumes_us=None,
        now=datetime.now(UTC),
    )


def send_all(laid_out: BenchNight, *topics: str) -> int:
    """Send whole topics as fast as the generator can; return how many messages."""
    lanes = laid_out.lanes(*topics)
    sender = sender_of(laid_out, NightProducer(laid_out.broker), lanes)
    sender.send(as_fast_as_it_can(laid_out))
    return sum(len(lane) for lane in lanes)


def shared_out(messages: int, left: Sequence[int]) -> list[int]:
    """Return how many of some messages each lane sends, in proportion to what it has left.

    Raises:
        ValueError: there are not as many left.
    """
    if messages > sum(left):
        raise ValueError(f"{sum(left):,} messages are left, {messages:,} are needed")
    # Rounded where the lanes so far end, so that nothing is lost between them.
    ends = [messages * so_far // sum(left) for so_far in accumulate(left)]
    return [end - before for before, end in pairwise((0, *ends))]


@dataclass
class OpenLoop:
    """Sends a mix of topics at a fixed rate; each lane gets a share by its length.

    Delivery times do not follow the election's clock: a message's class does not depend on them.
    """

    laid_out: BenchNight
    lanes: list[Lane]
    producer: NightProducer
    sent: list[tuple[float, int]] = field(default_factory=list)  # (wall s, messages so far)
    sent_of: dict[str, list[tuple[float, int]]] = field(default_factory=dict)  # the same by topic

    def run(self, rate: float, seconds: float) -> None:
        """Send for so long.

        Raises:
            ValueError: the plan is too small for that.
        """
        left = sum(len(lane) - lane.next for lane in self.lanes)
        if left < rate * seconds:
            raise ValueError(f"{left:,} messages are left, {rate * seconds:,.0f} are needed")
        shares = [(len(lane) - lane.next) / left for lane in self.lanes]
        starts, begun = [lane.next for lane in self.lanes], time.time()
        already = self.sent[-1][1] if self.sent else 0
        while (elapsed := time.time() - begun) < seconds:
            for lane, share, start in zip(self.lanes, shares, starts, strict=True):
                self._send(lane, start + int(rate * elapsed * share))
            done = sum(lane.next - start for lane, start in zip(self.lanes, starts, strict=True))
            now = time.time()
            self.sent.append((now, already + done))
            for topic in {lane.topic for lane in self.lanes}:
                total = sum(lane.next for lane in self.lanes if lane.topic == topic)
                self.sent_of.setdefault(topic, []).append((now, total))
            self.producer.poll(TICK_S)
        self.producer.wait_for_all()

    def run_at_once(self, messages: int) -> None:
        """Send so many as fast as it goes, each lane its share.

        Raises:
            ValueError: the plan is too small for that.
        """
        shares = shared_out(messages, [len(lane) - lane.next for lane in self.lanes])
        for lane, share in zip(self.lanes, shares, strict=True):
            self._send(lane, lane.next + share)
        self.producer.wait_for_all()
        self.sent.append((time.time(), sum(lane.next for lane in self.lanes)))

    def _send(self, lane: Lane, stop: int) -> None:
        while lane.next < min(stop, len(lane)):
            batch = lane.take(stop, head(self.laid_out.plan.election_id, datetime.now(UTC)))
            self.producer.send(lane.topic, lane.partition, batch)
