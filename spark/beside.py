"""Work done on a thread of its own, one piece at a time, while its owner goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Beside:
    """A thread for one owner's work; what fails there is raised to the owner.

    Args:
        name: Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._doing: Future[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Say whether work is being done."""
        return self._doing is not None and not self._doing.done()

    def do(self, work: Callable[[], None]) -> None:
        """Begin work, once the piece before it is done; raises what that one raised."""
        self.settle()
        self._doing = self._thread.submit(work)

    def settle(self) -> None:
        """Return when nothing is being done; raises what the last piece raised."""
        if (doing := self._doing) is not None:
            doing.result()

    def raise_if_failed(self) -> None:
        """Raise what the last piece raised, if it is done; any thread may ask."""
        if (doing := self._doing) is not None and doing.done():
            doing.result()

    def close(self) -> None:
        """End when nothing is being done; it does not matter any more whether it failed."""
        self._thread.shutdown()
