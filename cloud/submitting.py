"""`python -m cloud submit`: the newest night's lake, worked over by Dataproc Serverless (I/O)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cloud import dataproc
from cloud.deployment import Deployment
from cloud.google_api import SCOPE, terraform_login
from cloud.settings import LoginSettings
from election.errors import UserError
from embedded import attach
from embedded.paths import ProjectPaths
from warehouse.clients import google_login, or_no_login

IMAGE = "dataproc"  # of spark/dataproc.Dockerfile


def submit(
    project: str, image_tag: str, login: LoginSettings, paths: ProjectPaths, base: Path | None,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Upload the code, submit the batch once and wait for its end.

    Raises:
        UserError: nothing was made here, compute is off, the lake is on this machine, or the
            batch failed.
    """
    deployment = Deployment(paths.var / "cloud" / project, terraform_login(login), say)
    if not deployment.exists:
        raise UserError(
            f"there is no deployment of {project}",
            why=f"{deployment.folder} has no state",
            fix="run make bigquery-full-setup with WITH=identities,compute first",
        )
    variables = deployment.variables()
    deployment.prepare(variables)
    place = place_of(project, image_tag, variables, deployment.outputs())
    with attach.machine_environment(paths, base, say) as environment:
        night, everything = attach.night_environment(environment)
    batch = dataproc.batch_of(place, "", everything)  # refuses before anything is uploaded
    folder, code = dataproc.upload(_storage(project, login), place)
    batch = dataproc.batch_of(place, folder, everything)
    batch_id = dataproc.batch_id_of(night.night_id, code)
    dataproc.run(_batches(place.region, login), place, batch, batch_id, say)


def place_of(
    project: str, image_tag: str, variables: Mapping[str, Any], outputs: Mapping[str, Any]
) -> dataproc.Place:
    """Return where batches run, from what Terraform was told and what it made (pure).

    Raises:
        UserError: compute is off.
    """
    if not outputs.get("image_repository"):
        raise UserError(
            f"{project} has nowhere to run Spark",
            why="compute is off: there is no image repository and no account for Spark",
            fix="run make bigquery-full-setup with WITH=identities,compute",
        )
    return dataproc.Place(
        project=project,
        region=str(variables["region"]),
        bucket=str(outputs["lake_bucket"]),
        image=f"{outputs['image_repository']}/{IMAGE}:{image_tag}",
        account=str(outputs["identities"]["spark"]),
        subnetwork=str(outputs["spark_network"]["subnetwork"]),
        tag=str(outputs["spark_network"]["tag"]),
    )


def _credentials(login: LoginSettings) -> dict[str, Any]:
    """Return the key for a client; nothing where the machine's own login is used."""
    if not login.credentials_file:
        return {}
    with or_no_login("there is no login for Google"):
        return {"credentials": google_login(login.credentials_file, [SCOPE])}


def _storage(project: str, login: LoginSettings) -> Any:
    from google.cloud.storage import Client

    return Client(project, **_credentials(login))


def _batches(region: str, login: LoginSettings) -> Any:
    from google.cloud.dataproc_v1 import BatchControllerClient

    endpoint = {"api_endpoint": f"{region}-dataproc.googleapis.com:443"}
    return BatchControllerClient(client_options=endpoint, **_credentials(login))
