"""The right to write a lake on Cloud Storage: an object that only its holder can write again.

The lease of `sinks/lease` is a row of this machine's PostgreSQL. A lake in a bucket can be reached
from machines that do not share one: there each writing of the lease demands the generation of the
one before, so that of two drivers the newer has it and the older finds out at its next renewal.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from election.errors import UserError, first_line
from spark.fencing import fenced

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

SCHEME = "gs://"
WITHIN_S = 30.0  # what passes (429, 5xx, time-outs) is tried again for so long
AT_MOST_EVERY_S = 1.0  # Cloud Storage takes one writing of an object a second
MOST_TRIES = 10  # two drivers that start at once take it from each other some times


@dataclass
class LakeLease:
    """One night's lease in a bucket; `epoch` goes up with every driver."""

    bucket: Bucket
    name: str
    epoch: int = 0
    _generation: int = 0
    _renewals: int = 0
    # Tells our own writing, whose answer was lost, from another driver's.
    _token: str = field(default_factory=lambda: secrets.token_hex(8))
    # Of the batch's thread and of the one that waits: each writing needs the one before.
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _renewed_at: float = float("-inf")

    def take(self) -> int:
        """Take the lake over from whoever has it; return the epoch.

        Raises:
            UserError: the bucket cannot be written, or others take it all the time.
        """
        for _ in range(MOST_TRIES):
            held, generation = self._read()
            self.epoch = int(held.get("epoch", 0)) + 1
            if self._write(generation):
                return self.epoch
        raise UserError(
            f"the lake's lease {self.name} cannot be taken",
            why=f"others took it {MOST_TRIES} times in a row",
            fix="stop the other drivers of this night, then start this one",
        )

    def renew(self) -> None:
        """Say that this driver lives.

        Raises:
            FencedError: another driver has taken the lake over.
        """
        with self._turn:
            self._renew()

    def renew_for_batch(self) -> None:
        """Renew before a batch is counted, unless that was done within the last second.

        Raises:
            FencedError: another driver has taken the lake over.
        """
        with self._turn:
            if time.monotonic() - self._renewed_at >= AT_MOST_EVERY_S:
                self._renew()

    def _renew(self) -> None:
        self._renewals += 1
        if not self._write(self._generation):
            held, _ = self._read()
            raise fenced(
                f"epoch {held['epoch']} of the lake is that of {held['holder']}, since"
                f" {held['taken_at']}; this one has {self.epoch}"
                if held
                else "the lake's lease is gone"
            )
        self._renewed_at = time.monotonic()

    def _write(self, generation: int) -> bool:
        """Write the lease over a generation (0: nothing there); say whether it is ours then."""
        from google.api_core.exceptions import PreconditionFailed

        now = datetime.now(UTC).isoformat(timespec="seconds")
        content = {
            "epoch": self.epoch, "holder": f"process {os.getpid()} on {socket.gethostname()}",
            "token": self._token, "renewals": self._renewals, "taken_at": now,
        }  # fmt: skip
        blob = self.bucket.blob(self.name)
        try:
            blob.upload_from_string(
                json.dumps(content), content_type="application/json",
                if_generation_match=generation, timeout=WITHIN_S, retry=_retry(),
            )  # fmt: skip
        except PreconditionFailed:
            held, there = self._read()
            # A try after a time-out finds what the first one wrote.
            same = ("token", "epoch", "renewals")
            if any(held.get(name) != content[name] for name in same):
                return False
            self._generation = there
            return True
        self._generation = int(blob.generation or 0)
        return True

    def _read(self) -> tuple[dict[str, Any], int]:
        """Return what the lease says, and its generation; nothing and 0 where there is none."""
        from google.api_core.exceptions import NotFound

        blob = self.bucket.blob(self.name)
        try:
            text = blob.download_as_bytes(timeout=WITHIN_S, retry=_retry())
        except NotFound:
            return {}, 0
        return dict(json.loads(text)), int(blob.generation or 0)


def open_lake_lease(lake_path: str, night_id: str, *, client: Any = None) -> LakeLease | None:
    """Return the lease of a lake in a bucket; None for a lake in a folder.

    Args:
        lake_path: A path or a gs:// address.
        night_id: The night whose ledgers are written.
        client: Of google.cloud.storage; None makes one with the login of `spark.lake_login`.

    Raises:
        UserError: the client is not installed, or there is no login.
    """
    if not lake_path.startswith(SCHEME):
        return None
    bucket, _, folder = lake_path.removeprefix(SCHEME).partition("/")
    name = "/".join(part for part in (folder.strip("/"), "leases", f"{night_id}.json") if part)
    return LakeLease((client or _client()).bucket(bucket), name)


def _client() -> Any:
    try:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.storage import Client
    except ImportError as error:
        raise UserError(
            "a lake on Cloud Storage cannot be used",
            why=f"its client is not installed: {error}",
            fix="run `make bigquery`, or set LAKE_PATH to a folder",
        ) from None
    try:
        return Client()
    except (GoogleAuthError, OSError) as error:
        raise UserError(
            "there is no login for the lake",
            why=first_line(error),
            fix="set CREDENTIALS_FILE to a service account's key, or run"
            " `gcloud auth application-default login`",
        ) from None


def _retry() -> Any:
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(WITHIN_S)
