"""Docker Compose's command lines for this project alone, and which services a part has (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.paths import PROJECT_ROOT

PROJECT = "tallyhouse"
FILE = PROJECT_ROOT / "docker-compose.yml"


@dataclass(frozen=True)
class Part:
    """Services that are started together.

    `stays` is waited for until it is healthy, with all that it needs. `ends` comes to its end by
    itself, at once or at the end of the night: it is started afterwards and not waited for.
    """

    profiles: tuple[str, ...]
    stays: tuple[str, ...]
    ends: tuple[str, ...] = ()


PARTS: dict[str, Part] = {
    "infra": Part(("infra",), ("redpanda", "console", "postgres")),
    "streaming": Part(
        ("streaming",), ("spark-master", "spark-worker", "spark-processor", "ingestion"),
        ends=("generator",),
    ),
    "batch": Part(("batch",), ("dbt",), ends=("verdict",)),
    "dashboard": Part(("dashboard",), ("dashboard",)),
}  # fmt: skip
EVERYTHING = "all"
NIGHT = "night"  # the profile of everything but the batch job, for plain `docker compose up`
# What works for one night: another one begins when these have stopped.
STAGES = ("generator", "verdict", "spark-processor", "ingestion", "dbt")
SETUP = "night-setup"
LAKE = "spark-batch"


def choose_profile(file: Path) -> str:
    """Say in a file of Compose's variables what `docker compose up` starts; return what was done.

    What a person has chosen there stays, and commands that name their profiles do not look at it.
    """
    text = file.read_text() if file.is_file() else ""
    if any(line.startswith("COMPOSE_PROFILES=") for line in text.splitlines()):
        return f"{file.name} has a COMPOSE_PROFILES of its own, which stays"
    before = text if not text or text.endswith("\n") else text + "\n"
    file.write_text(f"{before}COMPOSE_PROFILES={NIGHT}\n")
    return f"{file.name} says COMPOSE_PROFILES={NIGHT}"


def part(name: str) -> Part:
    """Return a part by its name; `all` is every one of them."""
    if name != EVERYTHING:
        return PARTS[name]
    parts = PARTS.values()
    return Part(
        tuple(profile for one in parts for profile in one.profiles),
        tuple(service for one in parts for service in one.stays),
        tuple(service for one in parts for service in one.ends),
    )


def command(*words: str, profiles: Iterable[str] = ()) -> list[str]:
    """Return `docker compose …` on this project: its name, its file, nothing else."""
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    return ["docker", "compose", "--project-name", PROJECT, "--file", str(FILE), *chosen, *words]


def up(one: Part) -> list[list[str]]:
    """Return the commands that start a part."""
    wait = command("up", "--detach", "--wait", *one.stays, profiles=one.profiles)
    # What they need is up by then, and is not to be looked at a second time.
    later = command("up", "--detach", "--no-deps", *one.ends, profiles=one.profiles)
    return [wait, later] if one.ends else [wait]


def on_everything(*words: str) -> list[str]:
    """Return a command on all services, whatever is up."""
    return command(*words, profiles=part(EVERYTHING).profiles)


def reserved_bytes(config: Mapping[str, Any]) -> int:
    """Return the memory that services are expected to use together.

    Args:
        config: As `docker compose config --format json` prints it for chosen profiles.
    """
    total = 0
    for service in config.get("services", {}).values():
        deploy = service.get("deploy") or {}
        reserved = (deploy.get("resources") or {}).get("reservations") or {}
        total += int(reserved.get("memory", 0)) * int(deploy.get("replicas") or 1)
    return total
