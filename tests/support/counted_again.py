"""A night that is over, counted again by every command there is: what each of them said and left.

A stranger's poison, a row that somebody spoilt, keys that nothing counts; then `make replay`,
`make rebuild` from broker, bronze and raw, `make as-of`, `make dlq`, `make dlq-retry` by a newer
reader, and the night gone on with by that reader.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from faults.oracle.checks import Sent
from support.events import make_value
from support.oracle_asked import ask_oracle
from support.town import SEAT
from support.waiting import wait_until
from support.whole_night import END_WITHIN_S, WholeNight

from election.settings import BrokerSettings
from election.topics import PARTITIONER
from embedded.paths import PROJECT_ROOT
from spark.broker import read_topic

NEWER = 99
STATION, CANDIDATE = f"{SEAT}-S001", f"{SEAT}-C01"
GHOST = ["exit_poll_estimates", "E12000002", "75+", "female", "degree", "Nobody"]
WITHIN_S = 600
# A reader of the future, in every process that is started with it on its path.
_NEWER_READER = f"""
import election.events
election.events.ACCEPTED_SCHEMA_VERSIONS = frozenset({{1, {NEWER}}})
"""
_SPOIL = """
update analytics.candidate_totals set vote_count = vote_count + 7
where night_id = %(night)s and candidate_id = 'E14900001-C01' returning vote_count - 7
"""
_GHOST = """
insert into analytics.exit_poll_estimates (night_id, election_id, polling_date, region_id,
  age_band, sex, education, party_abbreviation, answers, as_of, ledger_version)
select night_id, election_id, polling_date, region_id, age_band, sex, education, 'Nobody', answers,
  as_of, ledger_version
from analytics.exit_poll_estimates where night_id = %(night)s limit 1 returning 1
"""
_SPOIL_MART = """
update marts.fct_candidate_result set votes_counted = votes_counted + 7
where night_id = %(night)s and candidate_id = 'E14900001-C01' returning 1
"""
_RESENT = """
select count(r.*)::int, count(j.*)::int from ops.resent s
left join raw.ballots_issued r on r.night_id = s.night_id
  and r.kafka_partition = sent_to_partition and r.kafka_offset = sent_to_offset
left join analytics.rejections j on j.night_id = s.night_id and j.topic = s.topic
  and j.kafka_partition = sent_to_partition and j.kafka_offset = sent_to_offset
where s.night_id = %(night)s
"""
_LOOK = """
select (select vote_count from analytics.candidate_totals
        where night_id = %(night)s and candidate_id = 'E14900001-C01'),
       (select count(*) from analytics.exit_poll_estimates
        where night_id = %(night)s and party_abbreviation = 'Nobody')
