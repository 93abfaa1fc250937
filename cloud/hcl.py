"""Terraform's files as data: what they declare, without Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions

_OPTIONS = SerializationOptions(
    with_comments=False, explicit_blocks=False, strip_string_quotes=True
)


@cache
def parse(path: Path) -> dict[str, list[Any]]:
    """Return a file's blocks by kind, not to be changed: strings plain, expressions as `${...}`."""
    with path.open() as file:
        return hcl2.load(file, serialization_options=_OPTIONS)


def blocks(folder: Path, kind: str) -> Iterator[Any]:
    """Yield every block of a kind in a folder's own .tf files, by file name and place."""
    for path in sorted(folder.glob("*.tf")):
        yield from parse(path).get(kind, [])


def named(folder: Path, kind: str) -> dict[str, Any]:
    """Return blocks with one name each, such as variables and outputs, in the files' order."""
    return {name: body for block in blocks(folder, kind) for name, body in block.items()}


def local_values(folder: Path) -> dict[str, Any]:
    """Return a folder's local values, of all its `locals` blocks."""
    return {name: value for block in blocks(folder, "locals") for name, value in block.items()}


def resources(folder: Path) -> Iterator[tuple[str, str, Any]]:
    """Yield type, name and body of a folder's resources; a data source's type is `data.<type>`."""
    for kind, before in (("resource", ""), ("data", "data.")):
        for block in blocks(folder, kind):
            for of_type, by_name in block.items():
                for name, body in by_name.items():
                    yield before + of_type, name, body


def folders(root: Path) -> list[Path]:
    """Return the root and its modules."""
    return [root, *sorted(path for path in (root / "modules").iterdir() if path.is_dir())]


def resource_types(root: Path) -> set[str]:
    """Return the types of all resources and data sources of a root and its modules."""
    return {of_type for folder in folders(root) for of_type, _, _ in resources(folder)}
