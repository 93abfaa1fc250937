"""The marts' documentation, made without a database: a page, the dictionary, and its listing."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.task.docs import DOCS_INDEX_FILE_PATH

from election.errors import UserError
from transform.documents import dictionary, listing, page
from transform.documents.described import marts_of, metrics_of
from transform.settings import PROJECT

DOCUMENT = PROJECT.parent / "var" / "docs" / "marts.html"
DOCS = PROJECT.parent / "docs"
DICTIONARY, GLOSSARY = DOCS / "data-dictionary.md", DOCS / "glossary.md"
LISTING = PROJECT.parent / "dashboard" / "marts.json"
_QUIET = ("--quiet", "--no-version-check", "--log-level-file", "none")


def write_documentation(
    document: Path = DOCUMENT, described: Path = DICTIONARY, listed: Path = LISTING
) -> list[Path]:
    """Write page, dictionary and listing; return their paths.

    Raises:
        UserError: the project does not parse.
    """
    manifest, catalog = artifacts()
    enriched = page.enrich(manifest, GLOSSARY.read_text())
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(page.assemble(Path(DOCS_INDEX_FILE_PATH).read_text(), enriched, catalog))
    marts = marts_of(manifest)
    described.write_text(dictionary.render(marts, metrics_of(manifest)))
    listed.write_text(listing.render(marts))
    return [document, described, listed]


def artifacts() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return dbt's manifest and an empty catalog, as in its JSON files.

    Raises:
        UserError: the project does not parse.
    """
    with TemporaryDirectory() as target:
        places = (
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", target,
        )  # fmt: skip
        for command in (("parse",), ("docs", "generate", "--no-compile", "--empty-catalog")):
            result = dbtRunner().invoke([*_QUIET, *command, *places])
            if not result.success:
                raise UserError(
                    "the documentation could not be made",
                    why=" ".join(str(result.exception or "dbt did not say why").split())[:500],
                    fix="run `dbt parse --project-dir dbt --profiles-dir dbt` to see all of it",
                )
        files = (Path(target) / f"{name}.json" for name in ("manifest", "catalog"))
        manifest, catalog = (json.loads(file.read_text()) for file in files)
    return manifest, catalog
