"""Whole numbers split fairly: largest remainders, and winners that stay winners.

Halves go up; ties fall to more real votes and then to ballot order.
"""

from __future__ import annotations

from collections.abc import Sequence


def round_half_up(number: int, scale: int) -> int:
    """Return number / scale, halves up."""
    return (2 * number + scale) // (2 * scale)


def apportion(weights: Sequence[int], total: int) -> list[int]:
    """Split a total by weights: largest remainders, then greater weights, then order."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [weight * total // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(weights[i] * total % whole), -weights[i], i)
    )
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


def leaders(votes: Sequence[int]) -> list[int]:
    """Return the positions of who has most votes; nobody where nobody has any."""
    most = max(votes, default=0)
    return [i for i, n in enumerate(votes) if n == most] if most else []


def scale_votes(real: Sequence[int], scale: int) -> tuple[list[int], bool]:
    """Return a seat's scaled votes in ballot order, and whether a vote had to move for it.

    The real winner is strictly first; those who really share first place share it.
    """
    apportioned = apportion(real, round_half_up(sum(real), scale))
    votes = list(apportioned)
    first = leaders(real)
    if len(first) == 1:
        _put_first(votes, real, first[0])
    elif first:
        _keep_tie(votes, real, first)
    return votes, votes != apportioned


def _strongest(votes: Sequence[int], real: Sequence[int], among: Sequence[int]) -> int:
    return min(among, key=lambda i: (-votes[i], -real[i], i))


def _put_first(votes: list[int], real: Sequence[int], winner: int) -> None:
    others = [i for i in range(len(votes)) if i != winner]
    while others:
        strongest = _strongest(votes, real, others)
        if votes[strongest] < votes[winner] or not votes[strongest]:
            return
        votes[strongest] -= 1
        votes[winner] += 1


def _keep_tie(votes: list[int], real: Sequence[int], first: Sequence[int]) -> None:
    """Give those who share first place the same votes, where there are votes to move."""
    others = [i for i in range(len(votes)) if i not in first]
    trial = list(votes)
    each, left = divmod(sum(votes[i] for i in first), len(first))
    for i in first:
        trial[i] = each
    if left and not others:
        return
    for _ in range(left):
        trial[_strongest(trial, real, others)] += 1
    while others and trial[_strongest(trial, real, others)] >= trial[first[0]]:
        if sum(trial[i] for i in others) < len(first):
            return
        for i in first:
            trial[_strongest(trial, real, others)] -= 1
            trial[i] += 1
    votes[:] = trial
