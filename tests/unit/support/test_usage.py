"""What counts as growth over a long run."""

import os
from mmap import mmap

import pytest
from support.usage import Sample, Usage, changes, usage_of

from bench.processes import taken_by


def run_of(megabytes, files=lambda minute: 50):
    """Return a sample a minute for 100 minutes of one service."""
    return [
        Sample(60.0 * minute, {"spark": Usage(megabytes(minute), files(minute))})
        for minute in range(101)
    ]


@pytest.mark.parametrize(
    ("what", "samples", "is_growth"),
    [
        ("flat", run_of(lambda m: 900.0), False),
        ("warming up", run_of(lambda m: min(900.0, 100.0 * m)), False),
        ("a saw of restarts", run_of(lambda m: 600.0 + 30 * (m % 10)), False),
        ("a leak of memory", run_of(lambda m: 600.0 + 5 * m), True),
        ("a leak of files", run_of(lambda m: 900.0, lambda m: 50 + m), True),
        ("a small one that takes on a little", run_of(lambda m: 20.0 + m / 2), False),
    ],
)
def test_growth_is_what_stays(what, samples, is_growth):
    (change,) = changes(samples)
    assert change.is_growth is is_growth, what


def test_a_service_that_is_not_there_at_both_times_is_not_judged():
    samples = run_of(lambda m: 900.0)
    only_early = [Sample(s.at_s, s.services if s.at_s < 3000 else {}) for s in samples]
    assert changes(only_early) == []


def test_a_process_takes_memory_and_files():
    (usage,) = usage_of({"me": os.getpid()}).values()
    assert usage.megabytes > 1 and usage.files >= 1
    assert usage_of({"gone": 2**22 - 1}) == {}


def test_memory_in_common_is_part_of_a_process_and_no_growth():
    def now():
        return next(taken_by(os.getpid())), usage_of({"me": os.getpid()})["me"]

    (before, usage_before), size = now(), 64 * 10**6
    with mmap(-1, size) as in_common:  # as PostgreSQL has its buffers
        in_common.write(bytes(size))
        taken, usage = now()
    assert taken.shared - before.shared >= size <= taken.pss
    assert usage.megabytes == pytest.approx(usage_before.megabytes, abs=8)
