"""What the watchdog does for a supervisor that was killed."""

import signal
import subprocess
import sys
import time

from embedded.processes import Running

STUBBORN = "trap '' TERM; echo deaf; while :; do sleep 1; done"
SERVICES, GRACE_S = 4, 2.0


def test_periods_of_grace_run_side_by_side():
    """Each service that waits for another one in vain has had its time when the first one has."""
    deaf = [
        subprocess.Popen(
            ["sh", "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        for _ in range(SERVICES)
    ]
    try:
        assert [one.stdout.readline() for one in deaf] == ["deaf\n"] * SERVICES
        running = [Running.of(one.pid) for one in deaf]
        lines = (
            f"watch {one.pid} {one.identity} {int(signal.SIGTERM)} {GRACE_S}\n" for one in running
        )
        began = time.monotonic()
        # The end of its input without a "bye": the supervisor has died.
        subprocess.run(
            [sys.executable, "-m", "embedded.watchdog"], input="".join(lines), text=True, check=True
        )
        assert GRACE_S <= time.monotonic() - began < SERVICES * GRACE_S
        assert not any(one.is_alive() for one in running)
    finally:
        for one in deaf:
            one.kill()
            one.wait()
            one.stdout.close()
