"""What `make bigquery-full-setup` is asked for, and what Terraform is told of it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud.settings import ConsentSettings, DeploymentSettings, LoginSettings
from embedded.paths import ProjectPaths

KEPT_DAYS = 7


@dataclass(frozen=True)
class Request:
    """What is to be set up, and where this machine keeps it."""

    project: str
    login: LoginSettings
    consent: ConsentSettings
    where: DeploymentSettings
    switches: frozenset[str] = frozenset()
    billing_account: str | None = None
    base: Path | None = None
    image_tag: str | None = None

    @property
    def paths(self) -> ProjectPaths:
        """The machine's folders."""
        return ProjectPaths.of_project(self.base)

    @property
    def folder(self) -> Path:
        """Where Terraform's files and state of this project are."""
        return self.paths.var / "cloud" / self.project

    @property
    def prefix(self) -> str:
        """What Terraform begins names with; the datasets' has an underscore more."""
        return self.where.dataset_prefix.removesuffix("_")

    @property
    def label(self) -> str:
        """What this deployment's things are labelled with, as Terraform writes it."""
        return self.prefix.replace("_", "-")

    @property
    def is_offline(self) -> bool:
        """Say whether BigQuery is an emulator on this machine."""
        return self.where.emulator_host is not None

    def storage(self) -> dict[str, str]:
        """Return the settings that name the warehouse of the night."""
        return {
            "STORAGE_PREFERENCE": "GCP",
            "GCP_PROJECT_ID": self.project,
            "BIGQUERY_LOCATION": self.where.region,
            "BIGQUERY_DATASET_PREFIX": self.where.dataset_prefix,
        }

    def variables(self) -> dict[str, Any]:
        """Return what Terraform is told."""
        return {
            "project_id": self.project,
            "region": self.where.region,
            "prefix": self.prefix,
            "ephemeral": True,
            "ephemeral_days": KEPT_DAYS,
            "billing_account": self.billing_account,
            "image_tag": self.image_tag,
            **{f"with_{switch}": True for switch in sorted(self.switches)},
        }


def settings_of(variables: Mapping[str, Any]) -> str:
    """Return the settings by which a deployment was made, as they are written (pure)."""
    switches = [n.removeprefix("with_") for n, v in variables.items() if v and n[:5] == "with_"]
    written = {
        "BIGQUERY_LOCATION": variables["region"],
        "BIGQUERY_DATASET_PREFIX": f"{variables['prefix']}_",
        "WITH": ",".join(switches),
        "BILLING_ACCOUNT": variables.get("billing_account"),
        "IMAGE_TAG": variables.get("image_tag"),
    }
    return " ".join(f"{name}={value}" for name, value in written.items() if value)
