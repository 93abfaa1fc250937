"""The topics, as code: names, keys, partitions, clean-up and the event each one carries."""

from __future__ import annotations

from dataclasses import dataclass

from election.events import (
    BALLOT_ACCOUNT,
    BALLOT_ISSUED,
    CANDIDATE,
    CONSTITUENCY,
    DECLARATION,
    EXIT_POLL_ANSWER,
    VOTE,
    VOTER,
    Event,
)

DAY_MS = 24 * 60 * 60 * 1000
PARTITIONER = "murmur2_random"  # every producer uses it, so that a key stays on its partition


@dataclass(frozen=True)
class Topic:
    """One topic; `event` is None for the two that the pipeline itself writes."""

    name: str
    key: str
    partitions: int
    config: dict[str, str]
    event: Event | None = None


def _delete(retention_ms: int, **more: str) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms), **more}


NO_LIMIT = -1
_WEEK = 7 * DAY_MS

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        # No compaction for dimensions: it would leave gaps in the offsets that we account for.
        Topic("constituencies", "constituency_id", 1, _delete(NO_LIMIT), CONSTITUENCY),
        Topic("candidates", "candidate_id", 1, _delete(NO_LIMIT), CANDIDATE),
        Topic("voters", "polling_station_id", 4, _delete(_WEEK), VOTER),
        Topic("ballots_issued", "polling_station_id", 4, _delete(_WEEK), BALLOT_ISSUED),
        Topic("votes", "constituency_id", 4, _delete(_WEEK), VOTE),
        Topic("ballot_accounts", "id", 1, _delete(_WEEK), BALLOT_ACCOUNT),
        Topic("declarations", "constituency_id", 1, _delete(_WEEK), DECLARATION),
        Topic("exit_poll", "region_id", 1, _delete(_WEEK), EXIT_POLL_ANSWER),
        Topic("results", "table and key", 2, {"cleanup.policy": "compact"}),
        Topic(
            "rejected_events",
            "source topic",
            1,
            _delete(30 * DAY_MS, **{"max.message.bytes": str(2 * 1024 * 1024)}),
        ),
    )
}

INPUT_TOPICS: tuple[str, ...] = tuple(name for name, t in TOPICS.items() if t.event is not None)
DIMENSION_TOPICS = ("constituencies", "candidates")


def event_of(topic: str) -> Event:
    """Return the event that an input topic carries."""
    event = TOPICS[topic].event
    if event is None:
        raise KeyError(f"{topic} is not an input topic")
    return event
