"""A first release with corrections ends where the corrected release alone ends, to the row.

That night is then counted again by every command there is (`support.counted_again`).
"""

import pytest
from support.counted_again import CANDIDATE, count_again, values_of
from support.town import town
from support.whole_night import END_WITHIN_S, WholeNight

from bench.folders import open_folder

# When something was said, and how often: a correction says it again, and later.
HOW_IT_CAME = {
    "night_id", "as_of", "status", "declaration_version", "declared_at", "first_declared_at",
    "correction_reason", "election_at", "seats_corrected", "last_declaration_seat",
    "last_declaration_text", "last_declared_at", "headline", "invariants_checked_at",
}  # fmt: skip
# Why a seat is looked at, and after which others: a corrected one is, for having been corrected.
INHERENT = {"key_seats": {"why", "rank"}}
MARTS = {
    "candidate_results": "candidate_id",
    "constituency_results": "constituency_id",
    "party_results": "party_abbreviation",
    "regional_results": "region_id, party_abbreviation",
    "national_summary": "night_id",
    "key_seats": "constituency_id",
    "counted_results": "party_abbreviation",
    "fct_candidate_result": "candidate_id",
    "dim_candidate": "candidate_id",
    "dim_constituency": "constituency_id",
    "dim_party": "party_abbreviation",
    "dim_polling_station": "polling_station_id",
    "dim_region": "region_id",
}
pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]


def hold(then=lambda _: None, **settings):
    """Hold a night; return its latest-state marts, and what `then` has seen of it."""
    with open_folder() as folder:
        night = WholeNight(
            folder / "var", POLLING_DATE="2017-06-08", SCALE="100", SPEED="max", KEEP="1",
            FAULTS="none", DBT_CADENCE_S="3600", **settings,
        )  # fmt: skip
        try:
            night.start()
            night.wait_said("stays up", seconds=END_WITHIN_S)
            assert night.summary()["failures"] == []
            marts = {mart: rows_of(night, mart, key) for mart, key in MARTS.items()}
            return marts, then(night)
        finally:
            if night.process.poll() is None:
                night.interrupt()
            night.kill()


def rows_of(night, mart, key):
    columns = [
        name for (name,) in night.rows(
            "select column_name from information_schema.columns where table_schema = 'marts'"
            f" and table_name = '{mart}' order by ordinal_position"
        ) if name not in HOW_IT_CAME | INHERENT.get(mart, set())
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
def nights(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    first, second = (town(second=x).write(files, name) for x, name in
                     ((False, "town"), (True, "town-2nd")))  # fmt: skip
    return (
        hold(lambda night: count_again(night, files),
             ELECTION=str(first), CORRECTIONS=str(second)),
        hold(ELECTION=str(second)),
    )  # fmt: skip


@pytest.mark.parametrize("mart", MARTS)
def test_latest_marts_are_those_of_the_corrected_release(nights, mart):
    corrected, alone = (marts[mart] for marts, _ in nights)
    assert alone
    assert corrected == alone


@pytest.fixture(scope="module")
def again(nights):
    return nights[0][1]


@pytest.mark.parametrize("command", ["replay votes/0/0", "rebuild broker", "rebuild bronze"])
def test_a_command_puts_right_what_was_spoilt_and_nothing_else(again, command):
    said = again.said[command]
    assert again.codes[command] == 0, said
    assert again.left[command] == (again.right, 0), said
    assert not again.ghosts_in_results[command]
    named = [line for line in said.splitlines() if "not " in line or "should not be there" in line]
    assert len(named) == 3, said  # the row, the key beside it, the key of `results`
    assert any(f"{CANDIDATE}: vote_count {again.right + 7}, not {again.right}" in n for n in named)


def test_the_past_is_read_from_ledgers_that_were_made_anew(again):
    assert again.codes[f"as-of {again.before}"] == 0
    assert values_of(again.said[f"as-of {again.before}"])[CANDIDATE] == again.right


def test_rejected_messages_are_listed_by_reason(again):
    for words in ("unknown_version", "malformed", "3 messages were rejected"):
        assert words in again.said["dlq"], again.said["dlq"]


def test_a_newer_reader_is_sent_once_what_it_knows_and_counts_it(again):
    assert "1 sent again" in again.said["dlq-retry"]
    assert "open again" in again.said["dlq-retry"]
    assert "0 sent again" in again.said["dlq-retry again"]
    assert len(again.resent) == 1
    assert (again.in_raw, again.rejected) == (1, 0)


def test_the_night_gone_on_with_is_complete_and_passes(again):
    assert again.summary["failures"] == []
    assert (again.summary["status"], again.summary["reconciliation"]) == ("complete", "pass")


def test_a_rebuild_from_raw_puts_a_mart_right(again):
    said = again.said["rebuild raw"]
    assert again.codes["rebuild raw"] == 0, said
    assert "marts.fct_candidate_result: 15 rows -> 15, not the same as before" in said


def test_the_oracle_finds_no_difference_after_all_of_it(again):
    assert again.oracle == []
