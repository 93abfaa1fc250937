"""Ends the services when their supervisor was killed and could not do it itself.

Reads lines from standard input, a pipe that only the supervisor holds: `watch` with a process,
`forget` with a pid, `bye` before a normal end. End of file without `bye` means that it died.
"""

from __future__ import annotations

import os
import select
import signal
import time

from embedded.processes import Running, end

CHECK_SECONDS = 0.5
Watched = dict[int, tuple[Running, int, float]]


def main() -> None:
    """Watch until the supervisor says bye or dies; in its death end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: Watched = {}
    if not _listen(watched, supervisor=os.getppid()):
        died = time.monotonic()
        # Last started, first ended, as the supervisor would have done. Their grace began together:
        # where the kernel has asked all at once, each may wait in vain for a server that is gone.
        for running, stop_signal, grace_seconds in reversed(watched.values()):
            end(running, stop_signal, grace_seconds - (time.monotonic() - died))


def _listen(watched: Watched, *, supervisor: int) -> bool:
    """Follow the supervisor's lines; True after bye, False when it is gone."""
    buffer = b""
    while True:
        # Its pipe may live on in a forked child of its own: its pid does not.
        readable, _, _ = select.select([0], [], [], CHECK_SECONDS)
        if readable:
            chunk = os.read(0, 65_536)
            if not chunk:
                return False
            *lines, buffer = (buffer + chunk).split(b"\n")
            if any(_obey(watched, line.decode().split()) for line in lines):
                return True
        elif os.getppid() != supervisor:
            return False


def _obey(watched: Watched, words: list[str]) -> bool:
    match words:
        case ["watch", pid, identity, stop_signal, grace_seconds]:
            running = Running(int(pid), identity)
            watched[running.pid] = (running, int(stop_signal), float(grace_seconds))
        case ["forget", pid]:
            watched.pop(int(pid), None)
        case ["bye"]:
            return True
    return False


if __name__ == "__main__":
    main()
