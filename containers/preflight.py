"""What is looked at before containers are started; each refusal has its fix (probes injected)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from election.errors import UserError
from embedded.doctor import Finding

GIB = 2**30
# What is installed into the six images came to 2.7 GB, 1.1 of them Spark's; beside that are the
# base images, the builds' own layers, and the nights.
FREE_BYTES = 12 * GIB
OLDEST_COMPOSE = (2, 24)  # profiles, `up --wait` and one-shots as this project uses them
CORES = 2


@dataclass(frozen=True)
class Daemon:
    """What `docker info` says."""

    version: str
    memory_bytes: int
    cores: int


@dataclass(frozen=True)
class Probes:
    """How this machine is looked at; every one returns, whatever is wrong."""

    client: Callable[[], bool]
    daemon: Callable[[], Daemon | str]  # or why it does not answer
    compose: Callable[[], str | None]
    needed_bytes: Callable[[], int]
    free_bytes: Callable[[], int]
    is_free: Callable[[int], bool]
    published_by_us: Callable[[], frozenset[int]]


def examine(probes: Probes, ports: Mapping[str, str]) -> list[Finding]:
    """Run every check that can be run.

    Args:
        probes: The machine.
        ports: Port by the variable that sets it, as DASHBOARD_PORT.
    """
    if not probes.client():
        return [Finding("docker", "no docker on the PATH", False, _NO_DOCKER)]
    daemon = probes.daemon()
    if isinstance(daemon, str):
        return [Finding("daemon", daemon, False, _NO_DAEMON)]
    return [
        Finding("daemon", f"Docker {daemon.version}", True),
        _compose(probes.compose()),
        _memory(daemon, probes.needed_bytes()),
        _cores(daemon),
        _disk(probes.free_bytes()),
        *_ports(probes, ports),
    ]


def refuse(findings: list[Finding]) -> None:
    """Refuse to start on the first finding that is not well.

    Raises:
        UserError: what was found, and what to do.
    """
    for finding in findings:
        if not finding.is_well:
            raise UserError(
                "the containers cannot be started",
                why=f"{finding.check}: {finding.found}",
                fix=finding.fix,
            )


_NO_DOCKER = "install Docker with its Compose plugin, or run make demo, which needs none"
_NO_DAEMON = (
    "start Docker (its desktop application, or `systemctl start docker`) and see that you may use"
    " it; or run make demo, which needs none"
)


def _compose(version: str | None) -> Finding:
    fix = f"install Docker's Compose plugin, {'.'.join(map(str, OLDEST_COMPOSE))} or newer"
    if version is None:
        return Finding("compose", "no Compose plugin", False, fix)
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:2])
    return Finding("compose", f"Compose {version}", numbers >= OLDEST_COMPOSE, fix)


def _memory(daemon: Daemon, needed: int) -> Finding:
    return Finding(
        "memory",
        f"{daemon.memory_bytes / GIB:.1f} GiB for Docker, {needed / GIB:.1f} GiB to be used",
        daemon.memory_bytes >= needed,
        "give Docker more memory (desktop application: Settings, Resources), or start a part alone,"
        " as make start-infra",
    )


def _cores(daemon: Daemon) -> Finding:
    fix = f"give Docker {CORES} cores or more: two executors of Spark wait for one each"
    return Finding("cores", f"{daemon.cores} for Docker", daemon.cores >= CORES, fix)


def _disk(free: int) -> Finding:
    return Finding(
        "disk",
        f"{free / GIB:.1f} GiB free, {FREE_BYTES / GIB:.0f} GiB wanted",
        free >= FREE_BYTES,
        "free some space; `docker system df` shows what Docker keeps. Nothing is pruned for you:"
        " it may be another project's",
    )


def _ports(probes: Probes, ports: Mapping[str, str]) -> Iterator[Finding]:
    ours = probes.published_by_us()
    for variable, text in ports.items():
        if not text.isdecimal() or not 1024 <= int(text) <= 65_535:
            fix = f"write {variable}=<a number from 1024 to 65535>"
            yield Finding(f"{variable}={text}", "no port", False, fix)
        elif int(text) in ours:
            yield Finding(f"port {text}", "used by our own container", True)
        else:
            well = probes.is_free(int(text))
            fix = f"write {variable}=<another port>, or stop what uses {text}"
            yield Finding(f"port {text}", "free" if well else "busy", well, fix)
