"""The project's documentation as one HTML file, made without a database."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from dbt.cli.main import dbtRunner

from election.errors import UserError
from transform.settings import PROJECT

DOCUMENT = PROJECT.parent / "var" / "docs" / "marts.html"
_QUIET = ("--quiet", "--no-version-check", "--log-level-file", "none")


def write_documentation(document: Path = DOCUMENT) -> Path:
    """Write every model, column and test, with the lineage, as one page; return its path.

    Raises:
        UserError: the project does not parse.
    """
    with TemporaryDirectory() as target:
        places = (
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", target,
        )  # fmt: skip
        for command in (
            ("parse",),
            ("docs", "generate", "--static", "--no-compile", "--empty-catalog"),
        ):
            result = dbtRunner().invoke([*_QUIET, *command, *places])
            if not result.success:
                raise UserError(
                    "the documentation could not be made",
                    why=" ".join(str(result.exception or "dbt did not say why").split())[:500],
                    fix="run `dbt parse --project-dir dbt --profiles-dir dbt` to see all of it",
                )
        document.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(target) / "static_index.html", document)
    return document
