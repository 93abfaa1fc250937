"""`make soak MINUTES=30`: one long night under load, with a service ended every minute.

At its end the oracle must find nothing, and no service may take more memory or open files than it
took early on. The outcome is a line of the result file.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from support.crash_night import differences
from support.crash_plans import SERVICES
from support.usage import Change, Sample, changes, usage_of
from support.whole_night import WholeNight

from bench.folders import open_folder

RESULTS = Path(__file__).parent / "results" / "soaks.jsonl"
ELECTION_S = 31 * 3600.0  # from the opening of the poll to the last declaration
SAMPLE_EVERY_S = 5.0
RESTART_EVERY_S = (45.0, 90.0)
SHARE_ASKED = 0.5  # to end, the others are killed
TO_THE_VERDICT_S = 1800.0


def main() -> int:
    """Hold the night; exit code 1 if it was not exact or something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=25, help="1:scale of a general election")
    chosen = parser.parse_args()
    with open_folder() as folder:
        night = WholeNight(
            folder / "var", SCALE=str(chosen.scale), SEED=str(chosen.seed), KEEP="1",
            SPEED=str(round(ELECTION_S / (60 * chosen.minutes), 3)),
        )  # fmt: skip
        try:
            night.start()
            samples, restarts = _watch(night, random.Random(chosen.seed), 60 * chosen.minutes)
            wrong = differences(night) if "stays up" in night.said else night.last_words()
            night.interrupt()
        finally:
            night.kill()
    found = changes(samples)
    _say(found, restarts, wrong)
    _append(vars(chosen), found, restarts, wrong)
    return 1 if wrong or any(change.is_growth for change in found) else 0


def _watch(night: WholeNight, draw: random.Random, seconds: float) -> tuple[list[Sample], int]:
    """Sample, and end a random service now and then, until the night is over."""
    while "generator" not in night.running():
        if night.process.poll() is not None:
            raise RuntimeError(night.said[-2000:])
        time.sleep(1)
    began, samples, restarts = time.monotonic(), [], 0
    restart_at = draw.uniform(*RESTART_EVERY_S)
    while "stays up" not in night.said and night.process.poll() is None:
        now = time.monotonic() - began
        running = night.running()
        samples.append(Sample(now, usage_of(running)))
        if now >= restart_at and "generator" in running:
            victim = draw.choice([name for name in SERVICES if name in running])
            # A generator that is asked to end is at the end of its work: it is not started again.
            gently = victim != "generator" and draw.random() < SHARE_ASKED
            how = night.end(victim, gently=gently)
            print(f"{now:6.0f} s: {victim} {how.name}", flush=True)
            restarts += 1
            restart_at = now + draw.uniform(*RESTART_EVERY_S)
        if now > seconds + TO_THE_VERDICT_S:
            break
        time.sleep(SAMPLE_EVERY_S)
    return samples, restarts


def _say(found: list[Change], restarts: int, wrong: list[str]) -> None:
    print(f"{restarts} restarts; early and late in the night:")
    for change in found:
        print(
            f"  {change.service:10} {change.early.megabytes:7.0f} MB {change.early.files:5} files"
            f"  ->  {change.late.megabytes:7.0f} MB {change.late.files:5} files"
            f"{'  GROWS' if change.is_growth else ''}"
        )
    print("oracle: everything agrees with the broker's log" if not wrong else "NOT EXACT")
    print(*(f"  {line}" for line in wrong[:20]), sep="\n")


def _append(
    chosen: dict[str, object], found: list[Change], restarts: int, wrong: list[str]
) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"), **chosen,
        "restarts": restarts, "differences": wrong[:20],
        "services": {
            c.service: {"early_mb": round(c.early.megabytes), "late_mb": round(c.late.megabytes),
                        "early_files": c.early.files, "late_files": c.late.files,
                        "grows": c.is_growth}
            for c in found
        },
    }  # fmt: skip
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
