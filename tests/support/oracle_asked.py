"""The oracle asked about a night that is up, once what lands late has had its time."""

from __future__ import annotations

from contextlib import suppress

from faults.oracle.checks import Sent
from faults.oracle.oracle import Oracle
from support.waiting import wait_until
from support.whole_night import WholeNight

BRONZE_WITHIN_S = 60.0


def ask_oracle(night: WholeNight, sent: Sent | None = None) -> list[str]:
    """Return what differs; bronze, which lands some seconds behind, is waited for."""
    oracle, found = Oracle.of(night), ["not asked"]

    def agrees() -> bool:
        found[:] = oracle.differences(sent)
        return not any(line.startswith("bronze") for line in found)

    with suppress(AssertionError):  # what is missing then is among the differences
        wait_until(agrees, seconds=BRONZE_WITHIN_S, every=2, what="bronze has landed")
    return found
