"""What this stage reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ResultSettings(BaseSettings):
    """Where the result files are, and how often they are looked after."""

    model_config = SettingsConfigDict(
        env_file=None, env_ignore_empty=True, extra="ignore", frozen=True
    )
    folder: Path = Field(Path("var/results"), validation_alias="RESULTS_PATH")
    every_s: float = Field(5.0, gt=0, validation_alias="RESULTS_EVERY_S")
