"""The exact pass looks at what the tasks kept, and reads again only what is not there."""

from pathlib import Path

import pytest
from pyspark import SparkFiles
from support.bronze_log import RULES, log_messages
from support.events import STATION
from support.handmade_night import whole_night
from support.spark_count import dimensions_of

from spark.tally.tally import Dirty
from spark.transforms.judging import Judging

DIRTY = Dirty([("ballots_issued", STATION, 1), ("ballots_issued", STATION, 2)], [(STATION, 3)])


@pytest.fixture(scope="module")
def batch(spark):
    log = whole_night()
    messages = log_messages(spark, log).drop("kafka_timestamp").repartition(3)
    return Judging.of(spark, dimensions_of(log)[0], RULES).take(messages.cache())


def places(rows):
    return sorted((r["topic"], r["kafka_partition"], r["kafka_offset"]) for r in rows)


def files(batch):
    return list(Path(SparkFiles.getRootDirectory()).glob(f"kept-*-{batch.name}.arrow"))


def test_what_was_kept_gives_what_reading_again_gives(batch):
    again = batch.judging.holding(batch.messages, DIRTY).collect()
    found = batch.holding(DIRTY)
    names = {row["number"] for row in found}
    assert names >= {1, 2}
    assert len(found) == len(again) == len(set(places(found)))
    assert {(r["kafka_partition"], r["kafka_offset"]) for r in again} == {
        (p, offset) for _, p, offset in places(found)
    }


def test_a_file_that_is_gone_is_no_loss(batch):
    before = places(batch.holding(DIRTY))
    for file in files(batch):
        file.unlink()
    assert before and places(batch.holding(DIRTY)) == before


def test_one_file_a_task_is_left(spark, batch):
    for _ in range(3):
        newest = batch.judging.take(batch.messages)
    left = list(Path(SparkFiles.getRootDirectory()).glob("kept-*"))
    assert sorted(left) == sorted(files(newest)) and len(left) == len(newest.parts)


def test_a_batch_of_nothing_has_nothing(spark, batch):
    empty = batch.judging.take(batch.messages.limit(0))
    assert not len(empty.reduced) and empty.holding(DIRTY) == []
