"""What a driver says that must not write any more."""

from __future__ import annotations

from election.errors import UserError


class FencedError(UserError):
    """Another driver has taken this night over."""


def fenced(why: str) -> FencedError:
    """Return the error of a driver that finds another one's writing."""
    return FencedError(
        "another driver counts this night",
        why=why,
        fix="nothing is lost: the newer one goes on from the ledgers; leave this one stopped",
    )
