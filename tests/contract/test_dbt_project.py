"""The dbt project as its manifest has it: sources, lineage, contracts, rules."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic_core import PydanticUndefined

from cloud import hcl
from election.acceptance import (
    MAX_ANSWER_NO,
    MAX_PAPER_NO,
    MESSAGE_LEVEL_REASONS,
    REASONS,
)
from election.events import REJECTION_REASONS
from election.settings import BigQuerySettings, PostgresSettings, StorageSettings
from election.tables import ALL_TABLES
from election.topics import INPUT_TOPICS, event_of

PROJECT = Path(__file__).resolve().parents[2] / "dbt"
COUNTING = sorted((PROJECT / "models/intermediate/counting").glob("*.sql"))


def models(manifest):
    return {n.name: n for n in manifest.nodes.values() if n.resource_type == "model"}


def sources_above(manifest, unique_id):
    """Return the schemas of all sources that a node is made of."""
    if unique_id in manifest.sources:
        source = manifest.sources[unique_id]
        return {f"{source.source_name}.{source.name}"}
    node = manifest.nodes[unique_id]
    return {s for parent in node.depends_on.nodes for s in sources_above(manifest, parent)}


def test_what_dbt_takes_where_nothing_is_set_is_what_the_stages_take():
    settings = {
        str(field.validation_alias): field.default
        for kind in (BigQuerySettings, PostgresSettings, StorageSettings)
        for field in kind.model_fields.values()
        if field.default not in (None, PydanticUndefined)
    }
    files = [path for kind in ("*.sql", "*.yml") for path in PROJECT.rglob(kind)]
    taken = {
        told
        for path in files
        for told in re.findall(r"env_var\('(\w+)', '([^']+)'\)", path.read_text())
    }
    of_both = {(name, value) for name, value in taken if name in settings}
    assert of_both == {(name, str(settings[name])) for name, _ in of_both}
    assert {name for name, _ in of_both} == {
        "BIGQUERY_DATASET_PREFIX", "BIGQUERY_LOCATION", "BIGQUERY_MAXIMUM_BYTES_BILLED",
        "POSTGRES_DATABASE", "POSTGRES_HOST", "STORAGE_PREFERENCE",
    }  # fmt: skip


def test_sources_are_the_declared_tables():
    declared = {t.full_name: {c.name: c.type.value for c in t.columns} for t in ALL_TABLES}
    listed = {
        f"{source['name']}.{table['name']}": {c["name"]: c["data_type"] for c in table["columns"]}
        for source in yaml.safe_load((PROJECT / "models/staging/_sources.yml").read_text())[
            "sources"
        ]
        for table in source["tables"]
    }
    assert {name: declared.get(name) for name in listed} == listed


@pytest.mark.parametrize("path", COUNTING, ids=lambda path: path.stem)
def test_counts_read_raw_alone(manifest, path):
    node = models(manifest)[path.stem]
    schemas = {s.partition(".")[0] for s in sources_above(manifest, node.unique_id)}
    assert "analytics" not in schemas
    assert schemas & {"raw", "ops"}


def test_a_count_knows_of_ops_only_the_clock_and_what_has_landed(manifest):
    used = {
        s
        for path in COUNTING
        for s in sources_above(manifest, models(manifest)[path.stem].unique_id)
        if s.startswith("ops.")
    }
    assert used == {"ops.landed", "ops.nights", "ops.election_clock"}


def test_live_marts_wait_for_no_run(manifest):
    for node in models(manifest).values():
        if "/live/" in node.original_file_path:
            sources = sources_above(manifest, node.unique_id)
            assert not {s for s in sources if s.startswith("raw.")}, node.name
            assert node.config.materialized in ("view", "ephemeral"), node.name


def test_only_staging_reads_sources(manifest):
    for node in models(manifest).values():
        reads = any(parent in manifest.sources for parent in node.depends_on.nodes)
        assert reads == (node.fqn[1] == "staging"), node.name


def test_every_mart_has_an_enforced_contract(manifest):
    for node in models(manifest).values():
        if node.fqn[1] == "marts":
            assert node.config.contract.enforced, node.name


def test_every_mart_but_the_reconciliation_has_its_key_tested(manifest):
    tested = {
        parent
        for n in manifest.nodes.values()
        if n.resource_type == "test"
        for parent in n.depends_on.nodes
    }
    for node in models(manifest).values():
        if node.fqn[1] == "marts":
            assert node.unique_id in tested, node.name


def test_published_tables_wait_for_the_invariants(manifest):
    reconciliation = models(manifest)["reconciliation"].unique_id
    for node in models(manifest).values():
        if "/published/" in node.original_file_path:
            assert reconciliation in node.depends_on.nodes, node.name


def reasons_in(path):
    return re.findall(r"then\s+'([a-z_]+)'", path.read_text())


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_reasons_are_the_declared_ones_in_their_order(topic):
    path = PROJECT / f"models/intermediate/counting/int_{topic}_classified.sql"
    reasons = list(dict.fromkeys(r for r in reasons_in(path) if r in REASONS))
    first_cases = [r for r in reasons if r != "double_vote_attempt"]
    assert first_cases == sorted(first_cases, key=REASONS.index)
    assert set(reasons) & (MESSAGE_LEVEL_REASONS - {"malformed"}) == set()


def test_bounds_are_the_declared_ones():
    folder = PROJECT / "models/intermediate/counting"
    assert f"paper_no > {MAX_PAPER_NO} " in (folder / "int_votes_classified.sql").read_text()
    assert f"answer_no > {MAX_ANSWER_NO}\n" in (folder / "int_exit_poll_classified.sql").read_text()


def test_reasons_of_rejected_papers_are_the_declared_ones():
    text = (PROJECT / "macros/election/papers.sql").read_text()
    listed = re.search(r"paper_rejection_reasons\(\) %}\s*{{ return\(\[(.*?)\]\)", text)
    assert tuple(re.findall(r"'([a-z_]+)'", listed.group(1))) == REJECTION_REASONS


def test_every_input_topic_is_counted():
    text = (PROJECT / "macros/election/papers.sql").read_text()
    assert set(re.findall(r"'([a-z_]+)'", text)) - set(REJECTION_REASONS) == set(INPUT_TOPICS)


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_conflicts_compare_everything_but_the_times_of_sending(topic):
    text = (PROJECT / "macros/counting/content.sql").read_text()
    listed = re.search(rf"'{topic}': \[(.*?)\]", text, re.DOTALL).group(1)
    staging = (PROJECT / f"models/staging/raw/stg_raw__{topic}.sql").read_text()
    renames = dict(re.findall(r"(\w+) as (\w+)", staging))
    fields = {renames.get(f.name, f.name) for f in event_of(topic).fields}
    assert set(re.findall(r"'(\w+)'", listed)) == fields - {"produced_at", "sent_at"}


def test_bigquery_lets_in_the_views_below_live_marts_and_no_others(manifest):
    let_in = hcl.local_values(PROJECT.parent / "terraform/modules/warehouse")["views_let_in"]
    below = {
        hop
        for node in models(manifest).values()
        if node.fqn[1] == "marts" and node.config.materialized == "view"
        for hop in hops(manifest, node, node.fqn[1])
    }
    assert {(pair["views"], pair["reads"]) for pair in let_in.values()} == below


def hops(manifest, node, schema):
    """Yield (schema of the view, schema that it reads) of a view and of every view below it."""
    for parent in node.depends_on.nodes:
        if parent in manifest.sources:
            yield schema, manifest.sources[parent].schema
            continue
        below = manifest.nodes[parent]
        if below.config.materialized == "ephemeral":  # a part of the view's own statement
            yield from hops(manifest, below, schema)
            continue
        if below.fqn[1] != schema:
            yield schema, below.fqn[1]
        if below.config.materialized == "view":
            yield from hops(manifest, below, below.fqn[1])
