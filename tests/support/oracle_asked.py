"""The oracle asked about a night that is up, once what comes late has had its time."""

from __future__ import annotations

from contextlib import suppress

from faults.oracle.checks import Sent
from faults.oracle.oracle import Oracle
from support.waiting import wait_until
from support.whole_night import WholeNight

AGREES_WITHIN_S = 60.0


def ask_oracle(night: WholeNight, sent: Sent | None = None) -> list[str]:
    """Return what differs for good; bronze and its accounts come some seconds behind."""
    oracle, found = Oracle.of(night), ["not asked"]

    def agrees() -> bool:
        found[:] = oracle.differences(sent)
        return not found

    with suppress(AssertionError):  # what differs then is returned
        wait_until(agrees, seconds=AGREES_WITHIN_S, every=2, what="the oracle agrees")
    return found
