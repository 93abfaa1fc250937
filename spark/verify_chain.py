#!/usr/bin/env python3
"""Check an export of a night's votes and declarations, with the standard library alone.

    verify.py [FOLDER] [HEAD]

FOLDER is the export (by default the folder of this file). HEAD is what somebody noted earlier: the
64 hex digits of a HEAD; those, `@` and the offsets that it covers as heads.csv has them; or heads
of single partitions as `votes/0:4096:<64 hex digits>`, separated by commas.

Exit code 0: the export is consistent and, if a HEAD is given, it is the night that the HEAD was
noted of. 1: it is not. 2: it cannot be read.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

BLOCK = 4096
NO_VALUE = bytes(32)
USAGE_EXIT = 2


class Row(NamedTuple):
    """A line: offset, hash of its bytes (None: withheld); of hashes/ the running hash too."""

    offset: int
    hash: bytes | None
    running: str = ""


class Finding(Exception):  # noqa: N818 - what is wrong, in words
    """Says what is wrong with the export."""


class Partition:
    """One partition of the export: its row hashes, and the chain over them."""

    def __init__(self, night_id: str, name: str, hashes: list[bytes]) -> None:
        self.name, self.hashes = name, hashes
        # before[k] is what block k is chained to.
        self.before = [_sha(f"tallyhouse chain 1\n{night_id}\n{name}\n".encode())]
        for number in range(len(hashes) // BLOCK):
            self.before.append(self.block(number, self.before[-1]))

    def block(self, number: int, before: bytes, end: int | None = None) -> bytes:
        """Return the hash of a block, or of its beginning up to an offset."""
        first = number * BLOCK
        part = self.hashes[first : min(first + BLOCK, len(self.hashes) if end is None else end)]
        return _sha(before + f"{self.name}:{first}:{len(part)}\n".encode() + b"".join(part))

    def head(self, end: int) -> bytes:
        """Return the hash that covers every offset below `end`."""
        if not 0 <= end <= len(self.hashes):
            raise Finding(f"{self.name} has {len(self.hashes):,} rows, not {end:,}")
        number, more = divmod(end, BLOCK)
        before = self.before[number]
        return self.block(number, before, end) if more else before


def main(arguments: list[str]) -> int:
    """Check; return the exit code."""
    if len(arguments) > 2 or {"-h", "--help"} & set(arguments):
        print(__doc__)
        return USAGE_EXIT
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    noted = arguments[1].strip().lower() if len(arguments) > 1 else ""
    try:
        return 0 if check(folder, noted) else 1
    except (OSError, KeyError, ValueError, EOFError, zlib.error) as error:
        print(f"the export in {folder} cannot be read")
        print(f"why: {_why(error)}")
        print("fix: name the folder of an export (make export CHAIN=1), as it was written")
        return USAGE_EXIT


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no {error.filename}"
    return f"{type(error).__name__}: {error}"


def check(folder: Path, noted: str) -> bool:
    """Check an export, and a HEAD if one was noted; print what was found."""
    about = json.loads((folder / "HEAD.json").read_text())
    night_id = about["night_id"]
    print(f"{about['title']}, night {night_id}, as of {about['as_of']}: {about['label']}")
    findings = []
    parts = {}
    withheld = 0
    for of in about["partitions"]:
        name = f"{of['topic']}/{int(of['partition'])}"
        end = int(of["next_offset"])
        file = f"{of['topic']}-{int(of['partition'])}"
        blocks = _blocks(folder / "blocks.csv", of["topic"], str(of["partition"]))
        try:
            rows = list(_rows(name, _open(folder, f"rows/{file}.jsonl")))
            listed = list(_listed(name, _open(folder, f"hashes/{file}.csv")))
            _compare_rows(name, rows, listed, end)
            parts[name] = Partition(night_id, name, [row.hash or NO_VALUE for row in listed])
            _compare_running(parts[name], listed, of["head"])
            _compare_blocks(parts[name], blocks, of["head"])
            withheld += sum(row.hash is None for row in rows)
        except Finding as finding:
            findings.append(str(finding))
    heads = list(_csv(folder / "heads.csv"))
    if not findings:
        findings += _heads(night_id, parts, heads, about)
    for line in findings:
        print(f"FAIL {line}")
    if findings:
        print("not consistent: this is not what was published" + _said(noted, heads))
        return False
    total = sum(len(part.hashes) for part in parts.values())
    print(f"{total:,} rows, {withheld:,} of them withheld (hash alone); rows, blocks, heads agree")
    if not noted:
        print("consistent, not anchored: whoever has a HEAD noted earlier can say more")
        return True
    return _anchor(night_id, parts, heads, noted)


def _compare_rows(name: str, rows: list[Row], listed: list[Row], end: int) -> None:
    place = _first_difference(rows, listed, end)
    if place is not None:
        what = _what_happened(place, rows, listed, end)
        raise Finding(f"{name} offset {place:,}: {what}")


def _compare_running(part: Partition, listed: list[Row], head: str) -> None:
    """Name the first row that was changed together with its row hash."""
    before = part.before[0]
    for place, line in enumerate(listed):
        running = _sha(before + part.hashes[place])
        if running.hex() == line.running:
            before = running
            continue
        where = f"{part.name} offset {place:,}"
        if part.head(len(part.hashes)).hex() == head:
            raise Finding(f"{where}: its running hash; the rows give the head")
        belongs = (
            other for other in range(place + 1, len(listed))
            if _sha(before + part.hashes[other]).hex() == line.running
        )  # fmt: skip
        other = next(belongs, None)
        if other is None:
            raise Finding(f"{where}: altered, dropped or swapped, together with its row hash")
        raise Finding(f"{where}: swapped, together with its row hash: it stands at {other:,}")


def _compare_blocks(part: Partition, blocks: list[dict[str, str]], head: str) -> None:
    """Compare the blocks that the row hashes give, the last as far as it goes, with blocks.csv."""
    end = len(part.hashes)
    is_published = part.head(end).hex() == head
    for number in range(-(-end // BLOCK)):
        first, last = number * BLOCK, min(end, number * BLOCK + BLOCK)
        block = blocks[number] if number < len(blocks) else {}
        ours = (number, first, last - first, part.head(last).hex())
        places = tuple(int(block.get(key, -1)) for key in ("block", "first_offset", "count"))
        if (*places, block.get("sha256")) != ours:
            where = f"{part.name} block {number} (offsets {first:,} to {last - 1:,})"
            if is_published:
                raise Finding(f"{where}: its line in blocks.csv; the rows give the head")
            raise Finding(
                f"{where}: its rows do not give its hash; rows in it were altered, dropped or"
                " swapped, and their row hashes and running hashes written anew"
            )
    if len(blocks) != -(-end // BLOCK):
        raise Finding(f"{part.name}: blocks.csv has {len(blocks)} blocks of it")
    if not is_published:
        raise Finding(f"{part.name}: its head in HEAD.json is not what rows and blocks give")


def _first_difference(rows: list[Row], listed: list[Row], end: int) -> int | None:
    """Return the first offset at which rows, row hashes and their number do not agree."""
    for place in range(end):
        if place >= len(rows) or place >= len(listed):
            return place
        row, line = rows[place], listed[place]
        if row.offset != place or line.offset != place:
            return place
        if row.hash is not None and row.hash != line.hash:
            return place
    return end if len(rows) > end or len(listed) > end else None


def _what_happened(place: int, rows: list[Row], listed: list[Row], end: int) -> str:
    """Say in words what the first difference is."""
    if place == end:
        return "appended: there is a row more than the head covers"
    if place >= len(listed) or listed[place].offset != place:
        return "its row hash is missing from the list of hashes, or not in its place"
    at = {row.offset: i for i, row in reversed(list(enumerate(rows)))}
    if place not in at:
        return "dropped: there is no row of it"
    if rows[place].offset != place:
        other = rows[place].offset
        if other < place:
            return f"appended: the row of offset {other:,} stands here once more"
        return f"swapped: the row of offset {other:,} stands in its place"
    found, wanted = rows[place].hash, listed[place].hash
    belongs = {line.hash: line.offset for line in reversed(listed)}
    if found in belongs and place + 1 < len(listed) and belongs[found] == place + 1:
        behind = rows[place + 1].hash if place + 1 < len(rows) else None
        if behind != wanted:
            return "dropped: its bytes are gone, those of the next offsets stand here"
    if found in belongs and belongs[found] > place:
        return f"swapped: the bytes of offset {belongs[found]:,} stand here"
    if place + 1 < len(rows) and rows[place + 1].hash == wanted:
        return "appended: bytes that nobody published stand here, the right ones after them"
    return "altered: its bytes do not have the hash that is listed for it"


def _heads(
    night_id: str, parts: dict[str, Partition], heads: list[dict[str, str]], about: dict[str, Any]
) -> Iterator[str]:
    for head in heads:
        try:
            found = _night_head(night_id, parts, _offsets(head["covers"]))
        except Finding as finding:
            yield f"HEAD {head['head']} of {head['as_of']}: {finding}"
            continue
        if found != head["head"]:
            yield f"HEAD {head['head']} of {head['as_of']}: the rows that it covers do not give it"
    newest = {f"{of['topic']}/{of['partition']}": int(of["next_offset"])
              for of in about["partitions"]}  # fmt: skip
    if _night_head(night_id, parts, newest) != about["head"]:
        yield f"HEAD {about['head']}: the rows do not give it"


def _anchor(
    night_id: str, parts: dict[str, Partition], heads: list[dict[str, str]], noted: str
) -> bool:
    """Say whether this is the night that a HEAD was noted of."""
    if re.fullmatch("[0-9a-f]{64}", noted):
        known = {head["head"]: head for head in heads}
        if noted not in known:
            print(f"consistent, but not the night that HEAD {noted} was noted of:")
            print(f"none of the {len(heads)} HEADs that these rows give is that one")
            return False
        offsets = _offsets(known[noted]["covers"])
        when = f", published {known[noted]['as_of']}"
    elif match := re.fullmatch(r"([0-9a-f]{64})@([a-z_/0-9:,]+)", noted):
        offsets, when = _offsets(match[2]), ""
        if _fails(lambda: _night_head(night_id, parts, offsets), match[1]):
            print(f"consistent, but not the night that HEAD {noted} was noted of")
            return False
    else:
        single = re.findall(r"([a-z_]+/[0-9]+):([0-9]+):([0-9a-f]{64})", noted)
        if not single or ",".join(":".join(one) for one in single) != noted:
            print(f"HEAD={noted} is not a HEAD: 64 hex digits, or as this program's head says")
            return False
        wrong = [
            name for name, end, text in single
            if name not in parts or _fails(lambda n=name, e=end: parts[n].head(int(e)).hex(), text)
        ]  # fmt: skip
        if wrong:
            print(
                f"consistent, but not the night that HEAD was noted of: {', '.join(wrong)} differ"
            )
            return False
        offsets, when = {name: int(end) for name, end, _ in single}, ""
    covered = sum(offsets.values())
    after = sum(len(part.hashes) for part in parts.values()) - covered
    print(f"consistent and anchored: HEAD covers {covered:,} rows{when}")
    if after:
        print(f"{after:,} rows came after it: consistent, not anchored")
    return True


def _fails(make: Any, expected: str) -> bool:
    try:
        return bool(make() != expected)
    except Finding:
        return True


def _said(noted: str, heads: list[dict[str, str]]) -> str:
    return f"; HEAD {noted} was not looked at" if noted and heads else ""


def _night_head(night_id: str, parts: dict[str, Partition], offsets: dict[str, int]) -> str:
    if set(offsets) != set(parts):
        raise Finding("a HEAD names every partition once")
    order = sorted(offsets, key=lambda name: (name.split("/")[0], int(name.split("/")[1])))
    lines = [f"{name}:{offsets[name]}:{parts[name].head(offsets[name]).hex()}\n" for name in order]
    return _sha(f"tallyhouse head 1\n{night_id}\n{''.join(lines)}".encode()).hex()


def _offsets(covers: str) -> dict[str, int]:
    return {name: int(end) for name, _, end in (one.rpartition(":") for one in covers.split(","))}


def _rows(name: str, lines: TextIO) -> Iterator[Row]:
    with lines:
        for number, line in enumerate(lines):
            try:
                row = json.loads(line)
                yield Row(int(row["offset"]), None if "withheld" in row else _hash_of(row))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Finding(f"{name} offset {number:,}: its line is not a row") from None


def _hash_of(row: dict[str, Any]) -> bytes:
    if "base64" in row:
        return _sha(base64.b64decode(row["base64"]))
    return NO_VALUE if row["value"] is None else _sha(row["value"].encode())


def _listed(name: str, lines: TextIO) -> Iterator[Row]:
    with lines:
        for number, row in enumerate(csv.DictReader(lines)):
            try:
                yield Row(int(row["offset"]), bytes.fromhex(row["sha256"]), row["running"])
            except (ValueError, KeyError, TypeError):
                raise Finding(f"{name} offset {number:,}: its line is not a row hash") from None


def _blocks(file: Path, topic: str, partition: str) -> list[dict[str, str]]:
    return [row for row in _csv(file) if (row["topic"], row["partition"]) == (topic, partition)]


def _csv(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def _open(folder: Path, name: str) -> TextIO:
    """Open a file of the export, packed or not."""
    plain = folder / name
    if plain.exists():
        return plain.open(encoding="utf-8", newline="")
    return gzip.open(folder / f"{name}.gz", "rt", encoding="utf-8", newline="")


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
