"""The declared datasets and tables as files of the Terraform module `warehouse` (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from election.bigquery import DATASETS, resource
from election.tables import Table


def warehouse_files(tables: Iterable[Table]) -> dict[str, str]:
    """Return the text of every file by its path below the module's folder."""
    of_tables = {f"tables/{t.schema}/{t.name}.json": _text(resource(t)) for t in tables}
    return {"datasets.json": _text(DATASETS)} | of_tables


def _text(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
