"""Generated pictures: initials on a party's colour. No photograph of a real person, ever."""

from __future__ import annotations

import base64
import re
from html import escape

FALLBACK_COLOUR = "#5b6678"
VISIBLE_ON_PAPER = 1.8
_DARK_INK = "#0b1b33"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def safe_colour(colour: str | None) -> str:
    """Return a six-digit colour; anything else becomes the neutral one."""
    return colour if colour and _HEX.fullmatch(colour) else FALLBACK_COLOUR


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str | None, *, large: bool = False) -> str:
    """Return white or dark ink, whichever reads better; large letters are white from 3:1."""
    colour = safe_colour(colour)
    if large and contrast("#ffffff", colour) >= 3:
        return "#ffffff"
    return max(("#ffffff", _DARK_INK), key=lambda ink: contrast(ink, colour))


def line_colour(colour: str | None, paper: str = "#ffffff") -> str:
    """Return a party's colour, moved away from the paper's until a thin line can be seen on it."""
    colour = safe_colour(colour)
    away = 0 if luminance(paper) > 0.2 else 255
    while contrast(paper, colour) < VISIBLE_ON_PAPER:
        colour = "#" + "".join(
            f"{round(away + (int(colour[i : i + 2], 16) - away) * 0.92):02x}" for i in (1, 3, 5)
        )
    return colour


def initials(name: str) -> str:
    """Return first and last initial, for example `TM` of "Theresa May"."""
    words = [w for w in re.split(r"[\s\-]+", name.strip()) if w[:1].isalpha()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def svg(text: str, colour: str | None, *, ring: bool = False, square: bool = False) -> str:
    """Return a 64 by 64 picture of up to four letters; a ring marks a winner."""
    fill, shown = safe_colour(colour), text[:4]
    ink = ink_on(fill, large=True)
    size = {1: 30, 2: 26, 3: 20}.get(len(shown), 16)
    shape = (
        f'<rect x="2" y="2" width="60" height="60" rx="12" fill="{fill}"/>'
        if square
        else f'<circle cx="32" cy="32" r="30" fill="{fill}"/>'
    )
    inner = (
        f'<circle cx="32" cy="32" r="25.5" fill="none" stroke="{ink}" stroke-width="2"/>'
        if ring and not square
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{shape}{inner}'
        f'<text x="32" y="33" fill="{ink}" font-family="Helvetica,Arial,sans-serif" '
        f'font-weight="700" font-size="{size}" text-anchor="middle" '
        f'dominant-baseline="central">{escape(shown)}</text></svg>'
    )


def data_uri(picture: str) -> str:
    """Return a picture as an address that an <img> takes."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()


def candidate_image(name: str, party: str, colour: str | None, *, won: bool = False) -> str:
    """Return an <img> of a candidate's monogram, with who it stands for as its text."""
    picture = data_uri(svg(initials(name), colour, ring=won))
    return (
        f'<img class="th-mono" src="{picture}" alt="{escape(name, quote=True)}, {escape(party)}">'
    )


def party_image(abbreviation: str, name: str, colour: str | None) -> str:
    """Return an <img> of a party's monogram."""
    picture = data_uri(svg(abbreviation, colour, square=True))
    return f'<img class="th-mono" src="{picture}" alt="{escape(name, quote=True)}">'
