"""What a dbt invocation came to (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from warehouse.marts import Contents

Verdict = Literal["pass", "fail", "error"]

NOTHING: Contents = (0, 0)

_BROKEN = frozenset({"error", "runtime error", "partial success"})


class NodeResult(Protocol):
    """The part of dbt's result of one node that counts here."""

    status: str
    message: str | None
    failures: int | None

    @property
    def unique_id(self) -> str:
        """Return the node's id, such as `test.tallyhouse.reconciliation_passes`."""
        ...


@dataclass(frozen=True)
class Outcome:
    """Pass, fail (a test found something) or error (a node or dbt itself broke)."""

    verdict: Verdict
    failures: int = 0
    problems: tuple[str, ...] = ()
    stored: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Tables that were written: how, and which."""

    def then(self, other: Outcome) -> Outcome:
        """Return the outcome of two invocations in a row: the worse verdict, all problems."""
        verdicts: tuple[Verdict, ...] = ("pass", "fail", "error")
        worse = max(self.verdict, other.verdict, key=verdicts.index)
        return Outcome(
            worse, self.failures + other.failures, self.problems + other.problems,
            self.stored + other.stored,
        )  # fmt: skip


def judge(results: Iterable[NodeResult]) -> Outcome:
    """Sum up the results of one invocation's nodes."""
    results = list(results)
    broken = [r for r in results if str(r.status) in _BROKEN]
    failed = [r for r in results if str(r.status) == "fail"]
    problems = tuple(f"{_name(r)}: {_first_line(r)}" for r in [*broken, *failed])
    failures = sum(r.failures or 1 for r in failed) + len(broken)
    verdict: Verdict = "error" if broken else "fail" if failed else "pass"
    return Outcome(verdict, failures, problems)


def changes(before: Mapping[str, Contents], after: Mapping[str, Contents]) -> list[str]:
    """Return a line for each table whose rows are others than before, and one for the rest."""
    lines, same = [], 0
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, NOTHING), after.get(name, NOTHING)
        if old == new:
            same += 1
        else:
            lines.append(f"{name}: {old[0]:,} rows -> {new[0]:,}, not the same as before")
    return [*lines, f"{same} tables are as they were"]


def _name(result: NodeResult) -> str:
    return result.unique_id.split(".")[2]


def _first_line(result: NodeResult) -> str:
    return " ".join((result.message or str(result.status)).split())[:300]
