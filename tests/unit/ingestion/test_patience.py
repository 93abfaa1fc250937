"""How long ingestion waits for what may pass, and what it says when it does not."""

from types import SimpleNamespace

import psycopg
import pytest

from election.errors import PassingError
from ingestion import landing
from ingestion.broker import BrokerTroubleError, UnknownTopicError

GIVE_UP_AFTER_S = 300.0
UNKNOWN = UnknownTopicError("topic votes does not exist", why="of a fake", fix="none")
SETTINGS = SimpleNamespace(ingestion=SimpleNamespace(give_up_after_s=GIVE_UP_AFTER_S))


class Stage:
    """A stage whose tries end as told; a clock that only its pauses and idle times move."""

    def __init__(self, monkeypatch, acts):
        self.now, self.pauses, self._acts = 0.0, [], list(acts)
        self.is_over = False
        monkeypatch.setattr(landing.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(landing, "Landing", lambda settings: self)

    def __call__(self):
        return self.is_over

    def wait(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def start(self):
        pass

    def close(self):
        pass

    def run(self, stopping, *, once, is_well):
        if not self._acts:
            self.is_over = True
            return
        idle_s, trouble = self._acts.pop(0)
        if idle_s:
            self.now += idle_s
            is_well()
        raise trouble


@pytest.mark.parametrize(
    "trouble", [BrokerTroubleError("gone"), UNKNOWN, psycopg.OperationalError()]
)
def test_trouble_after_a_long_idle_time_is_waited_for(monkeypatch, trouble):
    stage = Stage(monkeypatch, [(2 * GIVE_UP_AFTER_S, trouble), (0, trouble)])
    landing.land(SETTINGS, stage)
    assert len(stage.pauses) == 2
    assert stage.pauses[1] > stage.pauses[0] * 0.9


def test_trouble_that_stays_ends_as_one_that_may_pass(monkeypatch):
    stage = Stage(monkeypatch, [(0, psycopg.OperationalError("no route"))] * 1000)
    with pytest.raises(PassingError) as told:
        landing.land(SETTINGS, stage)
    assert told.value.why == "no route"
    assert told.value.exit_code == 1
    assert GIVE_UP_AFTER_S < stage.now < GIVE_UP_AFTER_S + landing.LONGEST_PAUSE_S


def test_a_topic_that_stays_unknown_is_named_soon(monkeypatch):
    stage = Stage(monkeypatch, [(0, UNKNOWN)] * 1000)
    with pytest.raises(UnknownTopicError) as told:
        landing.land(SETTINGS, stage)
    assert told.value.exit_code == 2
    assert stage.now < landing.TOPICS_WITHIN_S + landing.LONGEST_PAUSE_S
