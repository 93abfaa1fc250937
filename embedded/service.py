"""What a service is, and when it is started again (pure: time is an argument)."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from election.errors import UserError

Restart = Literal["always", "on-failure", "never"]


@dataclass(frozen=True)
class Service:
    """A process to keep: its command, what it needs first, how its health shows.

    `needs` names services that must be healthy before the first start. `healthy` is called
    about ten times a second until it says True and must return within two seconds; without
    it a process is healthy as soon as it runs. `prepare` runs before every start. A process
    that exits with 2 (a user error) is never started again: it would only repeat itself.
    `max_failures` bounds the failures in a row; None means 5 before it was ever healthy, and
    no bound after that. `wrapper` stands before the command (`unshare …`) and outside the
    parent-death signal.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    healthy: Callable[[], bool] | None = None
    prepare: Callable[[], None] | None = None
    restart: Restart = "always"
    ready_within_seconds: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_seconds: float = 20
    max_failures: int | None = None
    version: str = ""
    port: int | None = None
    user: int | None = None
    wrapper: tuple[str, ...] = ()
    cwd: str | None = None

    def wants_restart(self, exit_code: int) -> bool:
        """Say whether this end is to be followed by another start."""
        if self.restart == "never" or exit_code == UserError.exit_code:
            return False
        return self.restart == "always" or exit_code != 0


@dataclass(frozen=True)
class BackOff:
    """Delays between restarts: doubling, bounded, forgotten after a stable time."""

    first_seconds: float = 0.5
    factor: float = 2.0
    longest_seconds: float = 15.0
    stable_seconds: float = 60.0

    def delay(self, failures: int) -> float:
        """Return how long to wait after this many failures in a row (1 is the first)."""
        return min(self.first_seconds * self.factor ** (failures - 1), self.longest_seconds)

    def failures_after(self, failures: int, ran_seconds: float) -> int:
        """Count one more failure in a row; a long healthy run begins a new row."""
        return 1 if ran_seconds >= self.stable_seconds else failures + 1


def start_order(services: Iterable[Service]) -> list[list[Service]]:
    """Return the services in levels: each needs only those of the levels before.

    Raises:
        ValueError: A need is unknown or the needs form a circle.
    """
    left = {service.name: service for service in services}
    levels: list[list[Service]] = []
    while left:
        level = [s for s in left.values() if not any(need in left for need in s.needs)]
        known = {s.name for done in levels for s in done} | set(left)
        missing = sorted({n for s in left.values() for n in s.needs} - known)
        if missing or not level:
            raise ValueError(f"needs that cannot be met: {', '.join(missing or sorted(left))}")
        levels.append(level)
        for service in level:
            del left[service.name]
    return levels
