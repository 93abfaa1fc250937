"""The offline BigQuery as a process on 127.0.0.1: started, asked until it answers, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import Request, urlopen

from election.errors import UserError
from embedded.bigquery.install import Installation
from embedded.paths import PROJECT_ROOT
from embedded.ports import HOST, first_free, shuffled

READY_WITHIN_S = 90.0
STOP_WITHIN_S = 20.0
POLL_S = 0.1
LOG_LINES = 5


class OfflineBigQuery:
    """One server with its data in a folder; a context manager."""

    def __init__(self, installation: Installation, folder: Path, *, project: str) -> None:
        self.project = project
        self._installation = installation
        self._folder = folder
        ports = shuffled()
        self._port = first_free(ports)
        self._grpc_port = first_free(ports, taken={self._port})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What `BIGQUERY_EMULATOR_HOST` is set to."""
        return f"http://{HOST}:{self._port}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._folder / "bigquery.log"

    def __enter__(self) -> OfflineBigQuery:
        """Start the server and return when it answers a query.

        Raises:
            UserError: it ended or did not answer.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(self._installation.python), "-m", "embedded.bigquery.gaps",
            "--host", HOST, "--port", str(self._port), "--grpc-port", str(self._grpc_port),
            "--project", self.project, "--data-dir", str(self._folder / "data"), "serve",
        ]  # fmt: skip
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=PROJECT_ROOT,
                env={
                    "HOME": str(self._installation.home),
                    "PATH": os.defpath,
                    "GCS_LOCAL_ROOT": str(self._folder / "gcs"),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()

    def stop(self) -> None:
        """End the server; harmless to repeat."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace").strip().splitlines()
                raise UserError(
                    "the offline BigQuery does not start",
                    why="; ".join(said[-LOG_LINES:]) or "it said nothing",
                    fix=f"delete {self._installation.folder} and run `make bigquery`",
                )
            time.sleep(POLL_S)

    def _answers(self) -> bool:
        """Ask a query: the port is open seconds before the server can answer one."""
        body = json.dumps({"query": "select 1", "useLegacySql": False}).encode()
        request = Request(  # noqa: S310 - our own server, on loopback
            f"{self.address}/bigquery/v2/projects/{self.project}/queries",
            data=body, headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with suppress(URLError, OSError, ValueError), urlopen(request, timeout=5) as reply:  # noqa: S310
            return bool(json.load(reply).get("jobComplete"))
        return False
