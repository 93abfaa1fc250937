"""Every event on the wire, declared once: fields, types, bounds and secrecy.

The wire schema, the Spark schema, the Arrow schema, warehouse columns and the data dictionary
are derived from `EVENTS` or checked against it. JSON objects, UTF-8; times are RFC 3339 with `Z`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SCHEMA_VERSION = 1
ACCEPTED_SCHEMA_VERSIONS = frozenset({SCHEMA_VERSION})

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+")
SEXES = ("female", "male")
EDUCATION_LEVELS = ("degree", "a_level", "apprenticeship", "gcse", "none", "other")
METHODS = ("in_person", "postal", "proxy", "tendered")
REJECTION_REASONS = (
    "want_of_official_mark",
    "too_many_votes",
    "identifies_voter",
    "unmarked_or_void",
)
ACCOUNT_KINDS = ("station", "count_batch", "exit_poll", "dimensions")
DECLARATION_STATUSES = ("declared", "corrected")

# An identifier starts with an upper-case letter: a JSON number or literal that a lenient parser
# turned into text ("5", "true", "{...}") can therefore never pass for one.
ID_PATTERN = r"[A-Z][A-Za-z0-9_.-]*"
PARTY_ID_PATTERN = r"(x-.+|[A-Z][A-Za-z0-9_.-]*)"


class Kind(StrEnum):
    """The types a field may have on the wire."""

    STRING = "string"
    INT = "int"  # 64 bits, no fraction, no exponent
    FLOAT = "float"  # finite
    BOOL = "bool"
    TIMESTAMP = "timestamp"  # RFC 3339, UTC, `Z`, up to microseconds
    LIST = "list"  # of objects with `fields`


@dataclass(frozen=True)
class Field:
    """One field of an event."""

    name: str
    kind: Kind
    description: str
    required: bool = True
    values: tuple[str, ...] | None = None  # closed set
    pattern: str | None = None  # must match in full
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Event:
    """One kind of event: its own fields follow the envelope's."""

    name: str
    description: str
    own_fields: tuple[Field, ...]
    identity: tuple[str, ...]
    occurred_at: str | None = None  # the `<what>_at` field
    can_be_late: bool = False
    names_a_choice: bool = False
    forbidden_fields: frozenset[str] = frozenset()  # secrecy: a value here rejects the message

    @property
    def fields(self) -> tuple[Field, ...]:
        """Envelope first, then the event's own fields."""
        return ENVELOPE + self.own_fields


def _id(name: str, description: str, *, required: bool = True) -> Field:
    return Field(name, Kind.STRING, description, required, pattern=ID_PATTERN)


def _text(name: str, description: str, *, required: bool = True) -> Field:
    return Field(name, Kind.STRING, description, required)


def _one_of(
    name: str, values: tuple[str, ...], description: str, *, required: bool = True
) -> Field:
    return Field(name, Kind.STRING, description, required, values=values)


def _int(name: str, description: str, *, required: bool = True) -> Field:
    return Field(name, Kind.INT, description, required)


def _time(name: str, description: str) -> Field:
    return Field(name, Kind.TIMESTAMP, description)


ENVELOPE = (
    _int("schema_version", "version of this event's schema"),
    Field(
        "election_id", Kind.STRING, "election, for example parl.2017-06-08",
        pattern=r"[a-z]+\.[0-9-]+",
    ),
    _time("produced_at", "wall clock when the producer made the message; for freshness only"),
    _time("sent_at", "planned election time of sending: a function of seed and position"),
)  # fmt: skip

_SEAT = _id("constituency_id", "constituency (seat)")
_STATION = _id("polling_station_id", "polling station, <seat>-S<number>")
_AGE = _one_of("age_band", AGE_BANDS, "age band in years")
_SEX = _one_of("sex", SEXES, "sex")
_EDUCATION = _one_of("education", EDUCATION_LEVELS, "highest qualification")
_ELECTOR_NO = "number of the elector on the station's register, 1..registered"

_ELECTOR_FIELDS = frozenset({"voter_key", "elector_no", "issue_no", "polling_station_id"})
_PERSONAL_FIELDS = frozenset({"age_band", "sex", "education"})
_CHOICE_FIELDS = frozenset(
    {"candidate_id", "party_id", "party_abbreviation", "rejection_reason", "vote", "choice"}
)

CONSTITUENCY = Event(
    name="constituency",
    description="a seat of this election with its stations and its previous result",
    own_fields=(
        _SEAT,
        _text("name", "name of the constituency"),
        _id("region_id", "region of England, or nation (GSS code or SYN-)"),
        _text("region_name", "name of the region or nation"),
        _text("nation", "England, Scotland, Wales or Northern Ireland"),
        _int("electorate", "names on the register, at this night's scale"),
        _text("previous_winner", "party abbreviation that held the seat", required=False),
        Field(
            "previous_shares",
            Kind.LIST,
            "previous share of valid votes by party, where known",
            fields=(
                _text("party_abbreviation", "party"),
                Field("share", Kind.FLOAT, "share of valid votes, 0-1"),
            ),
        ),
        _int("hex_q", "column on the hex map", required=False),
        _int("hex_r", "row on the hex map", required=False),
        Field(
            "stations",
            Kind.LIST,
            "polling stations of the seat",
            fields=(
                _STATION,
                _text("name", "name of the polling station"),
                _int("registered", "electors on the station's register"),
            ),
        ),
    ),
    identity=("constituency_id",),
)

