"""The night that a deployment is filled with: begun, gone on with, or there already (I/O)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from embedded import attach, hops
from embedded.paths import PROJECT_ROOT, ProjectPaths

_NEWEST = "select night_id, status, settings, started_at, ended_at from ops.nights where is_current"


@dataclass(frozen=True)
class Newest:
    """The newest night, as `ops.nights` has it."""

    night_id: str
    status: str
    settings: Mapping[str, str]
    started_at: datetime
    ended_at: datetime | None


class NextStep(Enum):
    """What the newest night of this folder calls for."""

    BEGIN = "a new night"
    GO_ON = "the night that was interrupted"
    NOTHING = "the night is complete"


def next_step(
    paths: ProjectPaths, base: Path | None, storage: Mapping[str, str], say: Callable[[str], None]
) -> NextStep:
    """Look at the newest night: only one with the same storage is gone on with.

    `storage` are the settings that name the warehouse; the other arguments are those of `newest`.
    """
    return step_after(newest(paths, base, say), storage)


def newest(paths: ProjectPaths, base: Path | None, say: Callable[[str], None]) -> Newest | None:
    """Return the newest night of this folder; None where there was none.

    Args:
        paths: Folders of the machine.
        base: Its folder where that is not `var`.
        say: Gets the machine's lines.
    """
    if not (paths.var / "postgres" / "data").is_dir():
        return None
    with (
        attach.machine_environment(paths, base, say) as environment,
        attach.connect(environment, "app") as admin,
    ):
        row = admin.execute(_NEWEST).fetchone() if hops.is_laid_out(admin) else None
    return Newest(*row) if row else None


def step_after(found: Newest | None, storage: Mapping[str, str]) -> NextStep:
    """Return what comes after a night (pure); None: there was none."""
    if found is None or any(found.settings.get(name) != value for name, value in storage.items()):
        return NextStep.BEGIN
    return NextStep.NOTHING if found.status == "complete" else NextStep.GO_ON


def hold(base: Path | None, environment: Mapping[str, str], *, resume: bool) -> int:
    """Run `make demo` with a night's settings and return its exit code.

    A signal is passed on once, and the night ends at a boundary of its own; this waits for it.
    """
    command = [sys.executable, "-m", "embedded", *(["--var", str(base)] if base else []), "demo"]
    everything = {**os.environ, "KEEP": "0", **environment, "RESUME": "1" if resume else "0"}
    # A session of its own: Ctrl-C on a terminal would reach it twice, and twice means at once.
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=everything, start_new_session=True
    ) as process:

        def pass_on(number: int, frame: object) -> None:
            process.send_signal(number)

        before = {s: signal.signal(s, pass_on) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            return process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
