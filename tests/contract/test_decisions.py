"""Decisions have a number each, in their file's name and in its title."""

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).resolve().parents[2] / "docs" / "adr").glob("0*.md"))


def test_numbers_are_one_after_the_other():
    assert [int(file.name[:4]) for file in FILES] == list(range(1, len(FILES) + 1))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_title_has_the_number_of_the_file(file):
    title = file.read_text().splitlines()[0]
    assert (found := re.match(r"# (\d+)\. \S", title)), title
    assert int(found[1]) == int(file.name[:4])
