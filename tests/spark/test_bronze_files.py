"""Bronze's files: written by executors, committed once, by one writer."""

from datetime import UTC, datetime
from hashlib import sha256

import deltalake as dl
import polars as pl
import pytest
from deltalake.exceptions import CommitFailedError
from support.bronze_log import NIGHT_ID, RULES, log_messages, value_of
from support.handmade_night import whole_night

from election.acceptance import keeps_bytes
from election.chain import CHAINED_TOPICS
from election.errors import UserError
from election.topics import event_of
from spark.fencing import FencedError
from spark.sinks.bronze_files import BronzeTable, write_files


@pytest.fixture(scope="module")
def log():
    return whole_night()


@pytest.fixture
def table(tmp_path):
    return BronzeTable(str(tmp_path / "bronze"), NIGHT_ID)


def rows_of(spark, table):
    return pl.from_arrow(spark.read.format("delta").load(table.path).toArrow())


def test_every_message_is_there_once_with_its_bytes_or_their_hash(spark, table, log):
    files = write_files(log_messages(spark, log).repartition(3), RULES, table.path, NIGHT_ID)
    table.commit(files, 1)
    rows = {(r["topic"], r["kafka_partition"], r["kafka_offset"]): r
            for r in rows_of(spark, table).iter_rows(named=True)}  # fmt: skip
    assert len(rows) == len(log.messages) == sum(file.rows for file in files)
    for m in log.messages:
        row = rows[m.topic, m.partition, m.offset]
        alone = row["refused_as"]
        keeps = alone is None or keeps_bytes(alone, names_a_choice=event_of(m.topic).names_a_choice)
        assert (row["value"] == value_of(m)) is keeps
        hashed = not keeps or m.topic in CHAINED_TOPICS
        assert row["value_sha256"] == (sha256(value_of(m)).hexdigest() if hashed else None)
        assert row["value_length"] == len(value_of(m))
        assert row["kafka_timestamp"] >= datetime(2026, 11, 23, tzinfo=UTC)


def test_a_file_says_which_offsets_it_holds(spark, table, log):
    files = write_files(log_messages(spark, log).coalesce(1), RULES, table.path, NIGHT_ID)
    votes = next(file for file in files if file.topic == "votes")
    offsets = {}
    for m in log.of("votes"):
        offsets.setdefault(m.partition, []).append(m.offset)
    assert votes.spans == {p: (min(found), max(found)) for p, found in offsets.items()}


def test_what_is_not_committed_is_not_there(spark, table, log):
    write_files(log_messages(spark, log), RULES, table.path, NIGHT_ID)
    assert len(table.held()) == 0
    assert len(BronzeTable(table.path, NIGHT_ID).held()) == 0


def test_a_second_writer_is_refused(spark, table, log):
    other = BronzeTable(table.path, NIGHT_ID)
    files = write_files(log_messages(spark, log), RULES, table.path, NIGHT_ID)
    table.commit(files, 1)
    again = write_files(log_messages(spark, log), RULES, table.path, NIGHT_ID)
    with pytest.raises(FencedError, match="refused a landing"):
        other.commit(again, 1)
    assert len(table.held()) == len(log.messages)


def test_a_landing_that_fails_while_nobody_else_lands_is_no_conflict(table, monkeypatch):
    def full(*_, **__):
        raise CommitFailedError("Generic LocalFileSystem error: No space left (os error 28)")

    monkeypatch.setattr(dl.DeltaTable, "create_write_transaction", full)
    with pytest.raises(UserError, match="bronze cannot be written now") as told:
        table.commit([], 1)
    assert not isinstance(told.value, FencedError)
