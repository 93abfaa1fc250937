"""Requests are kept apart, by a clock that the test turns."""

import pytest

from generators.request_rate import RequestRate


class Clock:
    def __init__(self):
        self.now = 100.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def test_requests_at_once_go_out_at_the_rate(clock):
    rate = RequestRate(4, clock=clock, sleep=clock.sleep)
    went_out = []
    for _ in range(5):
        rate.wait()
        went_out.append(clock.now)
    assert went_out == [100.0, 100.25, 100.5, 100.75, 101.0]


def test_a_slow_reply_has_waited_already_and_saves_nothing_up(clock):
    rate = RequestRate(1, clock=clock, sleep=clock.sleep)
    rate.wait()
    clock.now += 7.5
    rate.wait()
    assert clock.slept == []
    rate.wait()
    assert clock.slept == [1.0]
