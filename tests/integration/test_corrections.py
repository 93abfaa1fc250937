"""A first release with corrections ends where the corrected release alone ends, to the row."""

import pytest
from support.folders import open_folder
from support.town import town
from support.whole_night import END_WITHIN_S, WholeNight

# When something was said, and how often: a correction says it again, and later.
HOW_IT_CAME = {
    "night_id", "as_of", "status", "declaration_version", "declared_at", "first_declared_at",
    "correction_reason", "election_at", "seats_corrected", "last_declaration_seat",
    "last_declaration_text", "last_declared_at", "headline", "invariants_checked_at",
}  # fmt: skip
MARTS = {
    "candidate_results": "candidate_id",
    "constituency_results": "constituency_id",
    "party_results": "party_abbreviation",
    "national_summary": "night_id",
}
pytestmark = pytest.mark.timeout(1800)


def hold(**settings):
    """Hold a night, and return its latest-state marts."""
    with open_folder() as folder:
        night = WholeNight(
            folder / "var", POLLING_DATE="2017-06-08", SCALE="100", SPEED="max", KEEP="1",
            FAULTS="none", DBT_CADENCE_S="3600", **settings,
        )  # fmt: skip
        try:
            night.start()
            night.wait_said("stays up", seconds=END_WITHIN_S)
            assert night.summary()["failures"] == []
            return {mart: rows_of(night, mart, key) for mart, key in MARTS.items()}
        finally:
            if night.process.poll() is None:
                night.interrupt()
            night.kill()


def rows_of(night, mart, key):
    columns = [
        name for (name,) in night.rows(
            "select column_name from information_schema.columns where table_schema = 'marts'"
            f" and table_name = '{mart}' order by ordinal_position"
        ) if name not in HOW_IT_CAME
    ]  # fmt: skip
    names = ", ".join(columns)
    found = night.rows(
        f"select {names} from marts.{mart} where night_id = %(night)s order by {key}"
    )
    return [dict(zip(columns, map(_rounded, row), strict=True)) for row in found]


def _rounded(value):
    """Sums of shares depend on the order of adding in their last digit."""
    return round(value, 12) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    first, second = (town(second=x).write(files, name) for x, name in
                     ((False, "town"), (True, "town-2nd")))  # fmt: skip
    return (
        hold(ELECTION=str(first), CORRECTIONS=str(second)),
        hold(ELECTION=str(second)),
    )


@pytest.mark.parametrize("mart", MARTS)
def test_latest_marts_are_those_of_the_corrected_release(releases, mart):
    corrected, alone = (release[mart] for release in releases)
    assert alone
    assert corrected == alone
