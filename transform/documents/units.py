"""The units that a mart's column may have, and what each means (pure).

A column's YAML names one (`config.meta.unit`); a fraction names what it is divided by as well
(`config.meta.denominator`).
"""

from __future__ import annotations

UNITS = {
    "answers": "answers to the exit poll",
    "ballots": "ballot papers issued to electors; says nothing of a choice",
    "batches": "batches of a stage: what it took at once",
    "candidates": "candidates nominated",
    "code": "one of the words that the description lists",
    "colour": "#rrggbb",
    "coordinate": "column or row on the hex map",
    "count": "what is counted is said in the same row",
    "date": "day, local",
    "election_time": "time on the election's own clock, UTC",
    "electors": "names on the register",
    "failures": "findings of severity error",
    "flag": "true or false",
    "id": "identifier; compare, do not calculate",
    "messages": "messages of a topic",
    "messages_per_second": "messages a second of wall clock",
    "name": "name for people",
    "offset": "position in a partition of a topic, from 0",
    "papers": "ballot papers read at the count, or missing there",
    "partition": "partition of a topic, from 0",
    "people_per_record": "people of the real electorate that one record stands for",
    "position": "place in an order, from 1",
    "seats": "constituencies",
    "seconds": "seconds of wall clock",
    "share": "fraction from 0 to 1 of the denominator",
    "share_difference": "one fraction less another, from -1 to 1, of the denominator",
    "stations": "polling stations",
    "text": "words for people",
    "version": "number of a version; the highest is the newest",
    "votes": "valid votes",
    "wall_time": "time on the wall clock, UTC",
}
FRACTIONS = frozenset({"share", "share_difference"})
