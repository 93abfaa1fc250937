"""A plan kills a process once at each place it names, and nothing dies without one."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from election.crash_points import POINTS, Crash, fired, reached, write_plan

ROOT = Path(__file__).parents[3]
LOOP = """
from election.crash_points import reached
for visit in range(5):
    reached("spark.appended")
    print(visit, flush=True)
"""


def run(plan):
    environment = {**os.environ, "CRASH_PLAN": str(plan)}
    done = subprocess.run([sys.executable, "-c", LOOP], env=environment, cwd=ROOT, check=False,
                          capture_output=True, text=True)  # fmt: skip
    return done.returncode, len(done.stdout.split())


def test_each_crash_happens_once_whoever_is_started_again(tmp_path):
    plan, crashes = tmp_path / "plan", [Crash("spark.appended", 3), Crash("spark.appended", 1)]
    write_plan(plan, crashes)
    assert run(plan) == (-signal.SIGKILL, 0)
    assert fired(plan) == [crashes[1]]
    assert run(plan) == (-signal.SIGKILL, 2)
    assert fired(plan) == crashes
    assert run(plan) == (0, 5)


def test_other_points_pass(tmp_path):
    write_plan(tmp_path / "plan", [Crash("spark.emitted", 1)])
    assert run(tmp_path / "plan") == (0, 5)


def test_without_a_plan_nothing_happens(monkeypatch):
    monkeypatch.delenv("CRASH_PLAN", raising=False)
    for point in POINTS:
        reached(point)


def test_a_plan_names_points_that_exist(tmp_path):
    with pytest.raises(ValueError, match=r"spark\.nowhere"):
        write_plan(tmp_path / "plan", [Crash("spark.nowhere", 1)])


def test_every_point_is_reached_by_one_line_and_no_line_by_another_name():
    stages = ("generators", "ingestion", "spark", "transform", "embedded", "dashboard")
    found = [
        name
        for stage in stages
        for file in (ROOT / stage).rglob("*.py")
        for name in re.findall(r'crash_points\.reached\(\s*"([^"]+)"', file.read_text())
    ]
    assert sorted(found) == sorted(POINTS)
