"""The current results as an ElectionReport of NIST SP 1500-100 version 2, in JSON (pure).

Names of classes, properties and words are the standard's. Results are marked as a test: an
invented election and a replay are both not what a returning officer says tonight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from exports.about import About, utc_seconds

Row = Mapping[str, Any]
Entity = dict[str, Any]
ISSUER, ISSUER_SHORT, APPLICATION = "Tallyhouse", "TH", "tallyhouse"
NATION_ID, OFFICE_ID = "gp-uk", "office-mp"
RESULTS_STATUS = {
    "embargoed": "pre-election",
    "provisional": "unofficial-partial",
    "declared": "unofficial-complete",
    "corrected": "correction",
}
COUNT_STATUS = {
    "embargoed": "not-processed",
    "not_started": "not-processed",
    "counting": "in-process",
    "pending_correction": "in-process",
    "declared": "completed",
    "corrected": "completed",
}
# What is asked of the marts.
PARTIES = ("party_abbreviation", "party_name", "party_colour")
SEATS = (
    "constituency_id", "constituency_name", "region_id", "region_name", "status", "electorate",
    "valid_votes", "rejected_ballots",
)  # fmt: skip
CANDIDATES = (
    "candidate_id", "constituency_id", "candidate_name", "party_abbreviation", "ballot_order",
    "is_incumbent", "votes", "is_winner",
)  # fmt: skip
DECLARED = ("declared", "corrected", "pending_correction")


def report(
    about: About,
    parties: Sequence[Row],
    seats: Sequence[Row],
    candidates: Sequence[Row],
    generated_at: datetime,
) -> Entity:
    """Return the report.

    Args:
        about: The night.
        parties: Rows of `party_results`.
        seats: Rows of `constituency_results`.
        candidates: Rows of `candidate_results`, in the order of the ballot papers.
        generated_at: Now.
    """
    return _entity(
        "ElectionReport",
        Format="summary-contest",
        GeneratedDate=utc_seconds(generated_at),
        Issuer=ISSUER,
        IssuerAbbreviation=ISSUER_SHORT,
        IsTest=True,
        TestType=about.label,
        Notes=about.sentence(),
        SequenceStart=1,
        SequenceEnd=1,
        Status=RESULTS_STATUS[about.status],
        VendorApplicationId=APPLICATION,
        Election=[_election(about, seats, candidates)],
        GpUnit=[*_areas(seats), *(_constituency(seat) for seat in seats)],
        Office=[
            _entity("Office", **{"@id": OFFICE_ID}, Name=_text("Member of the House of Commons"))
        ],
        Party=[_party(party) for party in parties],
    )


def _election(about: About, seats: Sequence[Row], candidates: Sequence[Row]) -> Entity:
    of_seat: dict[str, list[Row]] = {}
    for candidate in candidates:
        of_seat.setdefault(candidate["constituency_id"], []).append(candidate)
    return _entity(
        "Election",
        Name=_text(about.title),
        Type="general",
        StartDate=about.polling_date.isoformat(),
        EndDate=about.polling_date.isoformat(),
        ElectionScopeId=NATION_ID,
        ExternalIdentifier=[_external("tallyhouse election", about.election_id)],
        CountStatus=[_count_status(_of_all(seat["status"] for seat in seats))],
        Candidate=[_candidate(candidate) for candidate in candidates],
        Contest=[_contest(seat, of_seat.get(seat["constituency_id"], ())) for seat in seats],
    )


def _of_all(statuses: Iterable[str]) -> str:
    """Return the status of the whole count from those of its parts."""
    found = {COUNT_STATUS[status] for status in statuses}
    return found.pop() if len(found) == 1 else "in-process"


def _contest(seat: Row, candidates: Sequence[Row]) -> Entity:
    return _entity(
        "CandidateContest",
        **{"@id": f"contest-{seat['constituency_id']}"},
        Name=seat["constituency_name"],
        ElectoralDistrictId=f"gp-{seat['constituency_id']}",
        OfficeIds=[OFFICE_ID],
        NumberElected=1,
        VotesAllowed=1,
        VoteVariation="plurality",
        CountStatus=[_count_status(COUNT_STATUS[seat["status"]])],
        SummaryCounts=_summary(seat),
        BallotSelection=[_selection(candidate) for candidate in candidates],
    )


def _summary(seat: Row) -> list[Entity]:
    if seat["valid_votes"] is None:
        return []
    return [
        _entity(
            "SummaryCounts",
            Type="total",
            BallotsCast=seat["valid_votes"] + seat["rejected_ballots"],
            BallotsRejected=seat["rejected_ballots"],
        )
    ]


def _selection(candidate: Row) -> Entity:
    votes = candidate["votes"]
    counts = [] if votes is None else [_entity("VoteCounts", Type="total", Count=votes)]
    return _entity(
        "CandidateSelection",
        **{"@id": f"selection-{candidate['candidate_id']}"},
        CandidateIds=[f"candidate-{candidate['candidate_id']}"],
        SequenceOrder=candidate["ballot_order"],
        VoteCounts=counts,
    )


def _candidate(candidate: Row) -> Entity:
    won = {"PostElectionStatus": "winner"} if candidate["is_winner"] else {}
    return _entity(
        "Candidate",
        **{"@id": f"candidate-{candidate['candidate_id']}"},
        BallotName=_text(candidate["candidate_name"]),
        PartyId=_party_id(candidate["party_abbreviation"]),
        IsIncumbent=candidate["is_incumbent"],
        PreElectionStatus="qualified",
        **won,
    )


def _areas(seats: Sequence[Row]) -> list[Entity]:
    """Return the nation and its regions, each with its parts and how many are declared."""
    of_region: dict[str, list[Row]] = {}
    for seat in seats:
        of_region.setdefault(seat["region_id"], []).append(seat)
    regions = [
        _area(
            f"gp-{region_id}", parts[0]["region_name"], "region", parts,
            [f"gp-{seat['constituency_id']}" for seat in parts],
            ExternalIdentifier=[_external("area code", region_id)],
        )
        for region_id, parts in of_region.items()
    ]  # fmt: skip
    ids = [region["@id"] for region in regions]
    return [_area(NATION_ID, "United Kingdom", None, seats, ids), *regions]


def _area(
    unit_id: str, name: str, other: str | None, seats: Sequence[Row], parts: list[str], **more: Any
) -> Entity:
    counts = Counter(seat["status"] in DECLARED for seat in seats)
    kind = {"Type": "other", "OtherType": other} if other else {"Type": "country"}
    return _entity(
        "ReportingUnit",
        **{"@id": unit_id},
        Name=name,
        **kind,
        ComposingGpUnitIds=parts,
        SubUnitsReported=counts[True],
        TotalSubUnits=len(seats),
        **more,
    )


def _constituency(seat: Row) -> Entity:
    return _entity(
        "ReportingUnit",
        **{"@id": f"gp-{seat['constituency_id']}"},
        Name=seat["constituency_name"],
        Type="other",
        OtherType="constituency",
        VotersRegistered=seat["electorate"],
        ExternalIdentifier=[_external("area code", seat["constituency_id"])],
    )


def _party(party: Row) -> Entity:
    return _entity(
        "Party",
        **{"@id": _party_id(party["party_abbreviation"])},
        Name=_text(party["party_name"]),
        Abbreviation=party["party_abbreviation"],
        Color=party["party_colour"].removeprefix("#").lower(),
    )


def _party_id(abbreviation: str) -> str:
    return f"party-{abbreviation}"


def _count_status(status: str) -> Entity:
    return _entity("CountStatus", Type="total", Status=status)


def _external(kind: str, value: str) -> Entity:
    return _entity("ExternalIdentifier", Type="other", OtherType=kind, Value=value)


def _text(content: str) -> Entity:
    return _entity(
        "InternationalizedText",
        Text=[_entity("LanguageString", Content=content, Language="en")],
    )


def _entity(kind: str, **properties: Any) -> Entity:
    return {"@type": f"ElectionResults.{kind}", **properties}
