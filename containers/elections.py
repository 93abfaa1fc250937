"""Official results of this machine, as the containers see them: one folder, to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from election.errors import UserError

MOUNTED_AT = "/elections"
FOLDER_VARIABLE = "ELECTION_FOLDER"
SYNTHETIC = "synthetic"
_PATHS = ("ELECTION", "CORRECTIONS", "HEXJSON")


def as_mounted(given: Mapping[str, str]) -> dict[str, str]:
    """Return the paths among the settings as they are inside, and the folder to mount (pure).

    Nothing where no path is given.

    Raises:
        UserError: a file is not in or below the folder of ELECTION.
    """
    election = given.get("ELECTION") or SYNTHETIC
    if election == SYNTHETIC:
        return {}
    folder = _whole(election).parent
    found = {FOLDER_VARIABLE: str(folder)}
    for name in _PATHS:
        if path := given.get(name):
            found[name] = _inside(name, path, folder)
    return found


def _inside(name: str, path: str, folder: Path) -> str:
    whole = _whole(path)
    if not whole.is_relative_to(folder):
        raise UserError(
            f"{name}={path} cannot be used in containers",
            why=f"they see one folder, that of ELECTION: {folder}",
            fix="put the files into one folder, or run make demo, which sees all of them",
        )
    return f"{MOUNTED_AT}/{whole.relative_to(folder)}"


def _whole(path: str) -> Path:
    return Path(path).expanduser().resolve()
