"""dbt's tables in BigQuery lie by night; what a run looks up again, by partition as well."""

import pytest
import yaml

from bench.cost import project

LOOKED_UP = [name for name in project.stored_models() if project.looks_up_offsets(name)]


def test_every_stored_model_lies_by_night():
    models = yaml.safe_load((project.DBT / "dbt_project.yml").read_text())["models"]
    assert models["tallyhouse"]["+cluster_by"] == ["night_id"]


def test_there_are_models_that_look_up_how_far_they_are():
    assert {"int_votes_classified", "int_votes_tallied", "int_voters_tallied"} <= set(LOOKED_UP)


@pytest.mark.parametrize("model", LOOKED_UP)
def test_what_asks_how_far_a_partition_is_lies_by_partition(model):
    (path,) = (project.DBT / "models").rglob(f"{model}.sql")
    config = path.read_text().split("}}", 1)[0]
    assert "cluster_by=['night_id', 'kafka_partition'" in config
