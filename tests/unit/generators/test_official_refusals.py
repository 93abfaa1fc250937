"""Results files that cannot be used are refused by file, row and column."""

import re
from datetime import date
from pathlib import Path

import pytest
from support.results_files import ResultsFiles, small_election

from election.errors import UserError
from generators.official import read_contest

SEATS, PEOPLE = "ge2017_constituencies.csv", "ge2017_candidacies.csv"
OF_SEATS = ("ONS ID", "ONS region ID", "Constituency name", "Electorate", "Valid votes",
            "Invalid votes")  # fmt: skip
OF_PEOPLE = ("ONS ID", "Party name", "Party abbreviation", "Electoral Commission party ID",
             "Candidate first name", "Candidate surname", "Votes")  # fmt: skip


@pytest.fixture
def refusal(tmp_path):
    """Return the error that reading gives."""

    def write_and_read(files, *, name="ge2017", polling_date=None, **how):
        prefix = files.write(tmp_path, name, **how)
        with pytest.raises(UserError) as raised:
            read_contest(prefix, polling_date=polling_date)
        return raised.value

    return write_and_read


def names(error, file, row, column):
    """Say whether an error names the place, and says what to do."""
    place = re.fullmatch(rf"{re.escape(file)}, row {row}(?:\D.*)?", error.what)
    return bool(place) and column in error.what and bool(error.why) and bool(error.fix)


@pytest.mark.parametrize("column", OF_SEATS)
def test_a_seats_file_without_a_required_column(refusal, column):
    files = small_election()
    for row in files.constituencies:
        del row[column]
    assert names(refusal(files), SEATS, 1, column)


@pytest.mark.parametrize("column", OF_PEOPLE)
def test_a_candidates_file_without_a_required_column(refusal, column):
    files = small_election()
    for row in files.candidacies:
        del row[column]
    assert names(refusal(files), PEOPLE, 1, column)


def test_a_missing_column_is_told_by_the_header_below_a_title(refusal):
    error = refusal(small_election().drop("Electorate"), above="Results\n\n")
    assert names(error, SEATS, 3, "Electorate")


@pytest.mark.parametrize("column", ["ONS ID", "Constituency name", "Electorate", "Valid votes"])
def test_an_empty_cell_of_a_seat(refusal, column):
    files = small_election()
    files.seat("Glen Ardle")[column] = " "
    assert names(refusal(files), SEATS, 3, column)


@pytest.mark.parametrize("column", ["ONS ID", "Party name", "Party abbreviation", "Votes"])
def test_an_empty_cell_of_a_candidate(refusal, column):
    files = small_election()
    files.candidate("Elliot")[column] = ""
    assert names(refusal(files), PEOPLE, 6, column)


@pytest.mark.parametrize("text", ["-5", "12.5", "1,23", "many", "1e4", "٣٤", "n/a", "+7"])
def test_votes_that_are_no_whole_number_of_0_or_more(refusal, text):
    files = small_election()
    files.candidate("Elliot")["Votes"] = text
    error = refusal(files)
    assert names(error, PEOPLE, 6, "Votes")
    assert repr(text) in error.why


@pytest.mark.parametrize("column", ["Electorate", "Valid votes", "Invalid votes"])
def test_negative_numbers_of_a_seat(refusal, column):
    files = small_election()
    files.seat("Glen Ardle")[column] = "-1"
    assert names(refusal(files), SEATS, 3, column)


def test_valid_votes_that_are_not_the_sum_of_the_candidates(refusal):
    files = small_election()
    files.seat("Glen Ardle")["Valid votes"] = "45002"
    error = refusal(files)
    assert names(error, SEATS, 3, "Valid votes")
    assert "45002" in error.why and "45001" in error.why


@pytest.mark.parametrize(
    ("column", "text"),
    [("Lab", "18001"), ("Green", "1"), ("Majority", "2"), ("All other candidates", "1")],
)
def test_totals_that_do_not_add_up(refusal, column, text):
    files = small_election()
    files.seat("Glen Ardle")[column] = text
    assert names(refusal(files), SEATS, 3, column)


def test_other_candidates_that_do_not_add_up_beside_a_column_taken_out(refusal):
    files = small_election().drop("LD")
    files.seat("Priory Park")["All other candidates"] = "32999"
    assert names(refusal(files), SEATS, 4, "All other candidates")


def test_another_winner_s_votes_that_do_not_add_up(refusal):
    files = small_election()
    for row in files.constituencies:
        row["Of which other winner"] = "0"
    assert names(refusal(files), SEATS, 4, "Of which other winner")


def test_fewer_electors_than_papers(refusal):
    files = small_election()
    files.seat("Glen Ardle")["Electorate"] = "45000"
    assert names(refusal(files), SEATS, 3, "Electorate")


def test_a_seat_that_is_there_twice(refusal):
    files = small_election()
    files.constituencies.append(dict(files.constituencies[0]))
    assert names(refusal(files), SEATS, 5, "ONS ID")


def test_a_seat_without_candidates(refusal):
    files = small_election()
    del files.candidacies[3:6]
    assert names(refusal(files), SEATS, 3, "ONS ID")


def test_a_candidate_of_no_seat(refusal):
    files = small_election()
    files.candidate("Elliot").update({"ONS ID": "E14999999", "Constituency name": "Nowhere"})
    assert names(refusal(files), PEOPLE, 6, "ONS ID")


