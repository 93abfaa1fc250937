"""The outsider's program: what it says of exports that are good, and of each way to spoil one."""

import csv
import hashlib
import re
import shutil
import subprocess
import sys

import pytest
from support.chain_export import spoil_lines, spoil_rows, values, write_export

from spark import verify_chain

VOTES = "votes-0"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "export"


def verified(capsys, folder, *head):
    code = verify_chain.main([str(folder), *head])
    return code, capsys.readouterr().out


def test_without_a_head_it_is_consistent_and_not_anchored(folder, capsys):
    write_export(folder, values())
    code, said = verified(capsys, folder)
    assert code == 0
    assert "consistent, not anchored" in said
    assert "synthetic data" in said
    assert "5,024 rows, 0 of them withheld" in said


def test_with_its_head_it_is_anchored(folder, capsys):
    head = write_export(folder, values())
    code, said = verified(capsys, folder, head.upper())
    assert (code, "consistent and anchored: HEAD covers 5,024 rows" in said) == (0, True)


@pytest.mark.parametrize("n", [0, 1, 4095, 4096, 4097, 4999])
def test_a_head_noted_earlier_anchors_what_it_covers(folder, capsys, tmp_path, n):
    noted = write_export(tmp_path / "earlier", {**values(), ("votes", 0): values(n)["votes", 0]})
    write_export(folder, values(), noted_at=[n])
    code, said = verified(capsys, folder, noted)
    assert code == 0
    assert f"HEAD covers {n + 24:,} rows" in said
    assert f"{5_000 - n:,} rows came after it" in said


def test_a_head_with_its_offsets_needs_no_list_of_heads(folder, capsys, tmp_path):
    noted = write_export(tmp_path / "earlier", values(4_500))
    write_export(folder, values())
    covers = "declarations/0:20,votes/0:4500,votes/1:0,votes/2:0,votes/3:4"
    assert verified(capsys, folder, noted)[0] == 1
    assert verified(capsys, folder, f"{noted}@{covers}")[0] == 0
    assert verified(capsys, folder, f"{noted}@{covers.replace('4500', '4501')}")[0] == 1
    assert verified(capsys, folder, f"{noted}@{covers.replace('4500', '5001')}")[0] == 1


def test_heads_of_single_partitions_anchor_them(folder, capsys):
    write_export(folder, values())
    with (folder / "blocks.csv").open() as lines:
        block = next(b for b in csv.DictReader(lines) if b["topic"] == "votes")
    assert verified(capsys, folder, f"votes/0:4096:{block['sha256']}")[0] == 0
    code, said = verified(capsys, folder, f"votes/0:4095:{block['sha256']}")
    assert (code, "votes/0 differ" in said) == (1, True)


def test_another_head_and_no_head_at_all_are_refused(folder, capsys):
    write_export(folder, values())
    code, said = verified(capsys, folder, "ab" * 32)
    assert (code, "not the night that HEAD" in said) == (1, True)
    assert verified(capsys, folder, "yes")[0] == 1


def test_bytes_that_are_withheld_change_nothing(folder, capsys, tmp_path):
    head = write_export(tmp_path / "whole", values())
    withheld = [("votes", 0, 17), ("votes", 0, 4_200), ("votes", 3, 0), ("declarations", 0, 5)]
    assert write_export(folder, values(), withheld) == head
    code, said = verified(capsys, folder, head)
    assert (code, "4 of them withheld" in said) == (0, True)


def swap_lines(rows):
    rows[100], rows[4_500] = rows[4_500], rows[100]


def swap_bytes(rows):
    rows[100]["value"], rows[4_500]["value"] = rows[4_500]["value"], rows[100]["value"]


def swap_neighbours(rows):
    rows[100]["value"], rows[101]["value"] = rows[101]["value"], rows[100]["value"]


def drop_and_close_up(rows):
    del rows[100]
    for offset, row in enumerate(rows):
        row["offset"] = offset


def insert(rows):
    rows.insert(100, {"offset": 100, "value": "stuffed"})
    for offset, row in enumerate(rows):
        row["offset"] = offset


@pytest.mark.parametrize(("spoil", "offset", "word"), [
    (lambda rows: rows[100].update(value="{}"), 100, "altered"),
    (lambda rows: rows[4_999].update(value=None), 4_999, "altered"),
    (lambda rows: rows.pop(100), 100, "dropped"),
    (lambda rows: rows.pop(), 4_999, "dropped"),
    (drop_and_close_up, 100, "dropped"),
    (swap_lines, 100, "swapped: the row of offset 4,500"),
    (swap_bytes, 100, "swapped: the bytes of offset 4,500"),
    (swap_neighbours, 100, "swapped: the bytes of offset 101"),
    (insert, 100, "appended"),
    (lambda rows: rows.append({"offset": 5_000, "value": "{}"}), 5_000, "appended"),
    (lambda rows: rows.insert(100, rows[7]), 100, "appended: the row of offset 7"),
    (lambda rows: rows[100].pop("value"), 100, "not a row"),
])  # fmt: skip
def test_the_first_spoilt_row_is_named(folder, capsys, spoil, offset, word):
    head = write_export(folder, values())
    spoil_rows(folder, spoil, VOTES)
    code, said = verified(capsys, folder, head)
    assert code == 1
    assert f"votes/0 offset {offset:,}: {word}" in said or f"offset {offset:,}: its line" in said
    assert word in said
    assert said.count("FAIL") == 1


