"""The ledgers on disk: guarded, chained, summed up to any time. Without Spark."""

from datetime import UTC, datetime, timedelta
from threading import Event

import deltalake as dl
import polars as pl
import pytest
from deltalake.exceptions import CommitFailedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.events import NIGHT_ID
from support.reduced import DIMENSIONS, Issue, OneByOne, Paper, fetch_from, log_of, reduced

from election.errors import UserError
from spark.fencing import FencedError
from spark.jobs.count_beside import Places
from spark.jobs.paths import LakePaths
from spark.jobs.tidying import tidy_ledgers
from spark.tally import ledger as module
from spark.tally import rows as ledger
from spark.tally.history import History, sum_as_of
from spark.tally.ledger import GENESIS, Ledger, chained
from spark.tally.rows import COUNT, TURNOUT, Increment, conform
from spark.tally.tally import Claims, Tally

START = datetime(2026, 11, 23, 23, 45, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COUNTS = {"constituencies": 1, "candidates": 2}
SAID = st.builds(Paper, number=st.integers(1, 70)) | st.builds(
    Issue, number=st.integers(1, 9), elector=st.integers(1, 9)
)


class Book:
    """Both ledgers of a night in a folder, and a tally that writes an entry a minute."""

    def __init__(self, folder, **more):
        self.paths = LakePaths(str(folder))
        self.ledgers = {n: Ledger(self.paths.ledger(NIGHT_ID, n), n, NIGHT_ID, **more)
                        for n in (TURNOUT, COUNT)}  # fmt: skip
        loaded = Increment(*(self.ledgers[n].load() for n in (TURNOUT, COUNT)))
        self.claims = Claims()
        self.claims.restore(loaded)
        self.entry = max(one.entry for one in self.ledgers.values())

    def take(self, batch):
        self.entry += 1
        taken = Tally(self.claims, COUNTS).take(reduced(batch), fetch_from(batch))
        for name, one in self.ledgers.items():
            if len(rows := taken.increment.of(name)):
                one.append(rows, self.entry, START + self.entry * MINUTE)

    def snapshot(self):
        for one in self.ledgers.values():
            if one.has_tail():
                one.snapshot(START + self.entry * MINUTE + MINUTE / 2)

    def settle(self):
        for one in self.ledgers.values():
            one.settle()

    def rows(self, name=COUNT):
        return pl.read_delta(self.paths.ledger(NIGHT_ID, name))

    def sum(self, moment=None):
        histories = {n: History(self.paths.ledger(NIGHT_ID, n), n) for n in (TURNOUT, COUNT)}
        return sum_as_of(histories, DIMENSIONS, moment)


def papers(first, last):
    return [Paper(number=n) for n in range(first, last + 1)]


def votes(added):
    return sum(added.totals.votes.values())


def test_a_ledger_reads_back_what_was_written(tmp_path):
    log = log_of([*papers(1, 5), Issue(number=1)])
    Book(tmp_path).take(log)
    added = Book(tmp_path).sum()
    assert votes(added) == 5 and added.entry == 0 and added.as_of == START
    assert added.totals.issued["A-S001", "in_person"] == 1


def test_turnout_and_count_have_ledgers_of_their_own(tmp_path):
    Book(tmp_path).take(log_of([*papers(1, 5), Issue(number=1)]))
    found = {n: pl.read_delta(str(tmp_path / "ledgers" / NIGHT_ID / n)) for n in (TURNOUT, COUNT)}
    assert set(found[TURNOUT]["topic"].drop_nulls()) == {"ballots_issued"}
    assert set(found[COUNT]["topic"].drop_nulls()) == {"votes"}
    assert "candidate_id" not in found[TURNOUT].columns
    assert not (found[COUNT]["kind"] == ledger.ELECTORS).any()


def test_entries_are_chained_over_snapshots_and_restarts(tmp_path):
    log = log_of(papers(1, 9))
    Book(tmp_path).take(log[:3])
    book = Book(tmp_path)
    book.take(log[3:6])
    book.snapshot()
    book.take(log[6:7])
    book.settle()
    Book(tmp_path).take(log[7:])
    rows = book.rows()
    heads = rows.filter(pl.col("kind") == ledger.HEAD).sort("entry")
    entries, snapshots = heads.partition_by("is_snapshot", maintain_order=True)
    assert entries["previous_hash"].to_list() == [GENESIS, *entries["hash"].to_list()[:-1]]
    [summed_up] = snapshots.iter_rows(named=True)
    assert (summed_up["entry"], summed_up["previous_hash"]) == (1, entries["hash"][1])
    for head in heads.iter_rows(named=True):
        same = (pl.col("entry") == head["entry"]) & (pl.col("segment") == head["segment"])
        of_entry = rows.filter(same & (pl.col("kind") != ledger.HEAD))
        assert chained(head["previous_hash"], of_entry) == head["hash"]


def test_a_second_writer_is_refused(tmp_path):
    log = log_of(papers(1, 9))
    Book(tmp_path).take(log[:3])
    one, other = Book(tmp_path), Book(tmp_path)
    one.take(log[3:6])
    with pytest.raises(FencedError, match="entry of another one"):
        other.take(log[3:6])
    assert votes(Book(tmp_path).sum()) == 6


def test_two_writers_of_different_partitions_are_two_all_the_same(tmp_path):
    """Their offset guards have nothing in common: the table's version has."""
    votes_log, issues = log_of(papers(1, 4)), log_of([Issue(number=n) for n in (1, 2)])
    Book(tmp_path).take(votes_log[:1])
    one, other = Book(tmp_path), Book(tmp_path)
    one.take(votes_log[1:2])
    one.snapshot()
    one.take(votes_log[2:3])
    one.settle()  # its compaction must not carry the other past these entries
    with pytest.raises(FencedError):
        other.take(issues + votes_log[2:])


def test_a_ledger_compacted_by_another_process_goes_on(tmp_path):
    log = log_of(papers(1, 30))
    book = Book(tmp_path)
    for n in range(8):
        book.take(log[n : n + 1])
    said = tidy_ledgers(book.paths, NIGHT_ID, START + timedelta(hours=1))
    assert "count 8 files -> 1" in said
    book.take(log[8:20])
    book.snapshot()
    book.take(log[20:25])
    book.settle()
    book.take(log[25:])
    assert votes(Book(tmp_path).sum()) == 30


def test_a_ledger_in_use_is_left_alone(tmp_path):
    book = Book(tmp_path)
    book.take(log_of(papers(1, 3)))
    assert "left as they are" in tidy_ledgers(book.paths, NIGHT_ID, START + MINUTE / 2)


def test_long_segments_are_compacted_and_want_a_snapshot(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "COMPACT_EVERY", 4)
    book, log = Book(tmp_path, entries_in_segment=6), log_of(papers(1, 6))
    for one in log:
        assert not book.ledgers[COUNT].wants_snapshot()
        book.take([one])
        book.settle()
    assert book.ledgers[COUNT].wants_snapshot()
    files = dl.DeltaTable(book.paths.ledger(NIGHT_ID, COUNT)).file_uris()
    assert len(files) == 3 and votes(Book(tmp_path).sum()) == 6


def test_a_segment_is_compacted_while_entries_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "COMPACT_EVERY", 3)
    book = Book(tmp_path)
    for one in log_of(papers(1, 30)):
        book.take([one])
    book.settle()
    commits = dl.DeltaTable(book.paths.ledger(NIGHT_ID, COUNT)).history()
    assert [commit["operation"] for commit in commits].count("OPTIMIZE") > 1
    assert votes(Book(tmp_path).sum()) == 30


