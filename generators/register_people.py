"""From an API's people to what is kept of an elector: age band and sex, and nothing personal. Pure.

This is the edge: names, addresses, dates of birth, pictures and the like end here, whether they
were asked for or not. A person who cannot be an elector is dropped and counted by reason, never
guessed. What tells two people apart is a keyed hash of `login.uuid`.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import polars as pl

from election.events import AGE_BANDS, SEXES
from generators.contest import REGISTER

# What is asked for; an API that sends more sends it in vain.
WANTED_FIELDS = ("gender", "dob", "login")

VOTING_AGE = 18
OLDEST = 130
_BAND_STARTS = np.array([int(band[:2]) for band in AGE_BANDS])
assert _BAND_STARTS[0] == VOTING_AGE

NOT_A_PERSON = "not a JSON object"
NO_SEX = "no gender that the register knows"
NO_AGE = "no age in whole years"
UNDER_AGE = "under 18"
SEEN_BEFORE = "on an earlier page or line"

_HASH_BYTES = 16
NOBODY = ""  # the hash of a person whom the API does not tell from others

PAGE = pl.Schema({**REGISTER, "person": pl.String()})


@dataclass(frozen=True)
class Page:
    """What is kept of one page.

    `people` has a row a person kept, in the API's order: `age_band`, `sex`, and `person`, a keyed
    hash that serves to see a person twice and is deleted once the register is complete.
    """

    people: pl.DataFrame
    received: int
    dropped: dict[str, int]
    digest: str  # keyed hash of the whole page; empty for an empty page


def people_in(body: bytes) -> list[Any]:
    """Return the people of a reply.

    Raises:
        ValueError: the reply is not what such an API sends; the message quotes none of it.
    """
    try:
        reply = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError("the reply is not JSON") from None
    if not isinstance(reply, dict):
        raise ValueError("the reply is not a JSON object")
    if not isinstance(reply.get("results"), list):
        raise ValueError("the reply has no list named results")
    return list(reply["results"])


def keep(people: list[Any], key: bytes, known: Container[str] = frozenset()) -> Page:
    """Return what is kept of a page.

    Args:
        people: As the API gave them.
        key: Of the hashes; random, and deleted once the register is complete.
        known: Hashes of the people on other pages.
    """
    dropped: Counter[str] = Counter()
    kept: list[tuple[str, str, str]] = []
    here: set[str] = set()
    for person in people:
        found = _elector(person)
        if isinstance(found, str):
            dropped[found] += 1
            continue
        hashed = _hash_of(person, key)
        if hashed and (hashed in here or hashed in known):
            dropped[SEEN_BEFORE] += 1
            continue
        here.add(hashed)
        kept.append((*found, hashed))
    return Page(
        people=pl.DataFrame(kept, schema=PAGE, orient="row"),
        received=len(people),
        dropped=dict(sorted(dropped.items())),
        digest=_keyed(key, orjson.dumps(people)) if people else "",
    )


def _elector(person: object) -> tuple[str, str] | str:
    """Return age band and sex, or why the person cannot be an elector."""
    if not isinstance(person, dict):
        return NOT_A_PERSON
    sex, born = person.get("gender"), person.get("dob")
    age = born.get("age") if isinstance(born, dict) else None
    if type(age) is not int or not 0 <= age <= OLDEST:
        return NO_AGE
    if age < VOTING_AGE:
        return UNDER_AGE
    if sex not in SEXES:
        return NO_SEX
    return age_band(age), str(sex)


def age_band(age: int) -> str:
    """Return the band of an age in years, from 18."""
    return AGE_BANDS[int(np.searchsorted(_BAND_STARTS, age, side="right")) - 1]


def _hash_of(person: dict[str, Any], key: bytes) -> str:
    login = person.get("login")
    uuid = login.get("uuid") if isinstance(login, dict) else None
    return _keyed(key, uuid.encode()) if isinstance(uuid, str) and uuid else NOBODY


def _keyed(key: bytes, what: bytes) -> str:
    return hmac.digest(key, what, "sha256")[:_HASH_BYTES].hex()
