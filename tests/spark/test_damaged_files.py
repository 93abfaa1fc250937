"""Ledgers and bronze with files that are cut off or gone: refused by name, never read in part."""

import errno
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import DeltaError
from support.bronze_log import RULES, log_messages
from support.events import NIGHT_ID
from support.handmade_night import whole_night
from support.reduced import Paper, fetch_from, log_of, reduced

from election.errors import UserError
from spark.damage import named_if_damaged
from spark.sinks import bronze_files
from spark.sinks.bronze_files import BronzeTable, write_files
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT
from spark.tally.tally import Claims, Tally

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
ENTRIES = 4


def cut_off(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def parquet(folder):
    return min(folder.rglob("*.parquet"))


def first_commit(folder):
    return min((folder / "_delta_log").glob("*.json"))


def newest_commit(folder):
    return max((folder / "_delta_log").glob("*.json"))


DAMAGE = [
    (cut_off, parquet), (make_empty, parquet), (remove, parquet),
    (cut_off, first_commit), (remove, first_commit), (cut_off, newest_commit),
]  # fmt: skip


@pytest.fixture(scope="module")
def whole_ledger(tmp_path_factory):
    folder, claims = tmp_path_factory.mktemp("whole") / COUNT, Claims()
    papers = [Paper(number=n) for n in range(1, 1 + ENTRIES)]
    one, log = Ledger(str(folder), COUNT, NIGHT_ID), log_of(papers)
    for entry, sent in enumerate(log):
        taken = Tally(claims, {"constituencies": 1, "candidates": 2}).take(
            reduced([sent]), fetch_from([sent])
        )
        one.append(taken.increment.count, entry, NOW)
    return folder


@pytest.fixture
def ledger(whole_ledger, tmp_path):
    return Path(shutil.copytree(whole_ledger, tmp_path / COUNT))


@pytest.mark.parametrize(("damage", "file"), DAMAGE)
def test_a_damaged_ledger_is_refused_by_name(ledger, damage, file):
    damage(file(ledger))
    with pytest.raises(UserError) as told:
        Ledger(str(ledger), COUNT, NIGHT_ID).load()
    assert "count" in told.value.what and str(ledger) in told.value.fix


def test_a_commit_of_which_nothing_reached_the_disk_is_an_entry_less(ledger):
    """Its messages are at offsets that the ledger has not: they are counted again."""
    make_empty(newest_commit(ledger))
    one = Ledger(str(ledger), COUNT, NIGHT_ID)
    one.load()
    assert one.entry == ENTRIES - 2


@pytest.mark.parametrize(("damage", "file"), DAMAGE)
def test_a_damaged_bronze_is_refused_by_name(spark, tmp_path, damage, file):
    table = BronzeTable(str(tmp_path), NIGHT_ID)
    messages = log_messages(spark, whole_night())
    table.commit(write_files(messages.coalesce(1), RULES, table.path, NIGHT_ID), 1)
    damage(file(tmp_path))
    with pytest.raises(UserError) as told:
        BronzeTable(table.path, NIGHT_ID).held()
    assert "bronze" in told.value.what and table.path in told.value.fix


NOT_NOW = [
    OSError(errno.EMFILE, "Too many open files"),
    OSError("Generic LocalFileSystem error\n  ↳ Unable to open file\n   ↳ Too many (os error 24)"),
    OSError("Generic GCS error\n ↳ Error performing GET in 10 s, after 3 retries: 503"),
    DeltaError("Kernel error: error sending request for url (https://storage)"),
    PermissionError(errno.EACCES, "Permission denied"),
    pa.ArrowMemoryError("malloc of size 64 failed"),
]


@pytest.mark.parametrize("error", NOT_NOW, ids=str)
def test_what_cannot_be_had_now_is_not_to_be_deleted(error):
    with pytest.raises(UserError) as told, named_if_damaged("a ledger", fix="delete the folder"):
        raise error
    assert told.value.what == "a ledger cannot be read now"
    assert "delete nothing" in told.value.fix and "delete the folder" not in told.value.fix
    assert "\n" not in told.value.why


def test_a_bronze_of_another_schema_version_is_refused(tmp_path, monkeypatch):
    BronzeTable(str(tmp_path), NIGHT_ID)
    monkeypatch.setattr(bronze_files, "VERSION", 2)
    with pytest.raises(UserError, match="bronze has schema version 1") as told:
        BronzeTable(str(tmp_path), NIGHT_ID)
    assert str(tmp_path) in told.value.fix