def test_totals_as_of_a_time_are_those_of_the_entries_until_then(tmp_path):
    book, log = Book(tmp_path), log_of(papers(1, 30))
    for n in range(6):
        book.take(log[n * 5 : n * 5 + 5])
        if n in (2, 4):
            book.settle()
        if n in (1, 3):
            book.snapshot()
    assert votes(book.sum(START - MINUTE)) == 0
    for n in range(6):
        at = START + n * MINUTE
        assert votes(book.sum(at)) == votes(book.sum(at + 0.9 * MINUTE)) == 5 * (n + 1)
        assert book.sum(at).entry == n
        assert book.sum(at).totals.next_offset == {("votes", 1): 5 * (n + 1)}


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(said=st.lists(SAID, min_size=1, max_size=40), data=st.data())
def test_snapshots_and_restarts_give_one_count(tmp_path_factory, said, data):
    log, folder = log_of(said), tmp_path_factory.mktemp("book")
    left, book, seen = list(log), Book(folder), 0
    while left:
        n = data.draw(st.integers(1, 15))
        # A batch has the next messages of each partition: a cut through the whole log is one.
        book.take(left[:n])
        left, seen = left[n:], seen + n
        if data.draw(st.booleans()):
            book.snapshot()
        if data.draw(st.booleans()):
            book.settle()
        if data.draw(st.booleans()):
            book = Book(folder)  # what the one before it does beside the count may come later
        assert votes(book.sum()) == sum(OneByOne.count(log[:seen]).votes.values())
    added, expected = book.sum(), OneByOne.count(log)
    assert {k: n for k, n in added.totals.issued.items() if n} == dict(expected.issued)
    rejections = [
        History(book.paths.ledger(NIGHT_ID, n), n).rejections(None) for n in (TURNOUT, COUNT)
    ]
    assert sum(map(len, rejections)) == len(expected.rejected)


