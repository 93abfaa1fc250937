"""Rows of one process: the producer and the typed decoder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from resource import RUSAGE_SELF, getrusage

from bench.machine import Bench
from bench.nights import BenchNight
from bench.row import Measured
from bench.sending import as_fast_as_it_can, sender_of
from generators.encode import head
from generators.lanes import Lane
from generators.moments import to_us
from generators.producer import NightProducer
from ingestion.decode import Decoder, Messages

TOPICS = ("votes", "ballots_issued", "voters")
CHUNK = 20_000


def cpu_s() -> float:
    """Return this process's CPU time, its threads included."""
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def producer(bench: Bench) -> Measured:
    """Encode and send a whole night, every delivery counted; planning it is left out."""
    night = bench.new_night()
    lanes = night.lanes()
    sender = sender_of(night, NightProducer(night.broker), lanes)
    began, cpu = time.perf_counter(), cpu_s()
    if not sender.send(as_fast_as_it_can(night)):
        raise RuntimeError("not every message was acknowledged")
    seconds, used = time.perf_counter() - began, cpu_s() - cpu
    events = sum(len(lane) for lane in lanes)
    bench.keep(night)
    return Measured(events / seconds, 1e6 * used / events, {"events": events})


def decoder(bench: Bench) -> Measured:
    """Decode and check the three large topics on one thread, from bytes to Arrow."""
    night = bench.new_night()
    events, used, per_topic = 0, 0.0, {}
    for topic in TOPICS:
        topic_events, topic_s = _decode(night, topic)
        per_topic[topic] = round(topic_events / topic_s)
        events, used = events + topic_events, used + topic_s
    return Measured(events / used, 1e6 * used / events, {"events": events, "per_topic": per_topic})


def _decode(night: BenchNight, topic: str) -> tuple[int, float]:
    decode = Decoder(
        topic,
        night_id=night.night.night_id,
        election_id=night.night.election_id,
        closes_at=night.plan.closes_at,
    ).decode
    events, used = 0, 0.0
    for lane in night.lanes(topic):
        for messages in _chunks(night, lane):
            began = time.thread_time()
            decoded = decode(messages)
            used += time.thread_time() - began
            events += len(messages)
            if decoded.rows.num_rows + decoded.rejected.num_rows != len(messages):
                raise RuntimeError(f"the decoder lost messages of {topic}")
    return events, used


def _chunks(night: BenchNight, lane: Lane) -> Iterator[Messages]:
    """Give a lane as it would be consumed."""
    at_ms = to_us(night.plan.closes_at) // 1000
    while lane.next < len(lane):
        first, values = lane.next, []
        while lane.next < min(first + CHUNK, len(lane)):
            batch = lane.take(first + CHUNK, head(night.plan.election_id, datetime.now(UTC)))
            values += [message["value"] for message in batch]
        offsets = range(first, lane.next)
        yield Messages([lane.partition] * len(values), offsets, [at_ms] * len(values), values)
