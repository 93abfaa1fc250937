"""What a load took of each partition: every message of the span, as a row or a refusal."""

from datetime import UTC, datetime

from support.events import CLOSES_AT, ELECTION_ID, NIGHT_ID, make_value

from ingestion.counts import PartCount, count_parts
from ingestion.decode import Decoder, Messages
from ingestion.offsets import Span


def test_rows_and_refusals_are_counted_by_partition():
    decoder = Decoder("votes", night_id=NIGHT_ID, election_id=ELECTION_ID, closes_at=CLOSES_AT)
    produced = ["2026-11-23T23:45:01.000000Z", "2026-11-23T23:45:02.000000Z"]
    values = [make_value("votes", produced_at=produced[at]) for at in (1, 0)]
    messages = Messages([0, 0, 0, 1], [5, 6, 7, 0], [0] * 4, [*values, b"{", None])
    spans = [Span("voters", 0, 0, 9), Span("votes", 0, 5, 8), Span("votes", 1, 0, 1)]
    first, last = (datetime(2026, 11, 23, 23, 45, second, tzinfo=UTC) for second in (1, 2))
    assert list(count_parts(spans, "votes", decoder.decode(messages))) == [
        PartCount("votes", 0, 5, 8, 2, 1, first, last),
        PartCount("votes", 1, 0, 1, 0, 1, None, None),
    ]


def test_a_count_adds_up():
    assert PartCount("votes", 0, 5, 8, 2, 1, None, None).messages == 3
