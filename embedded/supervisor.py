"""Keeps services running: start by health, restart with back-off, stop in reverse order."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO, Literal

from election.errors import UserError
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.processes import (
    Entry,
    Registry,
    Running,
    end,
    group_members,
    kill_all,
)
from embedded.service import BackOff, Service, start_order

LOG = logging.getLogger(__name__)
TICK_SECONDS = 0.1
FLAG_POLL_SECONDS = 0.02
# Never healthy yet: enough tries for a database that must wait for its dead predecessor,
# few enough that a stage with a typing error is reported within half a minute.
FIRST_START_FAILURES = 5
LOG_TAIL_LINES = 15
LOG_BYTES = 50 * 2**20

State = Literal[
    "waiting", "starting", "ready", "restarting", "done", "failed", "stopping", "stopped"
]
ENDED: tuple[State, ...] = ("done", "failed", "stopped")


@dataclass
class Child:
    """A service and what has become of it."""

    service: Service
    log: Path
    state: State = "waiting"
    process: subprocess.Popen[bytes] | None = None
    running: Running | None = None
    started_at: datetime | None = None
    spawned: float = 0.0
    first_spawned: float | None = None
    was_ready: bool = False
    due: float = 0.0
    failures: int = 0
    restarts: int = 0
    exit_code: int | None = None
    problem: str = ""
    wanted: bool = True

    def entry(self) -> Entry:
        """Return what other shells may know."""
        return Entry(
            name=self.service.name,
            state=self.state,
            pid=self.running.pid if self.running else None,
            identity=self.running.identity if self.running else None,
            started_at=self.started_at.isoformat(timespec="seconds") if self.started_at else None,
            port=self.service.port,
            version=self.service.version,
            restarts=self.restarts,
            exit_code=self.exit_code,
            stop_signal=int(self.service.stop_signal),
            log=str(self.log),
        )


class Flag:
    """An event that a signal handler may set: `threading.Event.set` can deadlock there.

    The handler runs in the main thread, which may hold the event's lock in `wait` just then.
    """

    def __init__(self) -> None:
        self._raised = False

    def set(self) -> None:
        """Raise the flag for good."""
        self._raised = True

    def is_set(self) -> bool:
        """Say whether it was raised."""
        return self._raised

    def wait(self, seconds: float) -> bool:
        """Return True as soon as it is raised, False when the time is over."""
        deadline = time.monotonic() + seconds
        while not self._raised and time.monotonic() < deadline:
            time.sleep(FLAG_POLL_SECONDS)
        return self._raised


class Supervisor:
    """Runs services of one `var` folder; use as a context manager, or `open` and `close`.

    All processes are spawned, watched and ended by one thread: the kernel's parent-death
    signal follows the thread that started a process, so that thread must outlive it.
    Tests open it without `background` and call `tick` themselves.
    """

    def __init__(
        self,
        paths: ProjectPaths,
        *,
        say: Callable[[str], None] = LOG.info,
        clock: Callable[[], float] = time.monotonic,
        back_off: BackOff | None = None,
    ) -> None:
        self.paths = paths
        self.registry_file = paths.run / "processes.json"
        self._say = say
        self._clock = clock
        self._back_off = back_off or BackOff()
        self._children: dict[str, Child] = {}
        self._changed = threading.Condition(threading.RLock())
        self._asked = Flag()
        self._stop = Flag()
        self._hurry = Flag()
        self._interruptible = False
        self._crash: Exception | None = None
        self._thread: threading.Thread | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock_file: IO[str] | None = None
        self._written: Registry | None = None

    # -- life -------------------------------------------------------------------------------

    def __enter__(self) -> Supervisor:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, *, background: bool = True) -> Supervisor:
        """Take the folder's lock, end what a dead supervisor left, begin to supervise.

        Args:
            background: False starts neither thread nor watchdog: the caller ticks.

        Raises:
            UserError: Another supervisor runs this folder.
        """
        self._take_lock()
        sweep(self.registry_file)
        if not background:
            return self
        self._watchdog = _start_watchdog(self.paths.logs)
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop everything, in reverse order; returns when nothing is left."""
        if self._lock_file is None:
            return  # never opened, or closed before: nothing here is ours
        self._stop.set()
        if self._thread:
            self._thread.join()
        else:
            self._stop_all()
        self._thread = None
        if self._watchdog:
            self._tell_watchdog("bye")
            self._watchdog.communicate()
            self._watchdog = None
        self._lock_file.close()
        self._lock_file = None

    def request_stop(self) -> None:
        """Ask for the end, from a signal handler or any thread; a second call skips the grace."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def wait_stop(self) -> None:
        """Return when the end was asked for."""
        # A time-out, so that a signal's handler runs in the main thread.
        while not self._stop.wait(TICK_SECONDS):
            pass

    @property
    def stop_requested(self) -> bool:
        """True once the end was asked for."""
        return self._asked.is_set() or self._stop.is_set()

    @property
    def was_asked(self) -> bool:
        """True once a person or the system asked, by a signal that was to be taken gently."""
        return self._asked.is_set()

    @contextmanager
    def signals(self, *, gently: bool = False) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM ask for the end; a second Ctrl-C kills without grace.

        Args:
            gently: The first signal only makes `stop_requested` true: the caller still needs
                some services, to write down how far it came, and closes afterwards.
        """

        def handle(*_: object) -> None:
            first = not self.stop_requested
            if first and gently:
                self._asked.set()
            else:
                self.request_stop()
            if first and self._interruptible:
                raise KeyboardInterrupt

        names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {name: signal.signal(name, handle) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Inside, the first signal also raises KeyboardInterrupt: a download ends at once."""
        before, self._interruptible = self._interruptible, True
        try:
            yield
        finally:
            self._interruptible = before

    # -- services ---------------------------------------------------------------------------

    def add(self, *services: Service) -> None:
        """Add services; each starts as soon as what it needs is healthy.

        Those that come after the end was asked for are stopped from the beginning.

        Raises:
            ValueError: A name is taken, a need is unknown, or needs form a circle.
        """
        with self._changed:
            present = [child.service for child in self._children.values()]
            names = [service.name for service in [*present, *services]]
            if len(set(names)) != len(names):
                raise ValueError(f"a service name is taken: {', '.join(names)}")
            start_order([*present, *services])
            for service in services:
                log = self.paths.logs / f"{service.name}.log"
                child = self._children[service.name] = Child(service=service, log=log)
                if self._stop.is_set():
                    child.state = "stopped"

    def entries(self) -> list[Entry]:
        """Return the state of every service, in the order they were added."""
        with self._changed:
            return [child.entry() for child in self._children.values()]

    def wait_ready(self, *names: str) -> None:
        """Return when the named services (all, if none is named) are healthy or done.

        Raises:
            UserError: One failed or did not become healthy in time, or a stop was asked for.
        """
        for child in self._wait(names, ("ready", "done"), unless=self._asked):
            if child.state not in ("ready", "done"):
                raise _failure(child)

    def retire(self, *names: str) -> None:
        """Stop the named services and keep them stopped; return when they are gone."""
        with self._changed:
            for name in names:
                self._children[name].wanted = False
        self._wait(names, ENDED)

    def remove(self, *names: str) -> None:
        """Stop the named services and forget them, so that their names are free again."""
        self.retire(*names)
        with self._changed:
            for name in names:
                del self._children[name]

    def revive(self, *names: str) -> None:
        """Let ended services start again; `wait_ready` says when they are healthy."""
        with self._changed:
            for child in (self._children[name] for name in names):
                child.wanted, child.failures = True, 0
                if child.state in ENDED and not self._stop.is_set():
                    child.state = "waiting"

    def wait_done(self, *names: str) -> dict[str, int | None]:
        """Return exit codes when the named services have ended for good (or a stop came)."""
        ended = self._wait(names, ENDED)
        return {child.service.name: child.exit_code for child in ended}

    def _wait(
        self, names: tuple[str, ...], until: Iterable[State], unless: Flag | None = None
    ) -> list[Child]:
        final = {*until, "failed", "stopped"}
        with self._changed:
            wanted = [self._children[name] for name in names or self._children]
            # A time-out lets the main thread run its signal handlers between two waits.
            while any(child.state not in final for child in wanted):
                if unless and unless.is_set():
                    break
                self._changed.wait(TICK_SECONDS)
            if self._crash:
                raise RuntimeError("the supervisor's thread has died") from self._crash
            return wanted

    # -- the one thread ---------------------------------------------------------------------

    def _supervise(self) -> None:
        try:
            while not self._stop.wait(TICK_SECONDS):
                self.tick()
        except Exception as crash:
            LOG.exception("the supervisor failed: stopping everything")
            self._crash = crash
            self._stop.set()
        finally:
            self._stop_all()

    def tick(self) -> None:
        """Look at every service once: reap, start what is due, ask for health."""
        with self._changed:
            children = list(self._children.values())
        for child in children:
            self._step(child)
        self._publish()

    def _step(self, child: Child) -> None:
        now = self._clock()
        if child.process is not None and _has_exited(child.process):
            self._reap(child, now)
        elif not child.wanted and child.state not in ENDED:
            child.state = "stopping"
            self._end(child)
            child.state = "stopped"
        elif child.state == "starting":
            self._check_health(child, now)
        elif child.state == "waiting":
            if all(self._children[need].state in ("ready", "done") for need in child.service.needs):
                self._spawn(child, now)
        elif child.state == "restarting" and now >= child.due:
            child.restarts += 1
            self._spawn(child, now)

    def _spawn(self, child: Child, now: float) -> None:
        service = child.service
        if child.first_spawned is None:
            child.first_spawned = now
            port = f", 127.0.0.1:{service.port}" if service.port else ""
            self._say(f"starting {service.version or service.name}{port}")
        child.spawned = now
        try:
            if service.prepare:
                service.prepare()
            child.process = self._popen(child)
        except Exception as problem:  # whatever it is, other services go on
            LOG.debug("%s cannot be started", service.name, exc_info=True)
            child.problem = str(problem)
            self._after_end(child, now, stable_seconds=0.0, words=child.problem)
            return
        child.running = Running.of(child.process.pid)
        child.started_at = datetime.now(UTC)
        child.state = "starting" if service.healthy else "ready"
        child.was_ready = child.was_ready or child.state == "ready"
        if child.running:
            self._tell_watchdog(
                f"watch {child.running.pid} {child.running.identity} "
                f"{int(service.stop_signal)} {service.stop_grace_seconds}"
            )

    def _popen(self, child: Child) -> subprocess.Popen[bytes]:
        service = child.service
        death_signal = _death_signal(service.stop_signal)
        with _open_log(child.log) as log:
            return subprocess.Popen(
                [*service.wrapper, *death_signal, *service.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **service.environment},
                cwd=service.cwd,
                start_new_session=True,
                user=service.user,
                group=service.user,
                extra_groups=None if service.user is None else [],
            )

    def _check_health(self, child: Child, now: float) -> None:
        service = child.service
        if service.healthy and _asks_well(service):
            took = self._clock() - child.spawned
            again = f" again (restart {child.restarts})" if child.restarts else ""
            child.state, child.was_ready = "ready", True
            self._say(f"{service.name} is healthy{again} after {took:.1f} s")
        elif child.was_ready or child.first_spawned is None:
            return  # a restart has all the time it needs: log recovery may take long
        elif now - child.first_spawned > service.ready_within_seconds:
            self._say(f"{service.name} is not healthy after {service.ready_within_seconds:.0f} s")
            self._end(child)
            child.state = "failed"

    def _reap(self, child: Child, now: float) -> None:
        assert child.process is not None
        service = child.service
        # While the leader is a zombie nobody else can have its group's number.
        kill_all(group_members(child.process.pid))
        code = child.exit_code = child.process.wait()
        self._tell_watchdog(f"forget {child.process.pid}")
        stable_seconds = now - child.spawned if child.state == "ready" else 0.0
        child.process = child.running = None
        if service.wants_restart(code):
            self._after_end(child, now, stable_seconds, _exit_words(code))
            return
        child.state = "done" if code == 0 else "failed"
        if code:
            self._say(f"{service.name} ended with {_exit_words(code)}: see {child.log}")

    def _after_end(self, child: Child, now: float, stable_seconds: float, words: str) -> None:
        name = child.service.name
        child.failures = self._back_off.failures_after(child.failures, stable_seconds)
        if self._gives_up(child, now):
            child.state = "failed"
            self._say(f"{name} ended {child.failures} times in a row ({words}): giving up")
            return
        delay = self._back_off.delay(child.failures)
        child.state, child.due = "restarting", now + delay
        self._say(f"{name} ended with {words}: restart in {delay:.1f} s")

    def _gives_up(self, child: Child, now: float) -> bool:
        limit = child.service.max_failures
        if child.was_ready:
            return limit is not None and child.failures > limit
        late = now - (child.first_spawned or now) > child.service.ready_within_seconds
        return late or child.failures > (FIRST_START_FAILURES if limit is None else limit)

    def _stop_all(self) -> None:
        with self._changed:
            for child in self._children.values():
                if child.state not in ENDED:
                    child.state = "stopping"
            levels = start_order(child.service for child in self._children.values())
        self._publish()
        for level in reversed(levels):
            enders = [
                threading.Thread(target=self._end, args=(self._children[service.name],))
                for service in level
                if self._children[service.name].process
            ]
            for ender in enders:
                ender.start()
            for ender in enders:
                ender.join()
        for child in self._children.values():
            if child.state == "stopping":
                child.state = "stopped"
        self._publish()

    def _end(self, child: Child) -> None:
        if child.process is None:
            return
        service = child.service
        if child.running:
            grace_seconds = service.stop_grace_seconds
            end(child.running, service.stop_signal, grace_seconds, hurry=self._hurry.is_set)
        kill_all(group_members(child.process.pid))
        child.exit_code = child.process.wait()
        self._tell_watchdog(f"forget {child.process.pid}")
        child.process = child.running = None

    # -- what others see --------------------------------------------------------------------

    def _publish(self) -> None:
        if self._lock_file is None:
            return  # the registry belongs to whoever holds the lock
        with self._changed:
            me = Running.of(os.getpid())
            state = "stopping" if self._stop.is_set() else "running"
            if self._stop.is_set() and all(c.state in ENDED for c in self._children.values()):
                state = "stopped"
            supervisor = Entry(name="supervisor", state=state)
            if me and state != "stopped":
                supervisor.pid, supervisor.identity = me.pid, me.identity
            registry = Registry(supervisor, [child.entry() for child in self._children.values()])
            if registry != self._written:
                registry.write(self.registry_file)
                self._written = registry
                self._changed.notify_all()

    def _take_lock(self) -> None:
        self.paths.run.mkdir(parents=True, exist_ok=True)
        self._lock_file = (self.paths.run / "lock").open("a")
        try:
            flock(self._lock_file, LOCK_EX | LOCK_NB)
        except OSError:
            self._lock_file.close()
            self._lock_file = None
            registry = Registry.read(self.registry_file)
            pid = registry.supervisor.pid if registry else None
            raise UserError(
                f"something already runs in {self.paths.var}",
                why=f"its supervisor has pid {pid}",
                fix="`make ps` shows it, `make stop` ends it",
            ) from None

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog and self._watchdog.stdin:
            with suppress(BrokenPipeError):
                self._watchdog.stdin.write(line.encode() + b"\n")
                self._watchdog.stdin.flush()


def sweep(registry_file: Path) -> list[str]:
    """End what the registry says still runs though its supervisor does not; return the names."""
    registry = Registry.read(registry_file)
    if registry is None or registry.supervisor.running:
        return []
    left = [entry for entry in reversed(registry.services) if entry.running]
    for entry in left:
        if running := entry.running:
            LOG.warning("ending %s, left by a supervisor that died", entry.name)
            end(running, entry.stop_signal, grace_seconds=20)
    return [entry.name for entry in left]


def log_tail(log: Path, lines: int = LOG_TAIL_LINES) -> list[str]:
    """Return a log's last lines."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 200 * lines - 2000))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def _start_watchdog(logs: Path) -> subprocess.Popen[bytes]:
    logs.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")]))
    with (logs / "watchdog.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "embedded.watchdog"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
            # Not in our group: what kills the whole group must not kill the one who cleans up.
            start_new_session=True,
        )


def _death_signal(stop_signal: signal.Signals) -> list[str]:
    """Linux: the kernel asks the child to stop when our thread dies, watchdog or not."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if setpriv else []


def _open_log(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def _has_exited(process: subprocess.Popen[bytes]) -> bool:
    """Say whether a child has ended, leaving it a zombie where the system can."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    with suppress(ChildProcessError):
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, process.pid, flags) is not None
    return True


def _asks_well(service: Service) -> bool:
    try:
        return bool(service.healthy and service.healthy())
    except Exception as problem:  # a health check may fail in any way: it is not healthy then
        LOG.debug("%s is not healthy: %s", service.name, problem)
        return False


def _exit_words(code: int) -> str:
    with suppress(ValueError):
        if code < 0:
            return signal.Signals(-code).name
    return f"exit code {code}"


def _failure(child: Child) -> UserError:
    if child.state in ("stopping", "stopped"):
        return UserError(
            f"{child.service.name} did not become healthy",
            why="a stop was asked for meanwhile",
            fix="start again when you want it",
        )
    tail = child.problem or " | ".join(log_tail(child.log)[-3:])
    ended = f"ended with {_exit_words(child.exit_code)}" if child.exit_code else "gave no answer"
    return UserError(
        f"{child.service.name} does not start",
        why=f"it {ended}; its log ends: {tail or '(empty)'}",
        fix=f"read {child.log}, then `make doctor`",
    )
