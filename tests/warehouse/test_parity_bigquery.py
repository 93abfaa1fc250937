"""One night in both warehouses: every mart is the same, to the row."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faults.oracle import checks
from faults.oracle.bigquery import Datasets
from faults.oracle.comparison import compare
from faults.oracle.held import read_table
from faults.oracle.judging import PLACE
from faults.oracle.live_tables import KEYS
from psycopg.rows import dict_row
from support.bigquery_sql import faults
from support.copied_night import copy_tables
from support.events import CLOSES_AT, ELECTION_ID, POLLING_DATE
from support.handmade_night import NIGHT_ID, part_of_night, whole_night
from support.handmade_rows import book, create_night, set_clock, tally
from support.landed_log import land_by_ingestion
from support.parity import differences
from support.scene_marts import declared_columns
from support.warehouse import throwaway_warehouse

from dashboard.bigquery import BigQueryMarts as Page
from dashboard.queries import QUERIES
from dashboard.warehouse import Answer, Warehouse, connector
from election.errors import UserError
from election.settings import PostgresSettings, read_settings
from election.tables import ANALYTICS, FACTS, OPS, RAW, RAW_REJECTED
from embedded import summary
from exports.folder import INDEX, ResultFolder
from exports.keeping import Keeper
from exports.marts import Marts as Exported
from exports.marts_bigquery import TRIES
from exports.marts_bigquery import BigQueryMarts as ExportedBigQuery
from exports.marts_postgres import PostgresMarts as ExportedPostgres
from ingestion.raw_bigquery import BigQueryRaw
from ingestion.raw_postgres import PostgresRaw
from transform.cadence import FULL
from transform.edition import PREFIX
from transform.edition_stores import BigQueryEditions
from transform.estimates import compiled_models, estimates
from transform.invocation import Dbt
from transform.ledger import Ledger
from transform.mirror import Mirror, MirroredDbt
from transform.outcome import Outcome
from transform.selection import CADENCE_WITH_FACTS, EMPTY_TABLES, ONE_THREAD, VIEWS
from transform.settings import TransformSettings
from warehouse.jobs import Jobs
from warehouse.marts import BigQueryMarts, Marts, PostgresMarts

BadRequest = pytest.importorskip("google.api_core.exceptions").BadRequest
pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
pytestmark = pytest.mark.timeout(1800)  # a whole project of dbt, on a BigQuery without a cloud
MARTS = sorted(declared_columns())
READ = ("nights", "election_clock", "batches", "landed", "produced", "stage_status", "tallied",
        "dbt_runs", "editions")  # fmt: skip
COPIED = (*ANALYTICS.values(), *FACTS.values(), *(OPS[name] for name in READ))
TABLES = (*RAW.values(), RAW_REJECTED, *COPIED)
RUNS = (
    (part_of_night(0.5), VIEWS, EMPTY_TABLES),
    (whole_night(), CADENCE_WITH_FACTS),
)

OF_EDITION = ("candidate_results", "constituency_results", "national_summary", "party_results",
              "regional_results")  # fmt: skip

# Of every filter of the page: everything.
CHOICE = {"region": "", "party": "", "seat": "", "state": "", "limit": 1000}


@dataclass
class Night:
    """Marts and the page's answers by warehouse, and where they are."""

    ours: dict[str, Any]
    theirs: dict[str, Any]
    page: dict[str, tuple[Answer, Answer]]
    datasets: Any
    target: Path
    warehouse: Any

    @property
    def exported(self) -> dict[str, Exported]:
        """What files are made of, by warehouse."""
        postgres = read_settings(PostgresSettings, **self.warehouse.environment())
        return {"POSTGRES": ExportedPostgres(postgres),
                "GCP": ExportedBigQuery(self.datasets.settings)}  # fmt: skip

    @property
    def marts(self) -> tuple[Marts, Marts]:
        """Ours and theirs."""
        ours = PostgresMarts(lambda: self.warehouse.connect("reader"))
        return ours, BigQueryMarts(self.datasets.settings, "test")


