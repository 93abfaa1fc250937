"""What an open page was drawn from: whether that has changed, and whether all could be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.queries import SUMMARY, Query
from dashboard.reading import Reading
from dashboard.warehouse import Answer, Parameters, Reads


@dataclass
class _Asked:
    query: Query
    since: object
    parameters: Parameters
    drawn: Answer
    newest: Answer


class Watched:
    """The questions of a page that is open, with the answers it was drawn from."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._asked: dict[tuple[Any, ...], _Asked] = {}

    def begin(self) -> None:
        """Forget what the body was drawn from: it is about to be drawn."""
        self._asked = {}

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        """See `warehouse.Reads`; the body shows the answer."""
        answer = self._reads.ask(query, since=since, **parameters)
        key = (query.name, *sorted(parameters.items()))
        self._asked[key] = _Asked(query, since, parameters, answer, answer)
        return answer

    def glance(self, query: Query) -> Answer:
        """Answer a question of what is drawn at every refresh anyhow."""
        return self._reads.ask(query)

    def has_news(self) -> bool:
        """Ask the body's questions again; return whether one has another answer by now."""
        has_news = False
        for asked in self._asked.values():
            asked.newest = self._reads.ask(asked.query, since=asked.since, **asked.parameters)
            has_news |= _said(asked.query, asked.newest) != _said(asked.query, asked.drawn)
        return has_news

    def reading(self, headline: Answer, *beside: Answer) -> Reading:
        """Return how current the page is: the headline, what is beside it, and the body."""
        if not headline.is_current:
            return Reading(headline.read_at, is_current=False)
        parts = (*beside, *(asked.newest for asked in self._asked.values()))
        old = [part.read_at for part in parts if not part.is_current]
        if not old:
            return Reading(headline.read_at)
        known = [read_at for read_at in old if read_at is not None]
        return Reading(min(known, default=None), is_current=False, is_part=True)


def _said(query: Query, answer: Answer) -> object:
    """Return what tells an answer from one that a body would be drawn from in the same way.

    The headline's row has the clock and the newest number's time, which move when nothing else
    does: the strip shows them, and a body no more than the minute.
    """
    if query.name != SUMMARY.name or answer.row is None:
        return id(answer.frame)
    at = answer.row["election_at"]
    minute = at.replace(second=0, microsecond=0) if at else None
    return {**answer.row, "as_of": None, "election_at": minute}
