"""docs/cloud.md: every command that needs no cloud is run as it stands, every other one says so."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "cloud.md").read_text()
REAL = "# real cloud"
LINES = [
    line
    for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
DRY = [line.split("#")[0].strip() for line in LINES if not line.endswith(REAL)]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# What is installed stays as it is: this is no test of the installation.
MAKE = ("make", "-o", ".venv/.ready", "-o", ".venv/.ready-bigquery")


def test_there_are_commands_of_both_kinds():
    assert len(DRY) >= 3 and len(LINES) > len(DRY)


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_a_target_and_makes_nothing_unless_it_is_marked(line):
    program, target, *_ = line.split()
    assert program == "make" and target in TARGETS
    assert ("DRY_RUN=1" in line) != line.endswith(REAL)


@pytest.mark.parametrize("command", DRY)
def test_a_command_that_needs_no_cloud_runs_as_it_stands(command):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [*MAKE, *command.split()[1:]], cwd=ROOT, env=kept, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DRY_RUN=1: nothing was" in done.stdout


def test_every_target_that_is_named_is_there():
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.MULTILINE)) <= TARGETS


def test_every_trouble_is_one_that_can_be_told():
    told = "".join(p.read_text() for f in ("cloud", "warehouse") for p in (ROOT / f).glob("*.py"))
    table = TEXT.split("## When something is wrong")[1].split("\n## ")[0]
    said = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    parts = [part for words in said for part in re.split(r"…|EU|europe-west2", words)]
    assert len(said) > 10
    assert [part for part in parts if part.strip(" ,") and part.strip() not in told] == []
