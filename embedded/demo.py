"""`make demo`: hold an election on this machine, count it twice, say what it came to."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from election.errors import UserError
from election.settings import (
    BrokerSettings,
    GeneratorSettings,
    PostgresSettings,
    read_settings,
)
from embedded import attach, preflight, progress, stages, summary
from embedded import night as nights
from embedded.full_count import FullCount
from embedded.machine import Machine
from embedded.night import Night
from embedded.night_warehouse import NightWarehouse, open_night_warehouse
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.ports import PortBook
from embedded.unexpected import explain
from generators.contest import Contest
from warehouse.postgres import Postgres

PROGRESS_EVERY_S = 5.0
POLL_S = 0.25
INTERRUPTED_EXIT = 130
GOES_ON = "interrupted; RESUME=1 continues this night"


class InterruptedNightError(Exception):
    """The person or the system asked for the end before the night was over."""


@dataclass
class Demo:
    """One night from start to summary, on a machine that is up."""

    machine: Machine
    night: Night
    contest: Contest
    options: GeneratorSettings
    warehouse: NightWarehouse
    ops: Postgres
    say: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    status: str = "failed"

    def hold(self) -> None:
        """Start every stage, wait until all is acknowledged, landed and counted twice."""
        everything = {**self.machine.environment(), **self.night.environment()}
        supervisor = self.machine.supervisor
        book = PortBook(self.machine.paths.run / "ports.json", self.say)
        port = stages.dashboard_port(book, os.environ.get("DASHBOARD_PORT"))
        supervisor.add(
            *stages.counting_stages(everything, self._state_of),
            stages.dbt(everything, self._state_of),
            stages.generator(everything),
            stages.result_files(everything),
            stages.dashboard_of_a_night(everything, port),
        )
        supervisor.wait_ready("dashboard")
        self.say(f"dashboard: http://127.0.0.1:{port}")
        supervisor.wait_ready("spark", "ingestion")
        self._watch()
        self._negative_control(everything)
        self._count_in_full()
        self.status = "complete"

    def _count_in_full(self) -> None:
        """Let dbt count once more with every test, until it has what strangers sent meanwhile.

        Raises:
            UserError: it does not come to its end.
        """
        self.say("counting once more in full, with every test")
        full = FullCount.ask(self.ops, self.night.night_id, self._ends)
        while not full.is_there():
            self._check_stages()
            time.sleep(POLL_S)
        self.machine.supervisor.retire("dbt")

    def stop_stages(self) -> None:
        """Stop every stage at a batch boundary; the servers stay, to be asked how far it came."""
        running = [
            e.name for e in self.machine.supervisor.entries() if e.name not in stages.SERVERS
        ]
        for name in ("generator", *running):  # first what others wait for
            if name in running:
                self.machine.supervisor.retire(name)

    def summarise(self) -> summary.Summary:
        """Read what the night came to."""
        return summary.read(
            self.ops,
            self.warehouse.marts(self.machine.environment()),
            self.night,
            self.options,
            status=self.status,
            seats_adjusted=self.contest.seats_adjusted,
            duration_s=time.monotonic() - self.started,
        )

    def _watch(self) -> None:
        """Wait until the generator is done and every hop has all of it; show progress."""
        said = moved = time.monotonic()
        far: progress.Progress | None = None
        while True:
            self._check_stages()
            now, before = time.monotonic(), far
            far = self.ops.run(partial(progress.read, night_id=self.night.night_id))
            if before != far:
                moved = now
            if now - said >= PROGRESS_EVERY_S:
                self.say(far.line(self.contest.seats.height))
                said = now
            if self._service_states().get("generator") == "done":
                left = self.ops.run(
                    partial(progress.left_of, night_id=self.night.night_id, ends=self._ends())
                )
                if not left and far.planned:
                    self.say(far.line(self.contest.seats.height))
                    return
                progress.check_moving(now - moved, left)
            time.sleep(POLL_S)

    def _check_stages(self) -> None:
        """Look whether the night can go on.

        Raises:
            InterruptedNightError: it is not to.
            UserError: a stage has stopped for good.
        """
        if self.machine.supervisor.stop_requested:
            raise InterruptedNightError
        if dead := [name for name, state in self._service_states().items() if state == "failed"]:
            raise UserError(
                f"{' and '.join(dead)} stopped for good",
                why="it failed and starting it again would not help",
                fix=f"read var/logs/{dead[0]}.log, then run make demo RESUME=1",
            )

    def carry_ops(self) -> None:
        """Let the marts see how the night ended; they would show it as running for ever."""
        if self.warehouse.is_bigquery and not self.machine.supervisor.stop_requested:
            everything = {**self.machine.environment(), **self.night.environment()}
            self._run("dbt", everything, "-m", "transform", "carry", check=False)

    def _ends(self) -> dict[tuple[str, int], int]:
        """Return where the broker's partitions end, whoever produced what is in them."""
        from generators.topics_admin import read_end_offsets

        return read_end_offsets(broker_settings(self.machine, self.night))

    def _service_states(self) -> dict[str, str]:
        return {entry.name: entry.state for entry in self.machine.supervisor.entries()}

    def _state_of(self, stage: str) -> str | None:
        """Called by the supervisor's thread: a connection is not shared between threads."""
        with attach.connect(self.machine.environment(), "loader") as own:
            return progress.stage_state(own, self.night.night_id, stage)

    def _negative_control(self, everything: dict[str, str]) -> None:
        """Spoil raw where FAULTS asks for it, to show that the reconciliation sees it."""
        if spoils_raw(self.options.faults):
            self.say(f"negative control: spoiling raw by {self.options.faults}")
            self._run("ingestion", everything, "-m", "ingestion", "negative-control", check=True)

    def _run(
        self, stage: str, everything: dict[str, str], *arguments: str, check: bool
    ) -> None:  # fmt: skip
        """Run a step to its end, its output in the stage's log; Ctrl-C ends it.

        Raises:
            UserError: it failed; only with `check`.
        """
        step = arguments[-1]
        log = self.machine.paths.logs / f"{stage}-{step}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = stages.process_environment(stage, everything)
        with (
            log.open("ab") as output,
            subprocess.Popen(
                stages.python(*arguments),
                env=environment, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            ) as process,
        ):  # fmt: skip
            while process.poll() is None:
                if self.machine.supervisor.stop_requested:
                    process.terminate()
                    raise InterruptedNightError
                time.sleep(0.05)
        if check and process.returncode:
            raise UserError(
                f"{stage} {step} failed",
                why=f"it ended with exit code {process.returncode}",
                fix=f"read {log}",
            )


