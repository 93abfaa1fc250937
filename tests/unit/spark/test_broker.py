"""A broker that has just been started again answers, but knows nothing yet."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from election.errors import UserError
from election.settings import BrokerSettings
from spark import broker as asked
from spark.broker import Broker


@pytest.fixture
def broker(monkeypatch):
    monkeypatch.setattr(asked, "_ASKS_AGAIN_S", (0.0, 0.0))
    found = Broker(BrokerSettings(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"))
    yield found
    found.close()


class Waking:
    """Knows no partition at first."""

    def __init__(self, times):
        self.left = times

    def get_watermark_offsets(self, _partition, timeout):
        assert timeout > 0
        if self.left:
            self.left -= 1
            raise KafkaException(KafkaError(KafkaError._UNKNOWN_PARTITION))
        return 0, 7

    def close(self):
        pass


def test_a_broker_that_does_not_know_its_partitions_yet_is_asked_again(broker):
    broker.close()
    broker._consumer = Waking(3)
    assert broker.watermarks(["exit_poll"])["exit_poll", 0] == (0, 7)


def test_one_that_never_does_is_an_error_with_its_words(broker, monkeypatch):
    broker.close()
    broker._consumer = Waking(10**9)
    monkeypatch.setattr(asked, "ANSWERS_WITHIN_S", 0.05)
    with pytest.raises(UserError) as refused:
        broker.watermarks(["exit_poll"])
    assert "partition" in refused.value.why.lower()
