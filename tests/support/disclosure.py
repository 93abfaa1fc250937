"""An attacker on tables of people: everything published, and what adding and subtracting tells.

Who attacks knows, at each look, the cells that were said then, how many people of the region had a
ballot (places and hours are never withheld), and that both tables are about the same people: each
sex has one total. Two looks are two sets of unknowns, so that what one of them tells is found by
linear algebra, and a change between two looks by comparing with what was last known of a cell.

The register never changes: what any look said of it stays known, and all looks are one set of
unknowns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

FEWEST = 10
Cell = tuple[str, str, str]
"""Table, line (an age, a qualification) and sex."""
Choice = tuple[str, str]
"""Qualification and party."""
REFUSED = "-"


@dataclass(frozen=True)
class Look:
    """One region at one time.

    Attributes:
        said: Ballots issued of the cells that are said at this look, not of those said earlier.
        issued: The true ballots issued, of every cell of both tables.
        registered: The true electors, of every cell of both tables.
    """

    said: Mapping[Cell, int]
    issued: Mapping[Cell, int]
    registered: Mapping[Cell, int]


def disclosures(looks: Sequence[Look]) -> Iterator[str]:
    """Yield a line for each group of people under ten that somebody can work out, look by look.

    A group is a cell, a line, or what of a sex is not said in a table. It is too small if fewer
    than ten people are in it, or fewer than ten more than were known before, or if fewer than ten
    of its electors are not; and at last if fewer than ten are on its register.
    """
    known: dict[Cell, int] = {}
    followed: dict[frozenset[Cell], int] = {}
    for number, look in enumerate(looks):
        equations = _Equations.of(look.said, look.issued)
        for name, group in _groups(look.issued, look.said):
            people = equations.solve(group)
            if people is None:
                continue
            said_before = sum(known.get(cell, 0) for cell in group)
            before = max(said_before, followed.get(frozenset(group), 0))
            followed[frozenset(group)] = people
            left = sum(look.registered[cell] for cell in group) - people
            if people < FEWEST or people - before < FEWEST or left < FEWEST:
                yield f"look {number}, {name}: {people} people, {before} before, {left} others"
        known |= look.said
    yield from _small_registers(looks[-1].registered, known)


def poll_disclosures(
    truth: Mapping[Choice, int], shown: Mapping[Choice, int], totals: Mapping[str, int]
) -> Iterator[str]:
    """Yield a line for each group of under ten answers of an exit poll that somebody can work out.

    How many answers there are in all is known: it is the number of messages.

    Args:
        truth: Answers of every qualification and party, and those that name none.
        shown: Those of them that are published.
        totals: Published answers that name a party, by qualification.
    """
    equations = _Equations(list(truth))
    equations.add(dict.fromkeys(truth, 1), sum(truth.values()))
    for choice, answers in shown.items():
        equations.add({choice: 1}, answers)
    of_level = defaultdict(list)
    for level, party in truth:
        if party != REFUSED:
            of_level[level].append((level, party))
    for level, answers in totals.items():
        equations.add(dict.fromkeys(of_level[level], 1), answers)
    groups = [(f"cell {choice}", [choice]) for choice in truth]
    groups += [(f"all of {level}", choices) for level, choices in of_level.items()]
    for level, choices in of_level.items():
        groups.append((f"the rest of {level}", [c for c in choices if c not in shown]))
        groups += [(f"all of {level} but {c}", [d for d in choices if d != c]) for c in choices]
    unsaid = [c for level, choices in of_level.items() if level not in totals for c in choices]
    groups.append(("qualifications without a total", unsaid))
    groups.append(("refused", [c for c in truth if c[1] == REFUSED and c not in shown]))
    for name, group in groups:
        people = equations.solve(group) if group else None
        if people is not None and people < FEWEST:
            yield f"{name}: {people} answers"


def _small_registers(registered: Mapping[Cell, int], said: Collection[Cell]) -> Iterator[str]:
    """Yield a line for each group of under ten electors, once everything has been said."""
    register = {cell: registered[cell] for cell in said}
    equations = _Equations.of(register, registered)
    for name, group in _groups(registered, register):
        electors = equations.solve(group)
        if electors is not None and electors < FEWEST:
            yield f"register, {name}: {electors} electors"


def _groups(cells: Collection[Cell], said: Collection[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    lines, unsaid = defaultdict(list), defaultdict(list)
    for cell in cells:
        table, line, sex = cell
        yield f"cell {cell}", [cell]
        lines[table, line].append(cell)
        if cell not in said:
            unsaid[table, sex].append(cell)
    yield from ((f"line {key}", cells) for key, cells in lines.items())
    yield from ((f"the rest of {key}", cells) for key, cells in unsaid.items())


class _Equations:
    """What is known of a count of people: rows of coefficients with their sum, reduced."""

    def __init__(self, cells: Sequence[Hashable]) -> None:
        self._cells = list(cells)
        self._rows: list[list[Fraction]] = []

    @classmethod
    def of(cls, said: Mapping[Cell, int], truth: Mapping[Cell, int]) -> _Equations:
        """Return what follows of the truth: what was said, the region's total, one total a sex."""
        made = cls(list(truth))
        for cell, people in said.items():
            made.add({cell: 1}, people)
        tables = sorted({table for table, _, _ in truth})
        for table in tables:
            of_table = [cell for cell in truth if cell[0] == table]
            everybody = sum(truth[cell] for cell in of_table)
            made.add(dict.fromkeys(of_table, 1), everybody)
        for sex in sorted({sex for _, _, sex in truth}):
            for one, other in pairwise(tables):
                signs = {one: 1, other: -1}
                same = {c: signs[c[0]] for c in truth if c[2] == sex and c[0] in signs}
                made.add(same, 0)
        return made

    def add(self, coefficients: Mapping[Any, int], total: int) -> None:
        row = self._reduced([Fraction(coefficients.get(c, 0)) for c in self._cells] + [total])
        pivot = next((i for i, value in enumerate(row[:-1]) if value), None)
        if pivot is not None:
            self._rows.append([value / row[pivot] for value in row])

    def solve(self, group: Sequence[Hashable]) -> int | None:
        """Return how many people are in a group, None if that does not follow."""
        row = self._reduced([Fraction(cell in group) for cell in self._cells] + [Fraction(0)])
        return None if any(row[:-1]) else -int(row[-1])

    def _reduced(self, row: list[Fraction]) -> list[Fraction]:
        for known in self._rows:
            pivot = next(i for i, value in enumerate(known) if value)
            if factor := row[pivot]:
                row = [a - factor * b for a, b in zip(row, known, strict=True)]
        return row
