"""What a process and everything that it started takes of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Taken:
    """Of one process: its program, its proportional set size in bytes, its open files."""

    program: str
    pss: int
    files: int


def taken_by(pid: int) -> Iterator[Taken]:
    """Yield what each process of a family takes; one that ends meanwhile is left out."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            yield Taken(process.name(), process.memory_full_info().pss, process.num_fds())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
