"""One piece of work at a time beside its owner, who learns what failed."""

import threading

import pytest

from spark.beside import Beside


@pytest.fixture
def beside():
    made = Beside("test")
    yield made
    made.close()


def test_the_owner_goes_on_meanwhile_and_is_one_piece_ahead_at_most(beside):
    may_end, second = threading.Event(), threading.Event()
    beside.do(lambda: may_end.wait(30))
    assert beside.is_busy
    owner = threading.Thread(target=lambda: beside.do(second.set))
    owner.start()
    assert not second.wait(0.1)
    may_end.set()
    assert second.wait(30)
    owner.join(30)
    beside.settle()
    assert not beside.is_busy


def test_what_failed_is_raised_to_whoever_asks_and_keeps_the_next_from_being_begun(beside):
    beside.raise_if_failed()
    beside.settle()
    done = []
    beside.do(lambda: 1 / 0)
    for ask in (beside.settle, beside.raise_if_failed, lambda: beside.do(lambda: done.append(1))):
        with pytest.raises(ZeroDivisionError):
            ask()
    assert done == [] and not beside.is_busy


def test_asking_does_not_wait(beside):
    may_end = threading.Event()
    beside.do(lambda: may_end.wait(30))
    beside.raise_if_failed()
    may_end.set()


def test_the_end_waits_for_what_is_being_done(beside):
    done = []
    beside.do(lambda: done.append(1))
    beside.close()
    assert done == [1]
