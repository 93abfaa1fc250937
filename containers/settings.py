"""What the controller of a night in containers reads of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from election.errors import UserError
from election.settings import StageSettings, StorageSettings


def refuse_bigquery(settings: StorageSettings) -> None:
    """Refuse another warehouse than the containers have: it would be PostgreSQL, unasked.

    Raises:
        UserError: STORAGE_PREFERENCE=GCP.
    """
    if settings.is_bigquery:
        raise UserError(
            f"STORAGE_PREFERENCE={settings.preference} cannot be used in containers",
            why="their warehouse is PostgreSQL: no image but the dashboard's has BigQuery's client",
            fix="leave it out, or hold the night with make demo STORAGE_PREFERENCE=GCP",
        )


class ControllerSettings(StageSettings):
    """Which night to set up, and where what belongs to it is kept."""

    night: Literal["current", "new"] = Field("current", validation_alias="NIGHT")
    nights: Path = Field(Path("/nights"), validation_alias="NIGHTS_PATH")
    tonight: Path = Field(Path("/tonight"), validation_alias="TONIGHT_PATH")
    lake_path: str = Field("/lake", validation_alias="LAKE_PATH")
