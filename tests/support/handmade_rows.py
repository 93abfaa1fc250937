"""What ingestion and the stream would have written of a handmade log: raw, analytics, ops."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
from support.events import CLOSES_AT, ELECTION_ID, OPENS_AT, POLLING_DATE
from support.handmade_log import REFUSED_BYTES, Log
from support.warehouse import insert

from election import ddl
from election.events import REJECTION_REASONS
from election.tables import ANALYTICS, FACTS, OPS, RAW, RAW_REJECTED

WALL = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
Rows = list[dict[str, Any]]


def create_night(connection: psycopg.Connection[Any], night_id: str) -> None:
    """Write a night that is the current one; its clock stands at the opening of the poll."""
    connection.execute("update ops.nights set is_current = false")
    insert(connection, OPS["nights"], [{
        "night_id": night_id, "election_id": ELECTION_ID, "title": "Handmade", "scale": 1000,
        "is_synthetic": True, "speed": "max", "seed": 1, "polling_date": POLLING_DATE,
        "opens_at": OPENS_AT, "closes_at": CLOSES_AT, "topic_prefix": "t.", "status": "running",
        "is_current": True, "settings": {}, "started_at": WALL,
    }])  # fmt: skip
    insert(connection, OPS["election_clock"], [{
        "night_id": night_id, "anchor_wall_at": WALL, "anchor_election_at": OPENS_AT, "speed": 0.0,
        "opens_at": OPENS_AT, "closes_at": CLOSES_AT,
    }])  # fmt: skip
    for statement in ddl.create_night_partitions(night_id):
        connection.execute(statement)


def set_clock(connection: psycopg.Connection[Any], night_id: str, election_at: datetime) -> None:
    """Set the election's time."""
    connection.execute(
        "update ops.election_clock set anchor_election_at = %s where night_id = %s",
        (election_at, night_id),
    )


def land(connection: psycopg.Connection[Any], night_id: str, log: Log) -> None:
    """Write raw and what broker and ingestion say about it, in place of what was there."""
    for table in (*RAW.values(), RAW_REJECTED):
        connection.execute(f"delete from {table.full_name} where night_id = %s", (night_id,))
    for topic, table in RAW.items():
        insert(connection, table, [
            {**_kafka(night_id, m), **{k: _text(v) for k, v in m.event.items()}}
            for m in log.of(topic) if m.event
        ])  # fmt: skip
    insert(connection, RAW_REJECTED, [
        {
            **_kafka(night_id, m), "topic": m.topic, "reason": m.reason,
            "value_sha256": "0" * 64, "value_length": REFUSED_BYTES,
        }
        for m in log.messages if m.event is None
    ])  # fmt: skip
    book(connection, night_id, log)


def book(connection: psycopg.Connection[Any], night_id: str, log: Log) -> None:
    """Write what broker and ingestion say about a log, in place of what was there."""
    for table in (OPS["produced"], OPS["landed"]):
        connection.execute(f"delete from {table.full_name} where night_id = %s", (night_id,))
    insert(connection, OPS["produced"], [
        {
            **_partition(night_id, topic, number), "position": len(messages),
            "planned": len(messages), "acknowledged": len(messages), "refused": 0,
            "next_offset": len(messages),
        }
        for topic, number, messages in log.partitions()
    ])  # fmt: skip
    insert(connection, OPS["landed"], [
        {
            **_partition(night_id, topic, number), "next_offset": len(messages),
            "messages": len(messages), "decoded": sum(m.event is not None for m in messages),
            "refused": sum(m.event is None for m in messages),
        }
        for topic, number, messages in log.partitions()
    ])  # fmt: skip
    for stage in ("generator", "broker", "ingestion"):
        _write_batches(connection, night_id, stage, log)


