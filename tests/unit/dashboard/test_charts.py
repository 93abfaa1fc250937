from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.fake_warehouse import frames
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import charts
from election.events import AGE_BANDS, SEXES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def marts():
    return frames(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))


@pytest.fixture(scope="module")
def later():
    return frames(Scene(at=CLOSES_AT + timedelta(hours=5, minutes=10), now=NOW))


def all_drawings(marts):
    return [
        charts.turnout_by_hour(marts["turnout_over_time"], OPENS_AT),
        charts.turnout_by_region(marts["regional_turnout"]),
        charts.turnout_by_group(marts["demographic_turnout"], "age_band", AGE_BANDS),
        charts.seats_over_time(marts["results_over_time"], CLOSES_AT),
        charts.party_by_education(marts["party_by_education"]),
    ]


def test_a_later_refresh_changes_data_only(marts, later):
    for now, then in zip(all_drawings(marts), all_drawings(later), strict=True):
        assert now.spec == then.spec


def test_data_comes_beside_the_specification_under_one_name(marts):
    for drawing in all_drawings(marts):
        assert drawing.spec["data"] == {"name": "source"}
        assert "datasets" not in drawing.spec


def test_every_chart_has_a_table_and_a_sentence(marts):
    for drawing in all_drawings(marts):
        assert drawing.table.height
        assert drawing.takeaway.endswith(".")


def test_every_chart_takes_frames_without_rows(marts):
    empty = {name: frame.clear() for name, frame in marts.items()}
    for drawing in all_drawings(empty):
        assert drawing.takeaway.startswith("No ")


def test_hours_are_local_and_early_post_is_one_bar(marts):
    drawing = charts.turnout_by_hour(marts["turnout_over_time"], OPENS_AT)
    assert drawing.table["hour"].to_list()[:2] == ["to 07", "07"]
    assert drawing.table["hour"].to_list()[-1] == "21"


def test_lines_are_labelled_with_party_and_seats(marts):
    drawing = charts.seats_over_time(marts["results_over_time"], CLOSES_AT)
    labels = drawing.frame.filter(pl.col("said") != "")
    assert "Lab 69" in labels["said"].to_list()
    gaps = labels.sort("seats")["seats"].diff().drop_nulls()
    assert gaps.min() > 0


def test_lines_end_where_the_mart_ends(marts):
    drawing = charts.seats_over_time(marts["results_over_time"], CLOSES_AT)
    lines = drawing.frame.filter((pl.col("said") == "") & (pl.col("party") == "Lab"))
    mart = marts["results_over_time"].filter(pl.col("party_abbreviation") == "Lab")
    assert lines["seats"].max() == mart["seats_to_date"].max()


def test_withheld_cells_show_no_number(marts):
    drawing = charts.party_by_education(marts["party_by_education"])
    hidden = drawing.frame.filter(pl.col("said") == "–")
    assert hidden.height == hidden["value"].null_count() == 2
    assert "n = " in drawing.frame["qualification"][0]


def test_withheld_groups_stay_out(marts):
    drawing = charts.turnout_by_group(marts["demographic_turnout"], "education", ["degree"])
    shown = marts["demographic_turnout"].filter(
        (pl.col("characteristic_value") == "other") & ~pl.col("is_suppressed")
    )
    row = drawing.table.filter(pl.col("group") == "Other")
    assert row["registered"][0] == shown["registered"].sum()


EARLY, LATE = datetime(2030, 5, 2, 12, tzinfo=UTC), datetime(2030, 5, 2, 14, 15, tzinfo=UTC)


def cell(region, age, sex, *, n=100, issued=50, at=LATE, hidden=False):
    return {
        "region_id": region, "characteristic": "age_band", "characteristic_value": age, "sex": sex,
        "registered": None if hidden else n, "ballots_issued": None if hidden else issued,
        "turnout": None, "is_suppressed": hidden, "snapshot_at": at,
    }  # fmt: skip


def line(region, age, **of):
    return [cell(region, age, "female", **of), cell(region, age, "male", **of)]


def by(characteristic, order, *lines):
    cells = pl.DataFrame([c for found in lines for c in found], infer_schema_length=None)
    return charts.turnout_by_group(cells, characteristic, order)


def test_a_group_without_a_whole_line_says_withheld_and_others_say_their_n():
    half = [cell("W", "75+", "female", hidden=True), cell("W", "75+", "male")]
    drawing = by("age_band", AGE_BANDS, line("W", "18-24"), line("W", "25-34", issued=60), half)
    said = dict(zip(drawing.frame["group"], drawing.frame["said"], strict=True))
    assert said == {
        "18-24 (n = 200)": "50.0%", "25-34 (n = 200)": "60.0%", "75+": "withheld",
    }  # fmt: skip
    assert "1 line withheld" in drawing.takeaway


def test_turnout_by_sex_is_over_the_same_lines_for_both_sexes():
    half = [
        cell("W", "75+", "female", hidden=True, issued=None),
        cell("W", "75+", "male", issued=90),
    ]
    drawing = by("sex", SEXES, line("W", "18-24"), half)
    assert drawing.table["turnout"].to_list() == [0.5, 0.5]
    assert drawing.table["registered"].to_list() == [100, 100]
    assert drawing.table["lines withheld"].to_list() == [1, 1]


def test_lines_of_different_times_are_not_ranked_and_say_their_times():
    ages = line("W", "18-24", at=EARLY), line("W", "25-34", issued=60)
    drawing = by("age_band", AGE_BANDS, *ages)
    assert "Highest" not in drawing.takeaway
    assert "13:00 BST to 15:15 BST, so that they are not ranked" in drawing.takeaway
    assert drawing.table["said"].to_list() == ["13:00 BST", "15:15 BST"]
