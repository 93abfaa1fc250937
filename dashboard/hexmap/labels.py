"""Three letters a seat, each given once, made of the seat's name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, combinations, product
from string import ascii_uppercase

LETTERS = 3
_SMALL = frozenset({"AND", "OF", "THE", "UPON", "IN", "ON", "CUM"})
_COMPASS = frozenset({"NORTH", "SOUTH", "EAST", "WEST", "MID", "CENTRAL"})
_VOWELS = frozenset("AEIOU")


def three_letters(names: Mapping[str, str]) -> dict[str, str]:
    """Return a label a seat, by constituency id; equal names and few letters get one too.

    A name whose first choice nobody shares keeps it; the others choose in order of name.
    """
    first = {seat: next(_choices(name)) for seat, name in names.items()}
    wanted = Counter(first.values())
    given = {seat: label for seat, label in first.items() if wanted[label] == 1}
    taken = set(given.values())
    for seat in sorted(names.keys() - given.keys(), key=lambda seat: (names[seat], seat)):
        given[seat] = next(label for label in _choices(names[seat]) if label not in taken)
        taken.add(given[seat])
    return given


def _words(name: str) -> list[str]:
    """Return the words that tell a name, capitals without accents, points of the compass last."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    said = [word for word in re.findall(r"[A-Z]+", plain) if word not in _SMALL]
    return sorted(said, key=lambda word: word in _COMPASS)


def _choices(name: str) -> Iterator[str]:
    """Yield labels from the most telling to any three letters at all."""
    words = _words(name)
    made: list[str] = []
    if words:
        head, *rest = words
        if len(rest) > 1:
            made.append(head[0] + rest[0][0] + rest[1][0])
        if rest:
            made += [head[:2] + rest[0][0], head[0] + rest[0][:2]]
        consonants = "".join(letter for letter in head[1:] if letter not in _VOWELS)
        made += [head[:3], head[0] + consonants[:2]]
    letters = "".join(words)
    in_order = ("".join((letters[0], *pair)) for pair in combinations(letters[1:], LETTERS - 1))
    anything = ("".join(three) for three in product(ascii_uppercase, repeat=LETTERS))
    yield from (label for label in chain(made, in_order, anything) if len(label) == LETTERS)
