"""A small night by hand: two seats, every class and every reason at least once."""

from __future__ import annotations

from typing import Any

from support.events import MISSING
from support.handmade_log import Log

from election.events import AGE_BANDS, SEXES

NIGHT_ID = "parl.2017-06-08.20261123T234501Z"
A, B, NOWHERE = "E14000530", "E14000531", "E14009999"
SOUTH_EAST, LONDON, SCOTLAND = "E12000008", "E12000007", "S92000003"
REGIONS = {A: (SOUTH_EAST, "South East"), B: (LONDON, "London")}
STATIONS = {f"{A}-S001": 40, f"{A}-S002": 20, f"{B}-S001": 30}
PARTIES = {f"{A}-C01": "Con", f"{A}-C02": "Lab", f"{A}-C03": "Ind", f"{B}-C01": "Con",
           f"{B}-C02": "Lab"}  # fmt: skip
NAMES = {"Con": "Conservative", "Lab": "Labour", "Ind": "Independent"}
VOTES = {f"{A}-C01": 14, f"{A}-C02": 10, f"{A}-C03": 4, f"{B}-C01": 6, f"{B}-C02": 12}
BALLOTS = {f"{A}-S001": 27, f"{A}-S002": 10, f"{B}-S001": 20}
AFTER_OPENING = "2017-06-08T06:00:00.000000Z"


def whole_night() -> Log:
    """Return the log of the whole night."""
    log = Log()
    _constituencies(log)
    _candidates(log)
    _voters(log)
    _accounts(log)
    _ballots(log)
    _votes(log)
    _declarations(log)
    _exit_poll(log)
    return log


def part_of_night(share: float) -> Log:
    """Return the first part of every partition; what closes before the poll is all there."""
    part = Log()
    whole = whole_night()
    for topic, _, messages in whole.partitions():
        small = topic in ("constituencies", "candidates", "ballot_accounts")
        kept = messages if small else messages[: int(len(messages) * share)]
        part.messages.extend(kept)
    return part


def _seat_of(id_: str) -> str:
    return id_.partition("-")[0]


def _seat(seat: str) -> dict[str, Any]:
    return {
        "constituency_id": seat, "region_id": REGIONS.get(seat, REGIONS[A])[0],
        "region_name": REGIONS.get(seat, REGIONS[A])[1], "name": f"Seat {seat}",
        "electorate": sum(n for station, n in STATIONS.items() if station.startswith(seat)),
        "stations": [
            {"polling_station_id": station, "name": f"Hall {station}", "registered": registered}
            for station, registered in STATIONS.items() if station.startswith(seat)
        ],
    }  # fmt: skip


def _constituencies(log: Log) -> None:
    topic = "constituencies"
    log.refuse("malformed", topic)
    log.send(topic, **_seat(A))
    log.send(topic, **_seat(B))
    log.duplicate(topic, **_seat(A))
    log.reject("register_closed", topic, **_seat(NOWHERE))
    log.reject("register_closed", topic, **(_seat(B) | {"sent_at": AFTER_OPENING}))


def _candidates(log: Log) -> None:
    topic = "candidates"

    def nomination(candidate: str, party: str) -> dict[str, Any]:
        return {
            "candidate_id": candidate, "constituency_id": _seat_of(candidate),
            "name": f"Ann {candidate}", "party_id": f"x-{party}", "party_abbreviation": party,
            "party_name": NAMES[party], "ballot_order": int(candidate[-2:]),
        }  # fmt: skip

    log.reject("unknown_seat", topic, **nomination(f"{NOWHERE}-C01", "Con"))
    log.reject("too_early", topic, **nomination(f"{A}-C01", "Con"),
               nominated_at="2017-06-07T12:05:00.000001Z")  # fmt: skip
    for candidate, party in PARTIES.items():
        log.send(topic, **nomination(candidate, party))
    log.duplicate(topic, **nomination(f"{A}-C02", "Lab") | {"name": "Somebody Else"})
    log.reject("register_closed", topic, **nomination(f"{B}-C03", "Ind"))
    log.reject("register_closed", topic, **nomination(f"{A}-C01", "Con"), sent_at=AFTER_OPENING)


def _person(number: int) -> dict[str, str]:
    return {"age_band": AGE_BANDS[number % 7], "sex": SEXES[number % 2]}


def _place(station: str) -> dict[str, str]:
    return {"constituency_id": _seat_of(station), "polling_station_id": station}


