"""A small night held under a plan of crashes, and whether it came to the right result."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.crash_plans import Kill, Plan
from support.oracle_asked import ask_oracle
from support.town import town
from support.waiting import wait_until
from support.whole_night import END_WITHIN_S, WholeNight

from election.crash_points import fired, write_plan

SMALL_STEPS = {
    # Many boundaries in a night of ten thousand messages.
    "SPARK_MOST_PER_BATCH": "1500",
    "INGESTION_LOAD_AT_MOST": "2500",
    "INGESTION_LOAD_AFTER_S": "1",
    "SPARK_BRONZE_EVERY_S": "3",
    "SPARK_ENTRIES_IN_SEGMENT": "3",
    "DBT_CADENCE_S": "4",
}
MOST_STARTS = 8


@dataclass(frozen=True)
class Outcome:
    """What a night under a plan came to."""

    plan: Plan
    fired: int
    starts: int
    seconds: float
    differences: list[str]
    said: str

    @property
    def is_exact(self) -> bool:
        """Nothing differs."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """Return a line of a result file."""
        return {
            **self.plan.as_json(),
            "fired": self.fired,
            "starts": self.starts,
            "seconds": round(self.seconds, 1),
            "differences": self.differences[:20],
        }


def hold(plan: Plan, folder: Path, files: Path) -> Outcome:
    """Hold a night under a plan, continuing it for as long as something was killed.

    Args:
        plan: What dies.
        folder: The machine's folder; nights may follow one another in it.
        files: Where the results files are written.
    """
    began = time.monotonic()
    prefix = town().write(files, "town")
    crashes = files / f"plan-{plan.seed}-{plan.number}"
    write_plan(crashes, list(plan.crashes))
    night = WholeNight(
        folder, ELECTION=str(prefix), POLLING_DATE="2017-06-08", SCALE="100", SPEED=plan.speed,
        SEED=str(plan.number + 1), KEEP="1", CRASH_PLAN=str(crashes), **SMALL_STEPS,
    )  # fmt: skip
    starts, kills, said = 0, list(plan.kills), ""
    try:
        while True:
            so_far = _happened(plan, crashes, kills)
            night.start(**({"RESUME": "1", "POLLING_DATE": ""} if starts else {}))
            starts += 1
            is_over = _wait_until_over(night, kills)
            said += night.said
            # What something broke off, a person continues; what breaks off by itself is wrong.
            if "RESUME=1 continues" not in night.said or starts == MOST_STARTS:
                break
            if _happened(plan, crashes, kills) == so_far:
                break
            night.interrupt()
        wrong = differences(night) if is_over else ["it did not end", *night.last_words()]
        if is_over:
            night.interrupt()
    finally:
        night.kill()
    happened = _happened(plan, crashes, kills)
    return Outcome(plan, happened, starts, time.monotonic() - began, wrong, said)


def _happened(plan: Plan, crashes: Path, kills_left: list[Kill]) -> int:
    return len(fired(crashes)) + len(plan.kills) - len(kills_left)


def _wait_until_over(night: WholeNight, kills: list[Kill]) -> bool:
    """Kill what is due; return True at the night's end, False if the command ended before it."""
    generator_at: float | None = None
    deadline = time.monotonic() + END_WITHIN_S

    def is_over() -> bool:
        nonlocal generator_at
        running = night.running()
        if generator_at is None and "generator" in running:
            generator_at = time.monotonic()
        for kill in list(kills):
            is_due = generator_at and time.monotonic() - generator_at >= kill.after_s
            if is_due and kill.service in running:
                os.kill(running[kill.service], signal.SIGKILL)
                kills.remove(kill)
        return "stays up" in night.said or night.process.poll() is not None

    wait_until(is_over, seconds=deadline - time.monotonic(), what="the night ends")
    return "stays up" in night.said


def differences(night: WholeNight) -> list[str]:
    summary = night.summary()
    found = [f"verdict: {line}" for line in summary["failures"]]
    if (summary["status"], summary["reconciliation"]) != ("complete", "pass"):
        found.append(f"the night is {summary['status']}: {summary['reconciliation']}")
    return [*found, *(f"oracle: {line}" for line in ask_oracle(night))]
