"""The handmade night on a throwaway PostgreSQL, exported in every way at 21:59 and at 22:01."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from support.events import CLOSES_AT, ELECTION_ID, POLLING_DATE
from support.handmade_night import NIGHT_ID, SOUTH_EAST, A, part_of_night
from support.handmade_rows import create_night, land, set_clock, tally
from support.scene_marts import declared_columns
from support.warehouse import Warehouse, throwaway_warehouse

from dashboard.queries import QUERIES, REGION_BY_HOUR, REGION_CHANGE
from election.settings import PostgresSettings, read_settings
from exports.__main__ import main
from exports.folder import ResultFolder
from exports.keeping import Keeper
from exports.marts import open_marts
from exports.tables import FORMATS
from transform.edition_stores import PostgresEditions
from transform.invocation import Dbt
from transform.outcome import Outcome
from transform.publishing import Editions
from transform.selection import CADENCE_WITH_FACTS, EMPTY_TABLES, VIEWS
from transform.settings import TransformSettings

MARTS = sorted(declared_columns())
MINUTE = timedelta(minutes=1)
OF_A_REGION = {REGION_BY_HOUR.name, REGION_CHANGE.name}  # the others take none for all of them
# Other choices, in the stream's tables: whatever is read of them before close would show.
OTHER_CHOICES = (
    "update analytics.candidate_totals set vote_count = vote_count * 7 + 3",
    "update analytics.constituency_counts set valid_votes = valid_votes + 11,"
    " papers_counted = papers_counted + 13, rejected_unmarked_or_void = 2",
    "update analytics.exit_poll_estimates set answers = answers + 40",
    "update analytics.hourly_trends set votes_counted = votes_counted + 5"
    " where party_abbreviation <> '-'",
    "update analytics.declaration_versions set rejected_ballots = rejected_ballots + 1,"
    " winner_candidate_id = replace(winner_candidate_id, '-C01', '-C02'),"
    " result_summary = 'as nobody thought', votes = (select jsonb_agg(vote || jsonb_build_object("
    "'vote_count', (vote ->> 'vote_count')::int + 3)) from jsonb_array_elements(votes) as vote)",
)


@dataclass(frozen=True)
class ExportedNight:
    """The warehouse after close, and the folders of what was exported at each moment.

    `environment` is what dbt and the exports read to find it; who asks them again sets it.
    `other_choices` is exported before close too, with other votes in the stream's tables. `pages`
    are the answers to every question of the dashboard, before and after close, with votes as they
    are and with others.
    """

    warehouse: Warehouse
    environment: Mapping[str, str]
    dbt: Dbt
    editions: Editions
    before: Path
    other_choices: Path
    after: Path
    pages: Mapping[str, Mapping[str, list[Any]]]


@contextmanager
def exported_night(folder: Path) -> Iterator[ExportedNight]:
    """Hold the night as far as its count, with an export of everything at 21:59 and at 22:01."""
    with throwaway_warehouse() as warehouse, warehouse.connect() as admin:
        environment = {
            **warehouse.environment(),
            "NIGHT_ID": NIGHT_ID,
            "ELECTION_ID": ELECTION_ID,
            "POLLING_DATE": str(POLLING_DATE),
            "DBT_TARGET_PATH": str(folder / "target"),
        }
        with patch.dict(os.environ, environment):
            create_night(admin, NIGHT_ID)
            dbt = Dbt(TransformSettings(), NIGHT_ID, is_final=False)
            assert dbt.run(VIEWS, EMPTY_TABLES).verdict == "pass"
            store = PostgresEditions(read_settings(PostgresSettings), NIGHT_ID, dbt.marts())
            store.lay_out()
            editions = Editions(dbt.of_edition(), store)
            set_clock(admin, NIGHT_ID, CLOSES_AT - MINUTE)
            _count(admin, 0.6)
            assert editions.after(dbt.run(CADENCE_WITH_FACTS)) == Outcome("pass")
            before = _export_all(folder / "before")
            pages = {"before": _ask_all(admin), "before, other": _ask_all(admin, OTHER_CHOICES)}
            for statement in OTHER_CHOICES:
                admin.execute(statement)
            store.copy_beside()
            store.put_in_place()  # though raw says otherwise: it is the embargo that is tried
            other = _export_all(folder / "other")
            set_clock(admin, NIGHT_ID, CLOSES_AT + MINUTE)
            _count(admin, 1)
            assert editions.after(dbt.run(CADENCE_WITH_FACTS)) == Outcome("pass")
            after = _export_all(folder / "after")
            pages |= {"after": _ask_all(admin), "after, other": _ask_all(admin, OTHER_CHOICES)}
        yield ExportedNight(warehouse, environment, dbt, editions, before, other, after, pages)


def _count(admin: psycopg.Connection, share: float) -> None:
    log = part_of_night(share)
    land(admin, NIGHT_ID, log)
    tally(admin, NIGHT_ID, log)


def _ask_all(admin: psycopg.Connection, other: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Return what the dashboard's role is answered to every question, after other choices."""
    values = {"region": "", "party": "Con", "seat": A, "state": "", "limit": 100}
    answers = {}
    with admin.transaction(force_rollback=True):
        for statement in other:
            admin.execute(statement)
        admin.execute("set local role reader")
        for query in QUERIES:
            region = {"region": SOUTH_EAST} if query.name in OF_A_REGION else {}
            answers[query.name] = admin.execute(query.sql, values | region).fetchall()
    return answers


def _export_all(folder: Path) -> Path:
    out = ["--out", str(folder)]
    for mart in MARTS:
        for kind in FORMATS:
            assert main(["mart", mart, kind, *out]) == 0
    for standard in ("nist", "openelections"):
        assert main([standard, *out]) == 0
    Keeper(open_marts(), ResultFolder(folder / "results")).once()
    return folder
