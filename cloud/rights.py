"""Rights that a deployment takes, and which of them are missing (pure)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

RIGHTS_FILE = Path(__file__).resolve().parents[1] / "terraform" / "rights.json"
DEFAULT = "default"
PROJECT = "project"
BILLING_ACCOUNT = "billing account"


@dataclass(frozen=True)
class Right:
    """A role that gives some permissions on the project or billing account, for a switch."""

    switch: str
    on: str
    role: str
    permissions: tuple[str, ...]
    resources: tuple[str, ...]


def read_rights(text: str) -> tuple[Right, ...]:
    """Return the rights that rights.json declares, in its order."""
    return tuple(
        Right(
            switch, entry["on"], entry["role"], tuple(entry["permissions"]),
            tuple(entry["resources"]),
        )
        for switch, entries in json.loads(text).items()
        for entry in entries
    )  # fmt: skip


def switches(rights: Iterable[Right]) -> list[str]:
    """Return the switches that something can be made by, in their order."""
    return list(dict.fromkeys(r.switch for r in rights if r.switch != DEFAULT))


def needed(rights: Iterable[Right], on: Collection[str]) -> list[Right]:
    """Return what the defaults and the given switches take."""
    return [right for right in rights if right.switch in {DEFAULT, *on}]


def permissions(rights: Iterable[Right], place: str) -> list[str]:
    """Return the permissions needed on `project` or `billing account`, each once, sorted."""
    return sorted({p for right in rights if right.on == place for p in right.permissions})


def missing(rights: Iterable[Right], held: Mapping[str, Collection[str]]) -> list[str]:
    """Return a sentence for every role of which a permission is missing.

    Args:
        rights: What is needed.
        held: The permissions that the deployer has, by `project` and `billing account`.
    """
    return [
        f"{_for(right.switch)} needs {', '.join(lacking)} on the {right.on}: grant {right.role}"
        for right in rights
        if (lacking := [p for p in right.permissions if p not in held.get(right.on, ())])
    ]


def _for(switch: str) -> str:
    return "every deployment" if switch == DEFAULT else f"with_{switch}"
