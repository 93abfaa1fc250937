"""What `ps`, `logs` and `status` show: the process registry, read from another shell."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.table import Table

from embedded.paths import ProjectPaths
from embedded.ports import HOST
from embedded.processes import Entry, Registry


@dataclass(frozen=True)
class ServiceRow:
    """One service as it is now: what the registry says, checked against the machine."""

    name: str
    version: str
    state: str
    address: str
    pid: int | None
    uptime_seconds: int | None
    restarts: int
    is_well: bool


def service_rows(paths: ProjectPaths, now: datetime | None = None) -> list[ServiceRow]:
    """Return the services of the last or current run; an empty list if there was none."""
    registry = Registry.read(paths.run / "processes.json")
    now = now or datetime.now(UTC)
    return [_row(entry, now) for entry in registry.services] if registry else []


def services_table(rows: list[ServiceRow]) -> Table:
    """Lay the services out for a terminal."""
    table = Table()
    for name in ("service", "version", "state", "address", "pid", "up", "restarts"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        colour = "green" if row.is_well else "red"
        table.add_row(
            row.name,
            row.version,
            f"[{colour}]{row.state}[/]",
            row.address,
            str(row.pid or "-"),
            uptime_words(row.uptime_seconds),
            str(row.restarts),
        )
    return table


def uptime_words(seconds: int | None) -> str:
    """Return 3725 s as `1 h 02 min`."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _row(entry: Entry, now: datetime) -> ServiceRow:
    running = entry.running
    state = entry.state
    if state in ("starting", "ready", "stopping") and not running:
        state = "gone"
    elif state == "ready" and entry.port and not _answers(entry.port):
        state = "not answering"
    uptime = None
    if running and entry.started_at:
        uptime = int((now - datetime.fromisoformat(entry.started_at)).total_seconds())
    return ServiceRow(
        name=entry.name,
        version=entry.version,
        state=state,
        address=f"{HOST}:{entry.port}" if entry.port else "-",
        pid=running.pid if running else None,
        uptime_seconds=uptime,
        restarts=entry.restarts,
        is_well=state in ("ready", "done"),
    )


def _answers(port: int) -> bool:
    with socket.socket() as knock:
        knock.settimeout(1)
        return knock.connect_ex((HOST, port)) == 0
