"""No more requests a second than allowed, retries included."""

from __future__ import annotations

import time
from collections.abc import Callable


class RequestRate:
    """Keeps requests apart.

    Args:
        a_second: How many requests a second at most.
        clock: Seconds that never go back.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        a_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart_s = 1 / a_second
        self._clock = clock
        self._sleep = sleep
        self._next_at: float | None = None

    def wait(self) -> None:
        """Return when the next request may go out."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            self._sleep(self._next_at - now)
            now = self._next_at
        self._next_at = now + self._apart_s
