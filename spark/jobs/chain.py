"""The chain of a night: extended with each landing of bronze, and made again to be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from election.chain import HASH_BYTES, PARTITIONS, Block, Chain, Head, Partition, name_of
from election.errors import UserError
from spark.sinks.bronze_files import LandedFile
from spark.sinks.bronze_hashes import Run, hashes_from, hashes_in
from spark.sinks.chain_store import ChainStore

HASH_SHOWN = 16


class ChainKeeper:
    """Extends the chain; what is in `ops` already must come out again, or it refuses."""

    def __init__(
        self, night_id: str, store: ChainStore, bronze: str, held: Mapping[Partition, int]
    ) -> None:
        """Go on where `ops` and bronze both are.

        Args:
            night_id: The night.
            store: What `ops` has, and where to write.
            bronze: Address of bronze's table.
            held: Next offset of each partition in bronze.

        Raises:
            UserError: bronze does not give the newest block, or the head, that `ops` has.
        """
        self._store, self._bronze = store, bronze
        blocks = store.blocks()
        self._known = {(p, b.number): b for p, of_p in blocks.items() for b in of_p}
        self._heads = store.heads()
        self._to_meet = dict(self._heads)
        self._chains = {
            p: _resumed(night_id, p, blocks.get(p, []), held.get(p, 0)) for p in PARTITIONS
        }
        self._fresh: dict[Partition, list[Block]] = {p: [] for p in PARTITIONS}
        for partition, chain in self._chains.items():
            self._meet(partition, chain.head())
        store.tell()
        start = {p: chain.next_offset for p, chain in self._chains.items()}
        self._take(hashes_from(bronze, night_id, start))

    def extend(self, files: Sequence[LandedFile]) -> None:
        """Take what was landed just now.

        Raises:
            UserError: it does not follow what was landed before, or is not what `ops` has of it.
        """
        self._take(hashes_in(self._bronze, files))

    def close(self) -> None:
        """Close what it writes to."""
        self._store.close()

    def _take(self, runs: Mapping[Partition, Run]) -> None:
        for partition, run in runs.items():
            self._fresh[partition] += self._of_partition(partition, run)
        heads = {partition: chain.head() for partition, chain in self._chains.items()}
        # A bronze that is landed again is behind what was published: that stays until it is met.
        if runs and not self._to_meet and heads != self._heads:
            self._store.write(self._fresh, heads, datetime.now(UTC))
            self._heads = heads
            self._fresh = {p: [] for p in PARTITIONS}

    def _of_partition(self, partition: Partition, run: Run) -> list[Block]:
        chain = self._chains[partition]
        if run.first_offset != chain.next_offset:
            raise UserError(
                f"the chain of {name_of(partition)} cannot go on",
                why=f"offset {chain.next_offset:,} comes next, bronze gave {run.first_offset:,}",
                fix="start the stage again: it goes on from ops and bronze",
            )
        blocks: list[Block] = []
        for part in _parts(run, self._to_meet.get(partition)):
            blocks += [b for b in chain.take(part) if self._is_new(partition, b)]
            self._meet(partition, chain.head())
        return blocks

    def _is_new(self, partition: Partition, block: Block) -> bool:
        known = self._known.setdefault((partition, block.number), block)
        if known.hash != block.hash:
            raise _disagrees(
                f"block {block.number} of {name_of(partition)} (offsets {block.first_offset:,} to "
                f"{block.next_offset - 1:,})", known.hash, block.hash,
            )  # fmt: skip
        return known is block

    def _meet(self, partition: Partition, head: Head) -> None:
        published = self._to_meet.get(partition)
        if published is None or published.next_offset != head.next_offset:
            return
        if published != head:
            raise _disagrees(
                f"the head of {name_of(partition)} at offset {head.next_offset:,}",
                published.hash, head.hash,
            )  # fmt: skip
        del self._to_meet[partition]


def _resumed(night_id: str, partition: Partition, blocks: Sequence[Block], held: int) -> Chain:
    """Begin one block before the last that both have, so that it is made again."""
    both = sum(1 for block in blocks if block.next_offset <= held)
    start = max(0, both - 1)
    previous = blocks[start - 1].hash if start else None
    return Chain(night_id, partition, blocks=start, previous=previous)


def _parts(run: Run, head: Head | None) -> list[bytes]:
    """Cut a run where a published head ends."""
    if head is None or not run.first_offset <= head.next_offset < run.next_offset:
        return [run.hashes]
    at = (head.next_offset - run.first_offset) * HASH_BYTES
    return [run.hashes[:at], run.hashes[at:]]


def _disagrees(what: str, published: str, found: str) -> UserError:
    return UserError(
        f"bronze does not give {what} as it was published",
        why=f"ops has {published[:HASH_SHOWN]}…, bronze gives {found[:HASH_SHOWN]}…",
        fix="see which of them was altered: make chain compares broker and bronze with ops",
    )
