"""What a module needs to run: every module of ours that it comes to import, and whose else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Needs:
    """Modules of ours by dotted name, and top-level names of libraries."""

    ours: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)

    @property
    def packages(self) -> set[str]:
        """The top-level folders that our modules are in."""
        return {name.split(".")[0] for name in self.ours}


def needs_of(modules: Iterable[str], *, apart: str = "") -> Needs:
    """Follow the imports of modules, those inside functions too.

    Args:
        modules: Where to begin.
        apart: A package of ours whose libraries are installed apart, where it is used.
    """
    found, left = Needs(), list(modules)
    while left:
        name = left.pop()
        if name in found.ours:
            continue
        found.ours.add(name)
        for imported in _imports(_file_of(name)):
            if ours := _ours(imported):
                left += [ours, *_parents(ours)]
            elif name.split(".")[0] == apart:
                continue
            elif (top := imported.split(".")[0]) not in sys.stdlib_module_names:
                found.libraries.add(top)
    return found


def _imports(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text())
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _ours(dotted: str) -> str | None:
    """Return the longest part of a dotted name that is a module of ours."""
    parts = dotted.split(".")
    if not (ROOT / parts[0] / "__init__.py").exists():
        return None
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((name for name in names if _file_of(name).is_file()), None)


def _file_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]
