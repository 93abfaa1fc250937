"""Files below terraform/: written, found different, taken away."""

import pytest

from cloud import generated

VOTES = generated.WAREHOUSE / "tables/raw/votes.json"


@pytest.fixture
def root(tmp_path):
    generated.write(tmp_path)
    return tmp_path


def test_what_was_just_written_does_not_differ(root):
    assert generated.differences(root) == {}
    assert generated.write(root) == {}


def test_a_changed_a_missing_and_a_left_over_file_are_told_apart(root):
    (root / VOTES).write_text("{}")
    (root / generated.README).unlink()
    left_over = generated.WAREHOUSE / "tables/raw/gone.json"
    (root / left_over).write_text("{}")
    expected = {VOTES: "different", generated.README: "missing", left_over: "no longer declared"}
    assert generated.differences(root) == expected
    assert generated.write(root) == expected
    assert generated.differences(root) == {}
