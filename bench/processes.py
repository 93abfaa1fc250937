"""What a process and everything that it started takes of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Taken:
    """Of one process: its program, its proportional set size, its open files.

    Sizes are in bytes; `shared` is what of the size is a share of memory that processes have in
    common, as PostgreSQL has its buffers.
    """

    program: str
    pss: int
    shared: int
    files: int


def taken_by(pid: int) -> Iterator[Taken]:
    """Yield what each process of a family takes; one that ends meanwhile is left out."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            size = process.memory_full_info().pss
            yield Taken(process.name(), size, _shared(process.pid), process.num_fds())
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue


def _shared(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, size = line.partition(":")
        if name == "Pss_Shmem":
            return int(size.removesuffix("kB")) * 1024
    return 0
