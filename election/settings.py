"""Settings of every stage, read once in its entry point from the environment and passed down.

Each class is what one stage needs; a missing value is refused at start by its variable's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from election.errors import UserError

# A variable that is set to nothing counts as not set.
_CONFIG = SettingsConfigDict(env_file=None, env_ignore_empty=True, extra="ignore", frozen=True)
_MOST = 2**63 - 1  # what a warehouse's integer holds


class BrokerSettings(BaseSettings):
    """Where the broker is and what this night's topics are called."""

    model_config = _CONFIG
    bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    topic_prefix: str = Field("", validation_alias="TOPIC_PREFIX")

    def topic(self, name: str) -> str:
        """Return a topic's name on the broker."""
        return f"{self.topic_prefix}{name}"


class PostgresSettings(BaseSettings):
    """Where PostgreSQL is; a role's password is given only to the stage that uses it."""

    model_config = _CONFIG
    host: str = Field("127.0.0.1", validation_alias="POSTGRES_HOST")
    port: int = Field(validation_alias="POSTGRES_PORT")
    database: str = Field("tallyhouse", validation_alias="POSTGRES_DATABASE")
    admin_password: SecretStr | None = Field(None, validation_alias="POSTGRES_ADMIN_PASSWORD")
    loader_password: SecretStr | None = Field(None, validation_alias="POSTGRES_LOADER_PASSWORD")
    transform_password: SecretStr | None = Field(
        None, validation_alias="POSTGRES_TRANSFORM_PASSWORD"
    )
    reader_password: SecretStr | None = Field(None, validation_alias="POSTGRES_READER_PASSWORD")

    def connect_arguments(self, role: str) -> dict[str, str | int]:
        """Return keyword arguments for `psycopg.connect` as `app`, `loader`, `transform`, `reader`.

        Raises:
            UserError: the role's password is not in the environment.
        """
        password = {
            "app": self.admin_password,
            "loader": self.loader_password,
            "transform": self.transform_password,
            "reader": self.reader_password,
        }[role]
        if password is None:
            variable = f"POSTGRES_{'ADMIN' if role == 'app' else role.upper()}_PASSWORD"
            raise UserError(
                f"no password for the PostgreSQL role {role}",
                why=f"{variable} is not set",
                fix=f"start through make, or set {variable}",
            )
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": role,
            "password": password.get_secret_value(),
        }


class StorageSettings(BaseSettings):
    """Which warehouse raw, live tables and marts are in; `ops` is in PostgreSQL with either."""

    model_config = _CONFIG
    preference: Literal["POSTGRES", "GCP"] = Field(
        "POSTGRES", validation_alias="STORAGE_PREFERENCE"
    )

    @property
    def is_bigquery(self) -> bool:
        """Say whether the warehouse is BigQuery."""
        return self.preference == "GCP"


class BigQuerySettings(BaseSettings):
    """Which BigQuery, as whom, and what it may cost."""

    model_config = _CONFIG
    project: str = Field(validation_alias="GCP_PROJECT_ID", min_length=1)
    # A path; or the word `emulator`, which is good for an emulator alone. None: the credentials
    # that the machine has anyway.
    credentials_file: str | None = Field(None, validation_alias="CREDENTIALS_FILE")
    location: str = Field("EU", validation_alias="BIGQUERY_LOCATION")
    dataset_prefix: str = Field(
        "", pattern=r"^\w*$", max_length=200, validation_alias="BIGQUERY_DATASET_PREFIX"
    )
    maximum_bytes_billed: int = Field(
        10 * 2**30, gt=0, le=_MOST, validation_alias="BIGQUERY_MAXIMUM_BYTES_BILLED"
    )
    give_up_after_s: float = Field(90.0, gt=0, validation_alias="BIGQUERY_GIVE_UP_AFTER_S")
    write_every_s: float = Field(20.0, ge=1, validation_alias="BIGQUERY_WRITE_EVERY_S")
    load_every_s: float = Field(120.0, ge=1, validation_alias="BIGQUERY_LOAD_EVERY_S")
    emulator_host: str | None = Field(None, validation_alias="BIGQUERY_EMULATOR_HOST")

    def dataset(self, schema: str) -> str:
        """Return the dataset that stands for a schema."""
        return f"{self.dataset_prefix}{schema}"


class NightSettings(BaseSettings):
    """Which night a stage works for."""

    model_config = _CONFIG
    night_id: str = Field(validation_alias="NIGHT_ID")
    election_id: str = Field(validation_alias="ELECTION_ID")
    polling_date: date = Field(validation_alias="POLLING_DATE")


class LakeSettings(BaseSettings):
    """Where the Delta lake and the checkpoints are: a path or a gs:// address."""

    model_config = _CONFIG
    lake_path: str = Field(validation_alias="LAKE_PATH")
    spark_master: str = Field("local[2]", validation_alias="SPARK_MASTER")
    spark_jars: str = Field("", validation_alias="SPARK_JARS")
    driver_memory: str = Field("2g", validation_alias="SPARK_DRIVER_MEMORY")


class GeneratorSettings(BaseSettings):
    """What is generated, how fast, and with which faults."""

    model_config = _CONFIG
    election: str = Field("synthetic", validation_alias="ELECTION")
    corrections: str | None = Field(None, validation_alias="CORRECTIONS")
    scale: int = Field(100, validation_alias="SCALE")
    speed: str = Field("540", validation_alias="SPEED")
    seed: int = Field(1, ge=-_MOST, le=_MOST, validation_alias="SEED")
    faults: str = Field("", validation_alias="FAULTS")
    register_url: str | None = Field(None, validation_alias="REGISTER")
    register_requests_a_second: float = Field(
        1.0, gt=0, le=100, validation_alias="REGISTER_REQUESTS_A_SECOND"
    )
    opens_within_s: float = Field(120.0, ge=0, validation_alias="OPENS_WITHIN_S")
    hexjson: Path | None = Field(None, validation_alias="HEXJSON")
    polling_date: date | None = Field(None, validation_alias="POLLING_DATE")
    # Keyed hash of register entries: stays out of repository, topics and warehouse.
    register_secret: SecretStr = Field(validation_alias="REGISTER_SECRET")
    spool_path: Path = Field(Path("var/spool"), validation_alias="SPOOL_PATH")


Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(kind: type[Settings], **given: Any) -> Settings:
    """Read one stage's settings from the environment; `given` variables stand in its place.

    Raises:
        UserError: naming each variable that is missing or does not parse.
    """
    try:
        return kind(**given)
    except ValidationError as error:
        raise _refusal(kind, error.errors()) from None


def _refusal(kind: type[BaseSettings], problems: Sequence[Mapping[str, Any]]) -> UserError:
    """Say which variables are missing, or else which values cannot be used."""
    missing = [p for p in problems if p["type"] == "missing"]
    why = "; ".join(f"{p['loc'][0]}: {p['msg'].lower()}" for p in missing or problems)
    if missing:
        return UserError(
            f"settings of {kind.__name__.removesuffix('Settings').lower()} are not complete",
            why=why,
            fix="start through make, or set the variables named above",
        )
    # Secrets are text and never wrong, so that no value shown here is one.
    wrong = ", ".join(f"{p['loc'][0]}={p['input']}" for p in problems)
    return UserError(f"{wrong} cannot be used", why=why, fix=f"correct {problems[0]['loc'][0]}")


def utc_text(moment: datetime) -> str:
    """Format a time as the wire has it: RFC 3339, microseconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
