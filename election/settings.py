"""Settings of every stage, read once in its entry point from the environment and passed down.

Each class is what one stage needs; a missing value is refused at start by its variable's name.
Any secret NAME may instead stand in a file that NAME_FILE names, and what a night decided in a
file of NAME=value lines that NIGHT_FILE names: where stages run in containers, both do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from election.errors import UserError

# Where BigQuery's datasets are and what their names begin with: Terraform's defaults, too.
BIGQUERY_REGION = "europe-west2"
BIGQUERY_PREFIX = "tallyhouse_"
GIVEN = "given"  # as SPARK_MASTER: what Spark was submitted to
_MOST = 2**63 - 1  # what a warehouse's integer holds
_SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets from files: NAME from the file that the variable NAME_FILE names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return a field's secret, the variable it stands for, and that it is no JSON."""
        variable = str(field.validation_alias)
        file = os.environ.get(f"{variable}_FILE")
        is_secret = SecretStr in (field.annotation, *get_args(field.annotation))
        if not file or not is_secret:
            return None, variable, False
        try:
            return Path(file).read_text(encoding="utf-8").strip(), variable, False
        except OSError as error:
            raise UserError(
                f"{variable}_FILE={file} cannot be read",
                why=error.strerror or str(error),
                fix="see that the file is there and that this user may read it",
            ) from None

    def __call__(self) -> dict[str, Any]:
        """Return every secret that is in a file, by variable."""
        fields = self.settings_cls.model_fields.items()
        found = (self.get_field_value(field, name) for name, field in fields)
        return {variable: value for value, variable, _ in found if value}


class StageSettings(BaseSettings):
    """What the classes below share: where their values come from, the first that has one."""

    # A variable that is set to nothing counts as not set.
    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources: what is passed, the environment, files of secrets, the night's."""
        return init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings


class BrokerSettings(StageSettings):
    """Where the broker is, who we are to it, and what this night's topics are called."""

    bootstrap_servers: str = Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    topic_prefix: str = Field("", validation_alias="TOPIC_PREFIX")
    security_protocol: Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", validation_alias="KAFKA_SECURITY_PROTOCOL"
    )
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-256", validation_alias="KAFKA_SASL_MECHANISM"
    )
    username: str | None = Field(None, validation_alias="KAFKA_USERNAME")
    password: SecretStr | None = Field(None, validation_alias="KAFKA_PASSWORD")

    def topic(self, name: str) -> str:
        """Return a topic's name on the broker."""
        return f"{self.topic_prefix}{name}"

    def client(self) -> dict[str, str]:
        """Return what every client of librdkafka is made with; holds the password: never log it.

        Raises:
            UserError: the protocol asks for a login, and there is none.
        """
        if self.security_protocol == "PLAINTEXT":
            return {"bootstrap.servers": self.bootstrap_servers}
        username, password = self._login()
        return self._named() | {"sasl.username": username, "sasl.password": password}

    def java_client(self) -> dict[str, str]:
        """Return the same for a client in Java, as Spark's; holds the password: never log it.

        Raises:
            UserError: the protocol asks for a login, and there is none.
        """
        if self.security_protocol == "PLAINTEXT":
            return {"bootstrap.servers": self.bootstrap_servers}
        username, password = map(_quoted, self._login())
        login = f"{_SCRAM_MODULE} required username={username} password={password};"
        return self._named() | {"sasl.jaas.config": login}

    def _named(self) -> dict[str, str]:
        """Return what clients of both kinds call by the same name."""
        return {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
        }

    def _login(self) -> tuple[str, str]:
        if not self.username or not self.password:
            missing = "KAFKA_PASSWORD" if self.username else "KAFKA_USERNAME"
            raise UserError(
                f"no login for the broker at {self.bootstrap_servers}",
                why=f"KAFKA_SECURITY_PROTOCOL is {self.security_protocol}, {missing} is not set",
                fix=f"set {missing}, or KAFKA_PASSWORD_FILE for a password in a file",
            )
        return self.username, self.password.get_secret_value()


class PostgresSettings(StageSettings):
    """Where PostgreSQL is; a role's password is given only to the stage that uses it."""

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
                fix=f"start through make, or set {variable} or {variable}_FILE",
            )
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": role,
            "password": password.get_secret_value(),
        }


class StorageSettings(StageSettings):
    """Which warehouse raw, live tables and marts are in; `ops` is in PostgreSQL with either."""

    preference: Literal["POSTGRES", "GCP"] = Field(
        "POSTGRES", validation_alias="STORAGE_PREFERENCE"
    )

    @property
    def is_bigquery(self) -> bool:
        """Say whether the warehouse is BigQuery."""
        return self.preference == "GCP"


class BigQuerySettings(StageSettings):
    """Which BigQuery, as whom, and what it may cost."""

    project: str = Field(validation_alias="GCP_PROJECT_ID", min_length=1)
    # A path; or the word `emulator`, which is good for an emulator alone. None: the credentials
    # that the machine has anyway.
    credentials_file: str | None = Field(None, validation_alias="CREDENTIALS_FILE")
    location: str = Field(BIGQUERY_REGION, validation_alias="BIGQUERY_LOCATION")
    dataset_prefix: str = Field(
        BIGQUERY_PREFIX,
        pattern=r"^\w*$",
        max_length=200,
        validation_alias="BIGQUERY_DATASET_PREFIX",
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

    def address(self, schema: str, name: str) -> str:
        """Return a table's full name: project, dataset with prefix, table."""
        return f"{self.project}.{self.dataset(schema)}.{name}"


class NightSettings(StageSettings):
    """Which night a stage works for."""

    night_id: str = Field(validation_alias="NIGHT_ID")
    election_id: str = Field(validation_alias="ELECTION_ID")
    polling_date: date = Field(validation_alias="POLLING_DATE")


class LakeSettings(StageSettings):
    """Where the Delta lake and the checkpoints are: a path or a gs:// address."""

    lake_path: str = Field(validation_alias="LAKE_PATH")
    spark_master: str = Field("local[2]", validation_alias="SPARK_MASTER")
    spark_jars: str = Field("", validation_alias="SPARK_JARS")
    class_archive: str = Field("", validation_alias="SPARK_CLASS_ARCHIVE")
    driver_memory: str = Field("2g", validation_alias="SPARK_DRIVER_MEMORY")


class GeneratorSettings(StageSettings):
    """What is generated, how fast, and with which faults."""

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
    night = os.environ.get("NIGHT_FILE") or None
    if night and not Path(night).is_file():
        raise UserError(
            "no night was set up",
            why=f"NIGHT_FILE={night} is not there",
            fix="set one up before its stages are started (make start does), or unset NIGHT_FILE",
        )
    try:
        return kind(_env_file=night, **given)
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


def _quoted(text: str) -> str:
    """Quote a value as Java's login configuration takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def utc_text(moment: datetime) -> str:
    """Format a time as the wire has it: RFC 3339, microseconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
