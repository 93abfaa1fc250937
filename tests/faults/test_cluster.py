"""A night counted by a standalone cluster, one worker of which dies in the middle of it."""

import pytest
from support.crash_night import SMALL_STEPS, differences
from support.spark_cluster import cluster
from support.town import town
from support.waiting import wait_until
from support.whole_night import END_WITHIN_S, WholeNight

from bench.folders import open_folder

pytestmark = [pytest.mark.night, pytest.mark.long, pytest.mark.timeout(1200)]
TALLIED = "select coalesce(sum(next_offset), 0)::bigint from ops.tallied where night_id = %(night)s"
SOME = 1500  # messages, of more than ten thousand


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    with open_folder() as folder, cluster(folder / "spark", workers=2) as spark:
        night = WholeNight(
            folder / "var", ELECTION=str(town().write(files, "town")), POLLING_DATE="2017-06-08",
            SCALE="100", SPEED="5400", KEEP="1", **SMALL_STEPS, **spark.environment(),
        )  # fmt: skip
        try:
            yield play(night, spark)
        finally:
            night.kill()


def play(night, spark):
    night.start()
    wait_until(lambda: "generator" in night.running(), seconds=300, what="the generator runs")
    wait_until(lambda: tallied(night) > SOME, seconds=300, what="the cluster counts")
    before, cores = tallied(night), spark.cores_used()
    spark.kill("worker-0")
    wait_until(lambda: len(spark.alive()) == 1, seconds=120, what="the master misses a worker")
    night.wait_said("stays up", seconds=END_WITHIN_S)
    return {
        "before": before, "cores": cores, "after": tallied(night),
        "differences": differences(night),
    }  # fmt: skip


def tallied(night):
    return night.rows(TALLIED)[0][0]


def test_both_workers_counted_and_one_was_lost_in_the_middle(story):
    assert story["cores"] == 2
    assert SOME < story["before"] < story["after"]


def test_the_night_is_exact(story):
    assert story["differences"] == []
