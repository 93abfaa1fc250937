"""What a family of processes has used does not go when one of them ends."""

import subprocess
import sys

import psutil
import pytest
from support.waiting import wait_until

from bench.cpu import cpu_of_family
from bench.reference import reference

BURNT_S = 0.3
BURN = f"""
import time
while time.process_time() < {BURNT_S}: pass
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BURN!r}])
child.wait()
print("ended", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent():
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        yield started
        started.kill()


def test_what_a_child_used_stays_when_it_has_ended(parent):
    assert parent.stdout.readline() == b"ended\n"
    process = psutil.Process(parent.pid)
    assert process.children() == []
    assert cpu_of_family(process) >= BURNT_S - 0.05


def test_what_a_child_uses_is_in_it_while_it_lives(parent):
    process = psutil.Process(parent.pid)
    wait_until(
        lambda: process.children() and cpu_of_family(process) > BURNT_S / 2,
        seconds=30, what="the child's time is counted",
    )  # fmt: skip


def test_a_process_that_has_ended_is_refused(parent):
    process = psutil.Process(parent.pid)
    parent.kill()
    parent.wait()
    with pytest.raises(psutil.NoSuchProcess):
        cpu_of_family(process)


def test_the_reference_is_of_every_core_by_the_clock_and_of_its_own_time():
    found = reference()
    assert found.cpu_ms > 0
    assert found.wall_ms > 0
