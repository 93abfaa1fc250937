"""The count in full at a night's end, where nobody else starts it: `python -m transform night`.

Strangers may send messages as long as there is a broker. A count during which any arrived has
proved nothing, and one before they arrived is not the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event
from typing import NamedTuple, Protocol

from election.errors import PassingError
from transform.outcome import Outcome

LOOK_EVERY_S = 2.0
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

    def is_complete(self) -> bool:
        """Say whether the night's controller has its verdict."""
        ...


def came_meanwhile(before: Reached, after: Reached) -> Outcome:
    """Return what becomes of a count between two looks: nothing it says holds if they differ."""
    if before == after:
        return Outcome("pass")
    return Outcome("error", problems=("messages came while they were counted",))


def count_to_the_end(
    stop: Event, night: Night, count: Callable[[Reached], Outcome], *,
    look_every_s: float = LOOK_EVERY_S,
) -> None:  # fmt: skip
    """Count in full, and again whenever more has come, until the night is complete.

    Args:
        stop: Set to end at once.
        night: Asked how far it is.
        count: Counts in full all that was reached, and writes down what it came to.
        look_every_s: Seconds between two looks.

    Raises:
        PassingError: some counts in a row broke off.
    """
    counted: Reached | None = None
    broke_off = 0
    while not stop.is_set() and not night.is_complete():
        reached = night.reached()
        if reached == counted or not reached.is_even:
            stop.wait(look_every_s)
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
