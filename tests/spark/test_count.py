"""The count as a play in acts: batches, deaths, new starts; without a broker."""

import pytest
from support.handmade_night import BALLOTS, VOTES, whole_night
from support.spark_count import Counting, count_log

from election.errors import UserError
from spark.tally.comparison import differences


def acts_of(log, cuts):
    """Cut every partition of the log at the same shares."""
    acts = [[] for _ in cuts]
    for _, _, messages in log.partitions():
        ends = [int(len(messages) * cut) for cut in cuts]
        for act, start, end in zip(acts, [0, *ends], ends, strict=False):
            act += messages[start:end]
    return acts


@pytest.fixture(scope="module")
def straight(spark, tmp_path_factory):
    log = whole_night()
    return log, count_log(spark, tmp_path_factory.mktemp("straight"), log)


def test_every_message_is_in_the_class_its_sender_meant(straight):
    log, counting = straight
    for topic, partition, messages in log.partitions():
        expected = {k: n for k, n in log.classes(messages).items() if n}
        found = counting.count.totals.classes.get((topic, partition), {})
        assert {k: n for k, n in found.items() if n and k != "messages"} == expected, topic


def test_every_rejection_has_the_reason_its_sender_meant(straight):
    log, counting = straight
    assert counting.reasons() == {
        (m.topic, m.partition, m.offset): m.reason
        for m in log.messages
        if m.message_class == "rejected"
    }


def test_totals_are_those_of_the_night(straight):
    _, counting = straight
    totals = counting.count.totals
    assert {c: n for c, n in totals.votes.items() if n} == VOTES
    issued = {s: sum(n for (station, m), n in totals.issued.items() if station == s
                     and m != "tendered") for s in BALLOTS}  # fmt: skip
    assert issued == {s: min(n, 25) for s, n in BALLOTS.items()}


def test_a_count_that_dies_between_batches_goes_on_from_its_ledgers(straight, spark, tmp_path):
    log, counting = straight
    for act in acts_of(log, (0.3, 0.55, 1)):
        died = Counting(spark, tmp_path, log)
        died.take(act)
    assert differences(counting.sums(), died.sums(), "again") == []


def test_messages_of_counted_offsets_that_come_again_are_left_out(straight, spark, tmp_path):
    log, counting = straight
    first, second = acts_of(log, (0.5, 1))
    died = Counting(spark, tmp_path, log)
    died.take(first)
    again = Counting(spark, tmp_path, log)
    again.take(first + second)
    assert differences(counting.sums(), again.sums(), "again") == []


def test_one_ledger_written_and_the_other_not_is_made_good(straight, spark, tmp_path, monkeypatch):
    log, counting = straight
    first, second = acts_of(log, (0.5, 1))
    died = Counting(spark, tmp_path, log)
    died.take(first)

    def dies(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(died.ledgers["count"], "append", dies)
    with pytest.raises(OSError, match="no space"):
        died.take(second)
    again = Counting(spark, tmp_path, log)
    again.take(second)
    assert differences(counting.sums(), again.sums(), "again") == []


def test_a_batch_that_leaves_messages_out_is_refused(spark, tmp_path):
    log = whole_night()
    counting = Counting(spark, tmp_path, log)
    with pytest.raises(UserError, match="were skipped"):
        counting.take([m for m in log.of("votes") if m.offset > 3])


def test_a_snapshot_changes_nothing(straight, spark, tmp_path):
    log, counting = straight
    for act in acts_of(log, (0.4, 0.7, 1)):
        one = Counting(spark, tmp_path, log)
        one.snapshot()
        one.take(act)
        one.count.settle()
    assert differences(counting.sums(), Counting(spark, tmp_path, log).sums(), "again") == []
