"""Processes by identity: a foreign one is never touched, a family is ended whole."""

import os
import signal
import subprocess
from contextlib import suppress

import pytest
from support.waiting import wait_until

from embedded.processes import Entry, Registry, Running, end, identity

IGNORES_TERM = "trap '' TERM; echo up; while :; do sleep 60 & wait; done"


@pytest.fixture
def spawn():
    started: list[subprocess.Popen[str]] = []

    def start(script):
        process = subprocess.Popen(
            ["sh", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        # The whole session: a grandchild that outlives its shell keeps the pipe open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_an_identity_lasts_and_tells_processes_apart(spawn):
    child = spawn("sleep 60")
    assert identity(child.pid) == identity(child.pid)
    assert identity(child.pid) != identity(os.getpid())


def test_a_zombie_is_not_running(spawn):
    child = spawn("exit 0")
    wait_until(lambda: identity(child.pid) is None, seconds=5, what="the child ended")
    assert child.returncode is None  # not reaped: its pid still exists
    os.kill(child.pid, 0)


def test_a_foreign_process_with_the_same_pid_is_never_killed(spawn):
    foreign = spawn("echo up; exec sleep 60")
    foreign.stdout.readline()
    end(Running(foreign.pid, identity="another-boot-123"), signal.SIGTERM, grace_seconds=0)
    assert foreign.poll() is None
    assert Running.of(foreign.pid).is_alive()


def test_the_stop_signal_is_enough_for_who_obeys(spawn):
    # Not `wait`: a signal that comes just before it is looked at after it. Not INT: a shell cannot
    # trap what it was started to ignore, as all in the background of another one are.
    child = spawn("trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done")
    child.stdout.readline()
    end(Running.of(child.pid), signal.SIGUSR1, grace_seconds=10)
    assert child.wait(5) == 7


def test_who_ignores_the_stop_signal_is_killed_after_the_grace_period(spawn):
    child = spawn(IGNORES_TERM)
    child.stdout.readline()
    end(Running.of(child.pid), signal.SIGTERM, grace_seconds=0.1)
    assert child.wait(5) == -signal.SIGKILL


def test_hurry_ends_the_grace_period(spawn):
    child = spawn(IGNORES_TERM)
    child.stdout.readline()
    end(Running.of(child.pid), signal.SIGTERM, grace_seconds=600, hurry=lambda: True)
    assert child.wait(5) == -signal.SIGKILL


@pytest.mark.parametrize("leaves", ["", "setsid "])
def test_grandchildren_end_with_their_parent(spawn, leaves):
    child = spawn(f"{leaves}sh -c \"trap '' TERM; echo \\$\\$; sleep 60\" & wait")
    grandchild = Running.of(int(child.stdout.readline()))
    end(Running.of(child.pid), signal.SIGTERM, grace_seconds=5)
    wait_until(lambda: not grandchild.is_alive(), seconds=5, what="the grandchild is gone")


def test_a_registry_reads_back_as_written(tmp_path):
    entry = Entry("kafka", "ready", pid=1, identity="x", port=9092, version="4.2.0", restarts=2)
    registry = Registry(Entry("supervisor", "running"), [entry])
    registry.write(tmp_path / "run" / "processes.json")
    assert Registry.read(tmp_path / "run" / "processes.json") == registry


@pytest.mark.parametrize("content", ["", "{", "[]", '{"services": []}', '{"services": [{"a": 1}]}'])
def test_a_broken_registry_reads_as_none(tmp_path, content):
    (tmp_path / "processes.json").write_text(content)
    assert Registry.read(tmp_path / "processes.json") is None
