"""This machine's Docker, asked by its own command line (I/O)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from containers import compose
from containers.preflight import Daemon, Probes
from embedded.paths import PROJECT_ROOT
from embedded.ports import is_free

ASK_SECONDS = 30


def probes(profiles: tuple[str, ...], environment: Mapping[str, str]) -> Probes:
    """Return how this machine is looked at for some profiles."""
    return Probes(
        client=lambda: shutil.which("docker") is not None,
        daemon=_daemon,
        compose=lambda: _said(["docker", "compose", "version", "--short"]),
        needed_bytes=lambda: _needed(profiles, environment),
        free_bytes=_free_bytes,
        is_free=is_free,
        published_by_us=_published,
    )


def _daemon() -> Daemon | str:
    done = _ask(["docker", "info", "--format", "{{json .}}"])
    found: dict[str, Any] = _json(done.stdout)
    if done.returncode or not found.get("ServerVersion"):
        errors = found.get("ServerErrors") or [done.stderr.strip() or "no answer"]
        return str(errors[0]).splitlines()[0]
    return Daemon(found["ServerVersion"], int(found["MemTotal"]), int(found["NCPU"]))


def _free_bytes() -> int:
    """Where the daemon keeps things if that is a folder here, else where the project is."""
    root = Path(_said(["docker", "info", "--format", "{{.DockerRootDir}}"]) or "/nowhere")
    try:
        return shutil.disk_usage(root).free
    except OSError:
        return shutil.disk_usage(PROJECT_ROOT).free


def _needed(profiles: tuple[str, ...], environment: Mapping[str, str]) -> int:
    command = compose.command("config", "--format", "json", profiles=profiles)
    return compose.reserved_bytes(_json(_ask(command, environment).stdout))


def _published() -> frozenset[int]:
    said = _said(compose.on_everything("ps", "--format", "json")) or ""
    rows = [_json(line) for line in said.splitlines() if line.startswith("{")]
    return frozenset(
        int(port["PublishedPort"]) for row in rows for port in row.get("Publishers") or ()
    )


def _said(command: list[str]) -> str | None:
    done = _ask(command)
    return None if done.returncode else done.stdout.strip()


def _ask(
    command: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=ASK_SECONDS,
            env=None if environment is None else {**os.environ, **environment},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _json(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return found
