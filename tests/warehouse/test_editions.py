"""What outsiders read while something is wrong: the last good edition, and it says so."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from support.handmade_night import NIGHT_ID

from election.settings import PostgresSettings
from exports.__main__ import main
from exports.folder import INDEX, ResultFolder
from exports.keeping import Keeper
from exports.marts_postgres import PostgresMarts
from transform.cadence import Cadence
from transform.edition import PREFIX, marts_of_edition
from transform.ledger import Ledger

# Nothing that the reconciliation compares: a sum of one mart against another.
PLANTED = (
    "update analytics.hourly_trends set issued_postal = issued_postal + {}, as_of = now()"
    " where party_abbreviation = '-'"
)


@dataclass
class Trouble:
    """What was seen while the marts were good, with a violation in them, and good again."""

    outcomes: list = field(default_factory=list)
    publications: list = field(default_factory=list)
    live: list = field(default_factory=list)
    published: list = field(default_factory=list)
    written: list = field(default_factory=list)
    files: list = field(default_factory=list)
    exports: list = field(default_factory=list)


@pytest.fixture(scope="module")
def settings(exported):
    return PostgresSettings.model_validate(exported.warehouse.environment())


@pytest.fixture(scope="module")
def trouble(exported, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    keeper = Keeper(PostgresMarts(settings), ResultFolder(folder))
    cadence = Cadence(
        exported.dbt, exported.editions, Ledger(settings, NIGHT_ID), timedelta(0),
        lambda: datetime.now(UTC),
    )  # fmt: skip
    seen = Trouble()
    with patch.dict(os.environ, exported.environment), exported.warehouse.connect() as admin:
        for planted in (0, 1, -1):
            if planted:
                admin.execute(PLANTED.format(planted))
                seen.outcomes.append(cadence.once(datetime.now(UTC), with_facts=False))
            seen.publications.append(read(exported, "marts.publication")[0])
            for schema, rows in (("marts", seen.live), ("published", seen.published)):
                rows.append(read(exported, f"{schema}.hourly_trends order by 1, 2, 3, 5"))
            seen.written.append(keeper.once())
            seen.files.append(
                {p.relative_to(folder).as_posix(): json.loads(p.read_bytes())["about"]
                 for p in folder.rglob("*.json")}
            )  # fmt: skip
            assert main(["mart", "hourly_trends", "json", "--out", str(folder / "x")]) == 0
            seen.exports.append(json.loads((folder / "x/hourly_trends.json").read_text()))
            (folder / "x/hourly_trends.json").unlink()
    return seen


def read(exported, relation):
    with exported.warehouse.connect("reader") as reader:
        cursor = reader.execute(f"select * from {relation}")
        names = [c.name for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def test_a_violation_that_no_reconciliation_sees_fails_the_run_that_would_publish_it(trouble):
    assert [outcome.verdict for outcome in trouble.outcomes] == ["fail", "pass"]
    assert [p.partition(":")[0] for p in trouble.outcomes[0].problems] == ["hours_add_up"]


def test_live_marts_show_it_and_what_is_published_stays_the_last_good(trouble):
    good, bad, good_again = trouble.live
    assert sum(r["issued_postal"] or 0 for r in bad) > sum(r["issued_postal"] or 0 for r in good)
    assert trouble.published[0] == trouble.published[1] == good
    assert trouble.published[2] == good_again


def test_the_publication_says_which_edition_is_shown_and_of_when(trouble):
    first, held, third = trouble.publications
    assert [p["status"] for p in trouble.publications] == ["newest", "last_good", "newest"]
    assert held["is_last_good"] and held["checks_outcome"] == "fail"
    assert not third["is_last_good"] and third["checks_outcome"] == "pass"
    assert (held["edition"], held["published_at"]) == (first["edition"], first["published_at"])
    assert held["checked_at"] > held["published_at"]
    assert third["edition"] == first["edition"] + 1 and third["published_at"] > held["checked_at"]


def test_every_file_says_that_it_is_the_last_good_one(trouble):
    assert INDEX in trouble.files[0]
    for files, is_last_good in zip(trouble.files, (False, True, False), strict=True):
        assert {about["is_last_good"] for about in files.values()} == {is_last_good}
    assert trouble.files[0].keys() - {INDEX} == set(trouble.written[1])
    said = [export["about"]["is_last_good"] for export in trouble.exports]
    assert said == [False, True, False]
    assert trouble.exports[1]["rows"] == trouble.exports[0]["rows"]
    assert trouble.exports[1]["about"]["as_of"] == trouble.exports[0]["about"]["as_of"]


def test_who_reads_while_an_edition_is_put_in_place_has_all_of_the_old_one(exported, settings):
    def look(marts):
        before = marts.rows("party_results", ("party_abbreviation", "votes"))
        exported.editions.store.copy_beside()
        exported.editions.store.put_in_place()
        assert marts.rows("party_results", ("party_abbreviation", "votes")) == before
        assert marts.about().status == "corrected"
        return marts.rows("constituency_results", ("constituency_id",))

    assert len(PostgresMarts(settings).read(look)) == 2


def test_an_edition_of_this_night_is_kept_when_the_stage_starts_again(exported):
    before = read(exported, "published.national_summary")
    exported.editions.store.lay_out()
    assert read(exported, "published.national_summary") == before != []


@pytest.mark.parametrize("schema", ["published", "intermediate"])
def test_every_mart_of_an_edition_has_its_tables(exported, schema):
    prefix = PREFIX if schema == "intermediate" else ""
    for mart in marts_of_edition(exported.dbt.marts()):
        live = exported.warehouse.rows(f"select count(*) from marts.{mart}")
        copied = exported.warehouse.rows(f"select count(*) from {schema}.{prefix}{mart}")
        assert copied == live, mart
