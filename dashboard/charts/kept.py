"""A chart is drawn once for all viewers: most of a refresh's work is the same for each of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import polars as pl

from dashboard.charts.drawing import Drawing

KEPT = 64


class Drawings:
    """The newest drawings, by the answer that they show."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        # The frame stays with its drawing, so that no other frame can come to have its id.
        self._made: OrderedDict[tuple[Hashable, ...], tuple[pl.DataFrame, Drawing]] = OrderedDict()

    def of(self, make: Callable[..., Drawing], frame: pl.DataFrame, *more: Any) -> Drawing:
        """Return `make(frame, *more)`, made now if nobody has had it from this very frame."""
        key = (make, id(frame), *more)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key][1]
        drawing = make(frame, *more)
        with self._lock:
            self._made[key] = (frame, drawing)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return drawing


_SHARED = Drawings()


def drawn(make: Callable[..., Drawing], frame: pl.DataFrame, *more: Any) -> Drawing:
    """Return a chart of an answer, drawn once for all viewers; `more` must be hashable."""
    return _SHARED.of(make, frame, *more)
