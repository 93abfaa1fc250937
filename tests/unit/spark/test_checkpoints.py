"""A driver's checkpoint: fresh, and never a newer driver's that goes."""

from pathlib import Path

import pytest

from spark.jobs.checkpoints import fresh_checkpoint
from spark.jobs.paths import LakePaths


@pytest.fixture
def begin(tmp_path):
    def begin(epoch):
        checkpoint = Path(fresh_checkpoint(LakePaths(str(tmp_path)), "n", "live", epoch=epoch))
        checkpoint.mkdir(parents=True)
        (checkpoint / "metadata").touch()
        return checkpoint

    return begin


def test_a_newer_driver_deletes_an_older_ones(begin):
    older, newer = begin(9), begin(10)
    assert (older.exists(), newer.exists()) == (False, True)


def test_an_older_one_that_does_not_know_yet_deletes_no_newer_ones(begin):
    newer, older = begin(10), begin(9)
    assert (older.exists(), newer.exists()) == (True, True)


def test_the_same_epoch_after_the_leases_were_lost_is_fresh_too(begin):
    first = begin(1)
    assert begin(1) != first
    assert not first.exists()


def test_one_of_an_earlier_program_goes(begin, tmp_path):
    named_by_time = tmp_path / "checkpoints" / "n" / "live" / "20261125T201836000000"
    named_by_time.mkdir(parents=True)
    begin(1)
    assert not named_by_time.exists()


def test_those_of_a_bucket_are_left_alone():
    paths = LakePaths("gs://bucket/lake")
    assert fresh_checkpoint(paths, "n", "live", epoch=3).startswith(
        "gs://bucket/lake/checkpoints/n/live/3-"
    )