@pytest.fixture(scope="module")
def night(bigquery, tmp_path_factory):
    """Marts by warehouse, BigQuery's datasets, and what dbt compiled for them."""
    from support.bigquery import laid_out

    targets = {name: tmp_path_factory.mktemp(name) for name in ("POSTGRES", "GCP")}
    with pytest.MonkeyPatch.context() as patch, throwaway_warehouse() as warehouse:
        with warehouse.connect() as admin:
            create_night(admin, NIGHT_ID)
            set_clock(admin, NIGHT_ID, CLOSES_AT + timedelta(hours=9))
        datasets = laid_out(bigquery, TABLES)
        for name, value in {
            **datasets.environment, **warehouse.environment(), "NIGHT_ID": NIGHT_ID,
            "ELECTION_ID": ELECTION_ID, "POLLING_DATE": str(POLLING_DATE),
            **datasets.access.dbt_environment(),
        }.items():  # fmt: skip
            patch.setenv(name, value)
        # A part of the night builds the tables, the rest is added by a run as the cadence makes it.
        for number, (log, *invocations) in enumerate(RUNS):
            with warehouse.connect() as admin:
                book(admin, NIGHT_ID, log)
                tally(admin, NIGHT_ID, log)
                copy_tables(admin, datasets, COPIED)
            postgres = read_settings(PostgresSettings, **warehouse.environment())
            for name, raw in {"POSTGRES": PostgresRaw(postgres),
                              "GCP": BigQueryRaw(datasets.settings)}.items():  # fmt: skip
                folder = tmp_path_factory.mktemp(f"dlt-{name}-{number}")
                land_by_ingestion(raw, NIGHT_ID, log, folder)
                raw.close()
                patch.setenv("STORAGE_PREFERENCE", name)
                patch.setenv("DBT_TARGET_PATH", str(targets[name]))
                run_dbt(*invocations)
        with warehouse.connect("transform") as reader:
            reader.row_factory = dict_row
            ours = {m: reader.execute(f"select * from marts.{m}").fetchall() for m in MARTS}
        client, dataset = datasets.access.client(), datasets.settings.dataset("marts")
        theirs = {}
        for mart in MARTS:
            rows = client.query_and_wait(f"select * from {dataset}.{mart}")
            theirs[mart] = [dict(row.items()) for row in rows]
        page = {
            query.name: (
                Warehouse(connector(read_settings(PostgresSettings))).ask(query, **CHOICE),
                Page(datasets.settings).ask(query, **CHOICE),
            )
            for query in QUERIES
        }
        yield Night(ours, theirs, page, datasets, targets["GCP"], warehouse)


def run_dbt(*invocations):
    dbt = Dbt(TransformSettings(), NIGHT_ID, is_final=True, polling_date=POLLING_DATE)
    outcome = dbt.run(*invocations)
    assert outcome.verdict == "pass", outcome.problems


@pytest.mark.parametrize("mart", MARTS)
def test_every_row_is_the_same(night, mart):
    assert list(differences(mart, night.ours[mart], night.theirs[mart])) == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_question_of_the_page_has_the_same_answer(night, query):
    ours, theirs = night.page[query.name]
    assert ours.is_current and theirs.is_current and theirs.exists
    assert list(differences(query.name, ours.rows, theirs.rows)) == []


def test_the_night_is_not_empty(night):
    assert {mart for mart, rows in night.ours.items() if not rows} <= {"pipeline_status"}


def test_the_verdict_is_the_same(night):
    ours, theirs = night.marts
    for read in (summary.party_counts, summary.failures):
        assert read(ours, NIGHT_ID) == read(theirs, NIGHT_ID)
    assert summary.party_counts(theirs, NIGHT_ID)


def test_a_run_is_written_down_with_what_it_counted(night):
    _, theirs = night.marts
    postgres = read_settings(PostgresSettings, **night.warehouse.environment())
    with night.warehouse.connect() as admin:
        admin.execute("delete from ops.batches where stage = 'dbt'")
    ledger, now = Ledger(postgres, NIGHT_ID, theirs), datetime.now(UTC)
    ledger.write_run(FULL, Outcome("pass"), now, now)
    counted = "select topic, kafka_partition, {} from {} where stage = 'dbt' and next_offset > 0"
    counted += " order by 1, 2"
    assert night.warehouse.rows(counted.format("next_offset", "ops.batches")) == (
        night.warehouse.rows(counted.format("next_offset", "marts.conservation"))
    )
    assert ledger.failing_rows(5) == Ledger(postgres, NIGHT_ID).failing_rows(5)


