"""Corrections from a second file: declared as in the first, counted as in the second."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from support.results_files import small_election

from election.errors import UserError
from generators.declaring import declare
from generators.fault_rates import NO_FAULTS
from generators.official import read_contest
from generators.plan import assemble
from generators.scaling import scale

GLEN = pl.col("constituency_id") == "S14900002"


def corrected():
    """Return a second release: Glen Ardle's count was read wrongly, and Labour won."""
    files = small_election()
    files.candidate("Drummond")["Votes"] = "17001"
    files.candidate("Elliot")["Votes"] = "19000"
    files.seat("Glen Ardle").update(
        {"SNP": "17001", "Lab": "19000", "Majority": "1999", "Result": "Lab hold"}
    )
    return files


@pytest.fixture
def read(tmp_path):
    def write_and_read(second, first=None):
        prefix = (first or small_election()).write(tmp_path)
        return read_contest(prefix, corrections=second.write(tmp_path, "second"))

    return write_and_read


def declarations(contest):
    """Return the declarations of Glen Ardle, oldest first."""
    return declare(contest).filter(GLEN).sort("version").to_dicts()


def votes_of(declaration):
    return [row["vote_count"] for row in json.loads(declaration["votes"])]


def test_the_first_figures_are_declared_and_the_second_follow_with_a_reason(read):
    first, second = declarations(read(corrected()))
    assert (first["version"], first["status"], first["reason"]) == (1, "declared", None)
    assert votes_of(first) == [18_001, 18_000, 9_000]
    assert (second["version"], second["status"]) == (2, "corrected")
    assert votes_of(second) == [17_001, 19_000, 9_000]
    assert second["reason"] == "official figures corrected: votes of 2 candidates"
    assert second["result_summary"] == "Lab hold"
    assert (first["is_last"], second["is_last"]) == (False, True)
    assert first["declared_at"] < second["declared_at"]


def test_seats_that_do_not_differ_are_declared_once(read):
    contest = read(corrected())
    assert declare(contest).filter(~GLEN)["version"].to_list() == [1, 1]
    assert contest.superseded["constituency_id"].unique().to_list() == ["S14900002"]


def test_papers_are_counted_as_in_the_second_before_the_first_is_declared(read):
    plan = assemble(scale(read(corrected()), 1000), seed=1, rates=NO_FAULTS)
    papers = plan.messages["votes"].filter(GLEN, pl.col("candidate_id").is_not_null())
    counts = papers["candidate_id"].cast(pl.String).value_counts().sort("candidate_id")
    assert counts["count"].to_list() == [17, 19, 9]
    declared = plan.messages["declarations"].filter(GLEN).sort("version")
    assert papers["counted_at"].max() < declared["declared_at"][0]


def test_the_plan_is_that_of_the_second_file_alone(read, tmp_path):
    both = scale(read(corrected()), 1000)
    alone = scale(read_contest(corrected().write(tmp_path, "ge2017-alone")), 1000)
    assert both.candidates.equals(alone.candidates)
    assert both.seats.drop("declared_at").equals(alone.seats.drop("declared_at"))


@pytest.mark.parametrize(
    ("column", "first", "second", "reason"),
    [
        ("Electorate", "60000", "60100", "electorate 60,000 to 60,100"),
        ("Invalid votes", "57", "1057", "rejected ballots 57 to 1,057"),
    ],
)
def test_other_figures_are_corrected_with_what_changed(read, column, first, second, reason):
    files = small_election()
    assert files.seat("Glen Ardle")[column] == first
    files.seat("Glen Ardle")[column] = second
    before, after = declarations(read(files))
    assert after["reason"] == f"official figures corrected: {reason}"
    name = {"Electorate": "electorate", "Invalid votes": "rejected_ballots"}[column]
    assert [str(d[name]) for d in (before, after)] == [first, second]


def test_a_correction_has_its_own_time_where_the_second_file_has_a_later_one(read):
    files = corrected()
    files.seat("Glen Ardle")["Declaration time"] = "09/06/2017 16:00"
    _, second = declarations(read(files))
    assert second["declared_at"] == datetime(2017, 6, 9, 15, tzinfo=UTC)


def test_the_second_file_may_hold_the_corrected_seats_alone_under_a_new_code(read):
    files = corrected()
    files.constituencies = [files.seat("Glen Ardle")]
    files.candidacies = files.candidacies[3:6]
    files.change("ONS ID", lambda _: "S14000999")
    contest = read(files)
    assert contest.seats.height == 3
    assert [votes_of(d) for d in declarations(contest)] == [
        [18_001, 18_000, 9_000], [17_001, 19_000, 9_000],
    ]  # fmt: skip


def test_the_order_of_candidates_in_the_second_file_does_not_matter(read):
    files = corrected()
    files.candidacies[3], files.candidacies[4] = files.candidacies[4], files.candidacies[3]
    assert [votes_of(d) for d in declarations(read(files))][1] == [17_001, 19_000, 9_000]


def test_the_same_file_twice_corrects_nothing(read):
    contest = read(small_election())
    assert contest.superseded.height == 0
    assert declare(contest).height == 3


@pytest.mark.parametrize("one_to", [1, 7, 100, 1000])
def test_both_versions_add_up_at_every_scale(read, one_to):
    contest = scale(read(corrected()), one_to)
    papers = contest.seats.filter(GLEN).row(0, named=True)
    for declaration in declarations(contest):
        cast = sum(votes_of(declaration)) + declaration["rejected_ballots"]
        assert declaration["electorate"] >= cast
    assert sum(votes_of(declarations(contest)[-1])) == papers["valid_votes"]


@pytest.mark.parametrize("text", ["-1", "1.5", "none"])
def test_a_second_file_with_impossible_votes_is_refused(read, text):
    files = corrected()
    files.candidate("Elliot")["Votes"] = text
    with pytest.raises(UserError, match=r"second_candidacies\.csv, row 6, column Votes"):
        read(files)


def test_a_second_file_that_does_not_add_up_is_refused(read):
    files = corrected()
    files.seat("Glen Ardle")["Valid votes"] = "1"
    with pytest.raises(UserError, match=r"second_constituencies\.csv, row 3, column Valid"):
        read(files)


def test_other_candidates_in_the_second_file_are_refused_by_name(read):
    files = corrected()
    files.candidate("Elliot")["Candidate surname"] = "Stranger"
    with pytest.raises(UserError, match="nominations of Glen Ardle differ") as raised:
        read(files)
    assert "A Stranger (Lab)" in raised.value.why and "A Elliot (Lab)" in raised.value.why


def test_a_seat_that_was_not_declared_is_refused(read):
    files = corrected().add(
        "E14900009", "Newtown", "E12000007", [("Con", "Jones", 9_000)], result="Con hold"
    )
    with pytest.raises(UserError, match=r"Newtown \(E14900009\)"):
        read(files)


def test_a_second_release_that_is_not_there_is_refused(tmp_path):
    prefix = small_election().write(tmp_path)
    with pytest.raises(UserError, match="there is no such election"):
        read_contest(prefix, corrections=tmp_path / "second")
