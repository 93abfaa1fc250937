"""Numbers as bits, against sets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spark.tally.words import BITS, SeenNumbers, numbers_in

NUMBERS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 700)), max_size=60)


def mark(seen, pairs):
    sources = [source for source, _ in pairs]
    words = np.array([(n - 1) // BITS for _, n in pairs], np.int64)
    bits = np.array([1 << ((n - 1) % BITS) for _, n in pairs], np.uint64)
    seen.mark(sources, words, bits)


def listed(seen):
    sources, words, bits = seen.rows()
    return {(sources[i], n) for i, n in numbers_in(words, bits)}


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, max_size=5), st.integers(1, 800))
def test_numbers_seen_are_a_set(batches, limit):
    seen, expected = SeenNumbers(), set()
    for batch in batches:
        mark(seen, batch)
        expected |= set(batch)
    assert listed(seen) == expected
    assert all(seen.has(*pair) for pair in expected)
    assert not seen.has("a", 701) and not seen.has("nobody", 1)
    counts = seen.count_up_to(list("abcdefgh"), np.full(8, limit))
    assert counts.tolist() == [
        sum(s == source and n <= limit for s, n in expected) for source in "abcdefgh"
    ]


def test_a_large_number_makes_one_source_longer_not_all():
    seen = SeenNumbers()
    mark(seen, [("a", 1), ("b", 1_000_000), ("c", 2)])
    mark(seen, [("a", 65), ("b", 3)])
    assert listed(seen) == {("a", 1), ("a", 65), ("b", 3), ("b", 1_000_000), ("c", 2)}


def test_a_number_beyond_a_source_is_not_the_one_of_its_neighbour():
    seen = SeenNumbers()
    mark(seen, [("a", 1), ("b", 1), ("c", 1)])
    assert not any(seen.has("a", number) for number in range(2, 1000))


def test_looking_at_an_unknown_source_finds_nothing():
    seen = SeenNumbers()
    assert seen.look(["x", "x"], np.array([0, 5])).tolist() == [0, 0]
    assert seen.count_up_to(["x", "y"], np.array([0, 70])).tolist() == [0, 0]
