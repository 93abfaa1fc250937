"""Roles of PostgreSQL: what each may do with the database, and its password."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from embedded.passwords import Passwords

LOGIN_ROLES = ("loader", "transform", "reader")


def make_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Make the database unless it is there."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def make_roles(connection: psycopg.Connection[Any], database: str, passwords: Passwords) -> None:
    """Make the roles and set their passwords; harmless to repeat.

    Args:
        connection: Of a superuser, to any database of the server.
        database: What the roles may connect to.
        passwords: One a role.
    """
    present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in ("owner", *LOGIN_ROLES):
        if role not in present:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    for role in LOGIN_ROLES:
        _allow_login(connection, role, getattr(passwords, role))
    connection.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    connection.execute("ALTER ROLE reader SET statement_timeout = '10s'")
    # Everybody may connect and make temporary tables by default; only ours may here.
    for statement in (
        "REVOKE ALL ON DATABASE {} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {} TO loader, transform, reader",
        "GRANT TEMPORARY ON DATABASE {} TO loader, transform",
    ):
        connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


def _allow_login(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    # The server gets the SCRAM verifier, so that no log of it can hold the password.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))
