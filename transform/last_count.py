"""The count in full at a night's end, as `python -m transform night` makes it.

Strangers may send messages as long as there is a broker. A count during which any arrived has
proved nothing, and one before they arrived is not the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from election.errors import PassingError, UserError
from transform.outcome import Outcome

LOOK_EVERY_S = 2.0
STALLED_AFTER_S = 180.0
TRIES = 3

Offsets = Mapping[tuple[str, int], int]


class Reached(NamedTuple):
    """How far raw and the ledgers are: the next offset by topic and partition."""

    landed: Offsets
    tallied: Offsets

    @property
    def is_even(self) -> bool:
        """Both have the same messages."""
        return self.landed == self.tallied


class Night(Protocol):
    """What is asked of the night; see `transform.ledger.Ledger`."""

    def reached(self) -> Reached:
        """Return how far raw and the ledgers are."""
        ...

    def behind(self, tallied: Offsets) -> int:
        """Return how many messages the count has and the live tables have not."""
        ...

    def is_complete(self) -> bool:
        """Say whether the night's controller has its verdict."""
        ...


def came_meanwhile(before: Reached, after: Reached) -> Outcome:
    """Return what becomes of a count between two looks: nothing it says holds if they differ."""
    if before == after:
        return Outcome("pass")
    return Outcome("error", problems=("messages came while they were counted",))


def count_to_the_end(
    night: Night, count: Callable[[Reached], Outcome], *,
    look_every_s: float = LOOK_EVERY_S, stalled_after_s: float = STALLED_AFTER_S,
) -> None:  # fmt: skip
    """Count in full, and again whenever more has come, until the night is complete.

    Args:
        night: Asked how far it is.
        count: Counts in full all that was reached, and writes down what it came to.
        look_every_s: Seconds between two looks.
        stalled_after_s: Seconds for which a hop may get nothing of what it lacks.

    Raises:
        PassingError: some counts in a row broke off.
        UserError: a hop does not get what another one has.
    """
    counted: Reached | None = None
    broke_off, before, moved = 0, None, time.monotonic()
    while not night.is_complete():
        reached = night.reached()
        lacks = "" if reached == counted else _lacks(night, reached)
        if (reached, lacks) != before:
            before, moved = (reached, lacks), time.monotonic()
        elif lacks and time.monotonic() - moved > stalled_after_s:
            raise UserError(
                "the night cannot be counted in full",
                why=f"{lacks}, for {stalled_after_s:.0f} s now",
                fix="read the logs of Spark and ingestion, then let the night go on",
            )
        if lacks or reached == counted:
            time.sleep(look_every_s)
            continue
        if count(reached).verdict != "error":
            counted, broke_off = reached, 0
            continue
        broke_off += 1
        if broke_off == TRIES:
            raise PassingError(
                "the last count did not come to its end",
                why=f"{TRIES} of them broke off, or messages kept coming",
                fix="read the log of dbt, then start the stage again",
            )


def _lacks(night: Night, reached: Reached) -> str:
    """Return what a count in full would have to wait for, in words; nothing: it can begin."""
    if not reached.is_even:
        return "raw and the count are not equally far"
    if behind := night.behind(reached.tallied):  # BigQuery's are written a few times a minute
        return f"the live tables are {behind:,} messages behind the count"
    return ""
