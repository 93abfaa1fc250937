"""Names made comparable: files of different years spell the same seat differently."""

from __future__ import annotations

import re
import unicodedata

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def name_key(name: str) -> str:
    """Return a name without case, accents, punctuation and doubled blanks."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_A_WORD.sub(" ", letters).strip()
