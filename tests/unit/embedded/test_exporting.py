"""What `make export` is asked for."""

import pytest

from election.errors import UserError
from embedded.exporting import STANDARD_FORMATS, TABLE_FORMATS, command_for
from exports import tables


def test_the_chain_a_mart_and_a_standard_are_three_commands():
    assert command_for("", "", chain=True).arguments == ("export-chain",)
    assert command_for("party_results", "csv", chain=False).arguments == (
        "mart", "party_results", "csv", "--out",
    )  # fmt: skip
    assert [command_for("", f, chain=False).arguments for f in STANDARD_FORMATS] == [
        ("nist", "--out"), ("openelections", "--out"),
    ]  # fmt: skip


def test_the_formats_are_those_that_are_written():
    assert tuple(tables.FORMATS) == TABLE_FORMATS


@pytest.mark.parametrize(
    ("mart", "file_format", "chain", "said"),
    [
        ("", "", False, "nothing to export was named"),
        ("party_results", "", False, "MART=party_results cannot"),
        ("party_results", "xlsx", False, "MART=party_results FORMAT=xlsx cannot"),
        ("party_results", "nist", False, "FORMAT=nist cannot"),
        ("", "csv", False, "FORMAT=csv cannot"),
        ("party_results", "csv", True, "CHAIN=1 cannot"),
    ],
)
def test_anything_else_is_refused_with_the_ways_there_are(mart, file_format, chain, said):
    with pytest.raises(UserError) as refused:
        command_for(mart, file_format, chain=chain)
    assert said in refused.value.what
    assert "FORMAT=openelections" in refused.value.fix
