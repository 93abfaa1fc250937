"""Traps of official results files, one test each; small files that the test makes up."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from support.results_files import COLUMNS_OF_PARTIES, ResultsFiles, small_election

from generators.fault_rates import NO_FAULTS
from generators.official import read_contest
from generators.plan import assemble
from generators.scaling import scale

COUNTS = ("Votes", "Electorate", "Valid votes", "Invalid votes", "Majority", "All other candidates")
DECLARED_AT = [
    datetime(2017, 6, 8, 22, 5, tzinfo=UTC),
    datetime(2017, 6, 9, 1, 41, tzinfo=UTC),
    datetime(2017, 6, 9, 4, 12, tzinfo=UTC),
]


@pytest.fixture
def read(tmp_path):
    def write_and_read(files=None, *, name="ge2017", polling_date=None, corrections=None, **how):
        prefix = (files or small_election()).write(tmp_path, name, **how)
        return read_contest(prefix, polling_date=polling_date, corrections=corrections)

    return write_and_read


def same(one, other):
    """Say whether two contests are equal in every frame."""
    frames = ("seats", "candidates", "previous", "superseded")
    return all(getattr(one, name).equals(getattr(other, name)) for name in frames)


def column(contest, name, frame="seats"):
    return getattr(contest, frame)[name].to_list()


def as_us_date(text):
    day, month, rest = text.split("/", 2)
    return f"{int(month)}/{int(day)}/{rest[2:]}"


def as_iso(text):
    day, month, rest = text.split("/", 2)
    return f"{rest[:4]}-{month}-{day} {rest[5:]}:00"


# --- the traps that the data's README names ------------------------------------------------------


@pytest.mark.parametrize(
    "spell",
    [
        str,
        as_us_date,
        as_iso,
        lambda text: as_iso(text).replace(" ", "T"),
        lambda text: text.replace("/", "."),
        lambda text: text.replace("/20", "/"),
    ],
    ids=["d/m/Y", "m/d/yy", "iso", "iso with T", "d.m.Y", "d/m/yy"],
)
def test_date_formats_differ_between_years(read, spell):
    files = small_election().change("Declaration time", spell)
    assert column(read(files), "declared_at") == DECLARED_AT


def test_a_date_that_both_formats_read_is_that_of_the_poll(read):
    """12/06/17 is 12 June or 6 December: the poll of 8 June says which by the other seats."""
    ambiguous = small_election().change("Declaration time", lambda text: "06/09/17 02:41")
    assert column(read(ambiguous), "declared_at") == [datetime(2017, 6, 9, 1, 41, tzinfo=UTC)] * 3


@pytest.mark.parametrize(("zone", "earlier_h"), [("Z", 0), ("+01:00", 1), ("+0000", 0)])
def test_a_time_that_names_its_zone_is_not_local(read, zone, earlier_h):
    files = small_election().change("Declaration time", lambda text: f"2017-06-09T02:41:00{zone}")
    expected = datetime(2017, 6, 9, 2 - earlier_h, 41, tzinfo=UTC)
    assert column(read(files), "declared_at") == [expected] * 3


def test_times_are_of_summer_in_june_and_of_winter_in_december(read):
    files = small_election().change("Declaration time", lambda text: "13/12/2019 02:41")
    assert (
        column(read(files, name="ge2019"), "declared_at")
        == [datetime(2019, 12, 13, 2, 41, tzinfo=UTC)] * 3
    )


@pytest.mark.parametrize(
    "how",
    [
        {"encoding": "utf-8-sig"},
        {"end_of_line": "\r\n"},
        {"end_of_line": "\r"},
        {"encoding": "utf-8-sig", "end_of_line": "\r\n"},
        {"above": "General election results\nSource: the Library,,\n,,\n"},
    ],
    ids=["BOM", "CRLF", "CR", "BOM and CRLF", "a title above the header"],
)
def test_a_mark_line_ends_and_titles_change_nothing(read, how):
    assert same(read(small_election(), **how), read())


def test_codes_issued_anew_for_scottish_seats_are_found_by_name(read):
    """One file has the code of before, the other the one after: the seats' file counts."""
    files = small_election()
    for row in files.candidacies:
        row["ONS ID"] = row["ONS ID"].replace("S14900002", "S14000002")
    assert same(read(files), read())


