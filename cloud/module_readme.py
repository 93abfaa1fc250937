"""terraform/README.md, from what Terraform's files say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cloud import hcl
from cloud.rights import RIGHTS_FILE, Right, read_rights

INTRODUCTION = Path(__file__).with_name("module_readme.md")


def module_readme(root: Path) -> str:
    """Return the text of terraform/README.md: the introduction, then rights, root and modules."""
    lines = [INTRODUCTION.read_text().rstrip(), ""]
    lines += ["## Rights of whoever deploys", ""]
    lines += _rights(read_rights(RIGHTS_FILE.read_text()))
    lines += ["## Variables", "", *_variables(root, with_default=True)]
    lines += ["## Outputs", "", *_outputs(root)]
    for folder in hcl.folders(root)[1:]:
        lines += [f"## Module {folder.name}", "", *_resources(folder)]
        lines += [*_variables(folder, with_default=False), *_outputs(folder)]
    return "\n".join(lines).rstrip() + "\n"


def _rights(rights: Iterable[Right]) -> Iterator[str]:
    yield from _table(
        ("for", "role", "on", "permissions used"),
        (
            (
                "always" if right.switch == "default" else f"`with_{right.switch}`",
                f"`{right.role}`",
                right.on,
                ", ".join(f"`{permission}`" for permission in right.permissions),
            )
            for right in rights
        ),
    )


def _variables(folder: Path, *, with_default: bool) -> Iterator[str]:
    head = ("variable", "type", "default", "what it is")
    rows = (
        (f"`{name}`", f"`{_expression(body['type'])}`", _default(body), body["description"])
        for name, body in hcl.named(folder, "variable").items()
    )
    if with_default:
        yield from _table(head, rows)
    else:
        yield from _table((head[0], head[1], head[3]), ((row[0], row[1], row[3]) for row in rows))


def _outputs(folder: Path) -> Iterator[str]:
    yield from _table(
        ("output", "what it is"),
        ((f"`{name}`", body["description"]) for name, body in hcl.named(folder, "output").items()),
    )


def _resources(folder: Path) -> Iterator[str]:
    yield from _table(
        ("resource", "name"),
        ((f"`{of_type}`", f"`{name}`") for of_type, name, _ in hcl.resources(folder)),
    )


def _expression(text: str) -> str:
    return text.removeprefix("${").removesuffix("}")


def _default(body: dict[str, Any]) -> str:
    return f"`{json.dumps(body['default'])}`" if "default" in body else "must be given"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns, lines = list(head), [_row(row) for row in rows]
    if lines:
        yield from (_row(columns), _row(["---"] * len(columns)), *lines, "")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
