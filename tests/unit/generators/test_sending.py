"""Sending in order, counting acknowledgements, and going on after a restart; no broker."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from election.errors import UserError
from generators.acknowledged import ProducedLedger
from generators.encode import Block
from generators.lanes import Lane
from generators.moments import UTC_US, to_us
from generators.opening import Opening
from generators.pacing import Pace
from generators.producer import Deliveries
from generators.sending import NightSender

OPENS = datetime(2017, 6, 8, 6, tzinfo=UTC)
NIGHT = "n"


class FakeOps:
    """Keeps rows of ops.produced and ops.batches as the database would."""

    def __init__(self, rows=()):
        self.rows = {(row[0], row[1]): row for row in rows}
        self.batches = []
        self.unread = []  # answers to how much the stages have not read

    def read(self, query, values):
        if "least(" in query:
            return [(self.unread.pop(0),)]
        if "ops.batches" in query:
            return [(1 + max((batch for batch, *_ in self.batches), default=-1),)]
        return list(self.rows.values())

    def write(self, statements):
        for statement, values in statements:
            if "ops.batches" in statement:
                self.batches.append(values[2:8])
            else:
                self.rows[values[1], values[2]] = values[1:]


class FakeRows:
    def __init__(self):
        self.clocks, self.said = [], []

    def set_clock(self, clock):
        self.clocks.append(clock)

    def say(self, state, detail, error=None):
        self.said.append((state, detail))


class FakeProducer:
    """Acknowledges up to a number of messages, then takes them and stays silent."""

    in_flight = 0

    def __init__(self, acknowledges=10**9, begins_at=0):
        self.sent, self.left, self.counters = [], acknowledges, {}
        self.begins_at = begins_at  # offset of the first message of a partition

    def deliveries(self, topic, partition):
        return self.counters.setdefault((topic, partition), Deliveries())

    def send(self, topic, partition, batch):
        for message in batch:
            self.sent.append((topic, partition, message["value"]))
            if self.left:
                self.left -= 1
                offset = self.begins_at + self.deliveries(topic, partition).acknowledged
                self.deliveries(topic, partition).count(None, Acknowledged(offset))

    def poll(self, seconds):
        pass

    def wait_for_all(self, stopping):
        pass

    def flush(self, seconds):
        pass


class Acknowledged:
    def __init__(self, offset):
        self._offset = offset

    def offset(self):
        return self._offset


def encode(topic, rows):
    values = [f'"#{n}}}'.encode() for n in rows["n"]]
    return Block([b"k"] * len(values), values, {})


def lane(topic, minutes):
    times = [OPENS + timedelta(minutes=m) for m in minutes]
    rows = pl.DataFrame({"n": list(minutes), "release_at": pl.Series(times, dtype=UTC_US)})
    return Lane(topic, 0, rows, encode)


class Plan:
    election_id = "e"
    ends_at = OPENS + timedelta(hours=30)


def sender(lanes, producer, ops, stopping=lambda: False, opening=None):
    return NightSender(
        Plan(), lanes, producer, ProducedLedger(ops, NIGHT), FakeRows(),
        opening=opening or Opening(ops, NIGHT, within_s=0), stopping=stopping,
    )  # fmt: skip


def pace():
    return Pace(
        None,
        starts_at=OPENS,
        closes_at=OPENS + timedelta(hours=15),
        resumes_us=None,
        now=datetime.now(UTC),
    )


def numbers(producer, topic):
    return [
        int(value.rpartition(b"#")[2][:-1]) for sent, _, value in producer.sent if sent == topic
    ]


def test_each_partition_is_sent_in_its_order():
    producer, ops = FakeProducer(), FakeOps()
    assert sender([lane("votes", range(0, 900, 3)), lane("voters", [5])], producer, ops).send(
        pace()
    )
    assert numbers(producer, "votes") == list(range(0, 900, 3))
    assert ops.rows["votes", 0] == ("votes", 0, 300, 300, 300, 0, 300)


def test_topics_come_in_the_order_of_time_not_one_after_the_other():
    producer = FakeProducer()
    sender([lane("votes", [0, 500]), lane("voters", [250])], producer, FakeOps()).send(pace())
    assert [topic for topic, *_ in producer.sent] == ["votes", "voters", "votes"]


def test_a_restart_goes_on_after_the_last_acknowledged_message():
    ops = FakeOps()
    first = FakeProducer(acknowledges=4)
    assert not sender([lane("votes", range(10))], first, ops).send(pace())
    assert ops.rows["votes", 0][2:5] == (4, 10, 4)
    again = FakeProducer(begins_at=4)
    restarted = sender([lane("votes", range(10))], again, ops)
    assert restarted.resumes_us is not None
    assert restarted.send(pace())
    assert numbers(again, "votes") == [4, 5, 6, 7, 8, 9]
    assert ops.rows["votes", 0][2:5] == (10, 10, 10)
    assert ops.batches == [(0, "votes", 0, 0, 4, 4), (1, "votes", 0, 4, 10, 6)]


def test_a_restart_with_nothing_left_to_send_is_at_the_end_of_the_night():
    """Everything was acknowledged, and the night was interrupted while it was counted again."""
    ops = FakeOps()
    assert sender([lane("votes", range(10))], FakeProducer(), ops).send(pace())
    again = FakeProducer()
    restarted = sender([lane("votes", range(10))], again, ops)
    assert restarted.resumes_us == to_us(Plan.ends_at)
    clock = Pace(
        540.0, starts_at=OPENS, closes_at=OPENS + timedelta(hours=15),
        resumes_us=restarted.resumes_us, now=datetime.now(UTC),
    )  # fmt: skip
    assert restarted.send(clock)
    assert again.sent == []
    assert clock.clock.election_at(datetime.now(UTC)) == Plan.ends_at


def test_a_stop_is_obeyed_and_written_down():
    producer, ops = FakeProducer(), FakeOps()
    assert not sender([lane("votes", range(10))], producer, ops, lambda: True).send(pace())
    assert producer.sent == []
    assert ops.rows["votes", 0][2:4] == (0, 10)


def test_another_plan_for_the_same_night_is_refused():
    ops = FakeOps([("votes", 0, 3, 10, 3, 0, 3)])
    with pytest.raises(UserError, match="another plan"):
        sender([lane("votes", range(11))], FakeProducer(), ops)


def test_foreign_messages_count_as_produced():
    ops = FakeOps()
    night = sender([lane("votes", range(10))], FakeProducer(), ops)
    night.send(pace())
    night.write_end_offsets({("votes", 0): 13})
    assert ops.rows["votes", 0][-1] == 13


def test_after_a_refusal_nothing_counts_as_in_order():
    deliveries = Deliveries()
    deliveries.count(None, Acknowledged(0))
    deliveries.count(object(), None)
    deliveries.count(None, Acknowledged(1))
    assert (deliveries.acknowledged, deliveries.in_order, deliveries.refused) == (2, 1, 1)


class Ticking:
    """A second passes between any two looks at it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


