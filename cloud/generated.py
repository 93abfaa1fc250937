"""The files below terraform/ that are written by a command, and what differs from them."""

from __future__ import annotations

from pathlib import Path

from cloud.module_readme import module_readme
from cloud.warehouse_files import warehouse_files
from election.tables import ALL_TABLES

TERRAFORM = Path(__file__).resolve().parents[1] / "terraform"
WAREHOUSE = Path("modules/warehouse")
README = Path("README.md")


def expected() -> dict[Path, str]:
    """Return the text that every generated file must have, by its path below terraform/."""
    texts = {WAREHOUSE / path: text for path, text in warehouse_files(ALL_TABLES).items()}
    return texts | {README: module_readme(TERRAFORM)}


def differences(root: Path = TERRAFORM) -> dict[Path, str]:
    """Return the paths that are `missing`, `different` or, for tables, `no longer declared`."""
    wanted = expected()
    found = {
        path: "missing" if not (root / path).is_file() else "different"
        for path, text in wanted.items()
        if not (root / path).is_file() or (root / path).read_text() != text
    }
    present = {path.relative_to(root) for path in (root / WAREHOUSE).rglob("*.json")}
    return found | dict.fromkeys(present - wanted.keys(), "no longer declared")


def write(root: Path = TERRAFORM) -> dict[Path, str]:
    """Make the files equal to what is expected; return what differed."""
    wanted, changed = expected(), differences(root)
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path])
        else:
            (root / path).unlink()
    return changed