def test_tables_of_this_night_are_not_made_anew_and_those_of_another_are(night):
    _, theirs = night.marts
    postgres = read_settings(PostgresSettings, **night.warehouse.environment())
    now = datetime.now(UTC)
    Ledger(postgres, NIGHT_ID, theirs).write_run(FULL, Outcome("pass"), now, now)
    assert Ledger(postgres, NIGHT_ID, theirs).is_built()
    assert not Ledger(postgres, "another night", theirs).is_built()
    nowhere = night.datasets.settings.model_copy(update={"dataset_prefix": "nowhere_"})
    assert not Ledger(postgres, NIGHT_ID, BigQueryMarts(nowhere, "dbt")).is_built()


def test_what_the_warehouse_lacks_of_the_count_is_known(night):
    postgres = read_settings(PostgresSettings, **night.warehouse.environment())
    ledger = Ledger(postgres, NIGHT_ID, night.marts[1])
    tallied = ledger.reached().tallied
    assert ledger.behind(tallied) == 0
    assert ledger.behind({place: offset + 2 for place, offset in tallied.items()}) == (
        2 * len(tallied)
    )
    assert tallied


def test_the_headline_is_as_old_as_the_table_that_was_written_last(night):
    as_of = "select as_of from {marts}.national_summary"
    [(newest,)] = night.datasets.rows(as_of)
    earlier = newest - timedelta(hours=1)
    night.datasets.rows(
        f"update {{ops}}.tallied set updated_at = timestamp '{earlier.isoformat()}' where true"
    )
    assert night.datasets.rows(as_of) == [(earlier,)]


def test_ops_is_carried_over_before_a_run(night):
    with night.warehouse.connect() as admin:
        admin.execute("update ops.nights set title = 'Carried', status = 'complete'")
    asked = []
    dbt = SimpleNamespace(run=lambda *arguments: asked.append(arguments) or Outcome("pass"))
    postgres = read_settings(PostgresSettings, **night.warehouse.environment())
    mirror = Mirror(postgres, night.datasets.access, NIGHT_ID, POLLING_DATE)
    mirrored = MirroredDbt(dbt, mirror)
    for _ in range(2):
        mirrored.run(VIEWS)
    assert asked == [(VIEWS,)] * 2
    assert night.datasets.rows("select title, status from {ops}.nights") == [
        ("Carried", "complete")
    ]


@pytest.fixture(scope="module")
def edition(night):
    """The night's edition in BigQuery, and the register's rows of it."""
    settings, client = night.datasets.settings, night.datasets.access.client()
    postgres = read_settings(PostgresSettings, **night.warehouse.environment())
    store = BigQueryEditions(
        settings, Jobs(client, settings, "dbt"), postgres, NIGHT_ID, OF_EDITION
    )
    store.lay_out()
    assert night.datasets.rows("select count(*) from {published}.party_results") == [(0,)]
    store.copy_beside()
    dbt = Dbt(TransformSettings(), NIGHT_ID, is_final=True, polling_date=POLLING_DATE)
    checks = ("test", "--select", "shares_sum_to_one", *ONE_THREAD)
    assert dbt.of_edition().run(checks) == Outcome("pass")
    store.put_in_place()
    store.lay_out()  # which keeps what this night has published
    return night.warehouse.rows("select edition, as_of is null from ops.editions")


def test_an_edition_is_checked_and_published_there_too(night, edition):
    for mart in OF_EDITION:
        (count,) = night.datasets.rows(f"select count(*) from {{published}}.{mart}")
        assert count == (len(night.ours[mart]),)
    assert edition == [(0, False)]


def test_result_files_are_the_same(night, edition, tmp_path):
    found = []
    for name, marts in night.exported.items():
        folder = tmp_path / name
        assert Keeper(marts, ResultFolder(folder)).once()
        found.append(
            {p.relative_to(folder).as_posix(): plain(json.loads(p.read_text()))
             for p in folder.rglob("*.json") if p.name != INDEX}
        )  # fmt: skip
    ours, theirs = found
    assert ours.keys() == theirs.keys()
    assert [path for path in ours if ours[path] != theirs[path]] == []


@pytest.mark.parametrize("mart", [*OF_EDITION, "conservation"])
def test_a_mart_is_exported_with_the_same_columns_and_rows(night, edition, mart):
    ours, theirs = (marts.read(lambda m: whole(m, mart)) for marts in night.exported.values())
    assert ours[0] == theirs[0]
    assert list(differences(mart, ours[1], theirs[1])) == []
    assert ours[1]


def test_a_mart_that_there_is_not_is_refused_there_too(night, edition):
    with pytest.raises(UserError, match="national_summary"):
        night.exported["GCP"].read(lambda marts: marts.columns("votes; drop table x"))


