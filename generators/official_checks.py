"""Sums of a results file: what does not add up is refused by file, row and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from generators.official_candidacies import Nomination
from generators.official_constituencies import REQUIRED, Seat
from generators.official_files import Row, Table, column_key
from generators.official_parties import abbreviation_of

OTHERS = "All other candidates"
OTHER_WINNER = "Of which other winner"
_NOT_PARTIES = frozenset(
    column_key(name)
    for name in (
        *REQUIRED, "County name", "Region name", "Country name", "Constituency type",
        "Declaration time", "Member first name", "Member surname", "Member gender", "Result",
        "First party", "Second party", "Majority", OTHERS, OTHER_WINNER, "",
    )
)  # fmt: skip
# Parties that have a column of their own in one year or another, standing or not.
_NOBODYS = frozenset({"ind", "spk"})
_KNOWN = frozenset(
    name.casefold()
    for name in (
        "Con", "Lab", "LD", "UKIP", "BRX", "RUK", "Green", "SNP", "PC", "DUP", "SF", "SDLP",
        "UUP", "APNI", "BNP", "TUV", "Ind", "Spk",
    )
)  # fmt: skip


def check_sums(
    table: Table, seats: Sequence[Seat], nominations: Mapping[str, Sequence[Nomination]]
) -> None:
    """Compare the candidates' votes with every total the constituencies file holds.

    Raises:
        UserError: the first that differs.
    """
    parties = _party_columns(table, nominations)
    for seat in seats:
        standing = nominations.get(seat.constituency_id, ())
        if not standing:
            raise seat.row.error("ONS ID", f"{seat.name} has no candidates", "add them")
        _expect(seat.row, "Valid votes", sum(n.votes for n in standing), seat.valid_votes)
        _check_majority(seat.row, standing)
        _check_parties(seat.row, standing, parties)
    if not _has_strangers(table, parties):
        counted_apart = {*parties, *_columns_taken_out(seats, nominations, parties)}
        for seat in seats:
            _check_others(seat.row, nominations[seat.constituency_id], counted_apart)


def _expect(row: Row, column: str, candidates: int, stated: int) -> None:
    if candidates != stated:
        raise row.error(
            column,
            f"is {stated}, but the candidates' votes give {candidates}",
            "correct the candidates' votes or the total",
        )


def _check_majority(row: Row, standing: Sequence[Nomination]) -> None:
    if row.text("Majority") and len(standing) > 1:
        first, second = sorted((n.votes for n in standing), reverse=True)[:2]
        _expect(row, "Majority", first - second, row.count("Majority"))


def _party_columns(
    table: Table, nominations: Mapping[str, Sequence[Nomination]]
) -> dict[str, list[str]]:
    """Return the columns that hold a party's votes, by abbreviation without case."""
    standing = {n.party_abbreviation.casefold() for group in nominations.values() for n in group}
    columns: dict[str, list[str]] = {}
    for column in table.columns:
        party = abbreviation_of(column).casefold()
        if column_key(column) not in _NOT_PARTIES and party in standing | _KNOWN:
            columns.setdefault(party, []).append(column)
    return columns


def _has_strangers(table: Table, parties: Mapping[str, list[str]]) -> bool:
    """Say whether a column may hold a party's votes under a name that no candidate carries."""
    ours = {column for columns in parties.values() for column in columns}
    return any(
        column_key(column) not in _NOT_PARTIES
        and column not in ours
        and all(row.is_count(column) for row in table.rows)
        for column in table.columns
    )


def _votes_by_party(standing: Sequence[Nomination]) -> Counter[str]:
    votes: Counter[str] = Counter()
    for nomination in standing:
        votes[nomination.party_abbreviation.casefold()] += nomination.votes
    return votes


def _check_parties(
    row: Row, standing: Sequence[Nomination], parties: Mapping[str, list[str]]
) -> None:
    votes = _votes_by_party(standing)
    for party, columns in parties.items():
        stated = sum(row.count_or_zero(column) for column in columns)
        _expect(row, columns[0], votes[party], stated)


def _columns_taken_out(
    seats: Sequence[Seat],
    nominations: Mapping[str, Sequence[Nomination]],
    parties: Mapping[str, list[str]],
) -> set[str]:
    """Return known parties without a column whose votes are not in the column of all others.

    Party columns are optional: where one was taken out, its votes lack in every seat it fought.
    Party by party the one is added, or given back, that leaves least unexplained.
    """
    lacking = []  # a row a seat: what its column of all others lacks, and who may have it
    for seat in seats:
        votes = _votes_by_party(nominations[seat.constituency_id])
        without = {p: n for p, n in votes.items() if n and p not in parties}
        lack = sum(without.values()) - seat.row.count_or_zero(OTHERS)
        lacking.append((lack, {p: n for p, n in without.items() if p in _KNOWN - _NOBODYS}))
    known = sorted({party for _, without in lacking for party in without})

    def unexplained(taken_out: set[str]) -> int:
        return sum(abs(lack - sum(v[p] for p in v.keys() & taken_out)) for lack, v in lacking)

    best: set[str] = set()
    while known and unexplained(best):
        better = min((best ^ {party} for party in known), key=unexplained)
        if unexplained(better) >= unexplained(best):
            break
        best = better
    return best


def _check_others(row: Row, standing: Sequence[Nomination], counted_apart: set[str]) -> None:
    """Compare the columns of all other candidates, and of a winner among them."""
    if row.text(OTHERS):
        votes = _votes_by_party(standing)
        others = sum(n for party, n in votes.items() if party not in counted_apart)
        _expect(row, OTHERS, others, row.count(OTHERS))
    if row.text(OTHER_WINNER):
        best = max(standing, key=lambda n: n.votes)
        is_other = best.party_abbreviation.casefold() not in counted_apart
        _expect(row, OTHER_WINNER, best.votes if is_other else 0, row.count(OTHER_WINNER))
