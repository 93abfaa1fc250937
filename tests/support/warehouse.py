"""A throwaway PostgreSQL with the declared layout; rows go in by table and column name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from bench.folders import open_folder
from election import ddl
from election.tables import Table, Type
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook
from embedded.postgres import DATABASE, PostgresServer
from embedded.supervisor import Supervisor


@dataclass(frozen=True)
class Warehouse:
    """A server that is up, laid out."""

    server: PostgresServer

    def connect(self, role: str = "app") -> psycopg.Connection[Any]:
        """Connect as a role; every statement commits."""
        return psycopg.connect(self.server.dsn(role), autocommit=True)

    def environment(self) -> dict[str, str]:
        """Return what a stage reads of the environment to find this server."""
        passwords = self.server.passwords
        return {
            "POSTGRES_HOST": HOST,
            "POSTGRES_PORT": str(self.server.port),
            "POSTGRES_DATABASE": DATABASE,
            "POSTGRES_LOADER_PASSWORD": passwords.loader,
            "POSTGRES_TRANSFORM_PASSWORD": passwords.transform,
            "POSTGRES_READER_PASSWORD": passwords.reader,
        }

    def rows(self, query: str, *parameters: Any, role: str = "app") -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        with self.connect(role) as connection:
            return connection.execute(query, parameters).fetchall()


@contextmanager
def throwaway_warehouse() -> Iterator[Warehouse]:
    """Start PostgreSQL in a folder of its own, lay the warehouse out, stop it at the end."""
    with open_folder() as folder:
        paths = ProjectPaths.of_project(folder)
        supervisor = Supervisor(paths, say=lambda line: None)
        supervisor.open()
        try:
            port = PortBook(paths.run / "ports.json").choose("postgres", None)
            server = PostgresServer(paths.var / "postgres", paths.secrets, port=port)
            server.install()
            supervisor.add(server.service())
            supervisor.wait_ready("postgres")
            warehouse = Warehouse(server)
            with warehouse.connect() as admin:
                for statement in ddl.create_warehouse():
                    admin.execute(statement)
            yield warehouse
        finally:
            supervisor.close()


def insert(
    connection: psycopg.Connection[Any], table: Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows by column name; what a row leaves out is NULL."""
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(table.schema, table.name),
        sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns),
        sql.SQL(", ").join(sql.Placeholder() * len(table.columns)),
    )
    values = [
        [Jsonb(row[c.name]) if c.type is Type.JSON else row.get(c.name) for c in table.columns]
        for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)
