"""What ingestion reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestionSettings(BaseSettings):
    """How large loads are and how often they come."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)
    folder: Path = Field(Path("var/ingestion"), validation_alias="INGESTION_PATH")
    load_at_most: int = Field(200_000, validation_alias="INGESTION_LOAD_AT_MOST", ge=1)
    # A load has fixed costs: wait for this many messages, or this long.
    load_at_once: int = Field(50_000, validation_alias="INGESTION_LOAD_AT_ONCE", ge=1)
    load_after_s: float = Field(3.0, validation_alias="INGESTION_LOAD_AFTER_S", gt=0)
    give_up_after_s: float = Field(300.0, validation_alias="INGESTION_GIVE_UP_AFTER_S", gt=0)
