"""The chain of a night as files for an outsider: rows, row hashes, blocks, heads, the checker."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from election.chain import (
    MESSAGES_PER_BLOCK,
    NO_VALUE,
    PARTITIONS,
    Block,
    Head,
    Partition,
    Running,
    covered,
    name_of,
)
from election.errors import UserError
from election.labels import label
from spark import verify_chain
from spark.sinks.bronze_hashes import rows_with_bytes
from spark.sinks.chain_store import ChainStore, NightHead

_LEVEL = 4  # gzip: half of what is packed are hashes, which do not get smaller
_MARK = "HEAD.json"
RULE = Path(__file__).with_name("export_readme.txt")


def export(night_id: str, store: ChainStore, bronze: str, output: Path) -> Iterator[str]:
    """Write a night's chain up to its newest HEAD, in place of an earlier export.

    Args:
        night_id: The night.
        store: What was published of its chain.
        bronze: Address of bronze's table.
        output: Folder.

    Yields:
        A line a partition, then the HEAD.

    Raises:
        UserError: the night has no chain yet, or the folder holds something else.
    """
    _check_folder(output)
    heads, of_night = store.heads(), store.night_heads()
    if not of_night:
        raise UserError(
            f"night {night_id} has no chain yet",
            why="no vote and no declaration landed in bronze",
            fix="wait for the count; a night with SPARK_BRONZE=0 has none",
        )
    new = output.with_name(f"{output.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    (new / "rows").mkdir(parents=True)
    (new / "hashes").mkdir()
    for partition in PARTITIONS:
        kept, withheld = _rows(new, bronze, night_id, partition, heads[partition].next_offset)
        yield f"{name_of(partition)}: {kept:,} rows, and {withheld:,} as a hash alone"
    _blocks(new, store.blocks(), heads)
    _heads(new, of_night)
    about = _about(night_id, store.title(), heads, of_night[-1])
    (new / _MARK).write_text(json.dumps(about, indent=2) + "\n")
    (new / "head.txt").write_text(f"{about['head']}\n")
    (new / "README.txt").write_text(RULE.read_text().format(**about))
    shutil.copy(verify_chain.__file__, new / "verify.py")
    shutil.rmtree(output, ignore_errors=True)
    new.rename(output)
    yield f"{about['title']}, as of {about['as_of']}: {about['label']}, in {output}"
    yield f"HEAD {about['head']}"


def _check_folder(output: Path) -> None:
    is_free = not output.exists() or (output.is_dir() and not any(output.iterdir()))
    if not is_free and not (output / _MARK).exists():
        raise UserError(
            f"{output} cannot be written",
            why=f"it is there and is no export of a chain: it has no {_MARK}",
            fix="name another folder: make export CHAIN=1 OUT=folder",
        )


def _rows(folder: Path, bronze: str, night_id: str, partition: Partition, end: int) -> list[int]:
    """Write rows and row hashes of a partition; return how many have bytes, and how many not."""
    name = f"{partition[0]}-{partition[1]}"
    counts = [0, 0]
    with (
        _packed(folder / "rows" / f"{name}.jsonl.gz") as rows,
        _packed(folder / "hashes" / f"{name}.csv.gz") as hashes,
    ):
        hashes.write(b"offset,sha256,running\n")
        running = Running(night_id, partition)
        for frame in rows_with_bytes(bronze, night_id, partition, end):
            lines = [_line(*row) for row in frame.select(*_ROW).iter_rows()]
            rows.write("".join(lines).encode())
            # As it was noted when it landed: bytes that were altered since do not fit.
            noted = frame["value_sha256"].fill_null(NO_VALUE.hex())
            listed = [
                f"{offset},{text},{running.after(bytes.fromhex(text))}\n"
                for offset, text in zip(frame["kafka_offset"], noted, strict=True)
            ]
            hashes.write("".join(listed).encode())
            withheld = frame.filter(
                pl.col("value").is_null() & pl.col("value_sha256").is_not_null()
            )
            counts[0] += len(frame) - len(withheld)
            counts[1] += len(withheld)
    return counts


_ROW = ("kafka_offset", "value", "value_sha256", "refused_as")


def _line(offset: int, value: bytes | None, noted: str | None, refused_as: str | None) -> str:
    row: dict[str, Any] = {"offset": offset}
    if value is None and noted is not None:
        row["withheld"] = refused_as
    else:
        row |= _text(value)
    return json.dumps(row, ensure_ascii=False) + "\n"


def _text(value: bytes | None) -> dict[str, str | None]:
    try:
        return {"value": None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value or b"").decode()}


def _blocks(
    folder: Path, blocks: dict[Partition, list[Block]], heads: dict[Partition, Head]
) -> None:
    rows = []
    for (topic, partition), head in sorted(heads.items()):
        finished = blocks.get((topic, partition), [])
        rows += [
            (topic, partition, b.number, b.first_offset, MESSAGES_PER_BLOCK, b.hash)
            for b in finished
        ]
        first = len(finished) * MESSAGES_PER_BLOCK
        if head.next_offset > first:
            open_block = (len(finished), first, head.next_offset - first, head.hash)
            rows.append((topic, partition, *open_block))
    names = ("topic", "partition", "block", "first_offset", "count", "sha256")
    _csv(folder / "blocks.csv", names, rows)


def _heads(folder: Path, of_night: Sequence[NightHead]) -> None:
    rows = [(f"{h.as_of:%Y-%m-%dT%H:%M:%SZ}", h.hash, h.covers) for h in of_night]
    _csv(folder / "heads.csv", ("as_of", "head", "covers"), rows)


def _about(
    night_id: str, title: tuple[str, bool], heads: dict[Partition, Head], newest: NightHead
) -> dict[str, Any]:
    assert covered(newest.covers) == {p: head.next_offset for p, head in heads.items()}
    return {
        "night_id": night_id,
        "title": title[0],
        "label": label(is_synthetic=title[1]),
        "as_of": f"{newest.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "rule": "tallyhouse chain 1",
        "head": newest.hash,
        "covers": newest.covers,
        "partitions": [
            {"topic": topic, "partition": p, "next_offset": head.next_offset, "head": head.hash}
            for (topic, p), head in sorted(heads.items())
        ],
    }


def _csv(file: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def _packed(file: Path) -> gzip.GzipFile:
    # Without a name and a time inside: the same night gives the same bytes.
    return gzip.GzipFile(file, "wb", compresslevel=_LEVEL, mtime=0)
