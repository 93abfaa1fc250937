"""The chain that grows with bronze: the same from messages, from bronze, after a restart, twice."""

import json
import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from support.bronze_log import NIGHT_ID, RULES
from support.chain_export import MemoryStore
from support.events import make_event

from election.chain import PARTITIONS, covered, heads_at, value_hash
from election.errors import UserError
from spark import verify_chain
from spark.jobs.chain import ChainKeeper
from spark.jobs.chain_check import check_chain
from spark.jobs.export_chain import export
from spark.schemas import topic_number
from spark.sinks.bronze_files import BronzeTable, write_files
from spark.sinks.bronze_hashes import Run

_MESSAGES = pa.schema(
    {
        "topic_no": pa.int8(), "kafka_partition": pa.int32(), "kafka_offset": pa.int64(),
        "message_key": pa.binary(), "value": pa.binary(), "refused_as": pa.string(),
        "kafka_timestamp": pa.timestamp("us", "UTC"),
    }
)  # fmt: skip
_AT = datetime(2026, 11, 23, 23, 45, tzinfo=UTC)
EARLY = {"sent_at": "2017-06-08T20:59:59.999999Z"}


def vote(number, **more):
    return json.dumps(make_event("votes", paper_no=number, **more)).encode()


@pytest.fixture(scope="module")
def log():
    """Messages by partition; some are refused, some have no text, one no value."""
    odd = [b"\xff\xfe no UTF-8", None, b"", vote(1, elector_no=7), vote(2, **EARLY)]
    return {
        **{partition: [] for partition in PARTITIONS},
        ("declarations", 0): [
            json.dumps(make_event("declarations", version=1 + i)).encode() for i in range(30)
        ],
        ("votes", 0): [vote(i) for i in range(9_000)],
        ("votes", 2): [*odd, *(vote(i) for i in range(4_091)), *odd],
    }


class Landing:
    """Bronze of a folder, and the chain over it."""

    def __init__(self, spark, folder, log, store=None):
        self.spark, self.log = spark, log
        self.store = MemoryStore() if store is None else store
        self.table = BronzeTable(str(folder / "bronze"), NIGHT_ID)
        self.next = dict.fromkeys(log, 0)
        self.start()

    def start(self):
        """Open the chain as a start of the stage does."""
        self.keeper = ChainKeeper(NIGHT_ID, self.store, self.table.path, self.next)

    def land(self, most):
        """Land so many messages of each partition at most; the files hold them in any order."""
        rows = [
            (topic_number(topic), p, offset, b"key", messages[offset], None,
             _AT + timedelta(milliseconds=offset))
            for (topic, p), messages in self.log.items()
            for offset in range(self.next[topic, p], min(self.next[topic, p] + most, len(messages)))
        ]  # fmt: skip
        random.Random(most).shuffle(rows)
        frame = self.spark.createDataFrame(
            pa.Table.from_pylist(
                [dict(zip(_MESSAGES.names, r, strict=True)) for r in rows], _MESSAGES
            )
        )
        files = write_files(frame.repartition(2), RULES, self.table.path, NIGHT_ID)
        self.table.commit(files, sum(self.next.values()) + len(rows))
        for p, messages in self.log.items():
            self.next[p] = min(self.next[p] + most, len(messages))
        self.keeper.extend(files)


def expected(log):
    """Return blocks and heads as they follow from the messages alone."""
    found = {
        p: heads_at(NIGHT_ID, p, b"".join(map(value_hash, of_p)), []) for p, of_p in log.items()
    }
    blocks = {p: blocks for p, (blocks, _) in found.items() if blocks}
    return blocks, {p: heads[len(log[p])] for p, (_, heads) in found.items()}


def kept(store):
    return {p: blocks for p, blocks in store.blocks().items() if blocks}, store.heads()


@pytest.fixture(scope="module")
def whole(spark, log, tmp_path_factory):
    """A night that landed in three parts."""
    landing = Landing(spark, tmp_path_factory.mktemp("whole"), log)
    for most in (10, 4_086, 9_000):
        landing.land(most)
    return landing


def compared(landing, store=None):
    path = landing.table.path
    return check_chain(NIGHT_ID, store or landing.store, "bronze", bronze=path, broker=None)


def test_blocks_from_bronze_are_those_of_the_messages(whole, log):
    assert kept(whole.store) == expected(log)
    assert [len(blocks) for blocks in kept(whole.store)[0].values()] == [2, 1]


