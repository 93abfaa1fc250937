"""The rules of acceptance: classes, reasons in their order, bounds.

The rules themselves are implemented twice, by Spark (`spark/blocks/judge.py`) and by
ingestion and dbt, each for itself; this module holds the words and numbers they share.

`before_close` ranks right after `secrecy`, ahead of the reference checks: a choice that comes
before close of poll must not be stored whatever else is wrong with it (docs/adr/0003).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class MessageClass(StrEnum):
    """Every message is in exactly one: produced = accepted + late + duplicate + rejected."""

    ACCEPTED = "accepted"  # on time
    LATE = "late"  # counted in every total, sent more than LATE_AFTER after it happened
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


REASONS: tuple[str, ...] = (
    "malformed",
    "unknown_version",
    "secrecy",
    "before_close",
    "unknown_seat",
    "unknown_station",
    "station_of_other_seat",
    "unknown_candidate",
    "candidate_of_other_seat",
    "batch_of_other_seat",
    "no_choice",
    "number_out_of_range",
    "unknown_elector",
    "outside_hours",
    "too_early",
    "register_closed",
    "double_vote_attempt",
)

# Found from the message alone, before any reference data: the warehouse keeps such messages in
# raw.rejected_messages, all others are rows of their topic's raw table.
MESSAGE_LEVEL_REASONS = frozenset({"malformed", "unknown_version", "secrecy", "before_close"})

# Only SHA-256 and length of such messages are kept, never their bytes; and of `malformed` ones
# on the topics that name a choice.
HASH_ONLY_REASONS = frozenset({"secrecy", "before_close"})

MAX_PAPER_NO = 5_000
MAX_ANSWER_NO = 1_000_000
ISSUE_NO_PER_REGISTERED = 2
LATE_AFTER = timedelta(minutes=10)
TOO_EARLY_AFTER = timedelta(minutes=5)
QUEUE_AFTER_CLOSE = timedelta(minutes=30)
POLLS_OPEN_HOUR, POLLS_CLOSE_HOUR = 7, 22  # local time


def keeps_bytes(reason: str, *, names_a_choice: bool) -> bool:
    """Say whether a rejected message's bytes may be stored."""
    return reason not in HASH_ONLY_REASONS and not (reason == "malformed" and names_a_choice)
