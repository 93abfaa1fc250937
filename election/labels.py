"""What every page and file says of its data: invented or replayed, and under which licence."""

from __future__ import annotations

SYNTHETIC, REPLAY = "synthetic data", "replay of official results"
_LICENCES = {
    SYNTHETIC: "MIT; invented, describes no real person, place or result",
    REPLAY: "Contains Parliamentary information licensed under the Open Parliament Licence v3.0",
}


def label(*, is_synthetic: bool) -> str:
    """Return what kind of data a night holds."""
    return SYNTHETIC if is_synthetic else REPLAY


def licence(*, is_synthetic: bool) -> str:
    """Return under which licence a night's results may be used."""
    return _LICENCES[label(is_synthetic=is_synthetic)]
