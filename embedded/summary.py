"""The night on one screen and in `var/summary.json`, whose shape outsiders read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import psycopg
from rich.console import Console
from rich.table import Table

from election.settings import GeneratorSettings
from election.topics import INPUT_TOPICS
from embedded.night import Night
from generators.contest import Contest
from warehouse.marts import Marts, NotBuiltError
from warehouse.postgres import Postgres

POINTS_A_BATCH = 11
CLASSES = ("produced", "accepted", "late", "duplicate", "rejected")


@dataclass
class Summary:
    """What a night came to. Seats and votes are of counted papers, never of declarations."""

    election_id: str
    night_id: str
    scale: int
    speed: str
    seed: int
    status: str  # complete, interrupted or failed
    topics: dict[str, dict[str, int]]
    seats_adjusted: int
    freshness_s: dict[str, float | None]
    duration_s: float
    reconciliation: str = "fail"  # or pass
    parties: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".tmp")
        fresh.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")
        fresh.replace(path)


def read(
    ops: Postgres,
    marts: Marts,
    night: Night,
    options: GeneratorSettings,
    *,
    status: str,
    seats_adjusted: int,
    duration_s: float,
) -> Summary:
    """Read what a night came to.

    Args:
        ops: As a role that reads `ops`.
        marts: What dbt has built, in either warehouse.
        night: The night.
        options: What it was started with.
        status: complete, interrupted or failed.
        seats_adjusted: Seats in which scaling moved votes to keep the winner first.
        duration_s: How long it took.
    """
    result = Summary(
        election_id=night.election_id,
        night_id=night.night_id,
        scale=int(night.settings["SCALE"]),
        speed=options.speed,
        seed=options.seed,
        status=status,
        seats_adjusted=seats_adjusted,
        topics=ops.run(partial(topic_counts, night_id=night.night_id)),
        freshness_s=ops.run(partial(freshness, night_id=night.night_id)),
        duration_s=round(duration_s, 1),
    )
    try:
        result.parties = party_counts(marts, night.night_id)
        result.failures = failures(marts, night.night_id)
    except NotBuiltError:
        result.failures = ["the marts were not built"]
    if status != "complete":
        result.failures.append(f"the night is {status}")
    run = ops.run(partial(newest_full_run, night_id=night.night_id))
    result.failures = result.failures or failed_final_run(run)
    result.reconciliation = "fail" if result.failures else "pass"
    return result


class FullRun(NamedTuple):
    """A dbt run with every test, as `ops.dbt_runs` has it."""

    run: int
    outcome: str  # pass, fail or error: it broke off
    failures: int


def newest_full_run(connection: psycopg.Connection[Any], night_id: str) -> FullRun | None:
    """Return the newest full run of a night, if there is one."""
    row = connection.execute(
        "select run, outcome, failures from ops.dbt_runs where night_id = %s and kind = 'full'"
        " order by run desc limit 1",
        (night_id,),
    ).fetchone()
    return None if row is None else FullRun(*row)


def failed_final_run(run: FullRun | None) -> list[str]:
    """A final run that broke off has proved nothing, whatever its tables say."""
    if run is None:
        return ["the final dbt run did not take place"]
    if run.outcome == "pass":
        return []
    return [f"the final dbt run ended {run.outcome}: {run.failures} failures"]


def official_counts(contest: Contest) -> dict[str, dict[str, int]]:
    """Return planned and official seats and votes by party abbreviation; nobody wins a tie."""
    rows = (
        contest.candidates.with_columns(
            _is_first("official_vote_count").alias("official_first"),
            _is_first("vote_count").alias("planned_first"),
        )
        .group_by("party_abbreviation")
        .agg(
            pl.col("official_first").sum().alias("seats"),
            pl.col("official_vote_count").sum().alias("votes"),
            pl.col("planned_first").sum().alias("planned_seats"),
            pl.col("vote_count").sum().alias("planned_votes"),
        )
    )
    return {row.pop("party_abbreviation"): row for row in rows.to_dicts()}


def _is_first(votes: str) -> pl.Expr:
    is_most = pl.col(votes) == pl.col(votes).max().over("constituency_id")
    return is_most & (is_most.sum().over("constituency_id") == 1)


def topic_counts(connection: psycopg.Connection[Any], night_id: str) -> dict[str, dict[str, int]]:
    """Return Spark's classes by topic beside what the broker acknowledged."""
    rows = connection.execute(
        """select topic, produced, accepted, late, duplicate, rejected
           from (select topic, sum(next_offset)::bigint as produced from ops.produced
                 where night_id = %(night)s group by topic) p
           left join (
             select topic, sum(accepted)::bigint as accepted, sum(late)::bigint as late,
               sum(duplicate)::bigint as duplicate, sum(rejected)::bigint as rejected
             from ops.tallied where night_id = %(night)s group by topic
           ) t using (topic)""",
        {"night": night_id},
    ).fetchall()
    found = {topic: dict(zip(CLASSES, (n or 0 for n in counts), strict=True))
             for topic, *counts in rows}  # fmt: skip
    nothing = dict.fromkeys(CLASSES, 0)
    return {topic: found.get(topic, dict(nothing)) for topic in INPUT_TOPICS}


