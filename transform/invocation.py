"""dbt inside this process: imports and parsing are paid once, not at every run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner, dbtRunnerResult

from election import crash_points
from election.errors import UserError
from transform.outcome import Outcome, judge
from transform.settings import PROJECT, TransformSettings
from warehouse.operations import MERGE, OVERWRITE

PARSED = "partial_parse.msgpack"
_WRITTEN_BY = {"table": OVERWRITE, "incremental": MERGE}
LOGIN = ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_TRANSFORM_PASSWORD")


class Dbt:
    """The project, parsed once for one night."""

    def __init__(
        self, settings: TransformSettings, night_id: str, *, is_final: bool,
        polling_date: date | None = None,
    ) -> None:  # fmt: skip
        self._flags = [
            "--project-dir", str(PROJECT),
            "--profiles-dir", str(PROJECT),
            "--target-path", str(settings.target_path),
        ]  # fmt: skip
        self._parsed = self._parse(settings)
        self._values = {
            "night_id": night_id,
            "is_final": is_final,
            "polling_date": polling_date.isoformat() if polling_date else "",
        }

    def final(self) -> Dbt:
        """Return the same project for a night with nothing to come."""
        return self._with(is_final=True)

    def of_edition(self) -> Dbt:
        """Return the same project with invariants that look at the edition beside."""
        return self._with(of_edition=True)

    def marts(self) -> list[str]:
        """Return the names of the marts."""
        nodes = self._parsed.nodes.values()
        return sorted(n.name for n in nodes if n.resource_type == "model" and n.fqn[1] == "marts")

    def unit_tests(self) -> list[str]:
        """Return the names of the unit tests."""
        return [test.name for test in self._parsed.unit_tests.values()]

    def run(self, *invocations: Sequence[str]) -> Outcome:
        """Run invocations one after the other; what one breaks the next does not mend."""
        outcome = Outcome("pass")
        for arguments in invocations:
            outcome = outcome.then(self._run(arguments))
        return outcome

    def _run(self, arguments: Sequence[str]) -> Outcome:
        # dbt notes in a manifest what it has compiled, and compiles ephemeral models once: a second
        # run of the same one would lack them.
        runner = dbtRunner(manifest=self._parsed.deepcopy(), callbacks=[_note_node])
        variables = ("--vars", json.dumps(self._values))
        result = _invoke(runner, [*arguments, *self._flags, *variables])
        nodes = getattr(result.result, "results", None)
        if nodes is not None:
            stored = tuple(found for node in nodes if (found := _stored(node)))
            return replace(judge(map(_Node, nodes)), stored=stored)
        reason = " ".join(str(result.exception or "dbt did not say why").split())
        return Outcome("error", 1, (reason[:300],))

    def _with(self, **values: bool) -> Dbt:
        other = copy(self)
        other._values = {**self._values, **values}
        return other

    def _parse(self, settings: TransformSettings) -> Any:
        """Parse what has changed since anybody parsed the project.

        Without variables and without a login, which no model needs for that: what one night's
        process has parsed then serves the next one's, on whichever machine.
        """
        here = settings.target_path / PARSED
        elsewhere = settings.parsed_path / PARSED if settings.parsed_path else None
        if elsewhere and elsewhere.exists() and not here.exists():
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(elsewhere, here)
        before = _written_at(here)
        with _no_login():
            result = _invoke(dbtRunner(), ["parse", *self._flags])
        if not result.success:
            raise UserError(
                "the dbt project does not parse",
                why=" ".join(str(result.exception).split())[:500],
                fix="run `dbt parse --project-dir dbt --profiles-dir dbt` for the whole message",
            )
        # dbt writes it where it has parsed anything: what others begin with was of another project.
        if elsewhere and (not elsewhere.exists() or _written_at(here) != before):
            elsewhere.parent.mkdir(parents=True, exist_ok=True)
            whole = elsewhere.with_name(f"{PARSED}.{os.getpid()}")
            shutil.copy2(here, whole)
            whole.replace(elsewhere)
        return result.result


def _written_at(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


@contextmanager
def _no_login() -> Iterator[None]:
    """Hide where the warehouse is: dbt parses everything anew for a profile that has changed."""
    hidden = {name: os.environ.pop(name) for name in LOGIN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


class _Node:
    """dbt's result of one node, with its id beside it."""

    def __init__(self, result: Any) -> None:
        self.status: str = str(getattr(result.status, "value", result.status))
        self.message: str | None = result.message
        self.failures: int | None = result.failures
        self.unique_id: str = result.node.unique_id


def _stored(result: Any) -> tuple[str, str] | None:
    """Return how a model's table was written and which it is; None for what is no table.

    A table that is not there yet is overwritten by an incremental model too.
    """
    kind = _WRITTEN_BY.get(result.node.config.materialized)
    is_written = str(getattr(result.status, "value", result.status)) == "success"
    schema = result.node.fqn[1]
    return (kind, f"{schema}.{result.node.name}") if kind and is_written else None


def _note_node(event: Any) -> None:
    if event.info.name == "NodeFinished":
        crash_points.reached("dbt.model_built")


def _invoke(runner: dbtRunner, arguments: list[str]) -> dbtRunnerResult:
    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-version-check"]
    first, *rest = arguments
    return runner.invoke([*quiet, "--no-use-colors", "--no-write-json", first, *rest])
