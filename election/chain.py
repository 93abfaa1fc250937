"""Tamper evidence: blocks of offsets, each with a hash over the values' hashes and its predecessor.

Everything follows from the values in offset order, so that a broker's log, a bronze that keeps only
the SHA-256 of some values, and any way of cutting them into batches give the same hashes.
`spark/verify_chain.py` states the same rule a second time, for outsiders, and shares no code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from election.topics import TOPICS

CHAINED_TOPICS = ("declarations", "votes")
MESSAGES_PER_BLOCK = 4096
HASH_BYTES = 32
# What stands for a message without a value: no value hashes to it.
NO_VALUE = bytes(HASH_BYTES)

Partition = tuple[str, int]
PARTITIONS: tuple[Partition, ...] = tuple(
    (topic, p) for topic in CHAINED_TOPICS for p in range(TOPICS[topic].partitions)
)


@dataclass(frozen=True)
class Block:
    """Consecutive offsets of one partition and the hash that covers them and all before."""

    number: int
    first_offset: int
    next_offset: int
    hash: str
    """Hex."""


@dataclass(frozen=True)
class Head:
    """What a partition's chain comes to: the hash covers every offset below `next_offset`."""

    next_offset: int
    hash: str
    """Hex."""


class Chain:
    """One partition's chain; takes hashes in offset order, however they are cut."""

    def __init__(
        self, night_id: str, partition: Partition, *, blocks: int = 0, previous: str | None = None
    ) -> None:
        """Start at a block.

        Args:
            night_id: The night.
            partition: Topic without prefix, and partition.
            blocks: How many finished blocks there are already.
            previous: Hash of the newest of them; None if there is none.
        """
        self._partition = partition
        self._finished = blocks
        self._previous = bytes.fromhex(previous) if previous else _genesis(night_id, partition)
        self._open = bytearray()

    @property
    def next_offset(self) -> int:
        """The offset whose hash is taken next."""
        return self._first + len(self._open) // HASH_BYTES

    def take(self, hashes: bytes) -> list[Block]:
        """Take the hashes of the next values, one after the other; return what they finish."""
        self._open += hashes
        finished = []
        while len(self._open) >= MESSAGES_PER_BLOCK * HASH_BYTES:
            whole = bytes(self._open[: MESSAGES_PER_BLOCK * HASH_BYTES])
            del self._open[: MESSAGES_PER_BLOCK * HASH_BYTES]
            first, self._previous = self._first, self._hash_of(whole)
            finished.append(
                Block(self._finished, first, first + MESSAGES_PER_BLOCK, self._previous.hex())
            )
            self._finished += 1
        return finished

    def head(self) -> Head:
        """Return the hash over everything taken: an unfinished block counts as far as it goes."""
        newest = self._hash_of(bytes(self._open)) if self._open else self._previous
        return Head(self.next_offset, newest.hex())

    @property
    def _first(self) -> int:
        return self._finished * MESSAGES_PER_BLOCK

    def _hash_of(self, hashes: bytes) -> bytes:
        count = len(hashes) // HASH_BYTES
        where = f"{name_of(self._partition)}:{self._first}:{count}\n"
        return sha256(self._previous + where.encode() + hashes).digest()


def value_hash(value: bytes | None) -> bytes:
    """Return what a chain has of a value."""
    return NO_VALUE if value is None else sha256(value).digest()


class Running:
    """A hash that runs along a partition, offset by offset.

    An export has it beside each row, so that a row that was changed with its hash has a name.
    """

    def __init__(self, night_id: str, partition: Partition) -> None:
        self._newest = _genesis(night_id, partition)

    def after(self, value: bytes) -> str:
        """Take the hash of the next value; return the running hash with it, in hex."""
        self._newest = sha256(self._newest + value).digest()
        return self._newest.hex()


def name_of(partition: Partition) -> str:
    """Return a partition as people and hashes have it: `votes/0`."""
    return f"{partition[0]}/{partition[1]}"


def night_head(night_id: str, heads: Mapping[Partition, Head]) -> str:
    """Return the one hash over the heads of all partitions, in hex: what a person notes."""
    lines = [f"{name_of(p)}:{head.next_offset}:{head.hash}\n" for p, head in sorted(heads.items())]
    return sha256(f"tallyhouse head 1\n{night_id}\n{''.join(lines)}".encode()).hexdigest()


def covers(heads: Mapping[Partition, Head]) -> str:
    """Return which offsets a night's head covers, as `declarations/0:650,votes/0:81920,…`."""
    return ",".join(f"{name_of(p)}:{head.next_offset}" for p, head in sorted(heads.items()))


def covered(text: str) -> dict[Partition, int]:
    """Return next offsets from what `covers` wrote."""
    places = (place.rsplit(":", 1) for place in text.split(","))
    found = {}
    for place, next_offset in places:
        topic, partition = place.split("/")
        found[topic, int(partition)] = int(next_offset)
    return found


def heads_at(
    night_id: str, partition: Partition, hashes: bytes, offsets: Iterable[int]
) -> tuple[list[Block], dict[int, Head]]:
    """Return the blocks of a whole partition, and its heads as they were at given offsets.

    Args:
        night_id: The night.
        partition: Topic and partition.
        hashes: Of all values from offset 0 on.
        offsets: Next offsets; what lies beyond the last hash is left out.
    """
    chain = Chain(night_id, partition)
    blocks, heads, here = [], {}, 0
    end = len(hashes) // HASH_BYTES
    for offset in sorted({*(o for o in offsets if o <= end), end}):
        blocks += chain.take(hashes[here * HASH_BYTES : offset * HASH_BYTES])
        heads[offset], here = chain.head(), offset
    return blocks, heads


def _genesis(night_id: str, partition: Partition) -> bytes:
    return sha256(f"tallyhouse chain 1\n{night_id}\n{name_of(partition)}\n".encode()).digest()
