"""A night as a play on a real PostgreSQL: laid out, counted in two parts, finished, spoiled.

The play runs once; each act writes down what a person could see then, and the tests read that.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from support import handmade_night as night
from support.events import CLOSES_AT, ELECTION_ID, POLLING_DATE
from support.handmade_night import NIGHT_ID, A, B, part_of_night, whole_night
from support.handmade_rows import create_night, land, set_clock, tally
from support.scene_marts import declared_columns
from support.warehouse import Warehouse

from election.settings import PostgresSettings, read_settings
from transform.__main__ import main
from transform.cadence import Cadence
from transform.edition_stores import PostgresEditions
from transform.invocation import Dbt
from transform.ledger import Ledger
from transform.outcome import Outcome
from transform.publishing import Editions
from transform.selection import FINAL
from transform.settings import TransformSettings

MARTS = sorted(declared_columns())
# Large tables: the account that a message is numbered in, and its numbers.
NUMBERED = {
    "ballots_issued": ("polling_station_id", "issue_no", "elector_no"),
    "voters": ("polling_station_id", "elector_no"),
    "votes": ("count_batch_id", "paper_no"),
}
TOPIC_MODELS = {
    topic: f"intermediate.int_{topic}_classified"
    for topic in ("constituencies", "candidates", "voters", "ballots_issued", "votes",
                  "ballot_accounts", "declarations", "exit_poll")
}  # fmt: skip
TALLIES = ("int_voters_tallied", "int_voters_demography", "int_ballots_issued_tallied",
           "int_ballots_issued_demography", "int_votes_tallied",
           "int_count_batches_tallied")  # fmt: skip

# What the warehouse is spoiled with, and the finding that names it: check, area, key.
SPOILED = {
    "a paper of raw goes to another candidate": (
        f"""update raw.votes set candidate_id = '{A}-C03' where kafka_offset = 1
            and kafka_partition = 0""",
        ("votes_dbt_equal_spark", f"Seat {A}", f"{A}-C03"),
    ),
    "the same, against the declaration": (
        "select 1",
        ("votes_counted_equal_declared", f"Seat {A}", f"{A}-C03"),
    ),
    "a paper of raw is lost": (
        f"delete from raw.votes where kafka_partition = 1 and paper_no = 7 and '{B}' = '{B}'",
        ("dbt_conserves", "votes", "partition 1"),
    ),
    "the number of the lost paper": ("select 1", ("batches_complete", f"Seat {B}", "-")),
    "a rejected paper of the stream": (
        "update analytics.constituency_counts set rejected_too_many_votes = 9"
        f" where constituency_id = '{A}'",
        ("rejected_papers_dbt_equal_spark", f"Seat {A}", "too_many_votes"),
    ),
    "papers of the stream do not add up": ("select 1", ("papers_spark_add_up", f"Seat {A}", "-")),
    "rejected papers as declared": (
        "update raw.declarations set rejected_ballots = 5 where kafka_offset = 1",
        ("rejected_papers_counted_equal_declared", f"Seat {A}", "-"),
    ),
    "the stream's reason of a rejection": (
        "update analytics.rejections set reason = 'malformed' where reason = 'double_vote_attempt'",
        ("rejections_dbt_equal_spark", "ballots_issued", "partition 0"),
    ),
    "a class of the stream": (
        "update ops.tallied set accepted = accepted - 1, late = late + 1 where topic = 'voters'"
        " and kafka_partition = 0",
        ("classes_dbt_equal_spark", "voters", "partition 0 late"),
    ),
    "messages of the stream in no class": (
        "update ops.tallied set rejected = 0 where topic = 'exit_poll'",
        ("spark_conserves", "exit_poll", "partition 0"),
    ),
    "the stream is behind": (
        "update ops.tallied set next_offset = next_offset - 1 where topic = 'declarations'",
        ("spark_has_all_of_broker", "declarations", "partition 0"),
    ),
    "raw is behind": (
        "update ops.produced set next_offset = next_offset + 1 where topic = 'candidates'",
        ("raw_has_all_of_broker", "candidates", "partition 0"),
    ),
    "the plan is not sent": (
        "update ops.produced set planned = planned + 1 where topic = 'ballot_accounts'",
        ("plan_is_sent", "ballot_accounts", "partition 0"),
    ),
    "the broker lost what it acknowledged": (
        "update ops.produced set acknowledged = next_offset + 1 where topic = 'constituencies'",
        ("broker_keeps_what_it_acknowledged", "constituencies", "partition 0"),
    ),
    "ingestion lost a message": (
        "update ops.landed set decoded = decoded - 1 where topic = 'constituencies'",
        ("raw_conserves", "constituencies", "partition 0"),
    ),
    "a batch of ingestion is not written down": (
        "delete from ops.batches where stage = 'ingestion' and topic = 'voters' and batch = 0"
        " and kafka_partition = 0",
        ("batches_join_up", "voters", "ingestion partition 0"),
    ),
    "batches of the stream overlap": (
        "update ops.batches set first_offset = first_offset - 1, messages = messages + 1"
        " where stage = 'spark' and topic = 'voters' and batch = 1 and kafka_partition = 0",
        ("batches_join_up", "voters", "spark partition 0"),
    ),
    "an overlap that the sums do not show": (
        "update ops.batches set next_offset = next_offset + 2 where stage = 'bronze'"
        " and batch = 0 and topic = 'votes' and kafka_partition = 0",
        ("batches_join_up", "votes", "bronze partition 0"),
    ),
    "the broker's log is trimmed before anybody looks": (
        "update ops.batches set first_offset = 2, messages = messages - 2 where stage = 'broker'"
        " and batch = 0 and topic = 'votes' and kafka_partition = 0",
        ("batches_join_up", "votes", "broker partition 0"),
    ),
    "a seat's ballots": (
        f"update analytics.regional_turnout set issued_proxy = 0 where constituency_id = '{A}'",
        ("issued_dbt_equal_spark", f"Seat {A}", "proxy"),
    ),
    "a station's ballots": (
        "update analytics.polling_station_turnout set ballots_issued = 1"
        f" where polling_station_id = '{A}-S002'",
        ("stations_dbt_equal_spark", f"Seat {A}", "-"),
    ),
    "a cell of the register": (
        "update analytics.demographic_analysis set registered = registered + 1,"
        " ballots_issued = ballots_issued + 1 where sex = 'male'",
        ("register_demography_dbt_equal_spark", "London", "-"),
    ),
    "a cell of ballots issued": (
        "select 1", ("issued_demography_dbt_equal_spark", "South East", "-"),
    ),
    "a cell of the exit poll": (
        "update analytics.exit_poll_estimates set answers = 9 where party_abbreviation = 'Lab'",
        ("exit_poll_dbt_equal_spark", "London", "-"),
    ),
    "an issue number that nobody saw": (
        f"update raw.ballot_accounts set count = 12 where id = '{A}-S002'",
        ("issue_numbers_complete", f"Seat {A}", "-"),
    ),
    "an exit-poll answer that nobody saw": (
        f"update raw.ballot_accounts set count = 5 where id = '{night.LONDON}'",
        ("exit_poll_complete", "London", "-"),
    ),
    "an elector whom nobody saw": (
        "update raw.voters set elector_no = 41 where kafka_offset = 8 and kafka_partition = 0",
        ("register_complete", f"Seat {A}", "-"),
    ),
    "the number of electors": (
        "update raw.ballot_accounts set count = 91 where id = 'voters'",
        ("dimensions_complete", "voters", "-"),
    ),
    "an electorate smaller than its ballots": (
        f"update raw.constituencies set electorate = 3 where constituency_id = '{B}'",
        ("electorate_covers_ballots_issued", f"Seat {B}", "-"),
    ),
    "an hour of ballots": (
        "update analytics.hourly_trends set issued_postal = issued_postal + 1"
        " where party_abbreviation = '-'",
        None,
    ),
}  # fmt: skip
WARNED = {
    "a number beyond the account": (
        f"update raw.ballot_accounts set count = 26 where id = '{A}-S001'",
        ("numbers_beyond_account", f"Seat {A}", "station"),
    ),
}
FAILED_INVARIANTS = {"stations_add_up", "hours_add_up", "nothing_vanishes"}
CLOSED = (
    "raw.votes", "raw.voters", "analytics.candidate_totals", "ops.nights",
    "staging.stg_raw__votes", "intermediate.int_votes_classified",
)  # fmt: skip


@dataclass
class Play:
    """What was seen in each act."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    empty: dict[str, int] = field(default_factory=dict)
    before_close: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, bool] = field(default_factory=dict)
    classes: dict[str, dict[tuple[int, int], tuple[str, str | None]]] = field(default_factory=dict)
    incremental: dict[str, Counter[Any]] = field(default_factory=dict)
    rebuilt: dict[str, Counter[Any]] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    marts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    spoiled: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: list[Any] = field(default_factory=list)
    indexes: dict[str, list[Any]] = field(default_factory=dict)
    increment: str = ""
    status: tuple[Any, ...] = ()