"""


@dataclass
class Again:
    """What was seen on the way."""

    said: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    right: int = 0
    """Votes of the candidate whose row is spoilt."""
    left: dict[str, tuple[int, int]] = field(default_factory=dict)
    """After each command: those votes, and rows that nothing counts."""
    ghosts_in_results: dict[str, bool] = field(default_factory=dict)
    resent: list[tuple[Any, ...]] = field(default_factory=list)
    """Topic, partition and offset of what was sent again."""
    in_raw: int = 0
    rejected: int = 0
    """How many of those raw holds as ballots, and how many Spark rejected."""
    before: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    oracle: list[str] = field(default_factory=list)


def count_again(night: WholeNight, folder: Path) -> Again:
    """Do all of it with a night that stays up; it stays up afterwards, and is gone on with."""
    seen = Again()
    newer = _newer_reader(folder)
    _produce_poison(night)
    seen.before = datetime.now(UTC).isoformat()
    night.interrupt()
    _command(night, seen, "start")
    try:
        _mend(night, seen, "replay", "votes/0/0")
        _mend(night, seen, "rebuild", "broker")
        _mend(night, seen, "rebuild", "bronze")
        _command(night, seen, "batch")
        _command(night, seen, "as-of", seen.before)
        _command(night, seen, "dlq")
        _command(night, seen, "dlq-retry", **newer)
        _command(night, seen, "dlq-retry", name="dlq-retry again", **newer)
    finally:
        _command(night, seen, "stop")
    night.start(RESUME="1", POLLING_DATE="", **newer)
    night.wait_said("stays up", seconds=END_WITHIN_S)
    night.rows(_SPOIL_MART)
    _command(night, seen, "rebuild", "raw")
    seen.summary = night.summary()
    seen.resent = night.rows(
        "select topic, sent_to_partition::int, sent_to_offset::int from ops.resent"
        " where night_id = %(night)s"
    )
    [(seen.in_raw, seen.rejected)] = night.rows(_RESENT)
    seen.oracle = ask_oracle(night, Sent(resent=frozenset(seen.resent)))
    return seen


def _newer_reader(folder: Path) -> dict[str, str]:
    place = folder / "newer-reader"
    place.mkdir()
    (place / "sitecustomize.py").write_text(_NEWER_READER)
    return {"PYTHONPATH": f"{place}{os.pathsep}{PROJECT_ROOT}"}


def _produce_poison(night: WholeNight) -> None:
    """Send what nobody reads, and a ballot in words that only a newer reader knows."""
    broker = BrokerSettings.model_validate(night.environment())
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
    [(issues,)] = night.rows(
        "select max(issue_no) from raw.ballots_issued where night_id = %(night)s"
        f" and polling_station_id = '{STATION}'"
    )
    ballot = make_value(
        "ballots_issued", constituency_id=SEAT, polling_station_id=STATION,
        issue_no=int(issues) + 1, method="tendered", schema_version=NEWER,
    )  # fmt: skip
    for topic, value in (("ballots_issued", ballot), ("ballots_issued", b"box 17 is on its way"),
                         ("votes", b"\xff\xfe")):  # fmt: skip
        producer.produce(broker.topic(topic), value, partition=0)
    assert producer.flush(60) == 0
    ends = "select sum(next_offset) + {} from ops.{} where night_id = %(night)s"
    all_of_it = night.rows(ends.format(3, "produced"))
    wait_until(
        lambda: night.rows(ends.format(0, "landed")) == all_of_it
        and night.rows(ends.format(0, "tallied")) == all_of_it,
        seconds=60, what="both counts have it",
    )  # fmt: skip


def _mend(night: WholeNight, seen: Again, command: str, start: str) -> None:
    """Spoil a row, add keys that nothing counts, run a command, and look."""
    [(seen.right,)] = night.rows(_SPOIL)
    night.rows(_GHOST)
    _haunt(night)
    name = f"{command} {start}"
    _command(night, seen, command, start, name=name)
    [seen.left[name]] = night.rows(_LOOK)
    seen.ghosts_in_results[name] = _is_haunted(night)


def _haunt(night: WholeNight) -> None:
    broker = BrokerSettings.model_validate(night.environment())
    # Where the pipeline writes that key: in another partition it could not be deleted.
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "partitioner": PARTITIONER})
    producer.produce(broker.topic("results"), b'{"answers":1}', key=orjson.dumps(GHOST))
    assert producer.flush(60) == 0


def _is_haunted(night: WholeNight) -> bool:
    broker, there = BrokerSettings.model_validate(night.environment()), False
    for message in read_topic(broker, "results"):
        if message.key() == orjson.dumps(GHOST):
            there = message.value() is not None
    return there


def _command(
    night: WholeNight, seen: Again, *words: str, name: str = "", **environment: str
) -> None:
    """Run a command of the machine as make does; keep its exit code and what it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "embedded", "--var", str(night.folder), *words],
        env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the stage that it runs, too
            raise
    name = name or " ".join(words)
    seen.said[name], seen.codes[name] = said, process.returncode


def values_of(said: str) -> dict[str, int]:
    """Return votes by candidate from the CSV of `as-of`."""
    lines = [line for line in said.splitlines() if "," in line]
    names = next(line for line in lines if "candidate_id" in line).split(",")
    rows = (dict(zip(names, line.split(","), strict=False)) for line in lines)
    return {
        row["candidate_id"]: int(row["vote_count"])
        for row in rows
        if row.get("vote_count", "").isdigit()
    }
