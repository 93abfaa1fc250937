"""Generated passwords, kept in one ignored file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from election.errors import UserError


@dataclass(frozen=True, repr=False)
class Passwords:
    """PostgreSQL's passwords by role; never printed."""

    admin: str
    loader: str
    transform: str
    reader: str

    @classmethod
    def generate(cls) -> Passwords:
        """Return new random passwords."""
        return cls(**{field.name: secrets.token_urlsafe(24) for field in fields(cls)})

    @classmethod
    def read(cls, file: Path) -> Passwords:
        """Return the passwords in a file.

        Raises:
            UserError: It is not there or not readable as passwords.
        """
        try:
            return cls(**json.loads(file.read_text())["postgres"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise UserError(
                f"the passwords of the database in {file.parent} cannot be read",
                why=f"{file}: {type(problem).__name__}",
                fix="put the file back, or `make clean` to begin with an empty database",
            ) from problem

    def write(self, file: Path) -> None:
        """Write the file, readable by its owner alone from its first byte on."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(json.dumps({"postgres": self.__dict__}, indent=1) + "\n")
        fresh.replace(file)

    def __repr__(self) -> str:
        return "Passwords(...)"
