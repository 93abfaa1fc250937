"""Passwords of the containers' users: random, made once, a file each, as Compose mounts them."""

from __future__ import annotations

import secrets
from pathlib import Path

from containers.access import SERVICES

NAMES = (
    "kafka_admin_password",
    *(f"kafka_{service}_password" for service in SERVICES),
    *(f"postgres_{role}_password" for role in ("admin", "loader", "transform", "reader")),
)


def make(folder: Path) -> None:
    """Make the secrets that are not there yet.

    Compose mounts a file as it is, and containers run as users that the machine does not know:
    they must be able to read it. So each file may be read by all, in a folder that only its owner
    may enter.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in NAMES:
        file = folder / name
        if not file.exists():
            fresh = folder / f".{name}.new"
            fresh.write_text(secrets.token_urlsafe(24))
            fresh.chmod(0o444)
            fresh.replace(file)
