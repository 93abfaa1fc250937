"""The count: papers of a seat mixed, cut into batches, numbered and read. Pure.

Papers come from the seat's result alone, in an order of their own random stream: nothing here
knows who was given a paper, when or where.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from election.clock import closes_at
from election.events import REJECTION_REASONS
from generators.contest import Contest
from generators.moments import HOUR, MINUTE, SECOND, to_us
from generators.numbering import numbers_within
from generators.streams import stream

BATCH_SIZE = 100
# Share of rejected papers by reason, in the order of REJECTION_REASONS.
REJECTION_SHARES = np.array([0.02, 0.27, 0.06, 0.65])
assert len(REJECTION_SHARES) == len(REJECTION_REASONS)

COUNT_LASTS_HOURS = (3.0, 6.0)
STARTS_AFTER_CLOSE_US = 30 * MINUTE
ENDS_BEFORE_DECLARATION_US = 10 * MINUTE
BATCH_IS_READ_WITHIN_US = 60 * SECOND


@dataclass(frozen=True)
class Counted:
    """Papers counted as columns, seat by seat, in batch and number order.

    `candidate` is a row of the contest's candidates, or -1 for a rejected paper, whose
    `rejection` is a position in REJECTION_REASONS (else -1). `batch` is a row of the batches;
    `batch_seat`, `batch_number`, `batch_size` and `batch_counted_us` describe those.
    """

    batch: np.ndarray
    paper_no: np.ndarray
    candidate: np.ndarray
    rejection: np.ndarray
    sent_us: np.ndarray
    batch_seat: np.ndarray
    batch_number: np.ndarray
    batch_size: np.ndarray
    batch_counted_us: np.ndarray


def count_papers(contest: Contest, seed: int) -> Counted:
    """Return every paper of a scaled contest as it is read at the count."""
    first_declared = _first_declarations(contest)
    candidates = _candidates_by_seat(contest)
    papers, batches, start = [], [], 0
    for row, (seat, rejected, polls_on) in enumerate(
        contest.seats.select("constituency_id", "rejected_ballots", "polls_on").iter_rows()
    ):
        stack = mix_papers(*candidates[seat], rejected, stream(seed, "mixing", seat))
        sizes = cut_into_batches(len(stack))
        counted_us = batch_times(
            len(sizes),
            to_us(closes_at(polls_on)),
            first_declared[seat],
            stream(seed, "count-times", seat),
        )
        batches.append((np.full(len(sizes), row), np.arange(1, len(sizes) + 1), sizes, counted_us))
        paper_no = numbers_within(sizes)
        papers.append(
            (
                start + np.repeat(np.arange(len(sizes)), sizes),
                paper_no,
                np.maximum(stack, -1),
                np.where(stack < 0, -1 - stack, 0) - 1,
                _sending_times(sizes, counted_us, paper_no),
            )
        )
        start += len(sizes)
    columns = [np.concatenate(c) for c in zip(*papers, strict=True)]
    of_batches = [np.concatenate(c) for c in zip(*batches, strict=True)]
    return Counted(*columns, *of_batches)


def mix_papers(
    candidates: np.ndarray, votes: np.ndarray, rejected: int, generator: np.random.Generator
) -> np.ndarray:
    """Return a seat's papers in random order: a candidate's row, or -2 - reason if rejected."""
    reasons = generator.multinomial(rejected, REJECTION_SHARES)
    papers = np.concatenate(
        [np.repeat(candidates, votes), np.repeat(-2 - np.arange(len(reasons)), reasons)]
    ).astype(np.int32)
    generator.shuffle(papers)
    return papers


def cut_into_batches(papers: int) -> np.ndarray:
    """Return batch sizes: hundreds, the remainder joined to the last; a small seat is one."""
    if papers == 0:
        return np.empty(0, dtype=np.int64)
    sizes = np.full(max(1, papers // BATCH_SIZE), BATCH_SIZE, dtype=np.int64)
    sizes[-1] = papers - BATCH_SIZE * (len(sizes) - 1)
    return sizes


def batch_times(
    batches: int, close_us: int, declared_us: int, generator: np.random.Generator
) -> np.ndarray:
    """Return when each batch is counted: in order, after close and before the declaration."""
    lasts_us = generator.uniform(*COUNT_LASTS_HOURS) * HOUR
    room_us = max(declared_us - close_us, MINUTE)
    # A declaration within the hour leaves less than the usual half hour for verification.
    begins = close_us + min(STARTS_AFTER_CLOSE_US, room_us // 3)
    ends = close_us + room_us - min(ENDS_BEFORE_DECLARATION_US, room_us // 3)
    begins = max(begins, ends - int(lasts_us))
    steps = (np.arange(batches) + generator.random(batches)) / max(batches, 1)
    return (begins + steps * (ends - begins)).astype(np.int64) // SECOND * SECOND


def _sending_times(sizes: np.ndarray, counted_us: np.ndarray, paper_no: np.ndarray) -> np.ndarray:
    """Papers of a batch are sent in number order, before those of the seat's next batch."""
    gaps = np.append(np.diff(counted_us), BATCH_IS_READ_WITHIN_US)
    within = np.minimum(gaps, BATCH_IS_READ_WITHIN_US)
    spread = np.repeat(within / np.maximum(sizes, 1), sizes) * (paper_no - 0.5)
    return np.repeat(counted_us, sizes) + spread.astype(np.int64)


def _candidates_by_seat(contest: Contest) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each seat's candidates, as rows of the contest's frame, and their votes."""
    grouped = (
        contest.candidates.with_row_index("row")
        .group_by("constituency_id", maintain_order=True)
        .agg("row", "vote_count")
    )
    return {
        seat: (np.array(rows, dtype=np.int32), np.array(votes, dtype=np.int64))
        for seat, rows, votes in grouped.iter_rows()
    }


def _first_declarations(contest: Contest) -> dict[str, int]:
    """Return when each seat first declared: the papers are counted by then."""
    times = dict(contest.seats.select("constituency_id", "declared_at").iter_rows())
    for seat, declared in contest.superseded.select("constituency_id", "declared_at").iter_rows():
        times[seat] = min(times[seat], declared)
    return {seat: to_us(declared) for seat, declared in times.items()}
