"""A benchmark with one machine in another ends whole when it is asked to, and leaves nothing."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support.waiting import wait_until

from embedded.paths import PROJECT_ROOT

TWO_MACHINES = """
import signal, sys
from bench.machine import machine_of_its_own
with machine_of_its_own(print) as outer, machine_of_its_own(print) as inner:
    print("up", outer.paths.var, inner.paths.var, flush=True)
    signal.pause()
    sys.exit("went on")
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_both_machines_end_and_their_folders_go(how):
    with subprocess.Popen(
        [sys.executable, "-c", TWO_MACHINES], cwd=PROJECT_ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as bench:  # fmt: skip
        try:
            up = next(line for line in bench.stdout if line.startswith("up "))
            folders = [Path(name) for name in up.split()[1:]]
            family = psutil.Process(bench.pid).children(recursive=True)
            assert all(folder.is_dir() for folder in folders)
            bench.send_signal(how)
            _, said = bench.communicate(timeout=60)
        finally:
            bench.kill()
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert not any(folder.exists() for folder in folders)
    wait_until(
        lambda: not any(process.is_running() for process in family),
        seconds=30, what="every process has ended",
    )  # fmt: skip