def run(
    options: GeneratorSettings,
    *,
    keep: bool,
    resume: bool,
    console: Console,
    base: Path | None = None,
) -> int:
    """Hold a night and return the exit code: 0 exact, 1 not, 130 interrupted.

    Raises:
        UserError: wrong settings or a machine that cannot run it.
    """

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False)

    # Wrong input fails before anything starts.
    warehouse = None if resume else open_new_warehouse(options, say)
    paths = ProjectPaths.of_project(base)
    lake = preflight.lake_address(os.environ.get("LAKE_PATH"))
    preflight.check_night(paths, resume=resume, lake_path=lake)
    contest = None
    if not resume:
        options = spool_register(options, paths.var / "register", say)
        contest = read_contest(options)
    machine = Machine(base, say=say)
    try:
        return _run(machine, options, contest, warehouse, keep=keep, console=console, say=say)
    except Exception as error:
        if not machine.supervisor.was_asked:
            raise
        # A second Ctrl-C takes the servers away from under whoever still writes things down.
        explain(error, paths.logs)
        say(GOES_ON)
        return INTERRUPTED_EXIT


def _run(
    machine: Machine,
    options: GeneratorSettings,
    contest: Contest | None,
    warehouse: NightWarehouse | None,
    *,
    keep: bool,
    console: Console,
    say: Callable[[str], None],
) -> int:
    with (
        machine.supervisor.signals(gently=True),
        machine,
    ):
        with attach.connect(machine.environment(), "app") as admin:
            nights.lay_out_warehouse(admin)
            if contest is None or warehouse is None:
                night = nights.find(admin, resumable=True)
                options = nights.options_of(night)
                contest = read_contest(options)
                warehouse = open_night_warehouse(night.settings)
                warehouse.prepare(say)
                nights.go_on(admin, night.night_id)
                say(f"continuing night {night.night_id}")
            else:
                night = _new_night(admin, machine, options, contest, warehouse)
        # Until this night has one, there is none: an older verdict is not this night's.
        (machine.paths.var / "summary.json").unlink(missing_ok=True)
        say(f"{contest.title}, 1:{contest.scale}, speed {options.speed}, seed {options.seed}")
        make_topics(machine, night)
        with closing(_ops(machine)) as ops:
            demo = Demo(machine, night, contest, options, warehouse, ops, say)
            code = _hold_and_summarise(demo, console)
            if keep and code != INTERRUPTED_EXIT:
                _stay_up(machine, say)
        return code