def test_codes_issued_anew_are_found_under_another_spelling_of_the_name(read):
    files = small_election()
    for row in files.candidacies:
        if row["Constituency name"] == "Glen Ardle":
            row |= {"ONS ID": "S14000002", "Constituency name": "GLEN-ARDLE"}
    assert same(read(files), read())


def test_the_speaker_is_nobodys_party(read):
    contest = read()
    speaker = contest.candidates.row(by_predicate=pl.col("name") == "A Gale", named=True)
    assert (speaker["party_abbreviation"], speaker["party_id"]) == ("Spk", "x-Spk")
    assert speaker["is_winner"]
    assert contest.seats.row(2, named=True)["result_summary"] == "Spk hold"


@pytest.mark.parametrize("spelling", ["Lab", "Lab Co-op", "Lab Coop", "Labour and Co-operative"])
def test_labour_and_co_operative_candidates_are_labours(read, spelling):
    files = small_election()
    files.candidate("Baker")["Party abbreviation"] = spelling
    files.candidate("Baker")["Electoral Commission adjunct party ID"] = "PP119"
    files.seat("Millbrook")["Result"] = f"{spelling} gain from LD"
    contest = read(files)
    baker = contest.candidates.row(by_predicate=pl.col("name") == "A Baker", named=True)
    assert (baker["party_abbreviation"], baker["party_id"]) == ("Lab", "PP53")
    assert contest.seats.row(0, named=True)["result_summary"] == "Lab gain from LD"


def test_an_empty_change_is_unknown(read):
    files = small_election()
    files.candidate("Cook")["Change"] = ""
    previous = read(files).previous.filter(pl.col("constituency_id") == "E14900001")
    assert previous["party_abbreviation"].to_list() == ["Con", "Lab"]
    assert previous["share"].to_list() == pytest.approx([15 / 39 - 0.01, 20 / 39 - 0.01], abs=1e-6)


# --- other years, other layouts of the same ------------------------------------------------------


@pytest.mark.parametrize("without", ["times", "column"])
def test_without_times_the_timetable_says_when_seats_declare(read, without):
    files = small_election()
    files.change("Declaration time", lambda _: "") if without == "times" else files.drop(
        "Declaration time"
    )
    times = read(files)
    later = [
        moment - datetime(2017, 6, 8, 21, tzinfo=UTC) for moment in column(times, "declared_at")
    ]
    assert all(1.5 <= hours.total_seconds() / 3600 <= 18 for hours in later)
    assert same(times, read(files))


def test_one_missing_time_leaves_the_others_as_they_are(read):
    files = small_election()
    files.seat("Glen Ardle")["Declaration time"] = ""
    times = column(read(files), "declared_at")
    assert (times[0], times[2]) == (DECLARED_AT[0], DECLARED_AT[2])
    assert times[1] > datetime(2017, 6, 8, 21, tzinfo=UTC)


def test_party_columns_are_optional(read):
    files = small_election().drop(*COLUMNS_OF_PARTIES, "All other candidates")
    assert same(read(files), read())


@pytest.mark.parametrize("party", COLUMNS_OF_PARTIES)
def test_each_party_column_is_optional_beside_the_others(read, party):
    assert same(read(small_election().drop(party)), read())


def test_columns_that_no_total_needs_are_optional(read):
    files = small_election().drop(
        "County name", "Region name", "Country name", "Constituency type", "Member first name",
        "Member surname", "Member gender", "First party", "Second party", "Majority", "Sitting MP",
        "Former MP", "Member MNIS ID", "MNIS party ID", "Candidate gender",
        "Electoral Commission adjunct party ID",
    )  # fmt: skip
    assert same(read(files), read())


def test_without_change_no_previous_share_is_known(read):
    assert read(small_election().drop("Change")).previous.height == 0
    assert read(small_election().drop("Share")).previous.height == 0