def test_of_two_spoilt_rows_the_first_is_named(folder, capsys):
    write_export(folder, values())
    spoil_rows(folder, lambda rows: [rows[i].update(value="{}") for i in (4_100, 9)], VOTES)
    assert "votes/0 offset 9: altered" in verified(capsys, folder)[1]


def altered(rows, lines):
    rows[100]["value"] = "{}"
    lines[100][1] = hashlib.sha256(b"{}").hexdigest()


def swapped(rows, lines):
    rows[100]["value"], rows[4_500]["value"] = rows[4_500]["value"], rows[100]["value"]
    lines[100][1], lines[4_500][1] = lines[4_500][1], lines[100][1]


def swapped_with_running_hashes(rows, lines):
    swapped(rows, lines)
    lines[100][2], lines[4_500][2] = lines[4_500][2], lines[100][2]


def dropped(rows, lines):
    del rows[100], lines[100]
    rows.append({"value": "{}"})
    lines.append([0, hashlib.sha256(b"{}").hexdigest(), "00"])
    for offset, (row, line) in enumerate(zip(rows, lines, strict=True)):
        row["offset"] = line[0] = offset


@pytest.mark.parametrize("spoil", [altered, swapped, swapped_with_running_hashes, dropped])
def test_a_row_that_was_spoilt_with_its_hash_is_named(folder, capsys, spoil):
    write_export(folder, values())
    rows = []
    spoil_rows(folder, rows.append, VOTES)
    spoil_lines(folder / "hashes/votes-0.csv", lambda lines: spoil(rows[0], lines))
    spoil_rows(folder, lambda now: now.__setitem__(slice(None), rows[0]), VOTES)
    code, said = verified(capsys, folder)
    assert code == 1
    assert re.search("votes/0 offset 100: .*(altered|swapped).* together with its row hash", said)


@pytest.mark.parametrize(("offset", "block"), [(100, 0), (4_500, 1)])
def test_a_row_with_all_hashes_beside_it_written_anew_is_found_by_its_block(
    folder, capsys, tmp_path, offset, block
):
    write_export(folder, values())
    changed = values()
    changed["votes", 0][offset] = b"{}"
    write_export(tmp_path / "forged", changed)
    for name in ("rows/votes-0.jsonl", "hashes/votes-0.csv"):
        shutil.copy(tmp_path / "forged" / name, folder / name)
    code, said = verified(capsys, folder)
    assert (code, f"votes/0 block {block} " in said) == (1, True)


@pytest.mark.parametrize(("file", "spoil", "said"), [
    ("hashes/votes-0.csv", lambda lines: lines.pop(9), "votes/0 offset 9"),
    ("hashes/votes-0.csv", lambda lines: lines[9].__setitem__(1, "00"), "votes/0 offset 9"),
    ("hashes/votes-0.csv", lambda lines: lines[9].__setitem__(2, "00"), "9: its running hash"),
    ("blocks.csv", lambda lines: lines[1].__setitem__(5, "00" * 32), "its line in blocks.csv"),
    ("blocks.csv", lambda lines: lines.pop(), "votes/3 block 0"),
    ("heads.csv", lambda lines: lines[0].__setitem__(1, "00" * 32), "HEAD 0000"),
])  # fmt: skip
def test_what_stands_beside_the_rows_is_checked_too(folder, capsys, file, spoil, said):
    write_export(folder, values())
    spoil_lines(folder / file, spoil)
    code, found = verified(capsys, folder)
    assert (code, said in found) == (1, True)


def test_an_export_written_anew_around_a_change_does_not_give_the_head(folder, capsys, tmp_path):
    head = write_export(tmp_path / "published", values())
    changed = values()
    changed["votes", 0][100] = b"{}"
    write_export(folder, changed)
    assert "consistent, not anchored" in verified(capsys, folder)[1]
    code, said = verified(capsys, folder, head)
    assert (code, "consistent, but not the night" in said) == (1, True)


def test_it_runs_alone_from_the_folder_it_lies_in(folder):
    head = write_export(folder, values(10))
    shutil.copy(verify_chain.__file__, folder / "verify.py")
    run = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    assert subprocess.run(run, check=False, capture_output=True).returncode == 0
    anchored = subprocess.run(
        [*run, str(folder), head], check=False, capture_output=True, text=True
    )
    assert "anchored" in anchored.stdout


def test_a_folder_that_is_no_export_is_said(folder, capsys):
    code, said = verified(capsys, folder)
    assert (code, "cannot be read" in said) == (2, True)
    assert "why: there is no " in said