def _ops(machine: Machine) -> Postgres:
    settings = PostgresSettings.model_validate(machine.environment())
    return Postgres(settings, "loader", then="RESUME=1 continues this night")


def _hold_and_summarise(demo: Demo, console: Console) -> int:
    problem: UserError | None = None
    try:
        demo.hold()
    except (InterruptedNightError, KeyboardInterrupt):
        demo.status = "interrupted"
    except UserError as error:
        demo.status = "interrupted" if demo.machine.supervisor.stop_requested else "failed"
        problem = error
    if demo.status == "interrupted":
        demo.stop_stages()
    result = demo.summarise()
    if problem and demo.status == "failed":
        result.failures.insert(0, f"{problem.what}: {problem.why}")
        demo.say("\n".join(problem.lines()))
    result.write(demo.machine.paths.var / "summary.json")
    demo.ops.run(partial(nights.set_status, night_id=demo.night.night_id, status=demo.status))
    demo.carry_ops()
    if demo.status == "interrupted":
        demo.say(GOES_ON)
        return INTERRUPTED_EXIT
    summary.show(result, summary.official_counts(demo.contest), console)
    if demo.status == "failed":
        demo.say("the night broke off; RESUME=1 continues it")
    return 0 if result.reconciliation == "pass" else 1


def _stay_up(machine: Machine, say: Callable[[str], None]) -> None:
    say("the dashboard stays up; Ctrl-C ends it")
    while not machine.supervisor.stop_requested:
        time.sleep(POLL_S)


def spool_register(
    options: GeneratorSettings, place: Path, say: Callable[[str], None]
) -> GeneratorSettings:
    """Fetch the register where REGISTER names one, and return settings that read it from disk."""
    if not options.register_url:
        return options
    from generators.register import fetch_register

    return fetch_register(options, place, say)


def read_contest(options: GeneratorSettings) -> Contest:
    """Read or invent the election that the settings name, at their scale."""
    from generators.start import contest_of  # heavy: not for `make ps`

    return contest_of(options)


def open_new_warehouse(options: GeneratorSettings, say: Callable[[str], None]) -> NightWarehouse:
    """Return the warehouse of a night to come, ready for it.

    Raises:
        UserError: it cannot be reached, or what is asked for cannot be shown there.
    """
    warehouse = open_night_warehouse()
    if warehouse.is_bigquery and spoils_raw(options.faults):
        raise UserError(
            f"FAULTS={options.faults} cannot be used with STORAGE_PREFERENCE=GCP",
            why="lose and alter change single rows of raw, which is only appended to in BigQuery",
            fix="leave them out, or show them on PostgreSQL",
        )
    warehouse.prepare(say)
    return warehouse


def read_options() -> GeneratorSettings:
    """Read what is to be held from the environment, and refuse what cannot be.

    Raises:
        UserError: a setting that does not parse, with what it takes.
    """
    from generators import fault_rates, pacing

    options = read_settings(GeneratorSettings, REGISTER_SECRET=nights.NOT_NEEDED)
    fault_rates.parse(options.faults)
    pacing.parse_speed(options.speed)
    preflight.cadence_s()
    return options


def spoils_raw(faults: str) -> bool:
    """Say whether FAULTS asks for papers to be lost or altered."""
    from generators import fault_rates

    rates = fault_rates.parse(faults)
    return bool(rates.lose or rates.alter)


def make_topics(machine: Machine, night: Night) -> None:
    """Create this night's topics, or check that they are as declared."""
    from generators.topics_admin import create_topics

    create_topics(broker_settings(machine, night))


def broker_settings(machine: Machine, night: Night) -> BrokerSettings:
    """Return where this night's topics are."""
    return BrokerSettings.model_validate(
        {"KAFKA_BOOTSTRAP_SERVERS": machine.bootstrap_servers, "TOPIC_PREFIX": night.topic_prefix}
    )


def _new_night(
    admin: psycopg.Connection[Any], machine: Machine, options: GeneratorSettings, contest: Contest,
    warehouse: NightWarehouse,
) -> Night:  # fmt: skip
    return nights.create(
        admin,
        options.model_copy(update={"scale": contest.scale}),  # people of a register make their own
        election_id=contest.election_id,
        title=contest.title,
        is_synthetic=contest.is_synthetic,
        polling_date=contest.polling_date,
        nights=machine.paths.var / "nights",
        now=datetime.now(UTC),
        lake_path=preflight.lake_address(os.environ.get("LAKE_PATH")),
        spool=options.spool_path if options.register_url else None,
        storage=warehouse.settings(),
    )
