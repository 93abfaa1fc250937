"""Names of places and people that are nobody's: put together from invented parts. Pure."""

from __future__ import annotations

import numpy as np

_STEMS = (
    "Aldra", "Brennix", "Corvel", "Dunmar", "Elmara", "Fenwyr", "Galdor", "Hollin", "Ivenor",
    "Jorvel", "Kestra", "Lorrim", "Mardel", "Nethra", "Ostrel", "Penhal", "Quarrin", "Rostel",
    "Selwyr", "Tarrin", "Ulvera", "Vanmor", "Wexel", "Yarrol", "Zennar",
)  # fmt: skip
_ENDINGS = (
    "bridge",
    "combe",
    "field",
    "mouth",
    "stead",
    "wick",
    "vale",
    "holt",
    "garth",
    "minster",
)
_POINTS = ("", " North", " South", " East", " West")
_FIRST_NAMES = (
    "Ada", "Amir", "Anya", "Bashir", "Bea", "Callum", "Carys", "Dev", "Efe", "Eilidh", "Farah",
    "Finn", "Grace", "Hamza", "Idris", "Imogen", "Jas", "Joan", "Kofi", "Leila", "Lowri", "Mina",
    "Nia", "Omar", "Owen", "Priya", "Rhys", "Rosa", "Sanjay", "Seren", "Tam", "Una", "Viktor",
    "Wren", "Yusuf", "Zadie",
)  # fmt: skip
_SURNAME_STEMS = (
    "Ash", "Bar", "Cald", "Dray", "Ems", "Farr", "Gor", "Hal", "Ings", "Jess", "Kell", "Lang",
    "Mar", "Nor", "Oak", "Pell", "Quin", "Rad", "Sel", "Thorn", "Ulm", "Vane", "Wex", "Yar",
)  # fmt: skip
_SURNAME_ENDINGS = (
    "brook",
    "by",
    "croft",
    "der",
    "gate",
    "kirk",
    "ley",
    "low",
    "man",
    "ridge",
    "ter",
)


def place_names(count: int, generator: np.random.Generator) -> list[str]:
    """Return so many different names of seats."""
    everything = [f"{s}{e}{p}" for p in _POINTS for s in _STEMS for e in _ENDINGS]
    # Plain names first: a point of the compass only where they have run out.
    plain = len(_STEMS) * len(_ENDINGS)
    order = [
        *generator.permutation(plain),
        *(plain + generator.permutation(len(everything) - plain)),
    ]
    return [everything[i] for i in order[:count]]


def candidate_names(count: int, generator: np.random.Generator) -> list[str]:
    """Return names of people, no surname twice on one ballot paper."""
    surnames = [s + e for s in _SURNAME_STEMS for e in _SURNAME_ENDINGS]
    chosen = generator.choice(len(surnames), count, replace=False)
    first = generator.choice(len(_FIRST_NAMES), count)
    return [f"{_FIRST_NAMES[f]} {surnames[s]}" for f, s in zip(first, chosen, strict=True)]
