from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

import psycopg
import pytest

from transform.cadence import FACTS_EVERY, INCREMENTAL, LOOK_EVERY, Cadence
from transform.outcome import Outcome
from transform.selection import CADENCE, CADENCE_WITH_FACTS

START = datetime(2026, 11, 23, 23, 45, tzinfo=UTC)
PASS = Outcome("pass")


class FakeLedger:
    def __init__(self, *, broken=False):
        self.runs, self.beats, self.broken = [], [], broken

    @contextmanager
    def alone(self):
        if self.broken:
            raise psycopg.OperationalError("the server is gone")
        yield

    def write_run(self, kind, outcome, started, ended):
        if self.broken:
            raise psycopg.OperationalError("the server is gone")
        self.runs.append((kind, outcome, started, ended))

    def beat(self, state, detail, *, error=None):
        if self.broken:
            raise psycopg.OperationalError("the server is gone")
        self.beats.append((state, detail, error))


class FakeDbt:
    """Answers with the outcomes in turn, and asks for the end after the last one."""

    def __init__(self, stop, *outcomes):
        self.stop, self.outcomes, self.asked = stop, list(outcomes), []

    def run(self, *invocations):
        self.asked.append(invocations)
        if len(self.outcomes) == 1:
            self.stop.set()
        return self.outcomes.pop(0)


class Clock:
    """Three seconds pass between any two looks."""

    def __init__(self):
        self.time = START

    def __call__(self):
        now, self.time = self.time, self.time + timedelta(seconds=3)
        return now


class FakePublisher:
    """Publishes nothing; what it finds is its answer."""

    def __init__(self, finds=PASS):
        self.finds = finds

    def after(self, outcome):
        return outcome.then(self.finds)


def play(*outcomes, ledger=None, finds=PASS):
    stop, ledger = Event(), ledger or FakeLedger()
    dbt = FakeDbt(stop, *outcomes)
    Cadence(dbt, FakePublisher(finds), ledger, timedelta(0), Clock()).until(stop)
    return dbt, ledger


def test_every_run_is_written_down_with_its_times():
    _, ledger = play(PASS)
    assert ledger.runs == [(INCREMENTAL, PASS, START, START + timedelta(seconds=3))]
    assert ledger.beats == [("running", "pass in 6.0 s", None)]


def test_facts_are_built_at_once_and_then_every_fourth_time():
    dbt, _ = play(*[PASS] * (FACTS_EVERY + 1))
    between = [(CADENCE,)] * (FACTS_EVERY - 1)
    assert dbt.asked == [(CADENCE_WITH_FACTS,), *between, (CADENCE_WITH_FACTS,)]


def test_what_publishing_finds_is_the_outcome_of_the_run():
    found = Outcome("fail", 1, ("hours_add_up: 1 result",))
    _, ledger = play(PASS, finds=found)
    assert [run[1] for run in ledger.runs] == [found]


def test_a_failed_run_is_followed_by_another_and_its_problems_are_reported():
    _, ledger = play(Outcome("fail", 2, ("a", "b")), PASS)
    assert [run[1].verdict for run in ledger.runs] == ["fail", "pass"]
    assert ledger.beats[0][2] == "a; b"


def test_a_database_that_is_gone_is_an_outcome_not_an_end():
    ledger = FakeLedger(broken=True)
    cadence = Cadence(FakeDbt(Event(), PASS), FakePublisher(), ledger, timedelta(0), Clock())
    outcome = cadence.once(START, with_facts=True)
    assert outcome == Outcome("error", 1, ("OperationalError: the server is gone",))
    cadence._report(outcome, START)


class BreakingPublisher:
    def after(self, outcome):
        raise psycopg.OperationalError("no room")


def test_a_run_that_breaks_while_it_publishes_is_written_down():
    ledger = FakeLedger()
    cadence = Cadence(FakeDbt(Event(), PASS), BreakingPublisher(), ledger, timedelta(0), Clock())
    broken = cadence.once(START, with_facts=True)
    assert broken == Outcome("error", 1, ("OperationalError: no room",))
    assert ledger.runs == [(INCREMENTAL, broken, START, START)]


def test_a_run_that_broke_with_the_database_is_written_down_once_it_answers():
    ledger = FakeLedger(broken=True)
    cadence = Cadence(FakeDbt(Event(), PASS), FakePublisher(), ledger, timedelta(0), Clock())
    for _ in range(3):
        cadence.once(START, with_facts=True)
    ledger.broken = False
    assert cadence.once(START, with_facts=True) == PASS
    assert [run[1].verdict for run in ledger.runs] == ["error", "pass"]
    assert cadence.unwritten == []