CANDIDATE = Event(
    name="candidate",
    description="a nomination",
    own_fields=(
        _id("candidate_id", "candidate, <seat>-C<ballot order>"),
        _SEAT,
        _text("name", "name of the candidate"),
        Field(
            "party_id",
            Kind.STRING,
            "Electoral Commission id, or x-<abbreviation> where there is none",
            pattern=PARTY_ID_PATTERN,
        ),
        _text("party_name", "name of the party"),
        _text("party_abbreviation", "abbreviation that counting and display group by"),
        Field("is_incumbent", Kind.BOOL, "sitting member of this seat"),
        _int("ballot_order", "position on the ballot paper, from 1"),
        _text("image_url", "picture of the candidate, generated", required=False),
        _time("nominated_at", "time of nomination"),
    ),
    identity=("candidate_id",),
    occurred_at="nominated_at",
)

VOTER = Event(
    name="voter",
    description="a name on the register, pseudonymised",
    own_fields=(
        Field("voter_key", Kind.STRING, "keyed hash of the register entry", pattern="[0-9a-f]{32}"),
        _SEAT,
        _STATION,
        _int("elector_no", _ELECTOR_NO),
        _AGE,
        _SEX,
        _EDUCATION,
        _time("registered_at", "time of registration"),
    ),
    identity=("polling_station_id", "elector_no"),
    occurred_at="registered_at",
    forbidden_fields=_CHOICE_FIELDS,
)

BALLOT_ISSUED = Event(
    name="ballot_issued",
    description="an elector was given a ballot paper (postal: the returned pack was accepted)",
    own_fields=(
        _SEAT,
        _STATION,
        _int("issue_no", "number of the paper in the station's book, from 1"),
        _int("elector_no", _ELECTOR_NO + "; none on a tendered ballot", required=False),
        _one_of("method", METHODS, "how the paper was issued"),
        _AGE,
        _SEX,
        _EDUCATION,
        _time("issued_at", "time of issue"),
    ),
    identity=("polling_station_id", "issue_no"),
    occurred_at="issued_at",
    can_be_late=True,
    forbidden_fields=_CHOICE_FIELDS | {"voter_key"},
)

VOTE = Event(
    name="vote",
    description="a ballot paper counted: a candidate or a rejection reason, never an elector",
    own_fields=(
        _SEAT,
        _id("count_batch_id", "count batch, <seat>-B<number>"),
        _int("paper_no", "number of the paper in its batch, 1..size"),
        _id("candidate_id", "candidate chosen", required=False),
        _one_of(
            "rejection_reason",
            REJECTION_REASONS,
            "why the paper was rejected at the count",
            required=False,
        ),
        _time("counted_at", "time the batch was counted (one time a batch)"),
    ),
    identity=("count_batch_id", "paper_no"),
    occurred_at="counted_at",
    can_be_late=True,
    names_a_choice=True,
    forbidden_fields=_ELECTOR_FIELDS | _PERSONAL_FIELDS,
)

BALLOT_ACCOUNT = Event(
    name="ballot_account",
    description="how many there must be: papers a station issued, papers in a count batch, "
    "exit-poll answers of a region, dimensions in all",
    own_fields=(
        _one_of("kind", ACCOUNT_KINDS, "what is accounted for"),
        Field(
            "id",
            Kind.STRING,
            "station, count batch, region, or topic for dimensions",
            pattern=r"[A-Z][A-Za-z0-9_.-]*|constituencies|candidates|voters",
        ),
        _id("constituency_id", "constituency, for stations and batches", required=False),
        _int("count", "how many there must be"),
        _int("version", "version of this account, from 1"),
        _time("sealed_at", "time the account was sealed"),
    ),
    identity=("kind", "id", "version"),
    occurred_at="sealed_at",
    can_be_late=True,
)

DECLARATION = Event(
    name="declaration",
    description="the returning officer's statement, or its correction",
    own_fields=(
        _SEAT,
        _int("version", "version of the declaration, from 1"),
        _one_of("status", DECLARATION_STATUSES, "declared, or corrected"),
        _int("electorate", "names on the register"),
        _int("rejected_ballots", "papers rejected at the count"),
        Field(
            "votes",
            Kind.LIST,
            "valid votes by candidate",
            fields=(
                _id("candidate_id", "candidate"),
                _int("vote_count", "valid votes"),
            ),
        ),
        _id("winner_candidate_id", "winner; none on a tie", required=False),
        Field("is_tie", Kind.BOOL, "first place is shared and awaits the drawing of lots"),
        _text("result_summary", "for example Lab gain from Con", required=False),
        _time("declared_at", "time of the declaration"),
        _text("source", "where the statement comes from"),
        _text("reason", "reason of a correction", required=False),
    ),
    identity=("constituency_id", "version"),
    occurred_at="declared_at",
    can_be_late=True,
    names_a_choice=True,
    forbidden_fields=_ELECTOR_FIELDS | _PERSONAL_FIELDS,
)

EXIT_POLL_ANSWER = Event(
    name="exit_poll_answer",
    description="an anonymous exit-poll answer: simulated, drawn from published distributions",
    own_fields=(
        _id("region_id", "region of England, or nation"),
        _int("answer_no", "number of the answer in its region, from 1"),
        _one_of("age_band", AGE_BANDS, "age band, none in small cells", required=False),
        _one_of("sex", SEXES, "sex, none in small cells", required=False),
        _one_of("education", EDUCATION_LEVELS, "qualification, none in small cells",
                required=False),
        _text("party_abbreviation", "party voted for; none when refused", required=False),
        Field("refused", Kind.BOOL, "the person did not say"),
    ),
    identity=("region_id", "answer_no"),
    names_a_choice=True,
    forbidden_fields=_ELECTOR_FIELDS | {"constituency_id"},
)  # fmt: skip

EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        CONSTITUENCY, CANDIDATE, VOTER, BALLOT_ISSUED, VOTE, BALLOT_ACCOUNT, DECLARATION,
        EXIT_POLL_ANSWER,
    )
}  # fmt: skip
