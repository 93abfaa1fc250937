"""The chain in `ops`: written by the loader, read back as it was, heads sent on."""

from datetime import UTC, datetime

import orjson
import pytest
from support.events import NIGHT_ID

from election.chain import PARTITIONS, Block, Head, covers, night_head
from election.settings import PostgresSettings, read_settings
from spark.sinks.chain_store import ChainStore
from spark.sinks.warehouse import Warehouse

NOW = datetime(2026, 11, 25, 22, tzinfo=UTC)
VOTES = ("votes", 1)
BLOCKS = {VOTES: [Block(0, 0, 4096, "aa"), Block(1, 4096, 8192, "bb")], ("votes", 0): []}
HEADS = {partition: Head(0, "00") for partition in PARTITIONS} | {VOTES: Head(8_200, "cc")}


class Sent:
    """Takes what would go to the topic `results`."""

    def __init__(self):
        self.rows = []

    def results(self, rows):
        self.rows.append([(*orjson.loads(row["key"]), orjson.loads(row["value"])) for row in rows])


@pytest.fixture
def store(warehouse):
    sink = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
    yield ChainStore(sink, NIGHT_ID, Sent())
    sink.close()


def test_what_is_written_twice_is_there_once_and_sent(store, warehouse):
    for _ in range(2):
        store.write(BLOCKS, HEADS, NOW)
    assert store.blocks() == {VOTES: BLOCKS[VOTES]}
    assert store.heads() == HEADS
    (head,) = store.night_heads()
    assert (head.hash, head.covers, head.as_of) == (night_head(NIGHT_ID, HEADS), covers(HEADS), NOW)
    sent = store._topics.rows[-1]
    assert ("chain_heads", *VOTES, "cc") in [(*key, row["head_hash"]) for *key, row in sent]
    assert [row["head_hash"] for name, *_, row in sent if name == "chain_night_heads"] == [
        head.hash
    ]
    store.tell()
    assert store._topics.rows[-1] == sent


def test_another_night_has_nothing_of_it(store, warehouse):
    other = ChainStore(store._warehouse, f"{NIGHT_ID}x", Sent())
    other.tell()
    assert (other.blocks(), other.heads(), other.night_heads()) == ({}, {}, [])
    assert other._topics.rows == []