def test_an_entry_says_whose_it_is_of_the_night_and_of_a_lake_in_a_bucket(tmp_path):
    Book(tmp_path, epoch=3, lake_epoch=5).take(log_of([Issue(number=1, elector=1)]))
    [commit] = dl.DeltaTable(LakePaths(str(tmp_path)).ledger(NIGHT_ID, TURNOUT)).history()
    assert (commit["epoch"], commit["lake_epoch"]) == ("3", "5")


def test_a_compaction_says_whose_it_is_too(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "COMPACT_EVERY", 2)
    book = Book(tmp_path, epoch=3)
    for one in log_of(papers(1, 2)):
        book.take([one])
    book.settle()
    commits = dl.DeltaTable(book.paths.ledger(NIGHT_ID, COUNT)).history()
    assert commits[0]["operation"] == "OPTIMIZE"
    assert {commit["epoch"] for commit in commits} == {"3"}


def test_ledgers_made_beside_say_under_which_lease(tmp_path):
    places = Places(LakePaths(str(tmp_path)), NIGHT_ID, epoch=4)
    rows = Tally(Claims(), COUNTS).take(reduced(log := log_of(papers(1, 2))), fetch_from(log))
    places.fresh()[COUNT].append(rows.increment.count, 1, START)
    [commit] = dl.DeltaTable(places.paths.ledger(places.fresh_id, COUNT)).history()
    assert commit["epoch"] == "4"


def test_a_ledger_of_another_schema_version_is_refused_with_what_makes_it_anew(
    tmp_path, monkeypatch
):
    book = Book(tmp_path)
    book.take(log_of([*papers(1, 3), Issue(number=1)]))
    places = Places(book.paths, NIGHT_ID)
    assert places.outdated() == []
    old = ledger.VERSIONS[COUNT]
    monkeypatch.setitem(ledger.VERSIONS, COUNT, old + 1)
    for start in (Book, lambda _: places.histories(NIGHT_ID)):
        with pytest.raises(
            UserError, match=f"schema version {old}, this program reads and writes {old + 1}"
        ) as told:
            start(tmp_path)
        assert "make rebuild FROM=bronze" in told.value.fix
    assert places.outdated() == [
        f"ledger count: schema version {old} live, {old + 1} from this program"
    ]


def test_columns_that_are_not_the_ledgers_are_no_nulls(tmp_path, monkeypatch):
    book = Book(tmp_path)
    book.take(log_of(papers(1, 3)))
    less = {name: kind for name, kind in ledger.SCHEMAS[COUNT].items() if name != "fact"}
    monkeypatch.setitem(ledger.SCHEMAS, COUNT, pl.Schema({**less, "weight": pl.Int64}))
    for read in (lambda: Book(tmp_path), book.sum):
        with pytest.raises(UserError, match="other columns than its version") as told:
            read()
        assert told.value.why.startswith("fact, weight")


def test_a_value_that_a_ledger_has_no_column_for_is_not_dropped():
    rows = pl.DataFrame({"kind": ["sheet"], "candidate_id": ["E14000530-C01"]})
    with pytest.raises(ValueError, match="turnout has no place for candidate_id"):
        conform([rows], TURNOUT)
    nothing = rows.with_columns(candidate_id=pl.lit(None, pl.String))
    assert "candidate_id" not in conform([nothing], TURNOUT).columns


