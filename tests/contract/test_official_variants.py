"""The real files as other years write them: transformed by the test, the result stays the same."""

import csv
import os
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from support.results_files import ResultsFiles

from election.errors import UserError
from generators.fault_rates import NO_FAULTS
from generators.official import read_contest
from generators.plan import assemble
from generators.scaling import scale

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ELECTION_DATA") or ROOT.parent / "shared" / "data")
YEARS = (2015, 2017)
PARTIES = ("Con", "Lab", "LD", "UKIP", "Green", "SNP", "PC", "DUP", "SF", "SDLP", "UUP", "APNI")

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no official results in {DATA}: set ELECTION_DATA"
)


def load(year):
    """Return both files of a year as rows of text, to be changed."""
    return ResultsFiles(*([dict(row) for row in table] for table in _tables(year)))


@cache
def _tables(year):
    tables = []
    for kind in ("constituencies", "candidacies"):
        with (DATA / f"ge{year}_{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return tables


both_years = pytest.mark.parametrize("year", YEARS)


@pytest.fixture
def year():
    return 2017


@cache
def official_contest(year):
    return read_contest(DATA / f"ge{year}")


@pytest.fixture
def official(year):
    return official_contest(year)


@pytest.fixture
def read(year, tmp_path):
    def write_and_read(files, **how):
        return read_contest(files.write(tmp_path, f"ge{year}", **how))

    return write_and_read


def same(one, other, frames=("seats", "candidates", "previous")):
    """Say whether two contests are equal in some frames."""
    return all(getattr(one, name).equals(getattr(other, name)) for name in frames)


def as_us_date(text):
    day, month, rest = text.split("/", 2)
    return f"{int(month)}/{int(day)}/{rest[2:]}"


@both_years
def test_another_date_format_and_thousands_set_apart(year, official, read):
    files = load(year).change("Declaration time", as_us_date)
    for column in ("Votes", "Electorate", "Valid votes", "Invalid votes", "Majority",
                   "All other candidates", *PARTIES):  # fmt: skip
        files.change(column, lambda text: f"{int(text):,}" if text else text)
    assert same(read(files, encoding="utf-8-sig", end_of_line="\r\n"), official)


@both_years
def test_no_party_columns_and_no_column_that_no_total_needs(year, official, read):
    files = load(year).drop(
        *PARTIES, "All other candidates", "Of which other winner", "Majority", "County name",
        "Country name", "Constituency type", "Electoral Commission adjunct party ID",
    )  # fmt: skip
    assert same(read(files), official)


@pytest.mark.parametrize("parties", [("UUP",), ("Con", "Lab", "PC", "SF")], ids="-".join)
def test_some_party_columns_may_be_missing_beside_the_others(year, official, read, parties):
    assert same(read(load(year).drop(*parties)), official)


def test_without_times_every_seat_declares_by_the_timetable(year, official, read):
    contest = read(load(year).drop("Declaration time"))
    assert contest.candidates.equals(official.candidates)
    hours = (contest.seats["declared_at"] - contest.seats["declared_at"].min()).dt.total_hours()
    assert 10 < hours.max() <= 17
    assert hours.median() == pytest.approx(
        (official.seats["declared_at"] - official.seats["declared_at"].min())
        .dt.total_hours().median(), abs=2,
    )  # fmt: skip


def test_scottish_codes_issued_anew_in_one_file(year, official, read):
    files = load(year)
    for row in files.candidacies:
        row["ONS ID"] = row["ONS ID"].replace("S14", "S24")
    assert same(read(files), official)


def test_papers_are_counted_in_the_real_order_of_declaration(official):
    """Each seat's papers are counted before it declares, and seats declare as they did."""
    plan = assemble(scale(official, 1000), seed=1, rates=NO_FAULTS)
    declared = plan.messages["declarations"].sort("declared_at")
    real = official.seats.sort("declared_at")["declared_at"]
    assert declared["declared_at"].to_list() == real.to_list()
    last_paper = plan.messages["votes"].group_by(
        pl.col("constituency_id").cast(pl.String)
    ).agg(pl.col("counted_at").max())  # fmt: skip
    both = declared.with_columns(pl.col("constituency_id").cast(pl.String)).join(
        last_paper, on="constituency_id"
    )
    assert both.height == 650
    assert (both["counted_at"] < both["declared_at"]).all()


@both_years
def test_a_second_release_corrects_the_first(year, official, read, tmp_path):
    """One seat's first two change places in the second release."""
    files = load(year)
    seat = next(r for r in files.constituencies if r["Result"] == "Con gain from Lab")
    people = [r for r in files.candidacies if r["ONS ID"] == seat["ONS ID"]]
    con = next(r for r in people if r["Party abbreviation"] == "Con")
    lab = next(r for r in people if r["Party abbreviation"] == "Lab")
    con["Votes"], lab["Votes"] = lab["Votes"], con["Votes"]
    seat["Con"], seat["Lab"] = seat["Lab"], seat["Con"]
    seat["Result"] = "Lab hold"
    second = files.write(tmp_path, "second")
    contest = scale(read_contest(DATA / f"ge{year}", corrections=second), 1000)
    winners = contest.candidates.filter("is_winner")["party_abbreviation"].value_counts()
    before = official.candidates.filter("is_winner")["party_abbreviation"].value_counts()
    gained = dict(winners.iter_rows())["Lab"] - dict(before.iter_rows())["Lab"]
    assert gained == 1
    assert contest.superseded["constituency_id"].unique().to_list() == [seat["ONS ID"]]
    plan = assemble(contest, seed=1, rates=NO_FAULTS)
    versions = plan.messages["declarations"].filter(
        pl.col("constituency_id") == seat["ONS ID"]
    ).sort("version")  # fmt: skip
    assert versions["reason"].to_list() == [
        None, "official figures corrected: votes of 2 candidates",
    ]  # fmt: skip
    assert versions["result_summary"].to_list() == [None, "Lab hold"]


@pytest.mark.parametrize("column", ["Votes", "Electorate", "ONS ID", "Party abbreviation"])
def test_a_spoilt_cell_of_the_real_file_is_named(year, read, column):
    files = load(year)
    in_people = column in ("Votes", "Party abbreviation")
    rows = files.candidacies if in_people else files.constituencies
    rows[400][column] = ""
    kind = "candidacies" if in_people else "constituencies"
    with pytest.raises(UserError, match=rf"ge{year}_{kind}\.csv, row 402, column {column}"):
        read(files)