def test_every_landing_leaves_a_head_to_note(whole, log):
    heads = whole.store.night_heads()
    assert [covered(head.covers)["votes", 0] for head in heads] == [10, 4_096, 9_000]
    assert len({head.hash for head in heads}) == 3


def test_other_landings_and_restarts_give_the_same(spark, tmp_path, log, whole):
    landing = Landing(spark, tmp_path, log)
    for most in (4_095, 2, 3_000, 9_000):
        landing.land(most)
        landing.start()
    assert kept(landing.store) == kept(whole.store)
    assert landing.store.told == 5
    assert len(landing.store.night_heads()) == 4


def test_a_chain_that_ops_lost_is_made_again(spark, whole):
    store = MemoryStore()
    ChainKeeper(NIGHT_ID, store, whole.table.path, whole.next)
    assert kept(store) == kept(whole.store)


def test_bronze_landed_again_meets_what_was_published(spark, tmp_path, log, whole):
    store = MemoryStore()
    store.write(*kept(whole.store), _AT)
    landing = Landing(spark, tmp_path, log, store)
    landing.land(5_000)
    assert len(store.night_heads()) == 1  # nothing goes back
    landing.land(5_000)
    landing.start()
    assert kept(store) == kept(whole.store)
    assert len(store.night_heads()) == 1


@pytest.mark.parametrize(("place", "what"), [
    (100, "block 0 of votes/0"), (4_200, "block 1 of votes/0"), (8_999, "head of votes/0"),
])  # fmt: skip
def test_bronze_landed_again_otherwise_is_refused(spark, tmp_path, log, whole, place, what):
    store = MemoryStore()
    store.write(*kept(whole.store), _AT)
    votes = list(log["votes", 0])
    votes[place] = vote(1, produced_at="2026-11-23T23:45:02.000000Z")
    landing = Landing(spark, tmp_path, {**log, ("votes", 0): votes}, store)
    with pytest.raises(UserError, match=what):
        landing.land(10_000)
    assert kept(store) == kept(whole.store)


def test_a_gap_is_refused(whole):
    keeper = ChainKeeper(NIGHT_ID, whole.store, whole.table.path, whole.next)
    with pytest.raises(UserError, match="votes/0 cannot go on"):
        keeper._take({("votes", 0): Run(9_001, bytes(32))})


def test_the_check_agrees_with_what_it_was_made_of(whole):
    assert compared(whole) == []


def test_the_check_names_what_differs(spark, tmp_path, log, whole):
    votes = list(log["votes", 0])
    votes[4_200], votes[4_201] = votes[4_201], votes[4_200]
    other = Landing(spark, tmp_path, {**log, ("votes", 0): votes})
    other.land(10_000)
    lines = compared(other, whole.store)
    assert lines[0].startswith("votes/0 block 1, offsets 4,096 to 8,191: ops has")
    assert [line.split()[0] for line in lines[1:]] == ["HEAD"]  # the one that covers it


def test_the_check_names_a_bronze_that_ends_too_soon(spark, tmp_path, log, whole):
    other = Landing(spark, tmp_path, {**log, ("votes", 0): log["votes", 0][:8_999]})
    other.land(10_000)
    assert "gives only 8,999 messages" in compared(other, whole.store)[0]


def test_a_night_without_a_chain_is_refused(whole):
    with pytest.raises(UserError, match="no chain yet"):
        compared(whole, MemoryStore())


def test_the_export_is_what_its_own_program_accepts(whole, tmp_path, capsys):
    folder = tmp_path / "chain"
    for _ in range(2):  # an earlier export is replaced
        lines = list(export(NIGHT_ID, whole.store, whole.table.path, folder))
    heads = [head.hash for head in whole.store.night_heads()]
    assert lines[-1] == f"HEAD {heads[-1]}"
    assert "votes/2: 4,093 rows, and 8 as a hash alone" in lines
    assert (folder / "head.txt").read_text().strip() == heads[-1]
    assert "synthetic data" in (folder / "README.txt").read_text()
    for head in heads:
        assert verify_chain.main([str(folder), head]) == 0
    said = capsys.readouterr().out
    assert "13,131 rows, 8 of them withheld" in said
    assert b"elector_no" not in b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())


def test_a_folder_with_something_else_in_it_stays(whole, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="cannot be written"):
        list(export(NIGHT_ID, whole.store, whole.table.path, tmp_path))
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]
