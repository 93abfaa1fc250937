"""The time of `make as-of`, as a person writes it."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from election.errors import UserError
from election.settings import LakeSettings
from spark.jobs.as_of import parse_moment, table_as_of, write_table


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-25T02:00:00Z", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("2026-11-25T02:00:00", datetime(2026, 11, 25, 2, tzinfo=UTC)),
        ("2026-11-25 02:00:00+01:00",
         datetime(2026, 11, 25, 2, tzinfo=timezone(timedelta(hours=1)))),
    ],
)  # fmt: skip
def test_a_time_without_a_zone_is_utc(text, moment):
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "two o'clock", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused_with_one_that_is(text):
    with pytest.raises(UserError, match="is not a time") as told:
        parse_moment(text)
    parse_moment(told.value.fix.split()[-1])


def test_a_table_that_there_is_not_is_refused_with_those_that_there_are(tmp_path):
    lake = LakeSettings(LAKE_PATH=str(tmp_path))
    with pytest.raises(UserError, match="no live table votes") as told:
        table_as_of(None, lake, datetime.now(UTC), "votes")
    assert "candidate_totals" in told.value.why


def test_a_file_is_written_as_its_name_ends(tmp_path):
    frame = pl.DataFrame({"votes": [1]})
    for name, read in (("a.csv", pl.read_csv), ("a.parquet", pl.read_parquet)):
        write_table(frame, tmp_path / name)
        assert read(tmp_path / name).equals(frame)
    with pytest.raises(UserError, match=r"a\.txt cannot be written"):
        write_table(frame, tmp_path / "a.txt")
