"""What is made of an answer is made once for all viewers: it is the same for each of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import polars as pl

Made = TypeVar("Made")

KEPT = 512
_BY_IDENTITY = (dict, list, pl.DataFrame)  # rows, and frames of rows: compared by which they are


class Kept:
    """The newest things made, by what made them and from what."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        # What it was made from stays with it, so that nothing else can come to have its id.
        self._made: OrderedDict[Hashable, tuple[tuple[Any, ...], Any]] = OrderedDict()

    def of(self, make: Callable[..., Made], *given: Any, **named: Any) -> Made:
        """Return `make(*given, **named)`, made now if nobody has had it from these very rows.

        Rows and frames count as the same only while they are the same object, and must not be
        changed; everything else must be hashable.
        """
        key = (make, *map(_key, given), *((name, _key(value)) for name, value in named.items()))
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                made: Made = self._made[key][1]
                return made
        made = make(*given, **named)
        with self._lock:
            self._made[key] = ((given, named), made)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made


def _key(value: Any) -> Hashable:
    return (_BY_IDENTITY, id(value)) if isinstance(value, _BY_IDENTITY) else value


_SHARED = Kept()


def kept(make: Callable[..., Made], *given: Any, **named: Any) -> Made:
    """Return what a pure function makes of an answer, made once for all viewers; see `Kept.of`."""
    return _SHARED.of(make, *given, **named)