def test_a_reading_that_meets_a_new_edition_begins_again(night, edition):
    title = "update {{published}}.national_summary set title = '{}' where true"
    seen = []

    def look(marts):
        seen.append(marts.about().title)
        if len(seen) == 1:
            night.datasets.rows(title.format("Another"))
        return seen[-1]

    assert night.exported["GCP"].read(look) == "Another" == seen[1]

    def never_the_same(marts):
        seen.append(marts)
        night.datasets.rows(title.format(len(seen)))

    with pytest.raises(UserError, match="a new edition was put in place"):
        night.exported["GCP"].read(never_the_same)
    assert len(seen) == 2 + TRIES


def whole(marts, name):
    columns = marts.columns(name)
    return columns, marts.rows(name, list(columns))


def plain(document):
    """Return a document without what the clock decides, and numbers as both warehouses say them."""
    if isinstance(document, dict):
        return {name: plain(value) for name, value in document.items() if name != "as_of"}
    if isinstance(document, list):
        return [plain(item) for item in document]
    return round(document, 9) if isinstance(document, float) else document


def test_an_offset_that_landed_twice_is_shown_once(night):
    datasets = night.datasets
    staged = "select count(*) from {staging}.stg_raw__votes"
    before = datasets.rows(staged)
    of_any_day = "from {raw}.votes where landed_at >= '2000-01-01'"
    datasets.rows(f"insert {{raw}}.votes select * {of_any_day} and kafka_offset < 5")
    assert datasets.rows(staged) == before
    assert datasets.rows(f"select count(*) {of_any_day}") > before


def test_raw_is_refused_to_a_query_that_names_no_days(night):
    with pytest.raises(BadRequest, match="landed_at"):
        night.datasets.rows("select count(*) from {raw}.votes")


def test_the_sql_is_bigquerys(night):
    models = compiled_models(night.target)
    assert len(models) > 80
    assert [line for name, sql in models.items() for line in faults(name, sql)] == []


def test_every_model_has_an_estimate_within_what_a_query_may_read(night):
    settings = night.datasets.settings
    models = compiled_models(night.target)
    found = dict(estimates(night.datasets.access.client(), settings, models))
    assert found.keys() == models.keys()
    assert all(size <= settings.maximum_bytes_billed for size in found.values())
    assert [topic for topic in RAW if not found[f"stg_raw__{topic}"]] == []


# Every type that a column has, and raw, of which BigQuery may have an offset twice.
ORACLES = {
    "raw.votes": PLACE, "raw.rejected_messages": ("topic", *PLACE),
    "raw.constituencies": PLACE, "analytics.candidate_totals": KEYS["candidate_totals"],
    "analytics.hourly_trends": KEYS["hourly_trends"],
    "analytics.declaration_versions": KEYS["declaration_versions"],
    "marts.constituency_results": ("constituency_id",), "marts.national_summary": (),
}  # fmt: skip


@pytest.mark.parametrize("table", ORACLES)
def test_the_oracle_reads_the_same_from_both(night, table):
    datasets = night.datasets
    where = Datasets.of(datasets.environment | {"BIGQUERY_LOCATION": datasets.settings.location})
    with night.warehouse.connect() as admin:
        ours = read_table(admin, *table.split("."), NIGHT_ID)
    theirs = where.open(datasets.environment).table(*table.split("."), NIGHT_ID)
    same = [name for name in ours.columns if name != "as_of" and not name.startswith("_")]
    ours, theirs = (checks.plain(frame.select(same)) for frame in (ours, theirs))
    assert compare(table, ORACLES[table], ours, theirs) == []
    assert ours.height


def test_what_a_night_holds_is_told_by_table(night):
    owner = PostgresMarts(lambda: night.warehouse.connect("transform"))
    ours, theirs = (m.contents(NIGHT_ID, but=PREFIX) for m in (owner, night.marts[1]))
    assert {n: rows for n, (rows, _) in ours.items()} == {
        n: rows for n, (rows, _) in theirs.items()
    }
    assert theirs == night.marts[1].contents(NIGHT_ID, but=PREFIX)
    night.datasets.rows(
        "update {intermediate}.int_votes_tallied set messages = messages + 1 where true"
    )
    spoilt = night.marts[1].contents(NIGHT_ID, but=PREFIX)
    assert [n for n in spoilt if spoilt[n] != theirs[n]] == ["intermediate.int_votes_tallied"]
    assert night.marts[1].contents("another night", but=PREFIX)["marts.conservation"] == (0, 0)