def test_without_result_nobody_is_known_to_have_held_the_seat(read):
    contest = read(small_election().drop("Result"))
    assert column(contest, "previous_winner") == [None] * 3
    assert column(contest, "is_winner", "candidates").count(True) == 3


def test_parties_that_no_other_year_has(read):
    files = small_election()
    files.candidate("Cook").update(
        {"Party abbreviation": "Moon", "Party name": "Moon Party",
         "Electoral Commission party ID": "PP9876"}
    )  # fmt: skip
    files.seat("Millbrook")["LD"] = "0"
    files.seat("Millbrook")["All other candidates"] = "4000"
    cook = read(files).candidates.row(by_predicate=pl.col("name") == "A Cook", named=True)
    assert (cook["party_abbreviation"], cook["party_id"], cook["vote_count"]) == (
        "Moon", "PP9876", 4000,
    )  # fmt: skip


def test_columns_that_nobody_knows_are_left_out(read):
    files = small_election()
    for number, row in enumerate(files.constituencies):
        row |= {"Notes": "recount, twice", "Postal packs": f"1{number},204"}
    assert same(read(files), read())


@pytest.mark.parametrize(
    "spell",
    [str.upper, lambda name: f"  {name} ".replace(" ", "  "), lambda name: name.replace(" ", "_")],
    ids=["upper case", "doubled blanks", "underscores"],
)
def test_columns_are_known_in_any_spelling(read, spell):
    assert same(read(small_election().rename(spell)), read())


@pytest.mark.parametrize("mark", [",", " ", "\u00a0", "\u202f"])
def test_thousands_may_be_set_apart(read, mark):
    files = small_election()
    for name in (*COUNTS, *COLUMNS_OF_PARTIES):
        files.change(name, lambda text: f"{int(text):,}".replace(",", mark))
    assert same(read(files), read())


