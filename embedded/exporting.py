"""What `make export` is asked for, as a command of a stage (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from election.errors import UserError

TABLE_FORMATS = ("csv", "parquet", "json")
STANDARD_FORMATS = ("nist", "openelections")
_WAYS = (
    "write MART=<name> FORMAT=csv, parquet or json; or FORMAT=nist, or FORMAT=openelections;"
    " or CHAIN=1. OUT=folder if it should not be below var/exports"
)


@dataclass(frozen=True)
class Command:
    """A stage's command, which takes the folder as its last argument; `folder` is the default."""

    stage: str
    arguments: tuple[str, ...]
    folder: str


def command_for(mart: str, file_format: str, *, chain: bool) -> Command:
    """Return the command that writes what is asked for.

    Raises:
        UserError: nothing, or two things at once, or a format that there is not.
    """
    if chain and not mart and not file_format:
        return Command("spark", ("export-chain",), "chain")
    if not chain and mart and file_format in TABLE_FORMATS:
        return Command("exports", ("mart", mart, file_format, "--out"), "marts")
    if not chain and not mart and file_format in STANDARD_FORMATS:
        return Command("exports", (file_format, "--out"), "standard")
    given = " ".join(
        f"{name}={value}"
        for name, value in (("MART", mart), ("FORMAT", file_format), ("CHAIN", "1" * chain))
        if value
    )
    raise UserError(
        f"{given} cannot be exported" if given else "nothing to export was named",
        why="an export is one mart in a format, all results in a standard's format, or the chain",
        fix=_WAYS,
    )
