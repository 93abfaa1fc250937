"""The CPU time of a process and of all that it began."""

from __future__ import annotations

from contextlib import suppress

import psutil


def cpu_of_family(process: psutil.Process) -> float:
    """Return the seconds of a process, of its descendants and of those of them that have ended.

    Asked again where one ends meanwhile: what it has used is then its parent's, which may have been
    read before.

    Raises:
        psutil.NoSuchProcess: the process itself has ended.
    """
    while True:
        with suppress(psutil.NoSuchProcess):
            family = (process, *process.children(recursive=True))
            return float(sum(sum(one.cpu_times()[:4]) for one in family))
        if not process.is_running():
            raise psutil.NoSuchProcess(process.pid)
