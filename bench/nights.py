"""Nights to measure on: planned, laid out, and produced as a real one is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

import psutil
import psycopg

from bench.cpu import cpu_of_family
from election.settings import BrokerSettings, GeneratorSettings, PostgresSettings
from embedded import attach, stages
from embedded import night as nights
from embedded.machine import Machine
from embedded.night import Night
from embedded.paths import PROJECT_ROOT
from embedded.progress import stage_state, unaccounted
from embedded.service import Service
from generators import faults
from generators.contest import Contest
from generators.lanes import Lane, lanes_of
from generators.plan import Plan, assemble
from generators.start import contest_of
from generators.topics_admin import create_topics

STAGES_WITHIN_S = 240.0
POLL_S = 0.1


@dataclass
class BenchNight:
    """A night laid out on the machine; nothing is sent yet."""

    machine: Machine
    night: Night
    plan: Plan

    @cached_property
    def environment(self) -> dict[str, str]:
        """What the stages of this night read."""
        return {**self.machine.environment(), **self.night.environment()}

    @cached_property
    def broker(self) -> BrokerSettings:
        """The broker and this night's topics."""
        return BrokerSettings.model_validate(self.environment)

    @cached_property
    def postgres(self) -> PostgresSettings:
        """The warehouse."""
        return PostgresSettings.model_validate(self.environment)

    def connect(self, role: str = "loader") -> psycopg.Connection[Any]:
        """Connect to the warehouse."""
        return attach.connect(self.environment, role)

    def lanes(self, *topics: str) -> list[Lane]:
        """Return the lanes of some topics, all if none is named."""
        secret = self.environment["REGISTER_SECRET"].encode()
        return [
            lane for lane in lanes_of(self.plan, secret) if lane.topic in (topics or [lane.topic])
        ]

    @contextmanager
    def running(self, *services: Service) -> Iterator[None]:
        """Run stages for as long as the block."""
        names = [service.name for service in services]
        self.machine.supervisor.add(*services)
        try:
            self.machine.supervisor.wait_ready(*names)
            yield
        finally:
            self.machine.supervisor.remove(*names)

    def stages(self, **more: str) -> tuple[Service, ...]:
        """Return Spark and ingestion as services of this night."""
        return stages.counting_stages({**self.environment, **more}, self._state)

    def dbt_cadence(self, **more: str) -> Service:
        """Return dbt on its cadence, over marts that are there."""
        environment = stages.environment_of("dbt", {**self.environment, **more})
        return Service(
            "dbt", stages.python("-m", "transform", "run"), environment,
            stop_grace_seconds=60, cwd=str(PROJECT_ROOT),
        )  # fmt: skip

    def cpu_s(self, stage: str) -> float:
        """Return the CPU time that a running stage has used, its JVM included."""
        [entry] = [e for e in self.machine.supervisor.entries() if e.name == stage]
        return cpu_of_family(psutil.Process(entry.pid))

    def wait_for_all(self, hops: tuple[str, ...] = ("raw", "ledger")) -> None:
        """Return when hops have every message that was acknowledged.

        Raises:
            TimeoutError: they do not get on.
        """
        deadline = time.monotonic() + STAGES_WITHIN_S
        with self.connect() as connection:
            while left := [
                line
                for line in unaccounted(connection, self.night.night_id)
                if any(_is_behind(line, hop) for hop in hops)
            ]:
                if time.monotonic() > deadline:
                    raise TimeoutError("; ".join(left[:3]))
                time.sleep(POLL_S)

    def _state(self, stage: str) -> str | None:
        with self.connect() as connection:
            return stage_state(connection, self.night.night_id, stage)


def _is_behind(line: str, hop: str) -> bool:
    """Read `votes/0: broker 9, raw 7, ledger 9`: is raw behind the broker?"""
    counts = dict(part.rsplit(" ", 1) for part in line.partition(": ")[2].split(", "))
    return counts[hop] != counts["broker"]


@lru_cache(maxsize=1)
def _planned(
    scale: int, with_faults: str, election: str
) -> tuple[GeneratorSettings, Contest, Plan]:
    """Plan a night; nights of one kind share their plan: that of a large one is of gigabytes."""
    options = GeneratorSettings.model_validate(
        {"ELECTION": election, "SCALE": scale, "SPEED": "max", "FAULTS": with_faults,
         "REGISTER_SECRET": "-"}
    )  # fmt: skip
    contest = contest_of(options)
    plan = assemble(contest, seed=options.seed, rates=faults.parse(options.faults))
    return options, contest, plan


def lay_out(
    machine: Machine, scale: int, *, with_faults: str = "", election: str = "synthetic"
) -> BenchNight:
    """Plan a night at a scale and lay it out on the machine."""
    options, contest, plan = _planned(scale, with_faults, election)
    with attach.connect(machine.environment(), "app") as admin:
        nights.lay_out_warehouse(admin)
        night = nights.create(
            admin, options,
            election_id=contest.election_id, title=contest.title, is_synthetic=contest.is_synthetic,
            polling_date=contest.polling_date, nights=machine.paths.var / "nights",
            now=datetime.now(UTC),
        )  # fmt: skip
    laid_out = BenchNight(machine, night, plan)
    create_topics(laid_out.broker)
    return laid_out
