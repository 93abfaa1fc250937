"""Checking an ElectionReport: against the schema, and that every reference leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker

FILE = Path(__file__).resolve().parents[2] / "exports" / "nist_subset.schema.json"
SCHEMA = json.loads(FILE.read_text())
REFERENCES = ("CandidateIds", "ComposingGpUnitIds", "ElectionScopeId", "ElectoralDistrictId",
              "OfficeIds", "PartyId")  # fmt: skip


def problems(report: dict[str, Any]) -> list[str]:
    """Return what is wrong with a report; [] when nothing is."""
    validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]
    entities = list(_entities(report))
    ids = [entity["@id"] for entity in entities if "@id" in entity]
    if len(ids) != len(set(ids)):
        found.append("an @id is there twice")
    known = set(ids)
    for entity in entities:
        for name in REFERENCES:
            value = entity.get(name, [])
            for target in [value] if isinstance(value, str) else value:
                if target not in known:
                    found.append(f"{entity['@type']}.{name}: {target} leads nowhere")
    return found


def official_problems(report: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return what is wrong with a report by the standard's own JSON schema."""
    validator = Draft4Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]


def beyond(schema: dict[str, Any]) -> list[str]:
    """Return what our schema allows and the standard's own does not, class by class."""
    found = []
    for name, ours in SCHEMA["$defs"].items():
        theirs = schema["definitions"][f"ElectionResults.{name}"]
        found += [f"{name}.{p}" for p in set(ours.get("properties", ())) - set(
            theirs.get("properties", ()))]  # fmt: skip
        found += [f"{name} without {p}" for p in set(theirs.get("required", ())) - set(
            ours.get("required", ()))]  # fmt: skip
        found += [f"{name}: {word}" for word in set(ours.get("enum", ())) - set(
            theirs.get("enum", ()))]  # fmt: skip
    return found


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _entities(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _entities(inner)
