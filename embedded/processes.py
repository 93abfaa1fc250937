"""Processes by identity (pid and start time), and the registry that other shells read."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

POLL_SECONDS = 0.05


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return ""


def identity(pid: int) -> str | None:
    """Return what tells a process from a later one with its pid; None if it is not running.

    On Linux boot id and start tick, which a change of the wall clock does not move.
    """
    if not _boot():
        return _identity_by_psutil(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name in parentheses may hold anything, so count fields from its end.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else f"{_boot()}-{fields[19]}"


def _identity_by_psutil(pid: int) -> str | None:
    import psutil  # the watchdog runs without it on Linux

    try:
        process = psutil.Process(pid)
        running = process.status() != psutil.STATUS_ZOMBIE
        return f"{process.create_time():.3f}" if running else None
    except psutil.Error:
        return None


@dataclass(frozen=True)
class Running:
    """A process that was seen running."""

    pid: int
    identity: str

    @classmethod
    def of(cls, pid: int) -> Running | None:
        """Return the process with this pid, None if there is none."""
        found = identity(pid)
        return cls(pid, found) if found else None

    def is_alive(self) -> bool:
        """Say whether this very process runs: a zombie or another one with its pid does not."""
        return identity(self.pid) == self.identity


def group_members(pgid: int) -> list[Running]:
    """Return the live processes of a group (Linux; elsewhere only its leader)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*") if _boot() else [Path(str(pgid))]:
        with suppress(OSError, ValueError):
            if os.getpgid(int(entry.name)) == pgid and (one := Running.of(int(entry.name))):
                found.append(one)
    return found


def descendants(pid: int) -> list[Running]:
    """Return children and their children, those that left the process group included."""
    import psutil

    try:
        pids = [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []
    return [found for child in pids if (found := Running.of(child))]


def signal_group(leader: Running, number: int) -> None:
    """Signal a process group if its leader is still the process that it was."""
    if leader.is_alive():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, number)


def end(
    leader: Running,
    stop_signal: int,
    grace_seconds: float,
    *,
    hurry: Callable[[], bool] = lambda: False,
) -> None:
    """Stop a process group: ask, wait for the grace period, then kill it and what left it.

    Args:
        leader: The group's first process; a foreign process with its pid is never touched.
        stop_signal: What asks it to stop (SIGINT for PostgreSQL, else SIGTERM).
        grace_seconds: How long it may take to obey.
        hurry: Asked while waiting; True ends the grace period.
    """
    if not leader.is_alive():
        return
    family = {one.pid: one for one in [*group_members(leader.pid), *descendants(leader.pid)]}
    family[leader.pid] = leader
    with suppress(ProcessLookupError, PermissionError):
        os.kill(leader.pid, stop_signal)
    deadline = time.monotonic() + grace_seconds
    while leader.is_alive() and time.monotonic() < deadline and not hurry():
        time.sleep(POLL_SECONDS)
    # The leader is gone or has had its time: whoever is left of its family goes now.
    signal_group(leader, signal.SIGKILL)
    kill_all([*family.values(), *group_members(leader.pid)])


def kill_all(processes: Iterable[Running], within_seconds: float = 10) -> None:
    """SIGKILL each process that is still itself, and wait until it is gone."""
    left = [one for one in processes if one.is_alive()]
    for one in left:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one.pid, signal.SIGKILL)
    deadline = time.monotonic() + within_seconds
    while any(one.is_alive() for one in left) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


@dataclass
class Entry:
    """A service as other shells see it."""

    name: str
    state: str
    pid: int | None = None
    identity: str | None = None
    started_at: str | None = None
    port: int | None = None
    version: str = ""
    restarts: int = 0
    exit_code: int | None = None
    stop_signal: int = int(signal.SIGTERM)
    log: str = ""

    @property
    def running(self) -> Running | None:
        """The process, if it is still the one that was written down."""
        if self.pid is None or self.identity is None:
            return None
        found = Running(self.pid, self.identity)
        return found if found.is_alive() else None


@dataclass
class Registry:
    """`var/run/processes.json`: the supervisor and its services."""

    supervisor: Entry
    services: list[Entry] = field(default_factory=list)

    def write(self, file: Path) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(self), indent=1) + "\n")
        fresh.replace(file)

    @classmethod
    def read(cls, file: Path) -> Registry | None:
        """Return what was last written; None if there is nothing to read."""
        try:
            raw = json.loads(file.read_text())
            services = [Entry(**entry) for entry in raw["services"]]
            return cls(supervisor=Entry(**raw["supervisor"]), services=services)
        except (OSError, ValueError, KeyError, TypeError):
            return None
