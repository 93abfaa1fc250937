"""Colours as people with a colour-vision deficiency see them, and how far two are apart.

The matrices are those of Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency", IEEE Transactions on Visualization and Computer Graphics
15(6), 2009, table 1, severity 1.0; they work on linear RGB. Distance is CIE 1976 in L*a*b*, D65.
"""

from __future__ import annotations

import math

Vector = tuple[float, float, float]
DEFICIENCIES: dict[str, tuple[Vector, Vector, Vector]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_D65 = (0.95047, 1.0, 1.08883)


def linear(colour: str) -> Vector:
    """Return `#rrggbb` as linear RGB."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(  # type: ignore[return-value]
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    )


def seen(colour: str, deficiency: str) -> Vector:
    """Return a colour as it is seen, in linear RGB."""
    values = _times(DEFICIENCIES[deficiency], linear(colour))
    return tuple(min(1.0, max(0.0, v)) for v in values)  # type: ignore[return-value]


def distance(one: Vector, other: Vector) -> float:
    """Return how far two linear RGB colours are apart (ΔE*ab)."""
    return math.dist(_lab(one), _lab(other))


def _lab(rgb: Vector) -> Vector:
    x, y, z = (
        c ** (1 / 3) if c > (6 / 29) ** 3 else c / (3 * (6 / 29) ** 2) + 4 / 29
        for c in (v / white for v, white in zip(_times(_XYZ, rgb), _D65, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _times(matrix: tuple[Vector, Vector, Vector], vector: Vector) -> Vector:
    return tuple(  # type: ignore[return-value]
        sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix
    )
