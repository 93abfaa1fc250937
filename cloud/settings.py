"""What the commands of this package read from the environment."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from election.settings import BIGQUERY_PREFIX, BIGQUERY_REGION

_FROM_ENVIRONMENT = SettingsConfigDict(
    env_file=None, env_ignore_empty=True, extra="ignore", frozen=True
)


class TokenSettings(BaseSettings):
    """Who asks: the token that Terraform's google provider reads, too."""

    model_config = _FROM_ENVIRONMENT
    token: SecretStr = Field(validation_alias="GOOGLE_OAUTH_ACCESS_TOKEN")
    quota_project: str | None = Field(None, validation_alias="GOOGLE_CLOUD_QUOTA_PROJECT")


class LoginSettings(BaseSettings):
    """Who asks, where a token is one way of several; and whom: Google, or a stand-in of it."""

    model_config = _FROM_ENVIRONMENT
    token: SecretStr | None = Field(None, validation_alias="GOOGLE_OAUTH_ACCESS_TOKEN")
    credentials_file: str | None = Field(None, validation_alias="CREDENTIALS_FILE")
    endpoint: str | None = Field(None, validation_alias="GOOGLE_API_ENDPOINT")
    # For a token alone; a login of this machine says it itself, or the deployment's project is it.
    quota_project: str | None = Field(None, validation_alias="GOOGLE_CLOUD_QUOTA_PROJECT")


class ConsentSettings(BaseSettings):
    """What a person has said beforehand."""

    model_config = _FROM_ENVIRONMENT
    yes: bool = Field(False, validation_alias="YES")
    is_dry: bool = Field(False, validation_alias="DRY_RUN")
    delete: bool = Field(False, validation_alias="DELETE")


class DeploymentSettings(BaseSettings):
    """Where a deployment's datasets are, and what their names begin with."""

    model_config = _FROM_ENVIRONMENT
    # Terraform's modules make everything in one region: a multi-region such as EU is none.
    region: str = Field(BIGQUERY_REGION, validation_alias="BIGQUERY_LOCATION")
    dataset_prefix: str = Field(BIGQUERY_PREFIX, validation_alias="BIGQUERY_DATASET_PREFIX")
    emulator_host: str | None = Field(None, validation_alias="BIGQUERY_EMULATOR_HOST")
