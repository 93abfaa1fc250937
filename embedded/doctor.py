"""Checks of this machine, each with its fix."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import psutil
from rich.table import Table

from election.errors import UserError
from embedded import jars
from embedded.java import find_java
from embedded.machine import FREE_BYTES, PROJECT_PORTS
from embedded.paths import ProjectPaths
from embedded.ports import is_free
from embedded.postgres import choose_identity, find_programs
from embedded.processes import Registry

GIB = 2**30
MEMORY_BYTES = 6 * GIB
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One check: what was found, and what to do if it is not well."""

    check: str
    found: str
    is_well: bool
    fix: str = ""


def examine(paths: ProjectPaths) -> list[Finding]:
    """Run every check; none raises."""
    return [finding for check in CHECKS for finding in check(paths)]


def findings_table(findings: list[Finding]) -> Table:
    """Lay the findings out for a terminal."""
    table = Table("check", "", "found", "what to do")
    for one in findings:
        mark = "[green]ok[/]" if one.is_well else "[red]no[/]"
        table.add_row(one.check, mark, one.found, "" if one.is_well else one.fix)
    return table


def _python(_: ProjectPaths) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    well = sys.version_info[:2] >= OLDEST_PYTHON
    yield Finding("Python", found, well, "install Python 3.11 or later")


def _java(paths: ProjectPaths) -> Iterator[Finding]:
    try:
        java = find_java(paths)
    except UserError as error:
        yield Finding("Java", error.why, False, error.fix)
    else:
        yield Finding("Java", f"{java.version} from {java.source}", True)


def _jars(paths: ProjectPaths) -> Iterator[Finding]:
    for wanted in jars.ALL:
        problems = jars.problems(wanted, paths)
        found = (
            problems[0] if problems else f"{len(jars.expected(wanted))} jars, SHA-256 as expected"
        )
        fix = f"delete {paths.jars / wanted.name}, then `make setup` with the network on"
        yield Finding(f"jars of {wanted.name}", found, not problems, fix)


def _postgres(paths: ProjectPaths) -> Iterator[Finding]:
    try:
        programs = find_programs()
        identity = choose_identity(paths.var / "postgres", programs.folder / "postgres")
    except UserError as error:
        yield Finding("PostgreSQL", error.why, False, error.fix)
        return
    who = "you" if identity.user is None else f"uid {identity.user}"
    who = "a user namespace" if identity.wrapper else who
    yield Finding("PostgreSQL", f"{programs.version}, runs as {who}", True)


def _disk(paths: ProjectPaths) -> Iterator[Finding]:
    free = shutil.disk_usage(paths.root).free
    fix = f"free at least {FREE_BYTES / GIB:.0f} GiB, or `make clean`"
    yield Finding("disk", f"{free / GIB:.1f} GiB free", free >= FREE_BYTES, fix)


def _memory(_: ProjectPaths) -> Iterator[Finding]:
    free = psutil.virtual_memory().available
    fix = "close other programs: a whole night takes up to 6 GiB"
    yield Finding("memory", f"{free / GIB:.1f} GiB available", free >= MEMORY_BYTES, fix)


def _ports(paths: ProjectPaths) -> Iterator[Finding]:
    registry = Registry.read(paths.run / "processes.json")
    ours = {e.port: e.name for e in registry.services if e.running} if registry else {}
    for name, port in PROJECT_PORTS.items():
        if port in ours:
            yield Finding(f"port {port}", f"used by our {ours[port]}", True)
        else:
            found = "free" if is_free(port) else f"busy: {name} will take the next free one"
            yield Finding(f"port {port}", found, True)


def _packages(_: ProjectPaths) -> Iterator[Finding]:
    for name in ("pyspark", "confluent-kafka", "dlt", "dbt-core", "streamlit"):
        try:
            yield Finding(name, version(name), True)
        except PackageNotFoundError:
            yield Finding(name, "not installed", False, "`make setup`")


CHECKS: tuple[Callable[[ProjectPaths], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _java,
    _jars,
    _postgres,
    _disk,
    _memory,
    _ports,
)
