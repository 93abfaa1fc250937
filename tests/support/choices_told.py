"""Messages that name a choice, as a stranger sends them before and after close of poll."""

from __future__ import annotations

from collections import Counter

from confluent_kafka import Producer
from support.events import make_value

from election.settings import BrokerSettings

A_MINUTE_BEFORE = {"sent_at": "2017-06-08T20:59:00.000000Z"}
HAPPENED_BEFORE = "2017-06-08T20:58:00.000000Z"
A_MINUTE_AFTER = {"sent_at": "2017-06-08T21:01:00.000000Z"}
HAPPENED_AFTER = "2017-06-08T21:00:30.000000Z"


def told_before(seat: str, candidate: str, party: str) -> list[tuple[str, bytes]]:
    """Return what nobody may learn: by topic, messages that name a candidate or a party."""
    of_seat = {"constituency_id": seat, **A_MINUTE_BEFORE}
    declared = {
        "votes": [{"candidate_id": candidate, "vote_count": 20}],
        "winner_candidate_id": candidate,
        "result_summary": f"{party} gain",
        "declared_at": HAPPENED_BEFORE,
    }
    real = {"count_batch_id": f"{seat}-B0001", "counted_at": HAPPENED_BEFORE}
    return [
        ("votes", make_value("votes", **of_seat, **real, candidate_id=candidate)),
        *(
            ("votes", make_value("votes", **of_seat, **real, candidate_id=f"{seat}-C01",
                                 paper_no=n))
            for n in (2, 3, 4)
        ),
        ("votes", f"{candidate} and {party} are ahead".encode()),
        ("declarations", make_value("declarations", **of_seat, **declared)),
        ("declarations", f"{candidate} has won for {party}".encode()),
        ("exit_poll", make_value("exit_poll", **A_MINUTE_BEFORE, party_abbreviation=party)),
        ("exit_poll", f"seven in ten said {party}".encode()),
        ("ballots_issued", make_value("ballots_issued", constituency_id=seat,
                                      polling_station_id=f"{seat}-S001", candidate_id=candidate)),
    ]  # fmt: skip


def told_after(seat: str, candidate: str) -> list[tuple[str, bytes]]:
    """Return messages that name a candidate who does not stand, when names may be named."""
    of_seat = {"constituency_id": seat, **A_MINUTE_AFTER}
    declared = {
        "votes": [{"candidate_id": candidate, "vote_count": 20}],
        "winner_candidate_id": candidate,
        "declared_at": HAPPENED_AFTER,
    }
    paper = {"count_batch_id": f"{seat}-B0001", "counted_at": HAPPENED_AFTER}
    return [
        ("votes", make_value("votes", **of_seat, **paper, candidate_id=candidate)),
        ("declarations", make_value("declarations", **of_seat, **declared)),
    ]


def tell(broker: BrokerSettings, messages: list[tuple[str, bytes]]) -> Counter[str]:
    """Send messages; return how many of each topic the broker has acknowledged."""
    producer = Producer(broker.client())
    told: Counter[str] = Counter()

    def note(error: object, message: object) -> None:
        assert error is None, error

    for topic, value in messages:
        producer.produce(broker.topic(topic), value, on_delivery=note)
        told[topic] += 1
    assert producer.flush(60) == 0
    return told
