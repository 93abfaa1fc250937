"""Asking a person before something is made, paid for or deleted."""

from __future__ import annotations

import sys

from cloud.settings import ConsentSettings
from election.errors import UserError


def agreed(consent: ConsentSettings, question: str) -> bool:
    """Return whether a person agrees; `YES=1` has said so beforehand.

    Raises:
        UserError: nobody can be asked.
    """
    if consent.yes:
        return True
    if not sys.stdin.isatty():
        raise UserError(
            "nobody can be asked", why=f"{question} There is no terminal", fix="say it with YES=1"
        )
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
