"""Hex maps: where a seat lies on a HexJSON layout, by its code or, failing that, by its name.

Codes of the same seat differ between files (some Scottish seats got new ones), so every hex is
found by both. `q` and `r` are taken as they stand: offset coordinates, odd rows shifted right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from election.errors import UserError
from election.telemetry import get_logger
from generators.names import name_key

LAYOUT = "odd-r"
SAME_MAP_FROM = 2 / 3  # fewer seats found than this share: a layout of other constituencies
_FIX = "give HEXJSON a HexJSON layout of this election's constituencies, or none"

Hexes = Mapping[str, tuple[int, int]]


def read_hexes(path: Path) -> dict[str, tuple[int, int]]:
    """Return (q, r) by GSS code and by `name_key` of the name.

    Raises:
        UserError: the file is missing, no HexJSON, or not of the layout odd-r.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _wrong(path, f"it cannot be opened: {error.strerror}") from None
    except ValueError:
        raise _wrong(path, "it is not JSON") from None
    return parse_hexes(content, path)


def parse_hexes(content: Any, path: Path) -> dict[str, tuple[int, int]]:
    """Return (q, r) by code and name from a decoded HexJSON file."""
    hexes = content.get("hexes") if isinstance(content, dict) else None
    if not isinstance(hexes, dict) or not hexes:
        raise _wrong(path, "it has no object `hexes`")
    if content.get("layout") != LAYOUT:
        raise _wrong(path, f"its layout is {content.get('layout')!r}, not {LAYOUT}")
    by_code: dict[str, tuple[int, int]] = {}
    by_name: dict[str, tuple[int, int]] = {}
    for code, cell in hexes.items():
        place = _place(cell)
        if place is None:
            raise _wrong(path, f"hex {code} has no whole numbers q and r")
        by_code[code] = place
        by_name[name_key(str(cell.get("n", code)))] = place
    if len(set(by_code.values())) < len(by_code):
        raise _wrong(path, "two hexes lie on the same place")
    return by_name | by_code


def _place(cell: Any) -> tuple[int, int] | None:
    if not isinstance(cell, dict):
        return None
    q, r = cell.get("q"), cell.get("r")
    if type(q) is not int or type(r) is not int:
        return None
    return q, r


def place_seats(seats: pl.DataFrame, hexes: Hexes, path: Path) -> pl.DataFrame:
    """Return the seats with `hex_q` and `hex_r` set, null where the layout lacks a seat.

    Raises:
        UserError: so few seats are found that the layout is of other constituencies.
    """
    places = [
        hexes.get(code) or hexes.get(name_key(name))
        for code, name in zip(seats["constituency_id"], seats["name"], strict=True)
    ]
    missing = sum(place is None for place in places)
    if len(places) - missing < SAME_MAP_FROM * len(places):
        raise _wrong(path, f"it has {len(places) - missing} of {len(places)} constituencies")
    if missing:
        get_logger().warning("seats are not on the hex map", file=path.name, seats=missing)
    return seats.with_columns(
        pl.Series("hex_q", [place and place[0] for place in places], pl.Int64),
        pl.Series("hex_r", [place and place[1] for place in places], pl.Int64),
    )


def _wrong(path: Path, why: str) -> UserError:
    return UserError(f"{path} is no hex map for this election", why=why, fix=_FIX)
