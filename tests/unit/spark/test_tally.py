"""The tally on reduced rows: repeats, double votes, conservation; any batching gives the same."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.reduced import (
    BATCHES,
    CANDIDATES,
    DIMENSIONS,
    SEAT,
    STATIONS,
    Bad,
    Issue,
    OneByOne,
    Paper,
    fetch_from,
    log_of,
    reduced,
)

from election.errors import UserError
from spark.tally import rows as ledger
from spark.tally.fold import Totals
from spark.tally.rows import COUNT, TURNOUT, Increment, conform
from spark.tally.segments import summed
from spark.tally.tally import Claims, Tally

COUNTS = {"constituencies": 1, "candidates": 2}


class Counted:
    """A count in memory: what `Count` does, without Delta."""

    def __init__(self, *loaded):
        self.claims, self.totals = Claims(), Totals(DIMENSIONS)
        self.rows = Increment(
            *(conform([one.of(n) for one in loaded], n) for n in (TURNOUT, COUNT))
        )
        self.claims.restore(self.rows)
        self.totals.add(self.rows, self.claims.numbers)
        self.batches = []

    def take(self, batch):
        taken = Tally(self.claims, COUNTS).take(reduced(batch), fetch_from(batch))
        self.totals.add(taken.increment, self.claims.numbers)
        self.batches.append(taken)
        return taken

    def increments(self):
        return [batch.increment for batch in self.batches]


def merged(increments):
    return Increment(*(conform([one.of(n) for one in increments], n) for n in (TURNOUT, COUNT)))


def count(*batches):
    counted = Counted()
    for batch in batches:
        counted.take(batch)
    return counted


def classes(counted):
    return {
        place: {name: n for name, n in found.items() if n and name != "messages"}
        for place, found in counted.totals.classes.items()
    }


def check(counted, log):
    """Compare with a count one by one."""
    expected = OneByOne.count(log)
    assert classes(counted) == {place: dict(c) for place, c in expected.classes.items()}
    assert {c: n for c, n in counted.totals.votes.items() if n} == dict(expected.votes)
    assert {k: n for k, n in counted.totals.issued.items() if n} == dict(expected.issued)
    assert counted.totals.seats[SEAT].valid == sum(expected.votes.values())
    assert {r: n for r, n in counted.totals.seats[SEAT].rejected.items() if n} == expected.spoilt
    assert sum(c["ballots_issued"] for c in counted.totals.cells.values()) == sum(
        n for (_, method), n in expected.issued.items() if method != "tendered"
    )
    assert numbers(counted.claims) == expected.numbers
    assert electors(counted.claims) == expected.electors


def spread(rows):
    return {
        (source, word * 64 + bit + 1)
        for source, word, bits in zip(*rows, strict=True)
        for bit in range(64)
        if int(bits) >> bit & 1
    }


def numbers(claims):
    return {(topic, *one) for topic, seen in claims.numbers.items() for one in spread(seen.rows())}


def electors(claims):
    return spread(claims.electors.rows())


def test_a_clean_batch_needs_no_second_look():
    log = log_of([Paper(number=n) for n in range(1, 131)])
    taken = Tally(Claims(), COUNTS).take(reduced(log), pytest.fail)
    assert taken.duplicates == [] and taken.rejected == []


@pytest.mark.parametrize("times", [2, 3, 4, 5])
def test_of_papers_with_one_number_the_first_counts(times):
    first, second = Paper(number=64), Paper(number=64, choice=CANDIDATES[1])
    log = log_of([Paper(number=1), first, *[second] * (times - 1), Paper(number=65)])
    counted = count(log)
    check(counted, log)
    assert counted.totals.votes == {CANDIDATES[0]: 3}
    assert [offset for _, _, offset in counted.batches[0].duplicates] == list(range(2, times + 1))


def test_a_number_of_an_earlier_batch_is_a_duplicate():
    log = log_of([Paper(number=1), Paper(number=2), Paper(number=1, choice=CANDIDATES[1])])
    counted = count(log[:2], log[2:])
    check(counted, log)
    assert counted.batches[1].duplicates == [("votes", 1, 2)]


def test_a_second_ballot_of_an_elector_is_rejected_and_its_number_is_seen():
    log = log_of([Issue(number=1, elector=7), Issue(number=2, elector=7), Issue(number=2)])
    for counted in (count(log), count(log[:1], log[1:]), count(*([one] for one in log))):
        check(counted, log)
        assert classes(counted)["ballots_issued", 1] == {
            "accepted": 1, "rejected": 1, "duplicate": 1
        }  # fmt: skip
        rejected = [r for batch in counted.batches for r in batch.rejected]
        assert [(r.offset, r.reason) for r in rejected] == [(1, "double_vote_attempt")]


def test_a_duplicate_does_not_use_up_its_elector():
    """Issue number 1 came first for elector 7: what names it for elector 8 is a copy gone wrong."""
    log = log_of([Issue(number=1, elector=7), Issue(number=1, elector=8),
                  Issue(number=2, elector=8)])  # fmt: skip
    for counted in (count(log), count(log[:1], log[1:]), count(log[:2], log[2:])):
        check(counted, log)
        assert classes(counted)["ballots_issued", 1] == {"accepted": 2, "duplicate": 1}


def test_a_tendered_ballot_claims_its_number_and_no_elector():
    log = log_of([Issue(number=1, elector=None), Issue(number=2, elector=1),
                  Issue(number=3, elector=None)])  # fmt: skip
    counted = count(log)
    check(counted, log)
    assert counted.totals.issued[STATIONS[0], "tendered"] == 2


def test_the_marked_register_counts_each_elector_once():
    log = log_of([Issue(number=n, elector=n) for n in range(1, 130)])
    counted = count(log)
    assert counted.totals.cells[("R", "35-44", "female", "-")]["ballots_issued"] == 129


def test_a_message_in_no_class_is_refused_and_nothing_is_written():
    log = log_of([Paper(number=1), Paper(number=1)])
    with pytest.raises(UserError, match="accounted for"):
        Tally(Claims(), COUNTS).take(reduced(log[:1]).with_columns(pl.lit(5).alias("last_offset")),
                                     fetch_from(log))  # fmt: skip


SAID = st.one_of(
    st.builds(Paper, st.sampled_from(BATCHES), st.integers(1, 5) | st.integers(60, 70),
              st.sampled_from([*CANDIDATES, "!unmarked_or_void"]), st.booleans(),
              st.integers(0, 2)),
    st.builds(Issue, st.sampled_from(STATIONS), st.integers(1, 5) | st.integers(60, 70),
              st.none() | st.integers(1, 5) | st.integers(64, 66), st.booleans(),
              st.integers(0, 2)),
    st.builds(Bad, st.sampled_from(["votes", "ballots_issued"]),
              st.sampled_from(["malformed", "unknown_seat"])),
)  # fmt: skip


@st.composite
def batched_logs(draw):
    """A log, and the same in batches: each takes the next few messages of every partition."""
    log = log_of(draw(st.lists(SAID, max_size=40)))
    left = {}
    for sent in log:
        left.setdefault((sent.topic, sent.partition), []).append(sent)
    batches = []
    while any(left.values()):
        batch = []
        for place in list(left):
            n = draw(st.integers(0, 12))
            batch += left[place][:n]
            left[place] = left[place][n:]
        batches.append(batch)
    return log, [batch for batch in batches if batch]


@settings(max_examples=40, deadline=None)
@given(batched_logs())
def test_any_batching_gives_the_count_of_one_by_one(case):
    log, batches = case
    counted = count(*batches)
    check(counted, log)
    rejections = [one.kind(name, ledger.REJECTION) for one in counted.increments()
                  for name in (TURNOUT, COUNT)]  # fmt: skip
    found = {
        row for frame in rejections
        for row in frame.select("topic", "kafka_partition", "first_offset", "reason").iter_rows()
    }  # fmt: skip
    assert found == OneByOne.count(log).rejected


@settings(max_examples=25, deadline=None)
@given(batched_logs(), st.data())
def test_a_snapshot_and_a_restart_change_nothing(case, data):
    log, batches = case
    cut = data.draw(st.integers(0, len(batches)))
    before = count(*batches[:cut])
    whole = merged(before.increments())
    snapshot = Increment(*(summed(whole.of(n), n) for n in (TURNOUT, COUNT)))
    again = Increment(*(summed(snapshot.of(n), n) for n in (TURNOUT, COUNT)))
    for loaded in (whole, snapshot, again):
        counted = Counted(loaded)
        for batch in batches[cut:]:
            counted.take(batch)
        check(counted, log)
        if batches:
            straight = count(*batches)
            assert counted.totals.hours == straight.totals.hours
            assert vars(counted.totals.seats[SEAT]) == vars(straight.totals.seats[SEAT])
            assert counted.totals.next_offset == straight.totals.next_offset


def test_a_snapshot_has_every_number_and_the_newest_time_of_counting():
    log = log_of([Paper(number=1), Paper(number=2), Paper(number=1), Paper(number=2)])
    first = merged(count(log[:1], log[1:2]).increments())
    counted = Counted(Increment(*(summed(first.of(n), n) for n in (TURNOUT, COUNT))))
    times = counted.totals.seats[SEAT]
    assert (times.last_counted_at - times.first_counted_at).total_seconds() == 1
    counted.take(log[2:])
    check(counted, log)


def test_a_late_message_counts_and_is_late():
    log = log_of([Paper(number=1), replace(Paper(number=2), is_late=True)])
    counted = count(log)
    assert classes(counted)["votes", 1] == {"accepted": 1, "late": 1}
    assert counted.totals.votes[CANDIDATES[0]] == 2