def test_a_run_that_does_not_end_is_written_down_while_it_goes_on():
    ledger, written = FakeLedger(), Event()
    write_run = ledger.write_run

    def write(*run):
        write_run(*run)
        written.set()

    class Hanging:
        def run(self, *_):
            assert written.wait(10)
            return PASS

    ledger.write_run = write
    cadence = Cadence(Hanging(), FakePublisher(), ledger, timedelta(0), Clock(),
                      hangs_after=timedelta(seconds=0.01))  # fmt: skip
    assert cadence.once(START, with_facts=True) == PASS
    assert [run[1].verdict for run in ledger.runs] == ["error", "pass"]
    assert "has not ended" in ledger.runs[0][1].problems[0]


def test_it_ends_between_two_runs_once_the_night_is_over():
    answers = iter([False, psycopg.OperationalError("the server is gone"), True])

    def is_over():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    dbt, ledger = FakeDbt(Event(), PASS, PASS, PASS), FakeLedger()
    Cadence(dbt, FakePublisher(), ledger, timedelta(0), Clock(), is_over).until(Event())
    assert len(dbt.asked) == 2


def test_nothing_runs_when_the_end_is_asked_for_first():
    stop = Event()
    stop.set()
    dbt = FakeDbt(stop)
    Cadence(dbt, FakePublisher(), FakeLedger(), timedelta(0), Clock()).until(stop)
    assert dbt.asked == []


class Waits(Event):
    """Waits for nothing, and notes for how long it was asked to before each run."""

    def __init__(self, dbt):
        super().__init__()
        self.dbt, self.before_run = dbt, Counter()

    def wait(self, timeout=None):
        self.before_run[len(self.dbt.asked)] += timeout
        return super().wait(0)


def waits_of(dbt, now):
    """Return how long it is waited before each run, with a cadence of 30 seconds."""
    stop = dbt.stop = Waits(dbt)
    Cadence(dbt, FakePublisher(), FakeLedger(), timedelta(seconds=30), now).until(stop)
    return stop.before_run


def test_the_first_run_comes_a_cadence_after_the_start():
    dbt = FakeDbt(None, PASS)
    assert waits_of(dbt, Clock())[0] == pytest.approx(30)
    assert len(dbt.asked) == 1


@pytest.mark.parametrize(("took", "rests"), [(3, 27), (15, 15), (20, 20), (45, 30)])
def test_between_two_runs_it_rests_as_long_as_the_first_took_or_until_the_next_is_due(took, rests):
    class SlowClock(Clock):
        def __call__(self):
            self.seconds = getattr(self, "seconds", 0) + took / 3
            return START + timedelta(seconds=self.seconds)

    waits = waits_of(FakeDbt(None, PASS, PASS), SlowClock())
    assert waits[1] == pytest.approx(rests)


def test_the_end_of_the_night_is_not_waited_through():
    dbt, looks = FakeDbt(None), iter([False, True])
    stop = dbt.stop = Waits(dbt)
    every = timedelta(hours=1)
    Cadence(
        dbt, FakePublisher(), FakeLedger(), every, Clock(), is_over=lambda: next(looks)
    ).until(stop)  # fmt: skip
    assert dbt.asked == []
    assert stop.before_run[0] == pytest.approx(2 * LOOK_EVERY.total_seconds())


def test_no_run_begins_before_the_count_has():
    looks = iter([False, psycopg.OperationalError("the server is gone"), False, True])

    def has_begun():
        look = next(looks)
        if isinstance(look, Exception):
            raise look
        return look

    dbt = FakeDbt(None, PASS)
    stop = dbt.stop = Waits(dbt)
    Cadence(
        dbt, FakePublisher(), FakeLedger(), timedelta(seconds=30), Clock(), has_begun=has_begun
    ).until(stop)  # fmt: skip
    assert len(dbt.asked) == 1
    assert stop.before_run[0] == pytest.approx(30 + 3 * LOOK_EVERY.total_seconds())


def test_a_night_without_a_count_ends_too():
    dbt = FakeDbt(None)
    stop = dbt.stop = Waits(dbt)
    Cadence(
        dbt, FakePublisher(), FakeLedger(), timedelta(seconds=30), Clock(),
        is_over=lambda: True, has_begun=lambda: False,
    ).until(stop)  # fmt: skip
    assert dbt.asked == []
