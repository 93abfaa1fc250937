"""The machine in the background: one daemon per `var` folder, started and stopped by id."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from election.errors import UserError
from embedded.machine import Machine
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.processes import POLL_SECONDS, Registry, Running, end
from embedded.supervisor import sweep

LOG = logging.getLogger(__name__)
START_SECONDS = 300
STOP_SECONDS = 90
SERVICES = {"kafka", "postgres"}


def serve(paths: ProjectPaths, base: Path | None, say: Callable[[str], None]) -> None:
    """Run the machine until a signal ends it: what `start` puts into the background."""
    machine = Machine(base, say=say)
    with machine.supervisor.signals(), suppress(KeyboardInterrupt), machine:
        say("ready")
        machine.supervisor.wait_stop()
    say("stopped")


def start(paths: ProjectPaths, base: Path | None, say: Callable[[str], None]) -> None:
    """Start the daemon and return when broker and PostgreSQL are healthy.

    Raises:
        UserError: The daemon ended or did not become ready; its own words are passed on.
    """
    if daemon(paths):
        say(f"already running in {paths.var}")
        return
    paths.logs.mkdir(parents=True, exist_ok=True)
    log = paths.logs / "supervisor.log"
    command = [sys.executable, "-m", "embedded", *(["--var", str(base)] if base else []), "serve"]
    with log.open("ab") as out:
        position = out.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        )
    try:
        _follow(process, log, position, say)
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _follow(
    process: subprocess.Popen[bytes], log: Path, position: int, say: Callable[[str], None]
) -> None:
    """Pass the daemon's lines on until it is ready."""
    deadline = time.monotonic() + START_SECONDS
    said: list[str] = []
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(position)
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            for line in lines.read().splitlines():
                if line == "ready":
                    return
                said.append(line)
                if not line.startswith(("error: ", "  why: ", "  do:  ")):
                    say(line)
            if ended:
                raise _daemon_error(said, log)
            time.sleep(POLL_SECONDS)
    raise UserError(
        "broker and PostgreSQL are not ready",
        why=f"no answer within {START_SECONDS} s",
        fix=f"read {log}, then `make doctor`",
    )


def _daemon_error(said: list[str], log: Path) -> UserError:
    parts = {line[:7].strip(): line[7:] for line in said}
    return UserError(
        parts.get("error:", "broker and PostgreSQL did not start"),
        why=parts.get("why:", said[-1] if said else "the background process said nothing"),
        fix=parts.get("do:", f"read {log}, then `make doctor`"),
    )


def stop(paths: ProjectPaths, say: Callable[[str], None]) -> None:
    """Stop the daemon and, should it have died, whatever it left; only processes of ours."""
    registry_file = paths.run / "processes.json"
    running = daemon(paths)
    if running:
        end(running, signal.SIGTERM, STOP_SECONDS)
    left = sweep(registry_file)
    if left:
        say(f"ended what a dead supervisor had left: {', '.join(left)}")
    say(f"stopped (pid {running.pid})" if running else "nothing was running")


def daemon(paths: ProjectPaths) -> Running | None:
    """Return the process that supervises this folder, if one runs."""
    registry = Registry.read(paths.run / "processes.json")
    return registry.supervisor.running if registry else None