def early_and_late():
    return [lane("voters", range(-60, -57)), lane("ballots_issued", range(3))]


def test_the_poll_waits_until_what_comes_before_it_is_read():
    ops, producer = FakeOps(), FakeProducer()
    ops.unread = [3, 2, 0]
    opening = Opening(ops, NIGHT, within_s=1000, clock=Ticking())
    assert sender(early_and_late(), producer, ops, opening=opening).send(pace())
    assert opening.is_open and ops.unread == []
    assert [topic for topic, *_ in producer.sent] == ["voters"] * 3 + ["ballots_issued"] * 3


def test_the_poll_opens_in_the_end_whoever_does_not_read():
    ops, producer = FakeOps(), FakeProducer()
    ops.unread = [3] * 100
    opening = Opening(ops, NIGHT, within_s=10, clock=Ticking())
    assert sender(early_and_late(), producer, ops, opening=opening).send(pace())
    assert 90 < len(ops.unread) < 100
    assert numbers(producer, "ballots_issued") == [0, 1, 2]


def test_nothing_of_the_poll_is_sent_while_it_waits():
    ops, producer = FakeOps(), FakeProducer()
    ops.unread = [3] * 100
    opening = Opening(ops, NIGHT, within_s=1000, clock=Ticking())
    waiting = sender(early_and_late(), producer, ops, opening=opening,
                     stopping=lambda: len(ops.unread) < 50)  # fmt: skip
    assert not waiting.send(pace())
    assert [topic for topic, *_ in producer.sent] == ["voters"] * 3


def test_what_is_in_flight_is_not_read():
    ops, producer = FakeOps(), FakeProducer()
    producer.in_flight = 1
    tries = iter(range(20))
    opening = Opening(ops, NIGHT, within_s=1000, clock=Ticking())
    waiting = sender(early_and_late(), producer, ops, opening=opening,
                     stopping=lambda: next(tries, None) is None)  # fmt: skip
    assert not waiting.send(pace())
    assert not opening.is_open


def test_a_poll_that_was_open_does_not_wait_when_it_goes_on():
    ops = FakeOps()
    first = FakeProducer(acknowledges=4)
    assert not sender(early_and_late(), first, ops).send(pace())
    ops.unread = [3] * 100
    opening = Opening(ops, NIGHT, within_s=1000, clock=Ticking())
    again = sender(early_and_late(), FakeProducer(begins_at=4), ops, opening=opening)
    assert again.send(pace())
    assert len(ops.unread) == 100
