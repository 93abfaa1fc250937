"""What the page reads from the environment beside where PostgreSQL is."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DashboardSettings(BaseSettings):
    """How often the live parts refresh, and how often the two counts are compared."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)
    refresh_s: float = Field(2.0, validation_alias="DASHBOARD_REFRESH_S", ge=0.5)
    checks_every_s: float = Field(30.0, validation_alias="DBT_CADENCE_S", gt=0)
