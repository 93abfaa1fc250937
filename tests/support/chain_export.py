"""A chain kept in memory, and small exports that a test may spoil."""

from __future__ import annotations

import base64
import csv
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.events import NIGHT_ID

from election.chain import (
    PARTITIONS,
    Block,
    Head,
    Partition,
    Running,
    covers,
    heads_at,
    night_head,
    value_hash,
)
from spark.sinks.chain_store import NightHead

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class MemoryStore:
    """What `ops` has of a chain, as ChainStore reads and writes it."""

    def __init__(self) -> None:
        self.kept: dict[Partition, list[Block]] = defaultdict(list)
        self.kept_heads: dict[Partition, Head] = {}
        self.kept_of_night: list[NightHead] = []
        self.told = 0

    def blocks(self) -> dict[Partition, list[Block]]:
        return {p: list(of_partition) for p, of_partition in self.kept.items()}

    def heads(self) -> dict[Partition, Head]:
        return dict(self.kept_heads)

    def night_heads(self) -> list[NightHead]:
        return list(self.kept_of_night)

    def title(self) -> tuple[str, bool]:
        return "Made by hand", True

    def tell(self) -> None:
        self.told += 1

    def write(
        self, blocks: Mapping[Partition, Sequence[Block]], heads: Mapping[Partition, Head],
        now: datetime,
    ) -> None:  # fmt: skip
        for partition, fresh in blocks.items():
            self.kept[partition] += fresh
        self.kept_heads = dict(heads)
        self.kept_of_night.append(NightHead(night_head(NIGHT_ID, heads), covers(heads), now))


def values(votes: int = 5_000) -> dict[Partition, list[bytes | None]]:
    """Return messages by partition: two of votes have some, one of them fills a block."""
    return {
        **{partition: [] for partition in PARTITIONS},
        ("declarations", 0): [f'{{"declared": {i}}}'.encode() for i in range(20)],
        ("votes", 0): [f'{{"paper": {i}}}'.encode() for i in range(votes)],
        ("votes", 3): [b"\xff\x00 no text", None, b"", '{"é": "\u2028"}'.encode()],
    }


def write_export(
    folder: Path, messages: Mapping[Partition, list[bytes | None]],
    withheld: Sequence[tuple[str, int, int]] = (), noted_at: Sequence[int] = (),
) -> str:  # fmt: skip
    """Write an export as the README in it says; return its HEAD.

    Args:
        folder: Where to.
        messages: Values by partition.
        withheld: (topic, partition, offset) of those that have no bytes.
        noted_at: Next offsets of votes/0 at which earlier HEADs were written.
    """
    for name in ("rows", "hashes"):
        (folder / name).mkdir(parents=True)
    again: dict[Partition, dict[int, Head]] = {}
    block_rows = []
    for (topic, p), of_partition in messages.items():
        rows = [_row(i, v, (topic, p, i) in withheld) for i, v in enumerate(of_partition)]
        hashes, running = (
            [value_hash(value) for value in of_partition],
            Running(NIGHT_ID, (topic, p)),
        )
        (folder / f"rows/{topic}-{p}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        _csv(folder / f"hashes/{topic}-{p}.csv", ["offset", "sha256", "running"],
             [(i, h.hex(), running.after(h)) for i, h in enumerate(hashes)])  # fmt: skip
        blocks, again[topic, p] = heads_at(NIGHT_ID, (topic, p), b"".join(hashes), noted_at)
        block_rows += [(topic, p, b.number, b.first_offset, 4096, b.hash) for b in blocks]
        first, end = len(blocks) * 4096, len(hashes)
        if end > first:
            block_rows.append(
                (topic, p, len(blocks), first, end - first, again[topic, p][end].hash)
            )
    _csv(
        folder / "blocks.csv",
        ["topic", "partition", "block", "first_offset", "count", "sha256"],
        block_rows,
    )
    newest = {p: heads[len(messages[p])] for p, heads in again.items()}
    nights = [{**newest, ("votes", 0): again["votes", 0][n]} for n in noted_at] + [newest]
    _csv(folder / "heads.csv", ["as_of", "head", "covers"], [
        ((NOON + timedelta(minutes=i)).isoformat(), night_head(NIGHT_ID, heads), covers(heads))
        for i, heads in enumerate(nights)
    ])  # fmt: skip
    about = {
        "night_id": NIGHT_ID, "title": "Made by hand", "label": "synthetic data",
        "as_of": NOON.isoformat(), "head": night_head(NIGHT_ID, newest),
        "partitions": [
            {"topic": topic, "partition": p, "next_offset": head.next_offset, "head": head.hash}
            for (topic, p), head in newest.items()
        ],
    }  # fmt: skip
    (folder / "HEAD.json").write_text(json.dumps(about))
    return night_head(NIGHT_ID, newest)


def spoil_rows(folder: Path, spoil: Callable[[list[dict[str, Any]]], Any], name: str) -> None:
    """Change a partition's rows in place."""
    file = folder / f"rows/{name}.jsonl"
    rows = [json.loads(line) for line in file.read_text().split("\n")[:-1]]
    spoil(rows)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def spoil_lines(file: Path, spoil: Callable[[list[list[str]]], Any]) -> None:
    """Change the lines of a CSV file, without its header, in place."""
    with file.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    spoil(rows)
    _csv(file, header, rows)


def _row(offset: int, value: bytes | None, is_withheld: bool) -> dict[str, Any]:
    if is_withheld:
        return {"offset": offset, "withheld": "before_close"}
    try:
        return {"offset": offset, "value": None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {"offset": offset, "base64": base64.b64encode(value or b"").decode()}


def _csv(file: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
