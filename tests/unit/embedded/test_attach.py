import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.waiting import wait_until

PROGRAM = """
import sys
from embedded.attach import run_in_foreground
child = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); " \\
    "time.sleep(60)"
sys.exit(run_in_foreground("dashboard", {}, (sys.executable, "-c", child, sys.argv[1])))
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_leaves_nothing(tmp_path, signum):
    told = tmp_path / "pid"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(told)])
    wait_until(lambda: told.exists() and told.read_text(), seconds=30, what="the command runs")
    process.send_signal(signum)
    assert process.wait(30) == 130
    assert not Path(f"/proc/{told.read_text()}").exists()
