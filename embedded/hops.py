"""`make status` during a night: each hop with rate, lag, freshness and last error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from rich.table import Table

LAG_RED_S = 10.0  # seconds of arrivals
SILENT_RED_S = 60.0

_HOPS = """
select s.stage, s.state, s.detail, s.last_error,
  extract(epoch from now() - s.updated_at)::float,
  l.lag_messages, l.arrivals_per_s,
  b.messages / nullif(extract(epoch from b.last_at - b.first_at), 0),
  b.freshness
from ops.stage_status s
left join lateral (
  select lag_messages, arrivals_per_s from ops.lag
  where night_id = s.night_id and stage = s.stage order by sampled_at desc limit 1
) l on true
left join lateral (
  select sum(messages)::float as messages, max(finished_at) as last_at, min(started_at) as first_at,
    max(extract(epoch from finished_at - first_produced_at))::float as freshness
  from ops.batches
  where night_id = s.night_id and stage = s.stage and finished_at > now() - interval '30 seconds'
) b on true
where s.night_id = (select night_id from ops.nights where is_current)
"""
ORDER = ("generator", "ingestion", "spark", "dbt")


@dataclass(frozen=True)
class Hop:
    """One stage between the generator and the marts."""

    stage: str
    state: str
    detail: str
    last_error: str | None
    silent_s: float
    lag_messages: int | None
    arrivals_per_s: float | None
    rate_per_s: float | None
    freshness_s: float | None

    @property
    def is_red(self) -> bool:
        """Failed, silent, or more than ten seconds of arrivals behind."""
        behind = (self.lag_messages or 0) > LAG_RED_S * max(self.arrivals_per_s or 0.0, 100.0)
        silent = self.silent_s > SILENT_RED_S and self.state not in ("done", "stopped")
        return self.state == "failed" or behind or silent


def is_laid_out(connection: psycopg.Connection[Any]) -> bool:
    """Say whether there ever was a night here."""
    row = connection.execute("select to_regclass('ops.stage_status') is not null").fetchone()
    return bool(row and row[0])


def read(connection: psycopg.Connection[Any]) -> list[Hop]:
    """Return the hops of the current night, in the order that messages take."""
    hops = [Hop(*row) for row in connection.execute(_HOPS).fetchall()]
    return sorted(hops, key=lambda hop: (hop.stage not in ORDER, ORDER.index(hop.stage)
                                         if hop.stage in ORDER else 0))  # fmt: skip


def table(hops: list[Hop]) -> Table:
    """Lay the hops out; the first red one is where to look."""
    shown = Table("", "hop", "state", "messages/s", "behind", "freshness", "last error", "detail")
    first_red = next((hop.stage for hop in hops if hop.is_red), None)
    for hop in hops:
        shown.add_row(
            ">>" if hop.stage == first_red else "",
            hop.stage,
            f"[{'red' if hop.is_red else 'green'}]{hop.state}[/]",
            _number(hop.rate_per_s),
            _number(hop.lag_messages),
            "-" if hop.freshness_s is None else f"{hop.freshness_s:.1f} s",
            hop.last_error or "-",
            hop.detail,
        )
    return shown


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
