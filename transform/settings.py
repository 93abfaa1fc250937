"""Settings of the dbt stage."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[1] / "dbt"


class TransformSettings(BaseSettings):
    """How often dbt runs, and where it keeps what it compiles.

    `parsed_path` is a folder that many target folders share: where one of them is new, it begins
    with what was parsed for another.
    """

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)
    cadence_s: float = Field(30.0, gt=0, validation_alias="DBT_CADENCE_S")
    target_path: Path = Field(PROJECT / "target", validation_alias="DBT_TARGET_PATH")
    parsed_path: Path | None = Field(None, validation_alias="DBT_PARSED_PATH")
