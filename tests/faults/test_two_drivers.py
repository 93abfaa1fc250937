"""Two drivers on one night: the newer counts, the older stops by name, and nothing counts twice.

The second comes while the first counts, or both start together: then whoever took the night last
is the newer.
"""

import os
import signal
import subprocess
import sys

import pytest
from support.crash_night import SMALL_STEPS, differences
from support.town import town
from support.waiting import wait_until
from support.whole_night import END_WITHIN_S, WholeNight

from bench.folders import open_folder

pytestmark = [pytest.mark.night, pytest.mark.timeout(900)]
WORDS = "another driver counts this night"


def counts(night):
    return "generator" in night.running() and night.rows(
        "select 1 from ops.tallied where night_id = %(night)s limit 1"
    )


def starts(night):
    return "spark" in night.running()


@pytest.fixture(scope="module", params=[pytest.param(counts, marks=pytest.mark.long), starts])
def story(request, tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    with open_folder() as folder:
        night = WholeNight(
            folder / "var", ELECTION=str(town().write(files, "town")), POLLING_DATE="2017-06-08",
            SCALE="100", SPEED="5400", KEEP="1", **SMALL_STEPS,
        )  # fmt: skip
        try:
            yield play(night, files / "second.log", request.param)
        finally:
            night.kill()


def play(night, log, is_time):
    night.start()
    wait_until(lambda: is_time(night), seconds=120, what=f"the first driver {is_time.__name__}")
    with log.open("wb") as said, start_second(night, said) as second:
        try:
            # The supervisor starts no driver again that was told to stay away: the night breaks
            # off, unless the second one has counted all of it before that is seen.
            wait_until(lambda: has_ended(night), seconds=END_WITHIN_S, what="the night ends")
        finally:
            second.send_signal(signal.SIGTERM)
            second.wait(60)
    first_log = (night.folder / "logs" / "spark.log").read_text()
    if "RESUME=1 continues" in night.said:
        if night.process.poll() is None:  # broken off, and up to be looked at
            night.interrupt()
        night.start(RESUME="1", POLLING_DATE="")
        night.wait_said("stays up", seconds=END_WITHIN_S)
    drivers = [first_log, log.read_text()]
    story = {
        "stopped": [said for said in drivers if WORDS in said],
        "counted": [said for said in drivers if WORDS not in said],
        "second": drivers[1] if is_time is counts else None,
        "differences": differences(night),
        "epochs": night.rows("select epoch from ops.leases where night_id = %(night)s"),
    }
    night.interrupt()
    return story


def has_ended(night):
    return "stays up" in night.said or night.process.poll() is not None


def start_second(night, log):
    environment = {**os.environ, **night.environment()}
    return subprocess.Popen([sys.executable, "-m", "spark"], env=environment, stdout=log,
                            stderr=log, stdin=subprocess.DEVNULL)  # fmt: skip


def test_one_stops_and_says_why(story):
    assert len(story["stopped"]) == 1


def test_the_other_counts(story):
    [said] = story["counted"]
    assert "counting" in said
    assert story["second"] in (None, said)  # it came while the first one counted


def test_the_night_is_exact(story):
    assert story["differences"] == []
    assert story["epochs"] in ([(2,)], [(3,)])