def _voters(log: Log) -> None:
    topic, first = "voters", f"{A}-S001"
    log.reject("unknown_elector", topic, 0, **_place(first), elector_no=41)
    log.reject("unknown_elector", topic, 0, **_place(first), elector_no=0)
    log.reject("too_early", topic, 0, **_place(first), registered_at="2017-06-07T13:00:00.000000Z")
    log.reject("unknown_seat", topic, 0, **_place(f"{NOWHERE}-S001"))
    log.reject("unknown_station", topic, 0, **_place(f"{A}-S009"))
    log.reject("station_of_other_seat", topic, 0, constituency_id=A,
               polling_station_id=f"{B}-S001")  # fmt: skip
    for station, registered in STATIONS.items():
        for number in range(1, registered + 1):
            log.send(topic, _partition(station), **_place(station), elector_no=number,
                     **_person(number))  # fmt: skip
    log.duplicate(topic, 0, **_place(first), elector_no=1, **_person(1))
    log.reject("register_closed", topic, 0, **_place(first), sent_at=AFTER_OPENING)
    log.refuse("secrecy", topic, 3)


def _partition(id_: str) -> int:
    return 0 if id_.startswith(A) else 1


def _account(kind: str, id_: str, count: int, **more: Any) -> dict[str, Any]:
    seat = _seat_of(id_) if kind in ("station", "count_batch") else MISSING
    return {"kind": kind, "id": id_, "constituency_id": seat, "count": count, **more}


def _accounts(log: Log) -> None:
    topic = "ballot_accounts"
    before = {"sealed_at": "2017-06-07T12:00:00.000000Z", "sent_at": "2017-06-07T12:00:00.000000Z"}
    for name, count in (("constituencies", 2), ("candidates", 5), ("voters", 90)):
        log.send(topic, **_account("dimensions", name, count, **before))
    log.reject("malformed", topic, **_account("dimensions", A, 2))
    log.send(topic, **_account("station", f"{B}-S001", 19))
    for station, count in BALLOTS.items():
        version = 2 if station == f"{B}-S001" else 1
        log.send(topic, **_account("station", station, count, version=version))
    log.late(topic, **_account("count_batch", f"{A}-B0001", 30),
             sent_at="2017-06-08T21:15:00.000001Z")  # fmt: skip
    log.send(topic, **_account("count_batch", f"{B}-B0001", 18))
    log.duplicate(topic, **_account("count_batch", f"{A}-B0001", 31))
    log.send(topic, **_account("exit_poll", SOUTH_EAST, 15))
    log.send(topic, **_account("exit_poll", LONDON, 4))
    log.reject("unknown_seat", topic, **_account("exit_poll", SCOTLAND, 4))
    log.reject("unknown_seat", topic, **_account("station", f"{NOWHERE}-S001", 4))
    log.reject("unknown_station", topic, **_account("station", f"{A}-S009", 4))
    log.reject("station_of_other_seat", topic,
               **_account("station", f"{B}-S001", 4) | {"constituency_id": A})  # fmt: skip
    log.reject("batch_of_other_seat", topic,
               **_account("count_batch", f"{B}-B0002", 4) | {"constituency_id": A})  # fmt: skip
    log.reject("number_out_of_range", topic, **_account("count_batch", f"{A}-B0002", -1))
    log.reject("number_out_of_range", topic, **_account("count_batch", f"{A}-B0002", 4, version=0))
    log.reject("too_early", topic, **_account("count_batch", f"{A}-B0002", 4),
               sealed_at="2017-06-08T21:10:00.000001Z")  # fmt: skip


def _ballots(log: Log) -> None:
    topic, first = "ballots_issued", f"{A}-S001"

    def at(moment: str) -> dict[str, str]:
        return {"issued_at": f"2017-06-{moment}.000000Z", "sent_at": f"2017-06-{moment}.000000Z"}

    log.reject("unknown_elector", topic, 0, **_place(first), issue_no=1, elector_no=41)
    for station, count in BALLOTS.items():
        for number in range(1, min(count, 25) + 1):
            log.send(topic, _partition(station), **_place(station), issue_no=number,
                     elector_no=number, method=("in_person", "postal", "proxy")[number % 3],
                     **_person(number), **at(f"08T{7 + number % 12:02d}:00:00"))  # fmt: skip
    log.reject("double_vote_attempt", topic, 0, **_place(first), issue_no=26, elector_no=3)
    log.duplicate(topic, 0, **_place(first), issue_no=26, elector_no=30)
    log.late(topic, 0, **_place(first), issue_no=27, elector_no=MISSING, method="tendered",
             sent_at="2017-06-08T11:10:00.000001Z")  # fmt: skip
    log.duplicate(topic, 0, **_place(first), issue_no=1, elector_no=1, method="postal")
    log.reject("unknown_seat", topic, 0, **_place(f"{NOWHERE}-S001"))
    log.reject("unknown_station", topic, 0, **_place(f"{A}-S009"))
    log.reject("station_of_other_seat", topic, 0, constituency_id=A,
               polling_station_id=f"{B}-S001")  # fmt: skip
    new = {**_place(first), "issue_no": 28, "elector_no": 31}
    log.reject("number_out_of_range", topic, 0, **new | {"issue_no": 0})
    log.reject("number_out_of_range", topic, 0, **new | {"issue_no": 81})
    log.reject("outside_hours", topic, 0, **new, **at("08T05:59:59"))
    log.reject("outside_hours", topic, 0, **new, **at("08T21:30:01"))
    log.reject("outside_hours", topic, 0, **new, method="postal", **at("08T21:30:01"))
    log.reject("too_early", topic, 0, **new, sent_at="2017-06-08T10:54:59.999999Z")
    log.refuse("unknown_version", topic, 2)


