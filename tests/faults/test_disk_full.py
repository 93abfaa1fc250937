"""A disk that is full in the middle of a night: said aloud, and gone on with when there is room."""

import tempfile
from pathlib import Path

import pytest
from support.crash_night import SMALL_STEPS, differences
from support.small_disk import full_disk
from support.town import town
from support.waiting import wait_until
from support.whole_night import END_WITHIN_S, WholeNight

from bench.folders import open_folder

pytestmark = [pytest.mark.night, pytest.mark.long, pytest.mark.timeout(3600)]

# What lies on the disk, how large it is, and who writes there, whose log must say that it is full.
DISKS = {"lake": ("nights", 80, "spark"), "warehouse": ("postgres", 400, "postgres"),
         "broker": ("kafka", 300, "kafka")}  # fmt: skip


@pytest.mark.parametrize("disk", DISKS)
def test_a_full_disk_is_said_aloud_and_the_night_goes_on_exactly(disk):
    place, megabytes, writer = DISKS[disk]
    with (
        open_folder() as folder,
        tempfile.TemporaryDirectory() as files,
        full_disk(
            folder / "var" / place,
            megabytes,
            lambda: [night.running()[writer]],
            says := folder / "var" / "logs" / f"{writer}.log",
        ) as held,
    ):
        night = WholeNight(
            folder / "var", ELECTION=str(town().write(Path(files), "town")), SCALE="100",
            POLLING_DATE="2017-06-08", SPEED="3600", KEEP="1", **SMALL_STEPS,
        )  # fmt: skip
        try:
            night.start()
            wait_until(lambda: "generator" in night.running(), seconds=300, what="the night begins")
            wait_until(lambda: has_landed(night), seconds=120, what="something has landed")
            held.fill()
            wait_until(
                lambda: held.error in says.read_text(errors="replace"),
                seconds=120, what=f"{writer} says that the disk is full",
            )  # fmt: skip
            held.make_room()
            go_on_to_the_end(night)
            assert differences(night) == []
            assert night.interrupt() == 0
        finally:
            night.kill()


def has_landed(night):
    return night.rows(
        "select 1 from ops.landed where night_id = %(night)s and topic = 'ballots_issued'"
    )


def go_on_to_the_end(night):
    """Wait for the end; where the command gave up, a person continues it."""
    is_up = "stays up"
    wait_until(
        lambda: is_up in night.said or night.process.poll() is not None,
        seconds=END_WITHIN_S, what="the night ends",
    )  # fmt: skip
    if is_up not in night.said:
        assert "RESUME=1 continues" in night.said, night.said
        night.start(RESUME="1", POLLING_DATE="")
        night.wait_said(is_up, seconds=END_WITHIN_S)
