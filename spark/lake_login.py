"""The login to a lake on Cloud Storage: one key for all that reads or writes it."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

from election.errors import UserError
from spark.settings import LakeLogin
from spark.sinks.lake_lease import SCHEME
from warehouse.clients import EMULATOR

KEY, PROJECT = "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"


def log_in(settings: LakeLogin, environment: MutableMapping[str, str]) -> None:
    """Let delta-rs, Google's clients and Spark's Java find the key that CREDENTIALS_FILE names.

    Each of them looks for it by itself, and in one variable. Without a key they use what this
    machine logs in with anyway.

    Args:
        settings: Which lake, and the key.
        environment: The process's own, which its Java inherits.

    Raises:
        UserError: the key is not there.
    """
    if not settings.lake_path.startswith(SCHEME):
        return
    if settings.project:
        environment.setdefault(PROJECT, settings.project)
    if not settings.credentials_file or settings.credentials_file == EMULATOR:
        return
    file = Path(settings.credentials_file).expanduser()
    if not file.is_file():
        raise UserError(
            f"there is no key for the lake {settings.lake_path}",
            why=f"CREDENTIALS_FILE names {file}, and no such file can be read",
            fix="set CREDENTIALS_FILE to a service account's key, or leave it out and run"
            " `gcloud auth application-default login`",
        )
    environment[KEY] = str(file.resolve())
