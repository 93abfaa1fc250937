"""What the project's own code asks of a warehouse: which base tables a model or a panel reads.

A view is charged for the tables below it. Read from the text of models and queries, without dbt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from transform.edition import marts_of_edition

DBT = Path(__file__).resolve().parents[2] / "dbt"
STORED = ("table", "incremental")
_REF = re.compile(r"ref\(\s*'(\w+)'\s*\)")
# A name that is put together in a loop: how it begins and, where that is said, how it ends.
_REF_OF_SEVERAL = re.compile(r"ref\(\s*'(\w+)'\s*~\s*\w+\s*(?:~\s*'(\w+)'\s*)?\)")
_WORD = re.compile(r"'(\w+)'")
_CHECKED = re.compile(r"checked\(\s*'(\w+)'\s*\)")
_SOURCE = re.compile(r"source\(\s*'(\w+)'\s*,\s*'(\w+)'\s*\)")
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\s*\(.*?%\}(.*?)\{%-?\s*endmacro", re.DOTALL)
_MATERIALIZED = re.compile(r"materialized\s*=\s*'(\w+)'")
_MART = re.compile(r"\bmarts\.(\w+)")


def stored_models() -> dict[str, frozenset[str]]:
    """Return every model that is stored, with the base tables that building it reads."""
    return {name: tables_below(name) for name in _models() if materialization(name) in STORED}


def tables_of(query: str) -> frozenset[str]:
    """Return the base tables below a query of the dashboard."""
    return _below(_MART.findall(query))


@cache
def tables_below(model: str) -> frozenset[str]:
    """Return the base tables that a model reads, through every view and shared part."""
    text = _text(model)
    sources = frozenset(f"{schema}.{table}" for schema, table in _SOURCE.findall(text))
    return sources | _below({*_REF.findall(text), *_of_several(text)} - {model})


def _of_several(text: str) -> set[str]:
    """Return the models whose names a loop puts together with the words of its text."""
    words = set(_WORD.findall(text))
    around = _REF_OF_SEVERAL.findall(text)
    return {first + word + last for first, last in around for word in words} & _models().keys()


@cache
def looks_up_offsets(model: str) -> bool:
    """Say whether building a model first asks how far it is: a query of two tables of its own."""
    return "new_offsets(" in _models()[model].read_text()


def is_published(model: str) -> bool:
    """Say whether a model is of those that not every run builds."""
    return _models()[model].parent.name == "published"


@cache
def edition() -> tuple[str, ...]:
    """Return the marts that every run copies and publishes."""
    return marts_of_edition(n for n, path in _models().items() if path.parts[-3] == "marts")


@cache
def edition_checks() -> dict[str, frozenset[str]]:
    """Return the invariants that are asked of every edition, with the copies that each reads."""
    texts = {path.stem: path.read_text() for path in sorted((DBT / "tests").rglob("*.sql"))}
    every = frozenset(edition())
    return {
        name: frozenset(_CHECKED.findall(text)) or every
        for name, text in texts.items() if "tags=['edition']" in text
    }  # fmt: skip


def materialization(model: str) -> str:
    """Return how a model is kept: its own word for it, else its folder's."""
    path = _models()[model]
    if own := _MATERIALIZED.search(path.read_text()):
        return own[1]
    node: dict[str, Any] = _project()
    found = str(node.get("+materialized", "view"))
    for part in path.relative_to(DBT / "models").parts[:-1]:
        node = node.get(part) or {}
        found = str(node.get("+materialized", found))
    return found


def tables_below_mart(mart: str) -> frozenset[str]:
    """Return the base tables that reading a mart reads: itself, where it is stored."""
    return _below([mart])


def _below(models: Iterable[str]) -> frozenset[str]:
    parts = (
        frozenset({name}) if materialization(name) in STORED else tables_below(name)
        for name in models
    )
    return frozenset().union(*parts)


@cache
def _text(model: str) -> str:
    """Return a model's text with that of the macros that it calls, which may name models too."""
    text = _models()[model].read_text()
    seen: set[str] = set()
    while called := {n for n in _macros() if n not in seen and re.search(rf"\b{n}\s*\(", text)}:
        seen |= called
        text += "".join(_macros()[name] for name in sorted(called))
    return text


@cache
def _models() -> dict[str, Path]:
    return {path.stem: path for path in sorted((DBT / "models").rglob("*.sql"))}


@cache
def _macros() -> dict[str, str]:
    files = sorted((DBT / "macros").rglob("*.sql"))
    return {name: body for file in files for name, body in _MACRO.findall(file.read_text())}


@cache
def _project() -> dict[str, Any]:
    settings = yaml.safe_load((DBT / "dbt_project.yml").read_text())
    found: dict[str, Any] = settings["models"]["tallyhouse"]
    return found
