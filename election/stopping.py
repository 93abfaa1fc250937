"""Being asked to stop: a flag that SIGTERM or Ctrl-C raises, read between two batches."""

from __future__ import annotations

import signal
import time

POLL_S = 0.05


class StopRequest:
    """False until a signal comes.

    Not a `threading.Event`: its `set`, called by a signal's handler while the main thread holds
    its lock in `wait`, can block for good.
    """

    def __init__(self) -> None:
        self._asked = False

    @classmethod
    def of_signals(cls) -> StopRequest:
        """Return a flag that SIGTERM and SIGINT raise; from the main thread only."""
        request = cls()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: request.ask())
        return request

    def __call__(self) -> bool:
        """Say whether a stop was asked for."""
        return self._asked

    def ask(self) -> None:
        """Ask for the stop."""
        self._asked = True

    def wait(self, seconds: float) -> bool:
        """Return True as soon as a stop is asked for, False when the time is over."""
        deadline = time.monotonic() + seconds
        while not self._asked and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(POLL_S, left))
        return self._asked
