"""What docs/guarantees.md promises is shown by tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "guarantees.md").read_text()
HOPS = [part for part in TEXT.split("\n## ")[1:] if not part.startswith("What no test")]


@pytest.mark.parametrize("hop", HOPS, ids=lambda hop: hop.splitlines()[0])
def test_each_hop_says_what_by_what_against_what_and_where_it_is_shown(hop):
    for word in ("**Promise.**", "**By.**", "**Breaks it.**", "**Shown by.**"):
        assert word in hop
    named = re.findall(r"`(tests/[\w/]+\.py)`", hop.split("**Shown by.**")[1])
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
