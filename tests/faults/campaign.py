"""`make faults N=500 SEED=1`: night after night under seeded plans of crashes.

Each night is a line of the result file; a campaign that was stopped goes on after its last line.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from support.crash_night import Outcome, hold
from support.crash_plans import Plan, plan_of

from bench.folders import open_folder

RESULTS = Path(__file__).parent / "results" / "crashes.jsonl"
NIGHTS_IN_A_FOLDER = 20  # then the machine's disk begins anew


def main() -> int:
    """Run the plans that are left; exit code 1 if a night was not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, required=True, help="how many plans in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one plan, to hold it again")
    parser.add_argument(
        "--share", type=_share, default=(1, 1),
        help="1/2 holds every other plan: campaigns of one result file may run side by side",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin none later")
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the night that is held ends, too
    until = time.monotonic() + 60 * chosen.minutes
    numbers = [chosen.only] if chosen.only is not None else range(chosen.nights)
    done = set() if chosen.only is not None else _done(chosen.results, chosen.seed)
    own, shares = chosen.share
    left = [
        plan_of(chosen.seed, number)
        for number in numbers
        if number not in done and number % shares == own - 1
    ]
    print(f"{len(left)} of {chosen.nights} plans of seed {chosen.seed} are left to this share")
    failed = 0
    for first in range(0, len(left), NIGHTS_IN_A_FOLDER):
        with open_folder() as folder, tempfile.TemporaryDirectory() as files:
            for plan in left[first : first + NIGHTS_IN_A_FOLDER]:
                if time.monotonic() > until:
                    break
                outcome = hold(plan, folder / "var", Path(files))
                failed += not outcome.is_exact
                _say(outcome)
                _append(chosen.results, outcome)
    return 1 if failed else 0


def _share(text: str) -> tuple[int, int]:
    own, shares = map(int, text.split("/"))
    if not 1 <= own <= shares:
        raise ValueError(text)
    return own, shares


def _done(results: Path, seed: int) -> set[int]:
    if not results.exists():
        return set()
    lines = (json.loads(line) for line in results.read_text().splitlines())
    return {line["number"] for line in lines if line["seed"] == seed}


def _append(results: Path, outcome: Outcome) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a") as file:
        file.write(json.dumps(outcome.as_json()) + "\n")


def _say(outcome: Outcome) -> None:
    verdict = "exact" if outcome.is_exact else "NOT EXACT"
    print(
        f"plan {outcome.plan.number}: {verdict}, {outcome.fired} of {_deaths(outcome.plan)} died,"
        f" {outcome.starts} starts, {outcome.seconds:.0f} s",
        flush=True,
    )
    if not outcome.is_exact:
        print(f"  plan: {json.dumps(outcome.plan.as_json())}")
        print(*(f"  {line}" for line in outcome.differences[:20]), sep="\n", flush=True)


def _deaths(plan: Plan) -> int:
    return len(plan.crashes) + len(plan.kills)


if __name__ == "__main__":
    sys.exit(main())
