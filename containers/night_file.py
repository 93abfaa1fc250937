"""What was decided about a night, as a file that every stage's settings read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from election.errors import UserError

NAME = "night.env"
# Made for the generator alone, and kept from everybody else's volume.
SECRET = "REGISTER_SECRET"  # noqa: S105
_NOT_IN_A_LINE = ("\n", "\r", "'", "\\", "$")


def write(folder: Path, environment: Mapping[str, str]) -> None:
    """Replace the folder's file in one step: NAME='value', a line each, without the secret.

    Raises:
        UserError: a value cannot stand in such a line.
    """
    fresh = folder / f"{NAME}.new"
    fresh.write_text(
        "".join(_line(name, environment[name]) for name in sorted(environment) if name != SECRET)
    )
    fresh.replace(folder / NAME)


def _line(name: str, value: str) -> str:
    if any(sign in value for sign in _NOT_IN_A_LINE):
        raise UserError(
            f"{name} cannot be handed to the stages",
            why="it has a quote, a dollar sign, a backslash or a line break in it",
            fix=f"choose another {name}",
        )
    return f"{name}='{value}'\n"
