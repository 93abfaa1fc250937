"""The marts' descriptions for programs: what the page Data lists, as JSON (pure)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from transform.documents.described import Mart
from transform.documents.dictionary import measured_in


def render(marts: Sequence[Mart]) -> str:
    """Return every mart with kind, description, grain and columns, by name."""
    described = [
        {
            "name": mart.name,
            "kind": mart.kind,
            "description": mart.description,
            "grain": mart.grain,
            "topics": mart.topics,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "unit": measured_in(column.unit, column.denominator),
                    "description": column.description,
                }
                for column in mart.columns
            ],
        }
        for mart in marts
    ]
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"
