"""The marts as their YAML describes them, taken from dbt's manifest (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_GRAIN = re.compile(r"One row (?:per|for) [^.]+\.$")


@dataclass(frozen=True)
class Column:
    """A column of a mart; only a fraction has a denominator."""

    name: str
    type: str
    description: str
    unit: str
    denominator: str | None


@dataclass(frozen=True)
class Metric:
    """A word that the marts use, with what it is measured in."""

    name: str
    label: str
    description: str
    unit: str
    denominator: str | None


@dataclass(frozen=True)
class Mart:
    """A mart: what it holds, one row of what, where it comes from and who shows it."""

    name: str
    kind: str  # live, snapshots, checks or published
    description: str
    grain: str
    example: str
    columns: tuple[Column, ...]
    topics: tuple[str, ...]
    shown_by: tuple[str, ...]


def marts_of(manifest: Mapping[str, Any]) -> tuple[Mart, ...]:
    """Return every mart of a manifest (as in manifest.json), by name."""
    return tuple(
        _mart(manifest, node)
        for node in sorted(manifest["nodes"].values(), key=lambda n: str(n["name"]))
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    )


def metrics_of(manifest: Mapping[str, Any]) -> tuple[Metric, ...]:
    """Return every metric that says what it is measured in, by name."""
    metrics = sorted(manifest["metrics"].values(), key=lambda m: str(m["name"]))
    return tuple(
        Metric(m["name"], m["label"], m["description"], meta["unit"], meta.get("denominator"))
        for m in metrics
        if (meta := m["config"]["meta"]).get("unit")
    )


def _mart(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Mart:
    description = " ".join(node["description"].split())
    grain = _GRAIN.search(description)
    topics = (
        source["config"]["meta"].get("topics", ())
        for above in _above(manifest, [node["unique_id"]])
        if (source := manifest["sources"].get(above))
    )
    return Mart(
        name=node["name"],
        kind=node["fqn"][2],
        description=description[: grain.start()].strip() if grain else description,
        grain=grain.group() if grain else "",
        example=node["config"]["meta"].get("example", "").strip(),
        columns=tuple(_column(column) for column in node["columns"].values()),
        topics=tuple(sorted({topic for each in topics for topic in each})),
        shown_by=tuple(
            sorted(
                exposure["label"]
                for exposure in manifest["exposures"].values()
                if node["unique_id"] in exposure["depends_on"]["nodes"]
            )
        ),
    )


def _column(column: Mapping[str, Any]) -> Column:
    meta = column["config"]["meta"]
    return Column(
        column["name"],
        column["data_type"],
        column["description"],
        meta.get("unit", ""),
        meta.get("denominator"),
    )


def _above(manifest: Mapping[str, Any], ids: Iterable[str]) -> set[str]:
    """Return everything that these nodes are made of, themselves included."""
    found: set[str] = set()
    left = list(ids)
    while left:
        unique_id = left.pop()
        if unique_id not in found:
            found.add(unique_id)
            left += manifest["nodes"].get(unique_id, {}).get("depends_on", {}).get("nodes", [])
    return found
