"""Settings of this stage beyond the shared ones."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CountSettings(BaseSettings):
    """How the live count runs."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)
    trigger: str = Field("200 milliseconds", validation_alias="SPARK_TRIGGER")
    most_per_batch: int = Field(200_000, validation_alias="SPARK_MOST_PER_BATCH")
    bronze_every_s: float = Field(20.0, validation_alias="SPARK_BRONZE_EVERY_S")
    bronze: bool = Field(True, validation_alias="SPARK_BRONZE")
    entries_in_segment: int = Field(500, validation_alias="SPARK_ENTRIES_IN_SEGMENT")
    dimensions_within_s: float = Field(900, validation_alias="SPARK_DIMENSIONS_WITHIN_S")


class LakeLogin(BaseSettings):
    """Who reads and writes a lake on Cloud Storage."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)
    lake_path: str = Field("", validation_alias="LAKE_PATH")
    credentials_file: str | None = Field(None, validation_alias="CREDENTIALS_FILE")
    project: str | None = Field(None, validation_alias="GCP_PROJECT_ID")