@pytest.fixture
def held(monkeypatch):
    """Hold what is done beside the count until the event is set."""
    go, was = Event(), Ledger._sum_up

    def wait(self, *arguments):
        assert go.wait(30)
        was(self, *arguments)

    monkeypatch.setattr(Ledger, "_sum_up", wait)
    yield go
    go.set()


def test_entries_and_starts_do_not_wait_for_a_snapshot(tmp_path, held):
    book, log = Book(tmp_path), log_of(papers(1, 20))
    book.take(log[:5])
    book.snapshot()
    for n in range(5, 10):
        book.take(log[n : n + 1])
    assert not book.ledgers[COUNT].has_tail() and not book.rows()["is_snapshot"].any()
    at = START + 3 * MINUTE
    assert (votes(book.sum()), votes(book.sum(at)), votes(Book(tmp_path).sum())) == (10, 8, 10)
    held.set()
    book.settle()
    assert book.rows()["is_snapshot"].any() and book.ledgers[COUNT].has_tail()
    book.take(log[10:])
    assert (votes(book.sum()), votes(book.sum(at)), votes(Book(tmp_path).sum())) == (20, 8, 20)


def test_a_snapshot_that_comes_after_the_next_driver_changes_nothing(tmp_path, held):
    log = log_of(papers(1, 20))
    old = Book(tmp_path, epoch=1)
    old.take(log[:5])
    old.snapshot()
    old.take(log[5:6])
    new = Book(tmp_path, epoch=2)
    new.take(log[6:10])
    held.set()
    old.settle()
    new.take(log[10:15])
    new.snapshot()
    new.take(log[15:])
    new.settle()
    assert votes(Book(tmp_path).sum()) == votes(new.sum()) == 20
    assert new.rows().filter(pl.col("kind") == ledger.HEAD)["is_snapshot"].sum() == 2


def test_a_snapshot_that_never_came_is_made_up_for_by_the_next(tmp_path, monkeypatch):
    log = log_of(papers(1, 20))
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "_sum_up", lambda *_: None)
        book = Book(tmp_path)
        book.take(log[:5])
        book.snapshot()
        book.take(log[5:8])
    book = Book(tmp_path)
    book.snapshot()
    book.take(log[8:])
    book.settle()
    whole = book.ledgers[COUNT]
    [newest] = {p["segment"] for p in dl.DeltaTable(whole.path).partitions()} - {"0", "1"}
    rows = book.rows().filter(pl.col("segment") == int(newest))
    assert rows.filter(pl.col("kind") == ledger.ACCOUNT)["messages"].sum() == 20
    assert votes(Book(tmp_path).sum()) == 20


def test_a_snapshot_that_fails_stops_the_count(tmp_path, monkeypatch):
    book, log = Book(tmp_path), log_of(papers(1, 9))
    book.take(log[:5])
    book.snapshot()
    book.take(log[5:6])
    book.settle()
    book.snapshot()
    with monkeypatch.context() as patched:
        patched.setattr(module, "summed", lambda *_: 1 / 0)
        book.take(log[6:7])
        with pytest.raises(ZeroDivisionError):
            book.settle()
    with pytest.raises(ZeroDivisionError):
        book.take(log[7:])
    book = Book(tmp_path)
    book.take(log[7:])
    assert votes(book.sum()) == 9


@pytest.mark.parametrize("refusal", [CommitFailedError, OSError])
@pytest.mark.parametrize("begun", [False, True])
def test_a_commit_that_fails_while_nobody_else_writes_is_no_conflict(
    tmp_path, monkeypatch, refusal, begun
):
    book, log = Book(tmp_path), log_of(papers(1, 4))
    if begun:
        book.take(log[:2])

    def full(*_, **__):
        raise refusal("Generic LocalFileSystem error\n ↳ No space left on device (os error 28)")

    with monkeypatch.context() as patched:
        patched.setattr(dl, "write_deltalake", full)
        with pytest.raises(UserError, match="cannot be written now") as told:
            book.take(log[2:])
    assert not isinstance(told.value, FencedError)
    assert "No space left on device" in told.value.why


def test_a_ledger_that_another_one_begins_at_once_is_a_conflict(tmp_path):
    one, other, log = Book(tmp_path), Book(tmp_path), log_of(papers(1, 4))
    one.take(log)
    with pytest.raises(FencedError, match="entry of another one"):
        other.take(log)
