"""What an analyst is told of every mart: grain, units, denominators, an example, who shows it."""

import copy
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from support.scene_marts import declared_columns

from dashboard import queries
from dashboard.dictionary import LISTING
from dashboard.dictionary import marts as listed
from election.topics import INPUT_TOPICS
from transform.documents import dictionary, listing, page
from transform.documents.described import marts_of, metrics_of
from transform.documents.units import FRACTIONS, UNITS

ROOT = Path(__file__).resolve().parents[2]
MARTS = sorted(declared_columns())
VIEWS = sorted(p for p in (ROOT / "dashboard/views").glob("*.py") if p.stem != "__init__")
PAGE_OF_VIEW = {"night": "tonight"}
TYPES = {
    "flag": "boolean", "date": "date", "share": "double precision",
    "share_difference": "double precision", "election_time": "timestamp with time zone",
    "wall_time": "timestamp with time zone", "seconds": "double precision",
    "messages_per_second": "double precision", "id": "text", "name": "text", "text": "text",
    "code": "text", "colour": "text",
}  # fmt: skip


@pytest.fixture(scope="session")
def marts(manifest_file):
    return {mart.name: mart for mart in marts_of(manifest_file)}


def lacking(marts):
    """Return what a description lacks, mart by mart and column by column."""
    for mart in marts:
        if not mart.grain:
            yield f"{mart.name}: no grain"
        if not mart.example:
            yield f"{mart.name}: no example"
        for column in mart.columns:
            what = f"{mart.name}.{column.name}"
            if not column.description:
                yield f"{what}: no description"
            if column.unit not in UNITS:
                yield f"{what}: no unit of the list"
            if bool(column.denominator) != (column.unit in FRACTIONS):
                yield f"{what}: a fraction, and only a fraction, has a denominator"
            if column.type != TYPES.get(column.unit, "bigint"):
                yield f"{what}: a {column.type} has no unit {column.unit}"


def test_every_mart_says_its_grain_and_every_column_its_unit_and_denominator(marts):
    assert list(lacking(marts.values())) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda c: c["config"]["meta"].pop("unit"), "no unit of the list"),
        (lambda c: c["config"]["meta"].pop("denominator"), "has a denominator"),
        (lambda c: c.update(description=""), "no description"),
        (lambda c: c["config"]["meta"].update(unit="colour"), "has no unit colour"),
    ],
)
def test_a_description_that_lacks_something_is_refused(manifest_file, spoil, said):
    spoiled = copy.deepcopy(manifest_file)
    spoil(spoiled["nodes"]["model.tallyhouse.national_summary"]["columns"]["turnout"])
    found = list(lacking(marts_of(spoiled)))
    assert any("national_summary.turnout" in line and said in line for line in found)


def test_a_mart_without_grain_or_example_is_refused(manifest_file):
    spoiled = copy.deepcopy(manifest_file)
    node = spoiled["nodes"]["model.tallyhouse.national_summary"]
    node["description"] = "The headline."
    node["config"]["meta"] = {}
    assert [line for line in lacking(marts_of(spoiled)) if ": no " in line] == [
        "national_summary: no grain", "national_summary: no example",
    ]  # fmt: skip


def test_every_unit_is_used(marts):
    used = {column.unit for mart in marts.values() for column in mart.columns}
    assert set(UNITS) - used == set()


@pytest.mark.parametrize("name", MARTS)
@pytest.mark.parametrize("dialect", ["postgres", "bigquery"])
def test_an_example_asks_its_mart_for_columns_that_exist(marts, name, dialect):
    tree = sqlglot.parse_one(marts[name].example, dialect=dialect)
    read = {(table.db, table.name) for table in tree.find_all(exp.Table)}
    assert ("marts", name) in read
    assert {schema for schema, _ in read} == {"marts"}
    schema = {"marts": declared_columns()}
    qualify(tree, schema=schema, dialect="postgres", validate_qualify_columns=True)


def test_the_metrics_are_declared_with_their_units(manifest_file):
    metrics = metrics_of(manifest_file)
    assert [m.name for m in metrics] == ["seats", "share", "swing", "turnout", "votes"]
    for metric in metrics:
        assert metric.unit in UNITS
        assert bool(metric.denominator) == (metric.unit in FRACTIONS)


def marts_asked_by(path):
    names = re.findall(r"queries\.([A-Z_]+)", path.read_text())
    sql = " ".join(getattr(queries, name).sql for name in names)
    return set(re.findall(r"marts\.(\w+)", sql))


@pytest.mark.parametrize("view", VIEWS, ids=lambda path: path.stem)
def test_an_exposure_names_the_marts_that_its_page_asks(manifest, view):
    page_name = PAGE_OF_VIEW.get(view.stem, view.stem)
    exposure = manifest.exposures[f"exposure.tallyhouse.page_{page_name}"]
    named = {unique_id.rpartition(".")[2] for unique_id in exposure.depends_on.nodes}
    assert named == marts_asked_by(view) | marts_asked_by(ROOT / "dashboard/live.py")


def test_every_topic_leads_to_a_page(marts):
    shown = {topic for mart in marts.values() if mart.shown_by for topic in mart.topics}
    assert shown == set(INPUT_TOPICS)


def test_a_source_of_raw_names_its_topic(manifest):
    for source in manifest.sources.values():
        if source.source_name == "raw" and source.name != "rejected_messages":
            assert source.config.meta["topics"] == [source.name]
        if source.source_name in ("raw", "analytics"):
            assert set(source.config.meta["topics"]) <= set(INPUT_TOPICS), source.name


def test_sources_that_keep_coming_say_how_old_they_may_be(manifest):
    columns = {s.name: set(s.columns) for s in manifest.sources.values()}
    checked = {s.name: s.loaded_at_field for s in manifest.sources.values() if s.freshness}
    assert {"votes", "ballots_issued", "candidate_totals", "landed", "tallied"} <= set(checked)
    assert {n: f for n, f in checked.items() if f not in columns[n]} == {}


def test_the_data_dictionary_is_what_the_declarations_say(manifest_file):
    written = (ROOT / "docs/data-dictionary.md").read_text()
    assert written == dictionary.render(marts_of(manifest_file), metrics_of(manifest_file)), (
        "docs/data-dictionary.md is out of date: make docs writes it anew"
    )


def test_the_dashboards_listing_is_what_the_declarations_say(manifest_file):
    assert LISTING.read_text() == listing.render(marts_of(manifest_file)), (
        "dashboard/marts.json is out of date: make docs writes it anew"
    )


def test_the_dashboard_lists_every_mart_with_its_columns():
    assert {name: mart.types for name, mart in listed().items()} == declared_columns()


def test_the_glossary_explains_each_word_once_and_in_order():
    words = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)[1:]
    assert words == sorted(set(words), key=str.lower)
    assert {"grain", "electorate", "share", "turnout", "declaration", "embargoed"} <= set(words)


def test_the_page_says_units_examples_and_lineage_of_every_mart(manifest_file, marts):
    shown = page.enrich(manifest_file, "# Glossary\n")
    for mart in marts.values():
        node = shown["nodes"][f"model.tallyhouse.{mart.name}"]
        assert mart.example in node["description"]
        assert mart.grain in node["description"]
        assert all(topic in node["description"] for topic in mart.topics)
        assert all(c["description"].endswith("]") for c in node["columns"].values())


def test_a_page_without_a_place_for_its_data_is_refused():
    with pytest.raises(ValueError, match="has no"):
        page.assemble("<html></html>", {}, {})
