"""Valid events of every kind, and the bytes of a message: the start of most tests.

`make_event("votes", paper_no=7)` is a valid vote with that number; a field set to `MISSING` is
left out. Times fit POLLING_DATE (a summer poll: 07:00-22:00 BST is 06:00-21:00 UTC).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

ELECTION_ID = "parl.2017-06-08"
POLLING_DATE = date(2017, 6, 8)
OPENS_AT = datetime(2017, 6, 8, 6, tzinfo=UTC)
CLOSES_AT = datetime(2017, 6, 8, 21, tzinfo=UTC)
NIGHT_ID = "parl.2017-06-08.20261123T234501Z"

SEAT = "E14000530"
REGION = "E12000008"
STATION = f"{SEAT}-S001"
BATCH = f"{SEAT}-B0001"
CANDIDATE = f"{SEAT}-C01"

MISSING = object()

_BEFORE_POLL = "2017-06-07T12:00:00.000000Z"
_AT_POLL = "2017-06-08T11:00:00.000000Z"
_AT_COUNT = "2017-06-09T00:30:00.000000Z"
_PRODUCED = "2026-11-23T23:45:01.250000Z"

_PERSON = {"age_band": "35-44", "sex": "female", "education": "degree"}

_EVENTS: dict[str, dict[str, Any]] = {
    "constituencies": {
        "constituency_id": SEAT,
        "name": "Aldershot",
        "region_id": REGION,
        "region_name": "South East",
        "nation": "England",
        "electorate": 60,
        "previous_winner": "Con",
        "previous_shares": [
            {"party_abbreviation": "Con", "share": 0.506},
            {"party_abbreviation": "Lab", "share": 0.183},
        ],
        "hex_q": 3,
        "hex_r": -2,
        "stations": [
            {"polling_station_id": STATION, "name": "Town Hall", "registered": 40},
            {"polling_station_id": f"{SEAT}-S002", "name": "School", "registered": 20},
        ],
    },
    "candidates": {
        "candidate_id": CANDIDATE,
        "constituency_id": SEAT,
        "name": "Ann Example",
        "party_id": "PP52",
        "party_name": "Conservative and Unionist Party",
        "party_abbreviation": "Con",
        "is_incumbent": True,
        "ballot_order": 1,
        "image_url": "data:image/svg+xml;base64,PHN2Zy8+",
        "nominated_at": "2017-05-11T15:00:00.000000Z",
    },
    "voters": {
        "voter_key": "0123456789abcdef0123456789abcdef",
        "constituency_id": SEAT,
        "polling_station_id": STATION,
        "elector_no": 1,
        **_PERSON,
        "registered_at": "2017-05-22T12:00:00.000000Z",
    },
    "ballots_issued": {
        "constituency_id": SEAT,
        "polling_station_id": STATION,
        "issue_no": 1,
        "elector_no": 1,
        "method": "in_person",
        **_PERSON,
        "issued_at": _AT_POLL,
    },
    "votes": {
        "constituency_id": SEAT,
        "count_batch_id": BATCH,
        "paper_no": 1,
        "candidate_id": CANDIDATE,
        "counted_at": _AT_COUNT,
    },
    "ballot_accounts": {
        "kind": "station",
        "id": STATION,
        "constituency_id": SEAT,
        "count": 40,
        "version": 1,
        "sealed_at": "2017-06-08T21:05:00.000000Z",
    },
    "declarations": {
        "constituency_id": SEAT,
        "version": 1,
        "status": "declared",
        "electorate": 60,
        "rejected_ballots": 1,
        "votes": [
            {"candidate_id": CANDIDATE, "vote_count": 20},
            {"candidate_id": f"{SEAT}-C02", "vote_count": 12},
        ],
        "winner_candidate_id": CANDIDATE,
        "is_tie": False,
        "result_summary": "Con hold",
        "declared_at": "2017-06-09T02:00:00.000000Z",
        "source": "official results file",
    },
    "exit_poll": {
        "region_id": REGION,
        "answer_no": 1,
        **_PERSON,
        "party_abbreviation": "Con",
        "refused": False,
    },
}

_SENT_AT = {
    "constituencies": _BEFORE_POLL,
    "candidates": _BEFORE_POLL,
    "voters": _BEFORE_POLL,
    "ballots_issued": _AT_POLL,
    "votes": _AT_COUNT,
    "ballot_accounts": "2017-06-08T21:05:00.000000Z",
    "declarations": "2017-06-09T02:00:00.000000Z",
    "exit_poll": "2017-06-08T21:00:01.000000Z",
}


def make_event(topic: str, **overrides: Any) -> dict[str, Any]:
    """Return a valid event of a topic; `overrides` replace, add or (MISSING) remove fields."""
    event = {
        "schema_version": 1,
        "election_id": ELECTION_ID,
        "produced_at": _PRODUCED,
        "sent_at": _SENT_AT[topic],
        **json.loads(json.dumps(_EVENTS[topic])),
        **overrides,
    }
    return {name: value for name, value in event.items() if value is not MISSING}


def make_value(topic: str, **overrides: Any) -> bytes:
    """Return the bytes of a valid message of a topic, with the same overrides."""
    return json.dumps(make_event(topic, **overrides), separators=(",", ":")).encode()


def key_of(topic: str, event: dict[str, Any]) -> str:
    """Return the message key that the topic asks for."""
    from election.topics import TOPICS

    return str(event[TOPICS[topic].key])


def rejected_paper(**overrides: Any) -> dict[str, Any]:
    """Return a vote that was rejected at the count: a reason, no candidate."""
    return make_event(
        "votes", **{"candidate_id": MISSING, "rejection_reason": "unmarked_or_void", **overrides}
    )


def count_batch(size: int, *, batch: str = BATCH, **overrides: Any) -> list[dict[str, Any]]:
    """Return the votes 1..size of one count batch."""
    return [
        make_event("votes", count_batch_id=batch, paper_no=number, **overrides)
        for number in range(1, size + 1)
    ]
