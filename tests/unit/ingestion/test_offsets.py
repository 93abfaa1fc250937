"""Which offsets a load reads: all of them, in order, once; or a refusal that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.offsets import (
    GapError,
    PartitionsChangedError,
    ShrunkError,
    Span,
    TopicReplacedError,
    TrimmedError,
    Watermarks,
    check_next,
    check_topic,
    plan,
    positions,
)


def test_a_load_goes_from_what_is_landed_to_the_captured_watermark():
    spans = plan(
        {("votes", 0): 10},
        {("votes", 0): Watermarks(0, 15), ("votes", 1): Watermarks(0, 3)},
        at_most=100,
    )
    assert spans == [Span("votes", 0, 10, 15), Span("votes", 1, 0, 3)]


def test_a_single_unread_message_is_read():
    assert plan({("votes", 0): 4}, {("votes", 0): Watermarks(0, 5)}, at_most=100) == [
        Span("votes", 0, 4, 5)
    ]


def test_nothing_new_is_nothing_to_read():
    assert plan({("votes", 0): 5}, {("votes", 0): Watermarks(2, 5)}, at_most=100) == []


def test_what_a_short_partition_leaves_goes_to_the_long_ones():
    marks = {("a", 0): Watermarks(0, 10), ("b", 0): Watermarks(0, 1000), ("c", 0): Watermarks(0, 9)}
    assert plan({}, marks, at_most=100) == [
        Span("a", 0, 0, 10),
        Span("b", 0, 0, 81),
        Span("c", 0, 0, 9),
    ]


@given(
    ends=st.lists(st.integers(0, 500), min_size=1, max_size=8),
    at_most=st.integers(1, 300),
)
def test_load_after_load_reads_every_offset_once_and_never_too_much(ends, at_most):
    marks = {("votes", number): Watermarks(0, end) for number, end in enumerate(ends)}
    landed = dict.fromkeys(marks, 0)
    for _ in range(sum(ends) + 1):
        spans = plan(landed, marks, at_most=at_most)
        if not spans:
            break
        assert 0 < sum(map(len, spans)) <= at_most
        for span in spans:
            assert span.first == landed[span.topic, span.partition]
            landed[span.topic, span.partition] = span.end
    assert list(landed.values()) == ends


def test_a_log_trimmed_beyond_us_is_refused_with_the_way_out():
    with pytest.raises(TrimmedError) as refusal:
        plan({("votes", 1): 7}, {("votes", 1): Watermarks(9, 20)}, at_most=5)
    assert "partition 1 starts at offset 9, 7 comes next" in refusal.value.why
    assert "make demo" in refusal.value.fix


def test_a_trimmed_log_that_we_had_read_is_no_matter():
    assert plan({("votes", 1): 9}, {("votes", 1): Watermarks(9, 9)}, at_most=5) == []


def test_a_log_that_ends_before_us_is_refused():
    with pytest.raises(ShrunkError):
        plan({("votes", 0): 7}, {("votes", 0): Watermarks(0, 6)}, at_most=5)


def test_a_gap_is_refused():
    check_next("votes", 0, 5, 5)
    with pytest.raises(GapError):
        check_next("votes", 0, 5, 6)


def test_a_topic_made_again_or_with_other_partitions_is_refused():
    check_topic("votes", ("id", 4), ("id", 4))
    with pytest.raises(TopicReplacedError):
        check_topic("votes", ("id", 4), ("other", 4))
    with pytest.raises(PartitionsChangedError):
        check_topic("votes", ("id", 4), ("id", 5))


def test_offsets_come_back_from_the_shape_that_the_state_has():
    assert positions({"votes": {"0": 3, "1": 4}}) == {("votes", 0): 3, ("votes", 1): 4}