def tally(connection: psycopg.Connection[Any], night_id: str, log: Log) -> None:
    """Write what the stream counts, by the classes that the log's author expects."""
    for table in (*ANALYTICS.values(), *FACTS.values(), OPS["tallied"]):
        connection.execute(f"delete from {table.full_name} where night_id = %s", (night_id,))
    night = {"night_id": night_id}
    live = {
        **night, "election_id": ELECTION_ID, "polling_date": POLLING_DATE, "as_of": WALL,
        "ledger_version": 1,
    }  # fmt: skip
    for name, rows in live_rows(log).items():
        insert(connection, ANALYTICS[name], [{**live, **row} for row in rows])
    for name, rows in fact_rows(log).items():
        insert(connection, FACTS[name], [{**night, **row} for row in rows])
    insert(connection, OPS["tallied"], [
        {
            **_partition(night_id, topic, number), "next_offset": len(messages),
            "messages": len(messages), "ledger_version": 1,
            **dict.fromkeys(("accepted", "late", "duplicate", "rejected"), 0),
            **log.classes(messages),
        }
        for topic, number, messages in log.partitions()
    ])  # fmt: skip
    for stage in ("bronze", "spark"):
        _write_batches(connection, night_id, stage, log)


def fact_rows(log: Log) -> dict[str, Rows]:
    """Return the facts that close before the poll, the declarations and the rejections."""
    seats = log.counted("constituencies")
    region = {s["constituency_id"]: s["region_id"] for s in seats}
    return {
        "seats": [{**s, "station_count": len(s["stations"])} for s in seats],
        "stations": [
            {**t, "constituency_id": s["constituency_id"], "region_id": s["region_id"]}
            for s in seats for t in s["stations"]
        ],
        "nominations": [
            {**c, "region_id": region[c["constituency_id"]]} for c in log.counted("candidates")
        ],
        "declaration_versions": [
            {**m.event, "kafka_offset": m.offset}
            for m in log.of("declarations") if m.is_counted and m.event
        ],
        "rejections": [
            {
                "topic": m.topic, "kafka_partition": m.partition, "kafka_offset": m.offset,
                "reason": m.reason,
            }
            for m in log.messages if m.message_class == "rejected"
        ],
    }  # fmt: skip


def live_rows(log: Log) -> dict[str, Rows]:
    """Return the live tables."""
    seats = {s["constituency_id"]: s for s in log.counted("constituencies")}
    ballots = log.counted("ballots_issued")
    papers = log.counted("votes")
    party = {c["candidate_id"]: c["party_abbreviation"] for c in log.counted("candidates")}
    region = {seat: s["region_id"] for seat, s in seats.items()}
    votes = Counter(p.get("candidate_id") for p in papers)
    in_turnout = [b for b in ballots if b["method"] != "tendered"]
    return {
        "candidate_totals": [
            {
                **c, "region_id": region[c["constituency_id"]],
                "vote_count": votes[c["candidate_id"]],
            }
            for c in log.counted("candidates")
        ],
        "constituency_counts": [_papers(log, seat, region[seat]) for seat in seats],
        "regional_turnout": [
            {
                "region_id": region[seat], "constituency_id": seat,
                "registered": sum(t["registered"] for t in s["stations"]),
                **{
                    f"issued_{method}": sum(
                        b["constituency_id"] == seat and b["method"] == method for b in ballots
                    )
                    for method in ("in_person", "postal", "proxy", "tendered")
                },
            }
            for seat, s in seats.items()
        ],
        "polling_station_turnout": [
            {
                **t, "constituency_id": seat, "region_id": region[seat],
                "ballots_issued": sum(
                    b["polling_station_id"] == t["polling_station_id"] for b in in_turnout
                ),
                "issue_numbers_missing": 0,
            }
            for seat, s in seats.items() for t in s["stations"]
        ],
        "hourly_trends": [
            *_summed(
                [
                    {
                        **_hour(b["issued_at"]), "region_id": region[b["constituency_id"]],
                        "party_abbreviation": "-", "votes_counted": 0,
                        "issued_in_person": int(b["method"] in ("in_person", "proxy")),
                        "issued_postal": int(b["method"] == "postal"),
                    }
                    for b in in_turnout
                ],
                ("hour_start_at", "region_id", "party_abbreviation"),
            ),
            *_summed(
                [
                    {
                        **_hour(p["counted_at"]), "region_id": region[p["constituency_id"]],
                        "party_abbreviation": party[p["candidate_id"]], "votes_counted": 1,
                        "issued_in_person": 0, "issued_postal": 0,
                    }
                    for p in papers if p.get("candidate_id")
                ],
                ("hour_start_at", "region_id", "party_abbreviation"),
            ),
        ],
        "demographic_analysis": _summed(
            [
                {**_person(e, region), "registered": int("voter_key" in e),
                 "ballots_issued": int("voter_key" not in e)}
                for e in [*log.counted("voters"), *in_turnout]
            ],
            ("region_id", "age_band", "sex", "education"),
        ),
        "exit_poll_estimates": _summed(
            [
                {**_person(a, region), "region_id": a["region_id"], "answers": 1,
                 "party_abbreviation": a.get("party_abbreviation") or "-"}
                for a in log.counted("exit_poll")
            ],
            ("region_id", "age_band", "sex", "education", "party_abbreviation"),
        ),
    }  # fmt: skip


