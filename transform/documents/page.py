"""What dbt's page shows beyond the manifest: units, grain, lineage in words, examples (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from transform.documents.described import Mart, marts_of
from transform.documents.dictionary import measured_in

_OVERVIEW = "doc.dbt.__overview__"
_PLACES = ('"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"')
_WELCOME = """# Tallyhouse: the marts

Search for any table, column or word at the top. Open `Exposures` for the pages that people see, a
model for its columns with units, its grain and an example query; the round button at the lower
right draws the lineage, from the tables in which topics land to pages and exports.

"""


def enrich(manifest: Mapping[str, Any], glossary: str) -> dict[str, Any]:
    """Return a manifest that says in its descriptions what dbt's page has no place for.

    Args:
        manifest: As in manifest.json.
        glossary: Markdown, shown on the first page.
    """
    new: dict[str, Any] = json.loads(json.dumps(manifest))
    marts = {mart.name: mart for mart in marts_of(manifest)}
    for node in new["nodes"].values():
        if mart := marts.get(node["name"]):
            node["description"] = _of_mart(mart)
            node["meta"] = {}  # would show the example once more, cut off
            for column in mart.columns:
                unit = measured_in(column.unit, column.denominator)
                node["columns"][column.name]["description"] = f"{column.description} [{unit}]"
    for source in new["sources"].values():
        if topics := source["config"]["meta"].get("topics"):
            source["description"] += f"\n\n**From topics:** {', '.join(topics)}"
    new["docs"][_OVERVIEW] = {
        **new["docs"][_OVERVIEW], "block_contents": f"{_WELCOME}#{glossary}"
    }  # fmt: skip
    return new


def _of_mart(mart: Mart) -> str:
    return "\n\n".join(
        (
            mart.description,
            f"**Grain:** {mart.grain}",
            f"**From topics:** {', '.join(mart.topics) or 'none'}",
            f"**Shown by:** {', '.join(mart.shown_by) or 'no page'}",
            f"**Example:**\n\n```sql\n{mart.example}\n```",
        )
    )


def assemble(index: str, manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> str:
    """Return dbt's page with its data inside: one file that asks for nothing else.

    Raises:
        ValueError: the page has no place for the data.
    """
    for place, data in zip(_PLACES, (manifest, catalog), strict=True):
        if place not in index:
            raise ValueError(f"dbt's page has no {place}")
        # A closing tag inside a description would end the script.
        index = index.replace(place, json.dumps(data).replace("</", "<\\/"))
    return index