def party_counts(marts: Marts, night_id: str) -> dict[str, dict[str, int]]:
    """Return seats and votes by party from counted papers, as dbt counted them from raw."""
    rows = marts.rows(
        "select party_abbreviation, seats, votes from marts.counted_results"
        " where night_id = %(night)s order by seats desc, votes desc, party_abbreviation",
        night=night_id,
    )
    return {party: {"seats": int(seats), "votes": int(votes)} for party, seats, votes in rows}


def failures(marts: Marts, night_id: str) -> list[str]:
    """Return one line for each finding that makes the night fail."""
    rows = marts.rows(
        """select area, key, expected, actual, detail from marts.reconciliation
           where night_id = %(night)s and severity = 'error' and status = 'fail'
           order by area, key""",
        night=night_id,
    )
    return [
        f"{_named(area, detail or key)} (expected {expected}, found {actual})"
        for area, key, expected, actual, detail in rows
    ]


def _named(area: str, what: str) -> str:
    return what if what.startswith(area) else f"{area}: {what}"


def freshness(connection: psycopg.Connection[Any], night_id: str) -> dict[str, float | None]:
    """Return p50 and p95 seconds from produced to visible in the live marts.

    A batch knows its oldest and newest message; those between are taken as evenly spread.
    The register and the postal votes until then are left out: they are loaded before the poll
    opens, as fast as it goes. It was open when the clock was first seen to have moved; a night
    without a pace of its own may be all sent by then, and counts whole.
    """
    rows = connection.execute(
        """select extract(epoch from finished_at - first_produced_at)::float,
                  extract(epoch from finished_at - last_produced_at)::float, messages,
                  first_produced_at >= coalesce((
                    select min(sampled_at) from ops.lag
                    where night_id = %(night)s and election_at > (
                      select min(election_at) from ops.lag where night_id = %(night)s)
                  ), '-infinity')
           from ops.batches
           where night_id = %(night)s and stage = 'spark' and first_produced_at is not null
             and topic in ('ballots_issued', 'votes', 'declarations', 'exit_poll')""",
        {"night": night_id},
    ).fetchall()
    if not rows:
        return {"p50": None, "p95": None}
    rows = [row for row in rows if row[3]] or rows
    spread = np.array([np.linspace(newest, oldest, POINTS_A_BATCH) for oldest, newest, *_ in rows])
    weight = np.repeat([n / POINTS_A_BATCH for _, _, n, _ in rows], POINTS_A_BATCH)
    order = np.argsort(spread.ravel())
    reached = np.cumsum(weight[order]) / weight.sum()
    at = {name: int(np.searchsorted(reached, q)) for name, q in (("p50", 0.5), ("p95", 0.95))}
    return {name: round(float(spread.ravel()[order][i]), 2) for name, i in at.items()}


def show(summary: Summary, official: dict[str, dict[str, int]], console: Console) -> None:
    """Print the night on one screen: topics, parties beside the official result, verdict."""
    console.print(_topics_table(summary))
    console.print(_parties_table(summary, official))
    if summary.seats_adjusted:
        console.print(f"{summary.seats_adjusted} seats adjusted: scaling moved a vote or more to"
                      " keep the real winner first")  # fmt: skip
    for line in summary.failures[:20]:
        console.print(f"  {line}", style="red", markup=False)
    if len(summary.failures) > 20:
        console.print(f"  ... and {len(summary.failures) - 20} more, in var/summary.json")
    fresh = summary.freshness_s
    if fresh["p50"] is not None:
        console.print(f"freshness: p50 {fresh['p50']} s, p95 {fresh['p95']} s"
                      "  (produced to visible in the live marts)")  # fmt: skip
    console.print(f"duration: {summary.duration_s:.0f} s, night {summary.night_id}")
    verdict = "PASS" if summary.reconciliation == "pass" else "FAIL"
    console.print(
        f"reconciliation {verdict}", style="bold green" if verdict == "PASS" else "bold red"
    )


def _topics_table(summary: Summary) -> Table:
    table = Table(
        "topic", *CLASSES, title="messages: produced = accepted + late + duplicate + rejected"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for topic, counts in summary.topics.items():
        table.add_row(topic, *(f"{counts[name]:,}" for name in CLASSES))
    return table


def _parties_table(summary: Summary, official: dict[str, dict[str, int]]) -> Table:
    table = Table("party", "seats", "planned", "official", "votes", "planned", "official / scale",
                  title="counted papers beside the plan and the official result")  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    counted, rest = dict(list(summary.parties.items())[:14]), list(summary.parties.items())[14:]
    for party, counts in counted.items():
        known = official.get(party, {})
        table.add_row(
            party, str(counts["seats"]), str(known.get("planned_seats", "")),
            str(known.get("seats", "")), f"{counts['votes']:,}",
            f"{known.get('planned_votes', 0):,}",
            f"{known.get('votes', 0) / summary.scale:,.1f}",
        )  # fmt: skip
    if rest:
        table.add_row(f"{len(rest)} more", str(sum(c["seats"] for _, c in rest)), "", "",
                      f"{sum(c['votes'] for _, c in rest):,}", "", "")  # fmt: skip
    return table
