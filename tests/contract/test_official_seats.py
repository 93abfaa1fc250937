"""The importer and the scaling arrive at the official seats, whatever the scale."""

import os
from pathlib import Path

import polars as pl
import pytest

from generators.official import read_contest
from generators.scaling import scale

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ELECTION_DATA") or ROOT.parent / "shared" / "data")
OFFICIAL = {
    2015: {
        "Con": 330, "Lab": 232, "SNP": 56, "LD": 8, "DUP": 8, "SF": 4, "PC": 3, "SDLP": 3,
        "UUP": 2, "UKIP": 1, "Green": 1, "Ind": 1, "Spk": 1,
    },
    2017: {
        "Con": 317, "Lab": 262, "SNP": 35, "LD": 12, "DUP": 10, "SF": 7, "PC": 4, "Green": 1,
        "Ind": 1, "Spk": 1,
    },
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no official results in {DATA}: set ELECTION_DATA"
)


@pytest.mark.parametrize("one_to", [1, 100, 1000])
@pytest.mark.parametrize("year", OFFICIAL)
def test_the_strictly_first_candidates_are_the_official_winners(year: int, one_to: int) -> None:
    contest = scale(read_contest(DATA / f"ge{year}"), one_to)
    votes = contest.candidates.sort("vote_count", descending=True).group_by("constituency_id")
    first_two = votes.agg(
        pl.col("vote_count").head(2), pl.col("party_abbreviation").first().alias("party")
    )
    assert first_two.select(
        (pl.col("vote_count").list.get(0) > pl.col("vote_count").list.get(1)).all()
    ).item()
    assert dict(first_two["party"].value_counts().iter_rows()) == OFFICIAL[year]


@pytest.mark.parametrize(("year", "adjusted"), [(2015, 16), (2017, 28)])
def test_few_seats_need_a_vote_moved_at_one_to_a_thousand(year: int, adjusted: int) -> None:
    assert scale(read_contest(DATA / f"ge{year}"), 1000).seats_adjusted == adjusted


@pytest.mark.parametrize("year", OFFICIAL)
def test_at_one_to_one_the_contest_is_the_file(year: int) -> None:
    contest = scale(read_contest(DATA / f"ge{year}"), 1)
    assert contest.candidates["vote_count"].equals(contest.candidates["official_vote_count"])
    assert contest.seats_adjusted == 0