def test_a_quoted_name_may_hold_a_comma(read):
    files = small_election().change(
        "Constituency name", lambda name: name.replace("Priory Park", "Priory, The")
    )
    assert column(read(files), "name") == ["Millbrook", "Glen Ardle", "Priory, The"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_accents_are_read_in_each_encoding(read, encoding):
    files = small_election().change(
        "Constituency name", lambda name: name.replace("Priory Park", "Ynys Fôn")
    )
    assert column(read(files, encoding=encoding), "name")[2] == "Ynys Fôn"


@pytest.mark.parametrize("spell", ["{:.6f}", "{:.4%}"])
def test_shares_may_be_fractions_or_percent(read, spell):
    files = small_election()
    for name in ("Share", "Change"):
        files.change(name, lambda text: spell.format(float(text)))
    known = read(files).previous["share"].to_list()
    assert known == pytest.approx(read().previous["share"].to_list(), abs=1e-5)


def test_shares_in_percent_without_a_sign_are_seen_by_their_size(read):
    files = small_election()
    for name in ("Share", "Change"):
        files.change(name, lambda text: f"{100 * float(text):.4f}")
    known = read(files).previous["share"].to_list()
    assert known == pytest.approx(read().previous["share"].to_list(), abs=1e-5)


def test_a_change_that_cannot_be_is_unknown_and_nothing_else(read):
    files = small_election()
    files.candidate("Cook")["Change"] = "0.9"
    contest = read(files)
    assert contest.candidates.equals(read().candidates)
    assert contest.previous.height == read().previous.height - 1


def test_a_region_is_known_by_name_where_its_code_is_another(read):
    files = small_election().change(
        "ONS region ID", lambda code: code.replace("S92000003", "S15000001")
    )
    assert column(read(files), "region_id")[1] == "S92000003"


# --- polls that went another way -----------------------------------------------------------------


@pytest.mark.parametrize("spell", [str, as_us_date])
def test_a_postponed_poll_is_weeks_later(read, spell):
    """A candidate died: the seat polls on a Thursday three weeks later, papers and all."""
    files = small_election().add(
        "E14900004", "Latecombe", "E12000007",
        [("Con", "Jones", 9_000), ("Lab", "King", 8_000)],
        result="Con hold", declared="30/06/2017 03:15",
    )  # fmt: skip
    contest = read(files.change("Declaration time", spell))
    assert column(contest, "polls_on") == [date(2017, 6, 8)] * 3 + [date(2017, 6, 29)]
    plan = assemble(scale(contest, 1000), seed=1, rates=NO_FAULTS)
    seat = pl.col("constituency_id") == "E14900004"
    issued = plan.messages["ballots_issued"].filter(seat, pl.col("method") == "in_person")
    assert issued["issued_at"].min() >= datetime(2017, 6, 29, 6, tzinfo=UTC)
    assert plan.messages["votes"].filter(seat)["sent_at"].min() > datetime(
        2017, 6, 29, 21, tzinfo=UTC
    )
    assert plan.ends_at >= datetime(2017, 6, 30, 2, 15, tzinfo=UTC)


def lone_candidate(votes):
    return small_election().add(
        "N14900004", "Alone", "N92000002", [("Con", "Jones", votes)],
        result="Con hold", invalid=0,
    )  # fmt: skip


@pytest.mark.parametrize("votes", [0, 20_000])
@pytest.mark.parametrize("one_to", [1000, 100])
def test_one_candidate_wins_alone(read, votes, one_to):
    contest = scale(read(lone_candidate(votes)), one_to)
    jones = contest.candidates.row(by_predicate=pl.col("name") == "A Jones", named=True)
    assert (jones["is_winner"], jones["vote_count"]) == (True, votes // one_to)
    assert assemble(contest, seed=1, rates=NO_FAULTS).messages["declarations"].height == 4


@pytest.mark.parametrize("one_to", [1, 100, 1000])
def test_a_tie_is_said_to_be_one_at_every_scale(read, one_to):
    files = small_election().add(
        "E14900004", "Evenholm", "E12000007",
        [("Con", "Jones", 10_000), ("Lab", "King", 10_000), ("LD", "Low", 4_500)],
        result="Con hold",
    )  # fmt: skip
    contest = scale(read(files), one_to)
    rows = contest.candidates.filter(pl.col("constituency_id") == "E14900004")
    assert rows["is_winner"].to_list() == [False] * 3
    assert rows["vote_count"][0] == rows["vote_count"][1] > rows["vote_count"][2]
    assert contest.seats["result_summary"][3] == "tie; Con held the seat"


def test_any_number_of_seats_is_an_election(read):
    files = ResultsFiles()
    for number in range(1, 660):
        files.add(
            f"E14{900_000 + number:06d}", f"Seat {number}", "E12000002",
            [("Con", "Ash", 20_000 + number), ("Lab", "Birch", 15_000)],
            result="Con hold", declared="06/05/2005 02:00",
        )  # fmt: skip
    contest = scale(read(files, name="ge2005"), 1000)
    assert (contest.seats.height, contest.polling_date) == (659, date(2005, 5, 5))
    assert contest.candidates["is_winner"].sum() == 659


def test_one_seat_is_an_election_on_its_own_day(read):
    """A by-election: no year of a general election in the name, so POLLING_DATE says when."""
    files = ResultsFiles().add(
        "E14900001", "Millbrook", "E12000002",
        [("LD", "Archer", 13_342), ("UKIP", "Baker", 11_571), ("Con", "Cook", 10_559)],
        result="LD hold", declared="01/03/2013 02:13",
    )  # fmt: skip
    contest = scale(read(files, name="by-election", polling_date=date(2013, 2, 28)), 1000)
    assert contest.election_id == "parl.2013-02-28"
    plan = assemble(contest, seed=1, rates=NO_FAULTS)
    assert plan.messages["votes"].height == 35


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("ge2001", date(2001, 6, 7)),
        ("results-2010", date(2010, 5, 6)),
        ("HoC-GE2019-results", date(2019, 12, 12)),
        ("2024", date(2024, 7, 4)),
    ],
)
def test_the_year_of_the_name_gives_the_polling_day(read, name, day):
    files = small_election().drop("Declaration time")
    assert read(files, name=name).polling_date == day
