"""A night as rows: create it, continue it, finish it. The one writer of `ops.nights`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from election import clock, ddl
from election.errors import UserError
from election.settings import GeneratorSettings
from embedded.paths import PROJECT_ROOT

NOT_NEEDED = "-"  # a controller reads results; the generator alone makes keyed hashes


@dataclass(frozen=True)
class Night:
    """One run of an election through the whole system."""

    night_id: str
    election_id: str
    title: str
    is_synthetic: bool
    polling_date: date
    topic_prefix: str
    folder: Path  # checkpoints, lake, spool and secret of this night
    settings: dict[str, str]

    @property
    def spool(self) -> Path:
        """Where a register from an API is, if the night has one."""
        return self.folder / "spool"

    def environment(self) -> dict[str, str]:
        """Return what every stage of this night needs, as environment variables."""
        return {
            **self.settings,
            "NIGHT_ID": self.night_id,
            "ELECTION_ID": self.election_id,
            "POLLING_DATE": self.polling_date.isoformat(),
            "TOPIC_PREFIX": self.topic_prefix,
            "LAKE_PATH": self.settings.get("LAKE_PATH") or str(self.folder / "lake"),
            "SPOOL_PATH": str(self.spool),
            "REGISTER_SECRET": register_secret(self.folder),
        }


def register_secret(folder: Path) -> str:
    """Return the night's secret for keyed hashes of register entries; made once, mode 0600.

    It stays in this file: never in the repository, a topic, the warehouse or a log.
    """
    file = folder / "register.secret"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def stage_settings(options: GeneratorSettings) -> dict[str, str]:
    """Return the settings that a resumed night must see again, as environment variables."""
    chosen: dict[str, Any] = {
        "ELECTION": _absolute(options.election),
        "CORRECTIONS": options.corrections and _absolute(options.corrections),
        "SCALE": options.scale,
        "SPEED": options.speed,
        "SEED": options.seed,
        "FAULTS": options.faults,
        "REGISTER": options.register_url or "",  # none, whatever a resuming shell exports
        "HEXJSON": options.hexjson and _absolute(str(options.hexjson)),
    }
    return {name: str(value) for name, value in chosen.items() if value is not None}


def _absolute(election: str) -> str:
    """Stages run in other folders than the person who typed the prefix."""
    return election if election == "synthetic" else str(Path(election).expanduser().resolve())


def options_of(night: Night) -> GeneratorSettings:
    """Return the settings that an interrupted night was started with."""
    settings = {**night.settings, "SPOOL_PATH": night.spool, "REGISTER_SECRET": NOT_NEEDED}
    if not night.is_synthetic:  # files whose name has no year do not say it again
        settings["POLLING_DATE"] = night.polling_date.isoformat()
    return GeneratorSettings.model_validate(settings)


def lay_out_warehouse(admin: psycopg.Connection[Any]) -> None:
    """Bring the database to the declared layout; harmless when it already is."""
    with admin.transaction():
        for statement in ddl.create_warehouse():
            admin.execute(statement)


def create(
    admin: psycopg.Connection[Any],
    options: GeneratorSettings,
    *,
    election_id: str,
    title: str,
    is_synthetic: bool,
    polling_date: date,
    nights: Path,
    now: datetime,
    lake_path: str | None = None,
    spool: Path | None = None,
    storage: Mapping[str, str] = MappingProxyType({}),
) -> Night:
    """Write a new night, make it the current one and give it its partitions.

    Args:
        admin: Connection of the role `app`.
        options: What the night is started with.
        election_id: As `parl.2017-06-08`.
        title: What is shown on every page.
        is_synthetic: Invented, not a replay.
        polling_date: Day of the poll.
        nights: Folder of all nights.
        now: Wall clock; its second is the night's stamp.
        lake_path: A lake elsewhere (a path or gs:// address); None for the night's own folder.
        spool: Register that was fetched for this night, to be moved into its folder.
        storage: Settings of its warehouse, which a night keeps.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    night = Night(
        night_id=f"{election_id}.{stamp}",
        election_id=election_id,
        title=title,
        is_synthetic=is_synthetic,
        polling_date=polling_date,
        topic_prefix=f"night-{stamp.lower()}.",
        folder=nights / f"{election_id}.{stamp}",
        settings=stage_settings(options)
        | ({"LAKE_PATH": lake_path} if lake_path else {})
        | dict(storage),
    )
    night.folder.mkdir(parents=True, exist_ok=True)
    if spool is not None:
        spool.rename(night.spool)
    with admin.transaction():
        admin.execute("update ops.nights set is_current = false where is_current")
        admin.execute(
            "update ops.nights set status = 'interrupted', ended_at = now()"
            " where status in ('running', 'counted')"
        )
        admin.execute(
            """insert into ops.nights (night_id, election_id, title, is_synthetic, scale, speed,
                 seed, polling_date, opens_at, closes_at, topic_prefix, status, is_current,
                 settings, started_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'running', true, %s, %s)""",
            (
                night.night_id, election_id, title, is_synthetic, int(night.settings["SCALE"]),
                options.speed, options.seed, polling_date, clock.opens_at(polling_date),
                clock.closes_at(polling_date), night.topic_prefix,
                json.dumps({**night.settings, "folder": _stored(night.folder)}), now,
            ),
        )  # fmt: skip
        for statement in ddl.create_night_partitions(night.night_id):
            admin.execute(statement)
    return night


def _stored(folder: Path) -> str:
    """The project may be moved between an interruption and its continuation."""
    return (
        str(folder.relative_to(PROJECT_ROOT))
        if folder.is_relative_to(PROJECT_ROOT)
        else str(folder)
    )


def find(admin: psycopg.Connection[Any], *, resumable: bool) -> Night:
    """Return the current night; with `resumable`, only one that did not come to its end.

    Raises:
        UserError: there is no such night.
    """
    row = admin.execute(
        """select night_id, election_id, title, is_synthetic, polling_date, topic_prefix,
             settings, status from ops.nights where is_current"""
    ).fetchone()
    if row is None:
        raise UserError(
            "there is no night yet", why="none was ever started here", fix="run make demo"
        )
    night_id, election_id, title, is_synthetic, polling_date, prefix, settings, status = row
    if resumable and status == "complete":  # a failed one broke off: what stopped it may be mended
        raise UserError(
            "the newest night is complete",
            why="only a night that was interrupted or broke off can be continued",
            fix="run make demo without RESUME=1 to start a new one",
        )
    folder = PROJECT_ROOT / settings.pop("folder")
    return Night(night_id, election_id, title, is_synthetic, polling_date, prefix, folder, settings)


def set_status(connection: psycopg.Connection[Any], night_id: str, status: str) -> None:
    """Write how the night stands: running, counted, complete, interrupted or failed."""
    with connection.transaction():
        connection.execute(
            "update ops.nights set status = %s, ended_at = case"
            " when %s in ('running', 'counted') then null else now() end where night_id = %s",
            (status, status, night_id),
        )


def go_on(admin: psycopg.Connection[Any], night_id: str) -> None:
    """Let a night run again: no stage is up because it was before."""
    set_status(admin, night_id, "running")
    admin.execute(
        "update ops.stage_status set state = 'starting', updated_at = now() where night_id = %s",
        (night_id,),
    )


def reopen(admin: psycopg.Connection[Any], night_id: str) -> bool:
    """Let a complete night be continued: messages came that nobody has reconciled."""
    found = admin.execute(
        "update ops.nights set status = 'interrupted' where night_id = %s and status = 'complete'",
        (night_id,),
    )
    return found.rowcount > 0
