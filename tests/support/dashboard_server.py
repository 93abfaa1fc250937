"""A throwaway PostgreSQL with filled marts, and the dashboard on it, as a night starts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from support.scene_marts import fill
from support.scenes import Scene

from embedded import stages
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook, first_free, shuffled
from embedded.postgres import DATABASE, PostgresServer
from embedded.supervisor import Supervisor


@dataclass
class Shown:
    """The running dashboard: its address, and a connection that may change the marts."""

    url: str
    connection: psycopg.Connection[Any]
    supervisor: Supervisor
    dsn: str = field(repr=False)

    @contextmanager
    def database_gone(self) -> Iterator[None]:
        """Take the database away for a while."""
        self.supervisor.retire("postgres")
        try:
            yield
        finally:
            self.supervisor.revive("postgres")
            self.supervisor.wait_ready("postgres")
            self.connection = psycopg.connect(self.dsn, autocommit=True)

    @contextmanager
    def no_marts(self) -> Iterator[None]:
        """Take the marts away for a while, as before the first night."""
        self.connection.execute("alter schema marts rename to marts_away")
        try:
            yield
        finally:
            self.connection.execute("alter schema marts_away rename to marts")

    @contextmanager
    def unreached(self) -> Iterator[str]:
        """Serve another dashboard, whose warehouse has never answered; give its address."""
        port = first_free(shuffled())
        nobody = first_free(shuffled(), taken=[port])
        environment = {
            "POSTGRES_HOST": HOST,
            "POSTGRES_PORT": str(nobody),
            "POSTGRES_DATABASE": DATABASE,
            "POSTGRES_READER_PASSWORD": "never asked for",
        }
        service = replace(stages.dashboard(environment, port), name="unreached", needs=())
        self.supervisor.add(service)
        try:
            self.supervisor.wait_ready("unreached")
            yield f"http://{HOST}:{port}"
        finally:
            self.supervisor.remove("unreached")

    def put(self, scene: Scene) -> None:
        """Show another scene."""
        fill(self.connection, scene)


@contextmanager
def shown_dashboard(folder: Path, scene: Scene | None) -> Iterator[Shown]:
    """Start both, fill the marts, stop both."""
    paths = ProjectPaths.of_project(folder)
    with Supervisor(paths, say=lambda line: None) as supervisor:
        ports = PortBook(paths.run / "ports.json")
        server = PostgresServer(
            paths.var / "postgres", paths.secrets, port=ports.choose("postgres", None)
        )
        server.install()
        supervisor.add(server.service())
        supervisor.wait_ready("postgres")
        environment = {
            "POSTGRES_HOST": HOST,
            "POSTGRES_PORT": str(server.port),
            "POSTGRES_DATABASE": DATABASE,
            "POSTGRES_READER_PASSWORD": server.passwords.reader,
            "DASHBOARD_REFRESH_S": "1",
        }
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute("grant usage on schema marts to reader")
            connection.execute(
                "alter default privileges in schema marts grant select on tables to reader"
            )
            if scene:
                fill(connection, scene)
            port = ports.choose("dashboard", None)
            supervisor.add(stages.dashboard(environment, port))
            supervisor.wait_ready("dashboard")
            yield Shown(f"http://{HOST}:{port}", connection, supervisor, server.dsn())
