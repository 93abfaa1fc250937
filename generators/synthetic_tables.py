"""What the invented election is shaped after: published statistics of 2024, rounded.

Shares are percent of a region's valid votes, rows as published (they need not sum to 100);
`OTHERS` stands for everybody without a column. Spreads are between seats of a region.
"""

from __future__ import annotations

from dataclasses import dataclass

OTHERS = "others"


@dataclass(frozen=True)
class Party:
    """A party as on a ballot paper; the id is the Electoral Commission's where it has one."""

    abbreviation: str
    name: str
    party_id: str


@dataclass(frozen=True)
class RegionShape:
    """One region: seats, electors, turnout in percent and party shares in percent."""

    region_id: str
    seats: int
    electorate: int
    turnout: float
    shares: dict[str, float]


def _shape(
    region_id: str, seats: int, electorate: int, turnout: float, gb: str, more: str
) -> RegionShape:
    names = ("Con", "Lab", "LD", "RUK", "Grn")
    shares = dict(zip(names, map(float, gb.split()), strict=True)) if gb else {}
    pairs = more.split()
    shares |= {name: float(n) for name, n in zip(pairs[::2], pairs[1::2], strict=True)}
    return RegionShape(region_id, seats, electorate, turnout, shares)


REGION_SHAPES: tuple[RegionShape, ...] = (
    _shape("E12000004", 47, 3_506_894, 60.8, "29.4 35.3 6.4 18.9 6.3", "others 3.7"),
    _shape("E12000006", 61, 4_582_311, 62.0, "30.6 29.4 13.2 17.5 6.9", "others 2.4"),
    _shape("E12000007", 75, 5_704_248, 58.4, "20.5 43.0 11.0 8.7 10.1", "others 6.7"),
    _shape("E12000001", 27, 1_965_068, 56.6, "20.2 45.4 5.9 19.9 6.0", "others 2.6"),
    _shape("E12000002", 73, 5_450_660, 56.7, "18.8 44.0 7.8 16.6 7.0", "others 5.8"),
    _shape("E12000008", 91, 6_735_447, 64.6, "30.6 24.5 21.9 14.0 6.9", "others 2.1"),
    _shape("E12000009", 58, 4_293_725, 64.9, "28.2 24.5 24.7 13.8 7.4", "others 1.4"),
    _shape("E12000005", 57, 4_231_742, 57.3, "27.6 34.0 8.8 18.1 6.6", "others 4.9"),
    _shape("E12000003", 54, 3_992_294, 55.7, "22.8 40.9 7.1 16.7 7.5", "others 5.0"),
    _shape("W92000004", 32, 2_348_540, 56.2, "18.2 37.0 6.5 16.9 4.7", "PC 14.8 others 2.0"),
    _shape("S92000003", 57, 4_078_303, 59.2, "12.7 35.3 9.7 7.0 3.8", "SNP 30.0 others 1.5"),
    _shape("N92000002", 18, 1_363_961, 57.2, "",
           "Grn 1.1 SF 27.0 DUP 22.1 APNI 15.0 UUP 12.2 SDLP 11.1 others 11.4"),
)  # fmt: skip

# Points. Parties of one nation have no published spread: theirs is in proportion to the share.
SHARE_SPREADS = {"Con": 8.2, "Lab": 10.1, "LD": 9.2, "RUK": 5.4, "Grn": 4.3}
SHARE_CV_OTHERWISE = {
    "SNP": 0.2, "PC": 0.8, "SF": 0.9, "DUP": 0.6, "APNI": 0.6, "UUP": 0.7, "SDLP": 0.9,
    OTHERS: 0.8,
}  # fmt: skip
TURNOUT_SPREAD = 5.8
ELECTORATE_MEAN, ELECTORATE_SPREAD = 74_236, 4_337
ELECTORATE_MIN, ELECTORATE_MAX = 21_325, 85_204
MEDIAN_MAJORITY = 6_303
REJECTED_MEAN, REJECTED_SHAPE = 0.004, 8.0  # share of ballots cast: a beta distribution

# Candidates a seat, in seats of 650; the last row is "10 or more".
CANDIDATES_A_SEAT = {5: 88, 6: 183, 7: 175, 8: 125, 9: 52, 10: 16, 11: 7, 12: 3, 13: 1}

PARTIES: dict[str, Party] = {
    party.abbreviation: party
    for party in (
        Party("Con", "Conservative", "PP52"),
        Party("Lab", "Labour", "PP53"),
        Party("LD", "Liberal Democrat", "PP90"),
        Party("RUK", "Reform UK", "PP7931"),
        Party("Grn", "Green Party", "PP63"),
        Party("SNP", "Scottish National Party", "PP102"),
        Party("PC", "Plaid Cymru", "PP77"),
        Party("SF", "Sinn Féin", "PP39"),
        Party("DUP", "Democratic Unionist Party", "PP70"),
        Party("APNI", "Alliance", "PP103"),
        Party("UUP", "Ulster Unionist Party", "PP83"),
        Party("SDLP", "Social Democratic & Labour Party", "PP55"),
        Party("TUV", "Traditional Unionist Voice", "PP680"),
        Party("PBPA", "People Before Profit Alliance", "PP773"),
        Party("CPA", "Christian Peoples Alliance", "PP79"),
        Party("SDP", "Social Democratic Party", "PP243"),
        Party("MRLP", "Official Monster Raving Loony Party", "PP66"),
        Party("SPGB", "The Socialist Party of Great Britain", "PP110"),
        Party("Ind", "Independent", "x-Ind"),
    )
}
# Who takes the places that are left on a ballot paper; independents may stand more than once.
SMALL_PARTIES = ("CPA", "SDP", "MRLP", "SPGB")
SMALL_PARTIES_BY_REGION = {"N92000002": ("TUV", "PBPA")}
INDEPENDENT = "Ind"
