"""Waiting in tests: poll a condition with a deadline, never sleep and hope."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class Deadline:
    """A point in time by which something must have happened."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, 0 when passed."""
        return max(0.0, self._at - time.monotonic())

    @property
    def has_passed(self) -> bool:
        return self.left == 0.0


def wait_until(
    condition: Callable[[], Result], *, seconds: float, what: str, every: float = 0.05
) -> Result:
    """Return the condition's first true result.

    Raises:
        AssertionError: naming what did not happen in time.
    """
    deadline = Deadline(seconds)
    while True:
        if result := condition():
            return result
        if deadline.has_passed:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(min(every, deadline.left))
