"""An edition: the marts as outsiders read them, copied beside, checked, put in place (pure).

Both copies are made by deleting and inserting rows within one transaction, never by renaming
tables: whoever reads meanwhile has all of the old edition or all of the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

# They say how the night goes, and most of all when something is wrong with it.
NEVER_HELD_BACK = frozenset(
    {
        "conservation", "counted_results", "pipeline_status", "provenance", "publication",
        "reconciliation",
    }
)  # fmt: skip
LIVE, BESIDE, PUBLISHED = "marts", "intermediate", "published"
PREFIX = "unpublished_"

Place = Callable[[str, str], str]
"""Writes the address of a table: its schema and its name."""


def marts_of_edition(marts: Iterable[str]) -> tuple[str, ...]:
    """Return the marts that an edition holds, of all that there are."""
    return tuple(sorted(set(marts) - NEVER_HELD_BACK))


def lay_out(marts: Sequence[str], place: Place) -> Iterator[str]:
    """Yield statements that make the tables anew, empty, with the columns that the marts have."""
    for mart in marts:
        for table in (place(BESIDE, PREFIX + mart), place(PUBLISHED, mart)):
            yield f"drop table if exists {table}"
            yield f"create table {table} as select * from {place(LIVE, mart)} where false"  # noqa: S608


def copy_beside(marts: Sequence[str], place: Place) -> Iterator[str]:
    """Yield statements that copy what the marts show now; of one snapshot, they fit together."""
    for mart in marts:
        yield from _replace(place(BESIDE, PREFIX + mart), place(LIVE, mart))


def put_in_place(marts: Sequence[str], place: Place) -> Iterator[str]:
    """Yield statements that publish what stands beside."""
    for mart in marts:
        yield from _replace(place(PUBLISHED, mart), place(BESIDE, PREFIX + mart))


def _replace(table: str, source: str) -> Iterator[str]:
    yield f"delete from {table} where true"  # noqa: S608
    yield f"insert into {table} select * from {source}"  # noqa: S608
