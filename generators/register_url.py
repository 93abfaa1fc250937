"""The address of a register: what is allowed, and how it is shown. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from election.errors import UserError

SCHEMES = ("http", "https")


def check_url(url: str) -> None:
    """Refuse what is no address of an HTTP API.

    Raises:
        UserError: another scheme, no host, or a port that is none.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UserError(
            f"REGISTER={shown_url(url)} cannot be used",
            why="a register is read over HTTP: the address starts with http:// or https://"
            " and names a host",
            fix="set REGISTER=https://<host>/api/, or drop it: the synthetic election makes its own"
            " register",
        )


def shown_url(url: str) -> str:
    """Return an address without user, password and query: those may be secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable)"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path
