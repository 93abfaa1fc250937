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
            sizes = _sizes(process.pid)
            yield Taken(process.name(), sizes["Pss"], sizes.get("Pss_Shmem", 0), process.num_fds())
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue


def _sizes(pid: int) -> dict[str, int]:
    """Return the sizes in bytes that the kernel adds up over a process's mappings, by name."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    names = (line.partition(":") for line in lines)
    return {name: int(size.removesuffix("kB")) * 1024 for name, _, size in names}
