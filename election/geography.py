"""Regions and nations of the United Kingdom, and the dates of its general elections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Region:
    """A region of England or a nation, by GSS code."""

    region_id: str
    name: str
    nation: str
    short: str  # three letters, for invented seats: SYN-<short>-001


REGIONS: tuple[Region, ...] = (
    Region("E12000004", "East Midlands", "England", "EMI"),
    Region("E12000006", "East of England", "England", "EAE"),
    Region("E12000007", "London", "England", "LON"),
    Region("E12000001", "North East", "England", "NEA"),
    Region("E12000002", "North West", "England", "NWE"),
    Region("E12000008", "South East", "England", "SEA"),
    Region("E12000009", "South West", "England", "SWE"),
    Region("E12000005", "West Midlands", "England", "WMI"),
    Region("E12000003", "Yorkshire and The Humber", "England", "YAH"),
    Region("W92000004", "Wales", "Wales", "WAL"),
    Region("S92000003", "Scotland", "Scotland", "SCO"),
    Region("N92000002", "Northern Ireland", "Northern Ireland", "NIR"),
)
REGION_BY_ID: dict[str, Region] = {region.region_id: region for region in REGIONS}

SEATS_IN_ALL = 650

GENERAL_ELECTIONS: dict[int, date] = {
    2001: date(2001, 6, 7),
    2005: date(2005, 5, 5),
    2010: date(2010, 5, 6),
    2015: date(2015, 5, 7),
    2017: date(2017, 6, 8),
    2019: date(2019, 12, 12),
    2024: date(2024, 7, 4),
}
SYNTHETIC_POLLING_DATE = date(2030, 5, 2)  # a Thursday, and nobody's election
