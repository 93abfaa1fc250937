"""Numbers seen, as bits: 64 numbers a word, words by source (pure).

A source is a station, a count batch or a region; its numbers run from 1. Word w holds the
numbers 64*w+1 to 64*w+64, the lowest in bit 0. Sources grow each for itself: a bad message with a
large number makes one source longer, not all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]

BITS = 64
_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class BatchWords:
    """The words of one batch: one row a source and word, `messages` came in it."""

    sources: Sequence[str]
    words: Ints
    ors: U64
    xors: U64
    messages: Ints


class SeenNumbers:
    """The numbers that were accepted so far, by source."""

    def __init__(self) -> None:
        self._row_of: dict[str, int] = {}
        self._start: Ints = np.zeros(64, np.int64)
        self._length: Ints = np.zeros(64, np.int64)
        self._bits: U64 = np.zeros(1024, np.uint64)
        self._used = 0

    def __len__(self) -> int:
        return len(self._row_of)

    def has(self, source: str, number: int) -> bool:
        """Say whether a number was seen."""
        row = self._row_of.get(source)
        word = (number - 1) // BITS
        if row is None or word >= self._length[row]:
            return False
        bits = int(self._bits[self._start[row] + word])
        return bool(bits >> ((number - 1) % BITS) & 1)

    def look(self, sources: Sequence[str], words: Ints) -> U64:
        """Return the bits seen of each (source, word)."""
        slots = self._slots(sources, words)  # may move the bits: before they are named
        return self._bits[slots]

    def mark(self, sources: Sequence[str], words: Ints, bits: U64) -> None:
        """Add bits to each (source, word); pairs may repeat."""
        slots = self._slots(sources, words)
        np.bitwise_or.at(self._bits, slots, bits)

    def count_up_to(self, sources: Sequence[str], limits: Ints) -> Ints:
        """Return how many of the numbers 1..limit were seen, by source."""
        rows = self._rows(sources)
        lengths = self._length[rows]
        owner = np.repeat(np.arange(len(rows)), lengths)
        first = np.cumsum(lengths) - lengths
        word = np.arange(len(owner)) - first[owner]
        bits = self._bits[self._start[rows][owner] + word]
        left = np.clip(np.asarray(limits, np.int64)[owner] - word * BITS, 0, BITS)
        mask = np.where(left > 0, _FULL >> (BITS - np.maximum(left, 1)).astype(np.uint64), 0)
        counts = np.bitwise_count(bits & mask.astype(np.uint64))
        return np.bincount(owner, weights=counts, minlength=len(rows)).astype(np.int64)

    def rows(self) -> tuple[list[str], Ints, U64]:
        """Return every (source, word, bits) that is not empty, for a snapshot."""
        sources = list(self._row_of)
        rows = np.arange(len(sources))
        lengths = self._length[rows]
        owner = np.repeat(rows, lengths)
        word = np.arange(len(owner)) - (np.cumsum(lengths) - lengths)[owner]
        bits = self._bits[self._start[owner] + word]
        kept = np.nonzero(bits)[0]
        return [sources[i] for i in owner[kept]], word[kept], bits[kept]

    def _rows(self, sources: Iterable[str]) -> Ints:
        known = self._row_of
        rows = np.fromiter((known.setdefault(s, len(known)) for s in sources), np.int64)
        while len(known) > len(self._start):
            self._start = np.concatenate([self._start, np.zeros_like(self._start)])
            self._length = np.concatenate([self._length, np.zeros_like(self._length)])
        return rows

    def _slots(self, sources: Sequence[str], words: Ints) -> Ints:
        rows = self._rows(sources)
        words = np.asarray(words, np.int64)
        if len(rows) and (words >= self._length[rows]).any():
            self._grow(rows, words)
        return self._start[rows] + words

    def _grow(self, rows: Ints, words: Ints) -> None:
        """Give each source that is too short a longer place at the end, and move its bits."""
        needed = np.zeros(len(self._row_of), np.int64)
        np.maximum.at(needed, rows, words + 1)
        short = np.nonzero(needed > self._length[: len(needed)])[0]
        old_start, old_length = self._start[short], self._length[short]
        # Twice the old length at least, so that a source is moved only a few times in its life.
        length = np.maximum(needed[short], np.where(old_length > 0, old_length * 2, 2))
        start = self._used + np.cumsum(length) - length
        self._used += int(length.sum())
        if self._used > len(self._bits):
            room = np.zeros(max(self._used, 2 * len(self._bits)), np.uint64)
            room[: len(self._bits)] = self._bits
            self._bits = room
        owner = np.repeat(np.arange(len(short)), old_length)
        word = np.arange(len(owner)) - (np.cumsum(old_length) - old_length)[owner]
        self._bits[start[owner] + word] = self._bits[old_start[owner] + word]
        self._start[short], self._length[short] = start, length


def dirty_bits(batch: BatchWords, seen: U64) -> U64:
    """Return the numbers that came more than once, in this batch or since the start.

    A number that came an even number of times is in `or` and not in `xor`. Where a number came
    three times or more the count of messages betrays it, not which: the whole word is suspect.
    """
    even = batch.ors & ~batch.xors
    extra = batch.messages - np.bitwise_count(batch.ors).astype(np.int64)
    odd = extra != np.bitwise_count(even).astype(np.int64)
    return np.where(odd, batch.ors, even) | (batch.ors & seen)


def numbers_in(words: Ints, bits: U64) -> list[tuple[int, int]]:
    """Return (position, number) of every bit set."""
    found: list[tuple[int, int]] = []
    for position in np.nonzero(bits)[0].tolist():
        value, base = int(bits[position]), int(words[position]) * BITS + 1
        while value:
            lowest = value & -value
            found.append((position, base + lowest.bit_length() - 1))
            value ^= lowest
    return found


def without(batch: BatchWords, bits: U64, numbers: Iterable[tuple[str, int]]) -> U64:
    """Return bits with some (source, number) taken out."""
    place = {pair: i for i, pair in enumerate(zip(batch.sources, batch.words.tolist(),
                                                   strict=True))}  # fmt: skip
    bits = bits.copy()
    for source, number in numbers:
        position = place.get((source, (number - 1) // BITS))
        if position is not None:
            bits[position] &= ~(np.uint64(1) << np.uint64((number - 1) % BITS))
    return bits
