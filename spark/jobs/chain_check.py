"""The chain of a night made again from the broker's log or from bronze, held against `ops`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

import polars as pl
from confluent_kafka import Consumer, KafkaException, TopicPartition

from election.chain import (
    HASH_BYTES,
    PARTITIONS,
    Block,
    Head,
    Partition,
    covered,
    heads_at,
    name_of,
    night_head,
    value_hash,
)
from election.errors import UserError
from election.settings import BrokerSettings
from spark.sinks.bronze_hashes import rows_with_bytes
from spark.sinks.chain_store import ChainStore, NightHead

_AT_ONCE = 10_000
_ANSWERS_WITHIN_S = 30.0


class ChainCheck:
    """What `ops` has of a night's chain, to be compared with what a source gives."""

    def __init__(self, night_id: str, store: ChainStore) -> None:
        """Read `ops`.

        Raises:
            UserError: the night has no chain yet.
        """
        self._night_id = night_id
        self.blocks, self.heads = store.blocks(), store.heads()
        self.night_heads = store.night_heads()
        if not self.night_heads:
            raise UserError(
                f"night {night_id} has no chain yet",
                why="ops.chain_night_heads has no row of it: no vote and no declaration landed",
                fix="wait for the count; a night with SPARK_BRONZE=0 has none",
            )

    @property
    def end(self) -> dict[Partition, int]:
        """The next offset of each partition as published."""
        return {partition: head.next_offset for partition, head in self.heads.items()}

    def differences(self, source: str, hashes: Mapping[Partition, bytes]) -> Iterator[str]:
        """Yield a line for the first block of each partition that differs, and for each head.

        Args:
            source: How the source is called in these lines.
            hashes: Of all values up to `end`, from offset 0 on.
        """
        wanted = [covered(head.covers) for head in self.night_heads]
        again: dict[Partition, dict[int, Head]] = {}
        for partition in PARTITIONS:
            offsets = [*(one[partition] for one in wanted), self.end[partition]]
            blocks, again[partition] = heads_at(
                self._night_id, partition, hashes.get(partition, b""), offsets
            )
            yield from self._of_partition(source, partition, blocks, again[partition])
        for head, offsets_of in zip(self.night_heads, wanted, strict=True):
            yield from self._of_night(source, head, offsets_of, again)

    def _of_partition(
        self, source: str, partition: Partition, blocks: list[Block], heads: Mapping[int, Head]
    ) -> Iterator[str]:
        published = self.blocks.get(partition, [])
        for ours, theirs in zip_longest(published, blocks):
            if ours != theirs:
                block = ours or theirs
                yield (
                    f"{name_of(partition)} block {block.number}, offsets {block.first_offset:,} to "
                    f"{block.next_offset - 1:,}: ops has {ours.hash if ours else 'none'}, "
                    f"{source} gives {theirs.hash if theirs else 'none'}"
                )
                return
        head = self.heads[partition]
        found = heads.get(head.next_offset)
        if found != head:
            yield (
                f"{name_of(partition)} head at offset {head.next_offset:,}: ops has {head.hash}, "
                f"{source} gives {found.hash if found else f'only {max(heads):,} messages'}"
            )

    def _of_night(
        self, source: str, head: NightHead, offsets: Mapping[Partition, int],
        again: Mapping[Partition, Mapping[int, Head]],
    ) -> Iterator[str]:  # fmt: skip
        if all(offset in again[p] for p, offset in offsets.items()):
            found = night_head(self._night_id, {p: again[p][o] for p, o in offsets.items()})
            if found == head.hash:
                return
        yield f"HEAD {head.hash} of {head.as_of:%Y-%m-%dT%H:%M:%SZ}: {source} does not give it"


def check_chain(
    night_id: str, store: ChainStore, source: str, *, bronze: str, broker: BrokerSettings
) -> list[str]:
    """Make the chain again from `broker` or `bronze`; return a line for each difference.

    Raises:
        UserError: there is no chain, or the source cannot be read.
    """
    check = ChainCheck(night_id, store)
    if source == "broker":
        return list(check.differences(source, broker_hashes(broker, check.end)))
    hashes, altered = bronze_hashes(bronze, night_id, check.end)
    return [*altered, *check.differences(source, hashes)]


def bronze_hashes(
    path: str, night_id: str, end: Mapping[Partition, int]
) -> tuple[dict[Partition, bytes], list[str]]:
    """Return what bronze gives: hashes of the bytes where they were kept, else as noted.

    Returns:
        The hashes, and a line for the first message of each partition whose bytes are not those
        that its hash was noted of.

    Raises:
        UserError: an offset is missing.
    """
    found: dict[Partition, bytes] = {}
    altered: list[str] = []
    for partition, last in end.items():
        taken = bytearray()
        odd: list[int] = []
        for rows in rows_with_bytes(path, night_id, partition, last):
            first, offsets = len(taken) // HASH_BYTES, rows["kafka_offset"].to_list()
            if offsets != list(range(first, first + len(rows))):
                raise _missing("bronze", partition, offsets, first)
            taken += b"".join(rows["hash"].to_list())
            is_odd = pl.col("hash").bin.encode("hex") != pl.col("value_sha256")
            odd += rows.filter(is_odd)["kafka_offset"].head(1).to_list()
        found[partition] = bytes(taken)
        altered += [f"{name_of(partition)} offset {o:,}: not what was landed" for o in odd[:1]]
    return found, altered


def broker_hashes(settings: BrokerSettings, end: Mapping[Partition, int]) -> dict[Partition, bytes]:
    """Return what the broker's log gives, from offset 0 on.

    Raises:
        UserError: the broker does not answer, or an offset is missing.
    """
    consumer = Consumer(
        {
            **settings.client(),
            "group.id": "tallyhouse-chain",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "log_level": 2,
        }
    )
    try:
        return {p: _log_of(consumer, settings, p, last) for p, last in end.items()}
    except KafkaException as error:
        raise UserError(
            f"the broker at {settings.bootstrap_servers} does not give this night's log",
            why=str(error.args[0].str() if hasattr(error.args[0], "str") else error),
            fix="see `make ps`; make chain FROM=bronze needs no broker",
        ) from None
    finally:
        consumer.close()


def _log_of(consumer: Consumer, settings: BrokerSettings, partition: Partition, end: int) -> bytes:
    topic, number = partition
    place = TopicPartition(settings.topic(topic), number, 0)
    _, there = consumer.get_watermark_offsets(place, timeout=_ANSWERS_WITHIN_S)
    end = min(end, there)
    taken = bytearray()
    consumer.assign([place])
    while (here := len(taken) // HASH_BYTES) < end:
        messages = consumer.consume(min(_AT_ONCE, end - here), timeout=_ANSWERS_WITHIN_S)
        if not messages:
            raise _missing("the broker", partition, [], here)
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            if message.offset() != here:
                raise _missing("the broker", partition, [message.offset() or 0], here)
            taken += value_hash(message.value())
            here += 1
    return bytes(taken)


def _missing(source: str, partition: Partition, offsets: list[int], first: int) -> UserError:
    expected = next((i for i, o in enumerate(offsets, first) if o != i), first + len(offsets))
    return UserError(
        f"{source} does not have {name_of(partition)} offset {expected:,}",
        why="offsets are dense: a message was dropped, or came twice",
        fix="compare with the other source: make chain FROM=broker, make chain FROM=bronze",
    )
