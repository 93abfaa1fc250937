"""What the commands of this package read from the environment."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TokenSettings(BaseSettings):
    """Who asks: the token that Terraform's google provider reads, too."""

    model_config = SettingsConfigDict(env_file=None, env_ignore_empty=True, frozen=True)
    token: SecretStr = Field(validation_alias="GOOGLE_OAUTH_ACCESS_TOKEN")