def test_a_candidate_whose_code_and_name_are_of_two_seats(refusal):
    files = small_election()
    files.candidate("Elliot")["ONS ID"] = "E14900001"
    assert names(refusal(files), PEOPLE, 6, "Constituency name")


@pytest.mark.parametrize(
    ("column", "text"), [("ONS ID", "Glen Ardle; 1"), ("ONS region ID", "E12000099")]
)
def test_codes_that_are_none(refusal, column, text):
    files = small_election()
    files.seat("Glen Ardle").update({column: text, "Region name": "Atlantis"})
    assert names(refusal(files), SEATS, 3, column)


def test_a_party_id_that_is_none(refusal):
    files = small_election()
    files.candidate("Elliot")["Electoral Commission party ID"] = "PP 53?"
    assert names(refusal(files), PEOPLE, 6, "Electoral Commission party ID")


@pytest.mark.parametrize("text", ["soon", "31/02/2017 03:00", "09/06/2017", "09/06/2017 25:00"])
def test_a_time_that_is_none(refusal, text):
    files = small_election()
    files.seat("Glen Ardle")["Declaration time"] = text
    assert names(refusal(files), SEATS, 3, "Declaration time")


def test_a_declaration_before_close_of_poll(refusal):
    files = small_election()
    files.seat("Glen Ardle")["Declaration time"] = "08/06/2017 21:59"
    assert names(refusal(files), SEATS, 3, "Declaration time")


def test_a_declaration_months_later(refusal):
    files = small_election()
    files.seat("Glen Ardle")["Declaration time"] = "08/12/2017 03:00"
    assert names(refusal(files), SEATS, 3, "Declaration time")


def test_times_of_another_poll_ask_for_the_polling_day(refusal):
    error = refusal(small_election(), name="ge2015")
    assert names(error, "ge2015_constituencies.csv", 2, "Declaration time")
    assert "POLLING_DATE" in error.fix
    error = refusal(small_election(), polling_date=date(2017, 6, 1))
    assert names(error, SEATS, 2, "Declaration time")


@pytest.mark.parametrize("name", ["results", "ge2016", "ge2015-to-2017", "ge20170"])
def test_a_name_without_the_year_of_an_election_needs_the_polling_day(refusal, name):
    error = refusal(small_election(), name=name)
    assert name in error.what
    assert "POLLING_DATE=YYYY-MM-DD" in error.fix


def test_a_row_with_more_cells_than_the_header(tmp_path):
    prefix = small_election().write(tmp_path)
    file = tmp_path / SEATS
    lines = file.read_text().splitlines()
    lines[2] = lines[2].replace("Glen Ardle", "Glen, Ardle")
    file.write_text("\n".join(lines))
    with pytest.raises(UserError) as raised:
        read_contest(prefix)
    assert names(raised.value, SEATS, 3, "too many columns")


def test_a_row_that_was_cut_off(tmp_path):
    prefix = small_election().write(tmp_path)
    file = tmp_path / PEOPLE
    file.write_text(file.read_text()[: file.read_text().index("Ives")])
    with pytest.raises(UserError) as raised:
        read_contest(prefix)
    assert names(raised.value, PEOPLE, 10, "Candidate surname") or "Votes" in raised.value.what


def test_a_column_that_is_there_twice(tmp_path):
    prefix = small_election().write(tmp_path)
    file = tmp_path / SEATS
    file.write_text(file.read_text().replace("Second party", "Electorate", 1))
    with pytest.raises(UserError) as raised:
        read_contest(prefix)
    assert names(raised.value, SEATS, 1, "electorate")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column"),
        ("ONS ID".encode("utf-16"), "cannot be read as text"),
        (b"PK\x03\x04\x00\x00", "cannot be read as text"),
        (b"ONS ID,ONS region ID,Constituency name,Electorate,Valid votes,Invalid votes\n",
         "no rows"),
    ],
    ids=["empty", "UTF-16", "a spreadsheet", "a header alone"],
)  # fmt: skip
def test_a_file_that_holds_no_table(tmp_path, content, words):
    prefix = small_election().write(tmp_path)
    (tmp_path / SEATS).write_bytes(content)
    with pytest.raises(UserError, match=words) as raised:
        read_contest(prefix)
    assert SEATS in raised.value.what


@pytest.mark.parametrize("missing", [SEATS, PEOPLE])
def test_one_file_of_the_two_is_missing(tmp_path, missing):
    prefix = small_election().write(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(UserError) as raised:
        read_contest(prefix)
    assert missing in raised.value.why.rpartition("not there")[2]


def test_a_file_that_may_not_be_opened(tmp_path, monkeypatch):
    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    prefix = small_election().write(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(UserError, match="cannot be opened") as raised:
        read_contest(prefix)
    assert "Permission denied" in raised.value.why


def test_a_folder_is_no_file(tmp_path):
    prefix = small_election().write(tmp_path)
    (tmp_path / SEATS).unlink()
    (tmp_path / SEATS).mkdir()
    with pytest.raises(UserError, match="there is no such election"):
        read_contest(prefix)


def test_the_name_of_either_file_stands_for_both(tmp_path):
    small_election().write(tmp_path)
    for name in (SEATS, PEOPLE, "ge2017"):
        assert read_contest(tmp_path / name).seats.height == 3


def test_no_seats_at_all(tmp_path):
    files = ResultsFiles([{}], [{}])
    with pytest.raises(UserError, match="no column"):
        read_contest(files.write(tmp_path))