@pytest.fixture(scope="module")
def play(warehouse, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        target = tmp_path_factory.mktemp("target")
        for name, value in {
            **warehouse.environment(),
            "NIGHT_ID": NIGHT_ID,
            "ELECTION_ID": ELECTION_ID,
            "POLLING_DATE": str(POLLING_DATE),
            "DBT_TARGET_PATH": str(target),
        }.items():
            patch.setenv(name, value)
        yield act_all(warehouse, patch)


def act_all(warehouse: Warehouse, patch: pytest.MonkeyPatch) -> Play:
    play = Play()
    with warehouse.connect() as admin:
        create_night(admin, NIGHT_ID)
        play.exit_codes["setup"] = command(patch, "setup")
        play.empty = {mart: len(seen(warehouse, mart)) for mart in MARTS}
        play.refused = {relation: is_refused(warehouse, relation) for relation in CLOSED}
        dbt = Dbt(TransformSettings(), NIGHT_ID, is_final=False)
        set_clock(admin, NIGHT_ID, CLOSES_AT - timedelta(minutes=1))
        count_part(admin, 0.6)
        store = PostgresEditions(read_settings(PostgresSettings), NIGHT_ID, dbt.marts())
        editions = Editions(dbt.of_edition(), store)
        cadence = Cadence(dbt, editions, ledger(), timedelta(0), lambda: datetime.now(UTC))
        play.outcomes["before close"] = cadence.once(datetime.now(UTC), with_facts=True)
        play.before_close = {mart: seen(warehouse, mart) for mart in MARTS}
        set_clock(admin, NIGHT_ID, CLOSES_AT + timedelta(minutes=1))
        count_part(admin, 1)
        play.outcomes["counted"] = cadence.once(datetime.now(UTC), with_facts=False)
        play.classes = {topic: classified(warehouse, topic) for topic in TOPIC_MODELS}
        play.incremental = tallied(warehouse)
        play.indexes["counted"] = indexes_of_classes(warehouse)
        play.increment = compiled("int_votes_classified")
        play.exit_codes["final"] = command(patch, "final")
        play.rebuilt = tallied(warehouse)
        play.indexes["rebuilt"] = indexes_of_classes(warehouse)
        play.batches = batches_of_dbt(warehouse)
        play.marts = {mart: seen(warehouse, mart) for mart in MARTS}
        for statement, _ in (*SPOILED.values(), *WARNED.values()):
            admin.execute(statement)
        final = Dbt(TransformSettings(), NIGHT_ID, is_final=True)
        play.outcomes["spoiled"] = final.run(*FINAL)
        play.spoiled = {mart: seen(warehouse, mart) for mart in MARTS}
        play.status = warehouse.rows("select state, detail from ops.stage_status")[0]
    return play


def ledger() -> Ledger:
    return Ledger(read_settings(PostgresSettings), NIGHT_ID)


def count_part(admin: psycopg.Connection, share: float) -> None:
    log = part_of_night(share)
    land(admin, NIGHT_ID, log)
    tally(admin, NIGHT_ID, log)


def command(patch: pytest.MonkeyPatch, name: str) -> int:
    patch.setattr("sys.argv", ["transform", name])
    return main()


def seen(warehouse: Warehouse, mart: str) -> list[dict[str, Any]]:
    """Return a mart's rows as the reader sees them."""
    with warehouse.connect("reader") as reader:
        cursor = reader.execute(f"select * from marts.{mart}")
        names = [c.name for c in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def is_refused(warehouse: Warehouse, relation: str) -> bool:
    try:
        warehouse.rows(f"select 1 from {relation}", role="reader")
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def classified(warehouse, topic):
    return {
        (partition, offset): (message_class, reason)
        for partition, offset, message_class, reason in warehouse.rows(
            "select kafka_partition, kafka_offset, message_class, reason"
            f" from {TOPIC_MODELS[topic]}"
        )
    }


def tallied(warehouse):
    return {t: Counter(warehouse.rows(f"select * from intermediate.{t}")) for t in TALLIES}


def compiled(model):
    """Return a model as the run before sent it."""
    [file] = (TransformSettings().target_path / "compiled").rglob(f"{model}.sql")
    return file.read_text()


def batches_of_dbt(warehouse):
    return warehouse.rows(
        "select topic, kafka_partition, first_offset, next_offset, accepted, late, duplicate,"
        " rejected from ops.batches where stage = 'dbt' order by 1, 2, 3"
    )


def indexes_of_classes(warehouse):
    """Return table, uniqueness, and what is indexed, of each index of the large tables."""
    return sorted(
        warehouse.rows(
            "select relname, indisunique,"
            " split_part(pg_get_indexdef(indexrelid), ' USING btree ', 2)"
            " from pg_index join pg_class on pg_class.oid = indrelid"
            " where relnamespace = 'intermediate'::regnamespace and relname = any(%s)",
            [f"int_{topic}_classified" for topic in NUMBERED],
        )
    )


def rows_expected(admin, first, last):
    """Return for how many rows PostgreSQL takes 200,000 that its statistics do not know."""
    with admin.transaction(force_rollback=True):
        admin.execute(
            "create temporary table messages on commit drop as"
            " select 0 as kafka_partition, n as kafka_offset from generate_series(0, 199999) n"
        )
        admin.execute("create index on messages (kafka_partition, kafka_offset)")
        admin.execute("analyze messages")
        admin.execute("insert into messages select 0, generate_series(200000, 399999)")
        [(plan,)] = admin.execute(
            "explain (format json) select * from messages where kafka_partition = 0"
            f" and kafka_offset >= {first} and kafka_offset < {last}"
        )
        return plan[0]["Plan"]["Plan Rows"]


def findings(rows, severity="error"):
    return {
        (r["check_name"], r["area"], r["key"]): r
        for r in rows["reconciliation"]
        if r["status"] != "pass" and r["severity"] == severity
    }


def test_an_increment_is_not_taken_for_one_row_where_statistics_are_older(play, warehouse):
    bound = re.search(r"kafka_offset >= ((?:\(select )?\d+\)?)", play.increment)[1]
    shape = re.sub(r"\d+", "{}", bound)
    with warehouse.connect() as admin:
        seen = rows_expected(admin, shape.format(200_000), shape.format(400_000))
        of_literals = rows_expected(admin, 200_000, 400_000)
    assert of_literals == 1
    assert seen > 500


def test_setup_makes_every_mart_readable_and_empty(play):
    assert play.exit_codes["setup"] == 0
    shown = {m: n for m, n in play.empty.items() if n and m != "reconciliation"}
    assert set(shown) <= {"national_summary", "pipeline_status", "publication"}


def test_the_reader_sees_marts_alone(play):
    assert set(play.refused.values()) == {True}


def test_every_run_of_a_sound_night_passes(play):
    assert {k: v for k, v in play.outcomes.items() if k != "spoiled"} == {
        "before close": Outcome("pass"), "counted": Outcome("pass"),
    }  # fmt: skip


CHOICE = ("votes", "votes_counted", "votes_declared", "share", "share_change", "position",
          "is_leading", "is_winner", "vote_share", "vote_share_counted", "seats_declared",
          "seats_leading", "leading_party", "leading_votes", "lead", "declared_winner_party",
          "majority", "valid_votes", "rejected_ballots", "swing", "winner_party",
          "leading_party_seats", "overall_majority")  # fmt: skip
NEVER_BEFORE_CLOSE = {
    "declarations_feed", "results_over_time", "counted_results", "fct_declaration",
    "fct_candidate_result", "party_by_education",
}  # fmt: skip


@pytest.mark.parametrize("mart", MARTS)
def test_no_choice_is_shown_before_close_though_papers_have_come(play, mart):
    rows = play.before_close[mart]
    if mart in NEVER_BEFORE_CLOSE:
        assert rows == []
    told = [(name, row[name]) for row in rows for name in CHOICE if row.get(name) is not None]
    assert told == []


def test_turnout_is_shown_before_close(play):
    (summary,) = play.before_close["national_summary"]
    assert summary["is_embargoed"] and summary["phase"] == "polls_open"
    assert summary["ballots_issued"] > 0 and summary["turnout_basis"] == "ballots_issued"


def test_the_reconciliation_names_no_candidate_before_close(play):
    text = repr(play.before_close["reconciliation"])
    assert "-C0" not in text


@pytest.mark.parametrize("topic", TOPIC_MODELS)
def test_every_message_gets_its_class_and_reason(play, topic):
    expected = {(m.partition, m.offset): (m.message_class, m.reason)
                for m in whole_night().of(topic) if m.event}  # fmt: skip
    assert play.classes[topic] == expected


def test_counting_in_parts_gives_the_same_tables_as_counting_at_once(play):
    assert play.incremental == play.rebuilt
    assert all(play.rebuilt.values())


@pytest.mark.parametrize("act", ["counted", "rebuilt"])
def test_indexes_of_the_large_tables_are_narrow_and_there_once(play, act):
    expected = []
    for topic, (account, *numbers) in NUMBERED.items():
        table = f"int_{topic}_classified"
        exceptions = "ARRAY['duplicate'::text, 'rejected'::text]"
        expected += [
            (table, True, f"(kafka_partition, kafka_offset) WHERE (night_id = '{NIGHT_ID}'::text)"),
            (table, False, f"(message_class) WHERE (message_class = ANY ({exceptions}))"),
        ]
        for number in numbers:
            key = f"hashtextextended({account}, (0)::bigint) << 20) | ({number} & (1048575)::bigint"
            expected.append((table, False, f"(((({key}))))"))
    assert play.indexes[act] == sorted(expected)


def test_an_earlier_message_is_looked_up_by_its_key(play, warehouse):
    with warehouse.connect() as admin, admin.transaction(force_rollback=True):
        admin.execute("set local enable_seqscan = off")  # the night's tables are of a few pages
        plan = [line for (line,) in admin.execute(f"explain {play.increment}")]
    assert any("Index Cond: (((hashtextextended(count_batch_id" in line for line in plan), plan


def test_the_final_run_of_a_sound_night_passes_and_pends_nothing(play):
    assert play.exit_codes["final"] == 0
    assert findings(play.marts) == {}
    assert {r["status"] for r in play.marts["reconciliation"]} == {"pass", "fail"}
    assert {r["checked_by"] for r in play.marts["reconciliation"]} == {"final"}


def test_conflicts_are_warnings_with_both_offsets(play):
    conflicts = findings(play.marts, "warn")
    assert {(check, area) for check, area, _ in conflicts} == {
        ("conflict", topic)
        for topic in ("candidates", "ballots_issued", "votes", "ballot_accounts", "declarations")
    }
    row = conflicts["conflict", "declarations", "partition 0 offset 3"]
    assert (row["expected"], row["actual"]) == (1, 3)


def test_seats_and_votes_come_from_papers(play):
    counted = {r["party_abbreviation"]: r for r in play.marts["counted_results"]}
    assert {p: (r["seats"], r["votes"]) for p, r in counted.items()} == {
        "Con": (1, 20), "Lab": (1, 22), "Ind": (0, 4)
    }  # fmt: skip
    assert all(r["seats"] == r["seats_by_stream"] for r in counted.values())


def test_a_corrected_seat_keeps_both_declarations(play):
    versions = {r["declaration_version"]: r for r in play.marts["fct_declaration"]
                if r["constituency_id"] == B}  # fmt: skip
    assert versions[1]["superseded_at"] == versions[2]["declared_at"]
    assert [versions[1]["is_latest"], versions[2]["is_latest"]] == [False, True]
    (seat,) = (r for r in play.marts["constituency_results"] if r["constituency_id"] == B)
    assert (seat["status"], seat["majority"]) == ("corrected", 6)


def test_small_groups_are_withheld(play):
    cells = play.marts["demographic_turnout"]
    assert any(c["is_suppressed"] for c in cells)
    assert all(c["ballots_issued"] is None for c in cells if c["is_suppressed"])
    assert all(c["ballots_issued"] >= 10 for c in cells if not c["is_suppressed"])


def test_conservation_has_every_partition_of_every_stage(play):
    rows = play.marts["conservation"]
    stages = ("generator", "broker", "raw", "bronze", "spark", "dbt")
    assert Counter(r["stage"] for r in rows) == dict.fromkeys(stages, 17)
    assert {r["unaccounted"] for r in rows if r["stage"] != "generator"} == {0}
    assert {r["status"] for r in rows} == {"complete"}


def test_conservation_has_the_offset_range_and_the_batches_of_every_stage(play):
    rows = [r for r in play.marts["conservation"] if r["stage"] != "dbt" and r["messages"]]
    assert {r["first_offset"] for r in rows} == {0}
    assert all(r["messages"] == r["next_offset"] for r in rows)
    assert {r["batches"] for r in rows} == {1, 2}  # a partition of one message has one


def test_dbt_writes_down_what_each_run_was_the_first_to_count(play):
    log = whole_night()
    at_first = {(t, n): len(messages) for t, n, messages in part_of_night(0.6).partitions()}
    expected = []
    for topic, number, messages in log.partitions():
        middle = at_first[topic, number]
        for first, end in ((0, middle), (middle, len(messages))):
            found = log.classes(messages[first:end])
            if found:
                classes = [found[name] for name in ("accepted", "late", "duplicate", "rejected")]
                expected.append((topic, number, first, end, *classes))
    assert play.batches == sorted(expected)


@pytest.mark.parametrize("what", [w for w, (_, finding) in SPOILED.items() if finding])
def test_whatever_is_spoiled_is_named(play, what):
    assert SPOILED[what][1] in findings(play.spoiled)


def test_a_number_beyond_its_account_is_a_warning(play):
    assert WARNED["a number beyond the account"][1] in findings(play.spoiled, "warn")


def test_a_finding_names_seat_and_candidate_and_numbers(play):
    found = findings(play.spoiled)
    assert found["votes_dbt_equal_spark", f"Seat {A}", f"{A}-C03"]["detail"] == (
        f"Seat {A} {A}-C03: Ann {A}-C03 (Ind): papers counted by dbt, by the stream - 5 against 4"
    )
    assert "lacks papers 7" in found["batches_complete", f"Seat {B}", "-"]["detail"]
    assert (
        "lacks issue numbers 11-12" in found["issue_numbers_complete", f"Seat {A}", "-"]["detail"]
    )


def test_a_spoiled_night_fails_and_publishes_nothing(play):
    outcome = play.outcomes["spoiled"]
    assert outcome.verdict == "fail"
    failed = {problem.partition(":")[0] for problem in outcome.problems}
    assert failed >= FAILED_INVARIANTS | {"reconciliation_passes"}
    for mart in ("fct_candidate_result", "fct_declaration", "dim_constituency"):
        assert play.spoiled[mart] == play.marts[mart]


def test_the_stage_reports_its_verdict(play):
    assert play.status == ("done", "final run: pass")