def _papers(log: Log, seat: str, region_id: str) -> dict[str, Any]:
    papers = [p for p in log.counted("votes") if p["constituency_id"] == seat]
    newest: dict[str, int] = {}
    for account in log.counted("ballot_accounts"):
        if account["kind"] == "count_batch" and account["constituency_id"] == seat:
            newest[account["id"]] = account["count"]
    times = sorted(p["counted_at"] for p in papers) or [None]
    return {
        "constituency_id": seat,
        "region_id": region_id,
        "papers_counted": len(papers),
        "valid_votes": sum(bool(p.get("candidate_id")) for p in papers),
        **{
            f"rejected_{reason}": sum(p.get("rejection_reason") == reason for p in papers)
            for reason in REJECTION_REASONS
        },
        "papers_accounted_for": sum(newest.values()),
        "papers_missing": 0,
        "batches_accounted_for": len(newest),
        "first_counted_at": times[0],
        "last_counted_at": times[-1],
    }


def _person(event: dict[str, Any], region: dict[str, str]) -> dict[str, Any]:
    return {
        "region_id": region.get(event.get("constituency_id", "")),
        **{name: event.get(name) or "-" for name in ("age_band", "sex", "education")},
    }


def _hour(moment: str) -> dict[str, str]:
    return {"hour_start_at": f"{moment[:13]}:00:00Z"}


def _summed(rows: Rows, key: tuple[str, ...]) -> Rows:
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        group = tuple(row[name] for name in key)
        total = sums.setdefault(group, {**row, **dict.fromkeys(row.keys() - set(key), 0)})
        for name in row.keys() - set(key):
            total[name] += row[name]
    return list(sums.values())


def _kafka(night_id: str, message: Any) -> dict[str, Any]:
    return {
        "night_id": night_id, "kafka_partition": message.partition,
        "kafka_offset": message.offset, "kafka_timestamp": WALL,
    }  # fmt: skip


def _write_batches(
    connection: psycopg.Connection[Any], night_id: str, stage: str, log: Log
) -> None:
    """Write that a stage took each partition in two batches."""
    connection.execute(
        "delete from ops.batches where night_id = %s and stage = %s", (night_id, stage)
    )
    insert(connection, OPS["batches"], [
        {
            **_partition(night_id, topic, number), "stage": stage, "batch": batch,
            "first_offset": first, "next_offset": end, "messages": end - first,
            "started_at": WALL, "finished_at": WALL,
        }
        for topic, number, messages in log.partitions()
        for batch, (first, end) in enumerate(_halves(len(messages)))
    ])  # fmt: skip


def _halves(length: int) -> list[tuple[int, int]]:
    middle = (length + 1) // 2
    return [part for part in ((0, middle), (middle, length)) if part[0] < part[1]]


def _partition(night_id: str, topic: str, number: int) -> dict[str, Any]:
    return {"night_id": night_id, "topic": topic, "kafka_partition": number, "updated_at": WALL}


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value
