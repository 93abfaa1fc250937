"""Declarations that came since the reader last looked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, int]  # a seat and the version of its declaration


def key_of(declaration: Mapping[str, Any]) -> Key:
    """Return what tells a declaration from every other."""
    return declaration["constituency_id"], declaration["declaration_version"]


@dataclass(frozen=True)
class Look:
    """What the reader had seen at the last look, and what was new then."""

    seen: frozenset[Key]
    new: frozenset[Key] = frozenset()

    @classmethod
    def first(cls, declarations: Iterable[Mapping[str, Any]]) -> Look:
        """Return the look of who has just come: nothing is new."""
        return cls(frozenset(map(key_of, declarations)))

    def waiting(self, declarations: Iterable[Mapping[str, Any]]) -> frozenset[Key]:
        """Return those that came since."""
        return frozenset(map(key_of, declarations)) - self.seen

    def shown(self, declarations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return those of the last look, in their order: a list that is read stays still."""
        return [d for d in declarations if key_of(d) in self.seen]

    def again(self, declarations: Iterable[Mapping[str, Any]]) -> Look:
        """Return the next look, which sees them all."""
        waiting = self.waiting(declarations)
        return Look(self.seen | waiting, waiting)