def _paper(seat: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "constituency_id": seat, "count_batch_id": f"{seat}-B0001", "paper_no": number,
        "candidate_id": f"{seat}-C01", **more,
    }  # fmt: skip


def _votes(log: Log) -> None:
    topic = "votes"
    log.reject("unknown_candidate", topic, 0, **_paper(A, 1, candidate_id=f"{A}-C09"))
    for seat, rejected in ((A, ("unmarked_or_void", "too_many_votes")), (B, ())):
        choices = [{"candidate_id": c} for c, votes in VOTES.items() for _ in range(votes)
                   if c.startswith(seat)]  # fmt: skip
        choices += [{"candidate_id": MISSING, "rejection_reason": r} for r in rejected]
        for number, choice in enumerate(choices[:-1], start=1):
            log.send(topic, _partition(seat), **_paper(seat, number) | choice)
        log.late(topic, _partition(seat), **_paper(seat, len(choices)) | choices[-1],
                 sent_at="2017-06-09T00:40:00.000001Z")  # fmt: skip
    log.duplicate(topic, 0, **_paper(A, 1))
    log.duplicate(topic, 0, **_paper(A, 2, candidate_id=f"{A}-C02"))
    log.reject("unknown_seat", topic, 0, **_paper(NOWHERE, 1))
    log.reject("candidate_of_other_seat", topic, 0, **_paper(A, 31, candidate_id=f"{B}-C01"))
    log.reject("batch_of_other_seat", topic, 0, **_paper(A, 31, count_batch_id=f"{B}-B0001"))
    log.reject("batch_of_other_seat", topic, 0, **_paper(A, 31, count_batch_id=f"{A}-Bx"))
    log.reject("no_choice", topic, 0, **_paper(A, 31, candidate_id=MISSING))
    log.reject("number_out_of_range", topic, 0, **_paper(A, 0))
    log.reject("number_out_of_range", topic, 0, **_paper(A, 5001))
    log.reject("too_early", topic, 0, **_paper(A, 31, counted_at="2017-06-09T00:35:00.000001Z"))
    for reason in ("malformed", "unknown_version", "secrecy", "before_close"):
        log.refuse(reason, topic, 2)


def _declared(seat: str, *, moved: int = 0, **more: Any) -> dict[str, Any]:
    votes = [{"candidate_id": c, "vote_count": n} for c, n in VOTES.items() if c.startswith(seat)]
    votes[0]["vote_count"] += moved
    votes[1]["vote_count"] -= moved
    winner = max(votes, key=lambda v: v["vote_count"])["candidate_id"]
    return {
        "constituency_id": seat, "votes": votes, "winner_candidate_id": winner,
        "electorate": _seat(seat)["electorate"], "rejected_ballots": 2 if seat == A else 0,
        "result_summary": f"{PARTIES[winner]} win", **more,
    }  # fmt: skip


def _declarations(log: Log) -> None:
    topic = "declarations"
    log.reject("number_out_of_range", topic, **_declared(A, version=0))
    log.send(topic, **_declared(A))
    log.late(topic, **_declared(B, moved=1, sent_at="2017-06-09T02:10:00.000001Z"))
    log.duplicate(topic, **_declared(A, result_summary="Con hold"))
    log.send(topic, **_declared(B, version=2, status="corrected", reason="a batch read twice"))
    log.reject("unknown_seat", topic, **_declared(A, constituency_id=NOWHERE))
    log.reject("unknown_candidate", topic, **_declared(A, winner_candidate_id=f"{A}-C09"))
    log.reject("candidate_of_other_seat", topic, **_declared(A, winner_candidate_id=f"{B}-C01"))
    log.reject("number_out_of_range", topic, **_declared(A, moved=-15, version=2))
    log.reject("too_early", topic,
               **_declared(A, version=2, declared_at="2017-06-09T02:05:00.000001Z"))  # fmt: skip


def _exit_poll(log: Log) -> None:
    topic = "exit_poll"
    log.reject("unknown_candidate", topic, party_abbreviation="SNP")
    for region, answers in ((SOUTH_EAST, 15), (LONDON, 4)):
        for number in range(1, answers + 1):
            choice = {"party_abbreviation": "Con" if number % 3 else "Lab"}
            if number == 4:
                choice = {"party_abbreviation": MISSING, "refused": True, "education": MISSING}
            log.send(topic, region_id=region, answer_no=number, **_person(number), **choice)
    log.duplicate(topic, region_id=LONDON, answer_no=1, **_person(1))
    log.reject("unknown_seat", topic, region_id=SCOTLAND)
    log.reject("number_out_of_range", topic, answer_no=0)
    log.reject("number_out_of_range", topic, answer_no=1_000_001)
