"""`python -m ingestion` on a night of its own: real broker, real PostgreSQL, real kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Producer
from support.events import ELECTION_ID, POLLING_DATE
from support.waiting import wait_until

from election.settings import BrokerSettings
from embedded.machine import Machine
from embedded.paths import PROJECT_ROOT
from generators.topics_admin import create_topics

Values = dict[tuple[str, int], list[bytes | None]]
STARTED_WITHIN_S = 60


@dataclass(frozen=True)
class LandingStage:
    """One night's ingestion and what it says of itself."""

    machine: Machine
    name: str
    folder: Path

    @property
    def night_id(self) -> str:
        return f"{ELECTION_ID}.{self.name}"

    @property
    def prefix(self) -> str:
        return f"{self.name}."

    def create(self) -> LandingStage:
        """Make the night's topics."""
        create_topics(self.broker())
        return self

    def broker(self) -> BrokerSettings:
        """Return where the night's topics are."""
        return BrokerSettings(
            KAFKA_BOOTSTRAP_SERVERS=self.machine.bootstrap_servers, TOPIC_PREFIX=self.prefix
        )

    def produce(self, values: Values) -> None:
        """Send messages to their partitions and wait until all are acknowledged."""
        producer = Producer({
            "bootstrap.servers": self.machine.bootstrap_servers, "enable.idempotence": True,
            "linger.ms": 20,
        })  # fmt: skip
        failed: list[Any] = []

        def acknowledged(error: Any, _: Any) -> None:
            if error:
                failed.append(error)

        for (topic, partition), of_partition in values.items():
            for value in of_partition:
                producer.produce(
                    self.prefix + topic, value, partition=partition, on_delivery=acknowledged
                )
                producer.poll(0)
        assert producer.flush(60) == 0
        assert not failed

    def start(self, command: str = "run", **settings: str) -> subprocess.Popen[bytes]:
        """Start the stage; the caller ends it."""
        log = self.folder / f"{self.name}.log"
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "ingestion", command],
                env=self._environment() | settings,
                cwd=PROJECT_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def run_to_end(self, command: str = "once", **settings: str) -> tuple[int, str]:
        """Run one command to its end; return its exit code and what it newly said."""
        log = self.folder / f"{self.name}.log"
        before = log.stat().st_size if log.exists() else 0
        process = self.start(command, **settings)
        try:
            code = process.wait(180)
        finally:
            kill(process)
        return code, log.read_bytes()[before:].decode()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return a query's rows; `%(night)s` is this night."""
        with psycopg.connect(self.machine.postgres.dsn("loader")) as connection:
            return connection.execute(query, {"night": self.night_id}).fetchall()

    def landed(self) -> int:
        """Return how many messages the books have."""
        query = "select coalesce(sum(next_offset), 0) from ops.landed where night_id = %(night)s"
        return int(self.rows(query)[0][0])

    def state(self) -> str | None:
        """Return what the stage says of itself."""
        query = (
            "select state from ops.stage_status where night_id = %(night)s and stage = 'ingestion'"
        )
        return next((str(state) for (state,) in self.rows(query)), None)

    def wait_landed(self, count: int, seconds: float = STARTED_WITHIN_S) -> None:
        """Wait until so many messages are in the books."""
        wait_until(
            lambda: self.landed() >= count, seconds=seconds, what=f"{count} messages are landed"
        )

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.machine.environment(),
            "NIGHT_ID": self.night_id,
            "ELECTION_ID": ELECTION_ID,
            "POLLING_DATE": POLLING_DATE.isoformat(),
            "TOPIC_PREFIX": self.prefix,
            "INGESTION_PATH": str(self.folder / "ingestion"),
            "INGESTION_LOAD_AT_ONCE": "1000",
            "INGESTION_LOAD_AFTER_S": "0.5",
        }


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process the hard way; harmless when it has ended."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(30)


def terminate(process: subprocess.Popen[bytes]) -> int:
    """End a process gently and return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def spread(topic: str, values: Iterable[bytes | None], partitions: int) -> Values:
    """Deal messages out to the partitions of a topic."""
    every = list(values)
    return {(topic, number): every[number::partitions] for number in range(partitions)}
