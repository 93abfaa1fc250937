"""From two curves, messages sent and messages visible, to how old a message is when it shows.

Pure. The n-th message sent is visible when n are: the curves count every message, so that no
sample is lucky.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Curve = Sequence[tuple[float, int]]  # (wall-clock seconds, messages so far), both ascending


def ages(sent: Curve, visible: Curve) -> np.ndarray:
    """Return the age in seconds of each message that became visible."""
    sent_at, sent_count = (np.array(column, dtype=float) for column in zip(*sent, strict=True))
    seen_at, seen_count = (np.array(column, dtype=float) for column in zip(*visible, strict=True))
    first, last = int(seen_count[0]) + 1, int(min(sent_count[-1], seen_count[-1]))
    numbers = np.arange(first, last + 1)
    left_at = np.interp(numbers, sent_count, sent_at)
    shown_at = seen_at[np.searchsorted(seen_count, numbers, side="left")]
    return np.asarray(shown_at - left_at)
