"""The chain follows from the values and their order alone."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.chain import (
    PARTITIONS,
    Chain,
    Head,
    Running,
    covered,
    covers,
    heads_at,
    night_head,
    value_hash,
)

NIGHT = "parl.2017-06-08.20261123T234501Z"
VOTES = ("votes", 2)
HASHES = [sha256(str(i).encode()).digest() for i in range(10_000)]


def made_of(hashes, cuts=(), partition=VOTES, night=NIGHT):
    """Return blocks and head of hashes that are taken in parts."""
    one, blocks = Chain(night, partition), []
    places = [0, *sorted(cuts), len(hashes)]
    for a, b in pairwise(places):
        blocks += one.take(b"".join(hashes[a:b]))
    return blocks, one.head()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_blocks_and_head_do_not_depend_on_the_batches(n, data):
    cuts = data.draw(st.lists(st.integers(0, n), max_size=12))
    blocks, head = made_of(HASHES[:n], cuts)
    assert (blocks, head) == made_of(HASHES[:n])
    assert [b.first_offset for b in blocks] == list(range(0, n // 4096 * 4096, 4096))
    assert head.next_offset == n


def test_the_rule_written_out():
    start = sha256(f"tallyhouse chain 1\n{NIGHT}\nvotes/2\n".encode()).digest()
    first = sha256(start + b"votes/2:0:4096\n" + b"".join(HASHES[:4096])).digest()
    rest = sha256(first + b"votes/2:4096:904\n" + b"".join(HASHES[4096:5000])).hexdigest()
    blocks, head = made_of(HASHES[:5000])
    assert ([b.hash for b in blocks], head) == ([first.hex()], Head(5000, rest))
    running = Running(NIGHT, VOTES)
    assert running.after(HASHES[0]) == (second := sha256(start + HASHES[0])).hexdigest()
    assert running.after(HASHES[1]) == sha256(second.digest() + HASHES[1]).hexdigest()
    lines = f"tallyhouse head 1\n{NIGHT}\ndeclarations/0:0:ab\nvotes/2:5000:{rest}\n"
    heads = {VOTES: head, ("declarations", 0): Head(0, "ab")}
    assert night_head(NIGHT, heads) == sha256(lines.encode()).hexdigest()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9_000), st.data())
def test_whatever_is_altered_dropped_or_swapped_changes_the_head(n, data):
    at = data.draw(st.integers(0, n - 1))
    whole = HASHES[:n]
    others = {
        "altered": [*whole[:at], b"\x01" * 32, *whole[at + 1 :]],
        "dropped": [*whole[:at], *whole[at + 1 :]],
        "appended": [*whole, HASHES[n]],
        "swapped": [*whole[:at], *whole[at + 1 : at + 2], whole[at], *whole[at + 2 :]],
    }
    heads = {name: made_of(other)[1] for name, other in others.items()}
    if at == n - 1:
        del heads["swapped"]  # with nothing
    assert made_of(whole)[1].hash not in {head.hash for head in heads.values()}


@given(st.integers(0, 10_000), st.lists(st.integers(0, 12_000), max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_head_stays_what_it_was_when_more_comes(n, offsets):
    _, heads = heads_at(NIGHT, VOTES, b"".join(HASHES[:n]), offsets)
    assert set(heads) == {*(o for o in offsets if o <= n), n}
    assert all(head == made_of(HASHES[:offset])[1] for offset, head in heads.items())


@pytest.mark.parametrize("n", [0, 4095, 4096, 4097, 8192, 10_000])
def test_a_chain_goes_on_where_another_ended(n):
    blocks, _ = made_of(HASHES[:n])
    later = Chain(NIGHT, VOTES, blocks=len(blocks), previous=blocks[-1].hash if blocks else None)
    assert later.next_offset == len(blocks) * 4096
    fresh = later.take(b"".join(HASHES[later.next_offset :]))
    assert (blocks + fresh, later.head()) == made_of(HASHES)


def test_night_topic_and_partition_are_part_of_it():
    places = [("votes", 2), ("votes", 3), ("declarations", 2)]
    heads = {made_of(HASHES[:9], partition=p)[1].hash for p in places}
    heads.add(made_of(HASHES[:9], night=f"{NIGHT}x")[1].hash)
    assert len(heads) == 4


def test_no_value_is_not_an_empty_value():
    assert value_hash(None) == bytes(32) != value_hash(b"") == sha256().digest()


def test_what_a_head_covers_is_said_and_read():
    heads = {
        ("votes", 10): Head(3, "a"),
        ("votes", 2): Head(0, "b"),
        ("declarations", 0): Head(7, "c"),
    }
    assert covers(heads) == "declarations/0:7,votes/2:0,votes/10:3"
    assert covered(covers(heads)) == {p: head.next_offset for p, head in heads.items()}


def test_votes_and_declarations_are_chained():
    assert [*PARTITIONS] == [("declarations", 0), *(("votes", p) for p in range(4))]
