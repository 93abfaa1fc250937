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
    return consent.yes or _asked(question, "say it with YES=1")


def agreed_to_deletions(consent: ConsentSettings, question: str, otherwise: str) -> bool:
    """Return whether a person agrees that things go; `DELETE=1` has said so, `YES=1` has not.

    Args:
        consent: What was said beforehand.
        question: What goes.
        otherwise: How to keep it.

    Raises:
        UserError: it was not said beforehand, and nobody can be asked.
    """
    if consent.delete:
        return True
    fix = f"{otherwise}; or, if it should go, say it with DELETE=1"
    if consent.yes:
        raise UserError(
            question, why="YES=1 agrees to what is made and paid for, and to no deletion", fix=fix
        )
    return _asked(question, fix)


def _asked(question: str, fix: str) -> bool:
    if not sys.stdin.isatty():
        raise UserError("nobody can be asked", why=f"{question} There is no terminal", fix=fix)
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
