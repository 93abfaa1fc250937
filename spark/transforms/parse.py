"""Messages -> one row of common columns each, whatever the topic.

The three big topics (votes, ballots issued, voters) are decoded by generated code. The five small
ones go through one lambda each, which Spark interprets: slower a row, but it keeps the generated
code small enough for the JIT compiler, and their rows are few.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from election.acceptance import MAX_ANSWER_NO, MAX_PAPER_NO
from election.topics import event_of
from spark.schemas import topic_number
from spark.transforms.decode import (
    fields_are_valid,
    from_json,
    is_one_object,
    micros,
    names_a_secret,
    text_of,
)
from spark.transforms.rules import NightRules

BIG_TOPICS = {"votes": "v", "ballots_issued": "b", "voters": "r"}
SMALL_TOPICS = ("constituencies", "candidates", "ballot_accounts", "declarations", "exit_poll")

# What every message comes down to. `*_ref` columns are checked against the dimensions; `number`
# is dense in its `source` (station, count batch or region); `fact` is the whole event as JSON,
# on the small topics whose rows are facts and not papers.
COMMON = {
    "decodes": "boolean",
    "schema_version": "bigint",
    "is_secret": "boolean",
    "produced_us": "bigint",
    "sent_us": "bigint",
    "at_us": "bigint",
    "seat_ref": "string",
    "region_ref": "string",
    "station_ref": "string",
    "candidate_ref": "string",
    "batch_ref": "string",
    "party_ref": "string",
    "candidate_refs": "array<string>",
    "is_in_range": "boolean",
    "source": "string",
    "number": "bigint",
    "elector_no": "bigint",
    "method": "string",
    "choice": "string",
    "age_band": "string",
    "sex": "string",
    "education": "string",
    "fact": "string",
}

_DIMENSION_ACCOUNTS = "('constituencies', 'candidates', 'voters')"


def parse(messages: DataFrame, rules: NightRules) -> DataFrame:
    """Decode rows of MESSAGE_DDL into COMMON columns, beside the ones they have."""
    kept = [name for name in messages.columns if name != "text"]
    structs = [
        f"case when topic_no = {topic_number(topic)} then {from_json(event_of(topic))} end {name}"
        for topic, name in BIG_TOPICS.items()
    ]
    decoded = messages.selectExpr(*kept, "text", *structs, f"{_small_struct()} m")
    texts = [
        f"coalesce(v.{name}, b.{name}, r.{name}) {name}_text" for name in ("produced_at", "sent_at")
    ]
    at_text = "coalesce(v.counted_at, b.issued_at, r.registered_at) at_text"
    timed = decoded.selectExpr("*", *texts, at_text).selectExpr(
        *kept, "text", "v", "b", "r", "m",
        f"coalesce(m.produced_us, {micros('produced_at_text')}) produced_us",
        f"coalesce(m.sent_us, {micros('sent_at_text')}) sent_us",
        f"coalesce(m.at_us, {micros('at_text')}) at_us",
    )  # fmt: skip
    return timed.select(*kept, "text", *(F.expr(c) for c in _common_columns(rules)))


def _common_columns(rules: NightRules) -> list[str]:
    person = ("age_band", "sex", "education")
    columns = {
        "decodes": f"coalesce({_decodes(rules)}, false)",
        "schema_version": "coalesce(v.schema_version, b.schema_version, r.schema_version, "
        "m.schema_version)",
        "is_secret": _case({
            topic: names_a_secret(event_of(topic), name) for topic, name in BIG_TOPICS.items()
        }, "m.is_secret"),
        "produced_us": "produced_us",
        "sent_us": "sent_us",
        "at_us": "at_us",
        "seat_ref": "coalesce(v.constituency_id, b.constituency_id, r.constituency_id, m.seat_ref)",
        "region_ref": "m.region_ref",
        "station_ref": "coalesce(b.polling_station_id, r.polling_station_id, m.station_ref)",
        "candidate_ref": "v.candidate_id",
        "batch_ref": "coalesce(v.count_batch_id, m.batch_ref)",
        "party_ref": "m.party_ref",
        "candidate_refs": "m.candidate_refs",
        "is_in_range": f"case when v.paper_no is not null then v.paper_no between 1 and "
        f"{MAX_PAPER_NO} else m.is_in_range end",
        "source": "coalesce(v.count_batch_id, b.polling_station_id, r.polling_station_id, "
        "m.source)",
        "number": "coalesce(v.paper_no, b.issue_no, r.elector_no, m.number)",
        # A tendered ballot neither checks nor claims an elector number.
        "elector_no": "case when b.method <> 'tendered' then b.elector_no end",
        "method": "b.method",
        "choice": "coalesce(v.candidate_id, concat('!', v.rejection_reason), m.choice)",
        **{name: f"coalesce(b.{name}, r.{name}, m.{name})" for name in person},
        "fact": "m.fact",
    }  # fmt: skip
    assert columns.keys() == COMMON.keys()
    return [f"{text} {name}" for name, text in columns.items()]


def _case(by_topic: dict[str, str], otherwise: str) -> str:
    branches = " ".join(
        f"when topic_no = {topic_number(topic)} then {text}" for topic, text in by_topic.items()
    )
    return f"case {branches} else {otherwise} end"


def _decodes(rules: NightRules) -> str:
    timed = "produced_us is not null and sent_us is not null and at_us is not null"
    same_election = {
        name: f"{name}.election_id = '{rules.election_id}'" for name in BIG_TOPICS.values()
    }
    # The rest of an identifier that fits its pattern fits it too: no need to look twice.
    prefix_of = {"v": ("v.count_batch_id", "-B"), "b": ("b.polling_station_id", "-S"),
                 "r": ("r.polling_station_id", "-S")}  # fmt: skip
    by_topic = {}
    for topic, name in BIG_TOPICS.items():
        whole, mark = prefix_of[name]
        seat = f"{name}.constituency_id"
        known = {
            "election_id": same_election[name],
            "constituency_id": f"({seat} <> '' and startswith({whole}, concat({seat}, '{mark}')))",
        }
        by_topic[topic] = (
            f"{timed} and {fields_are_valid(event_of(topic), name, known)} and {_BIG[topic]}"
        )
    return f"{is_one_object()} and {_case(by_topic, 'm.decodes')}"


# Rules between fields of one message: what breaks them is malformed.
_BIG = {
    "votes": "not (v.candidate_id is not null and v.rejection_reason is not null)",
    "ballots_issued": "(b.method = 'tendered' or b.elector_no is not null)",
    # Thirty-two digits could be a JSON number: only then look at the JSON type.
    "voters": "(case when r.voter_key rlike '[a-f]' then true else schema_of_variant("
    "from_json(text, 'voter_key variant').voter_key) = 'STRING' end)",
}


def _small_struct() -> str:
    return _case({topic: _interpreted(topic) for topic in SMALL_TOPICS}, "null")


def _interpreted(topic: str) -> str:
    """Return the lambda that reads one small topic into the COMMON columns."""
    event = event_of(topic)
    own = _SMALL[topic]
    at = event.occurred_at
    timed = [f"{micros('e.produced_at')} is not null", f"{micros('e.sent_at')} is not null"]
    timed += [f"{micros(f'e.{at}')} is not null"] if at else []
    among = own.get("among", "true")
    columns = {
        "decodes": " and ".join([*timed, fields_are_valid(event, "e"), among]),
        "schema_version": "e.schema_version",
        "is_secret": names_a_secret(event, "e"),
        "produced_us": micros("e.produced_at"),
        "sent_us": micros("e.sent_at"),
        "at_us": micros(f"e.{at}") if at else "null",
        **{name: text for name, text in own.items() if name != "among"},
    }
    if topic != "exit_poll":
        members = ", ".join(f"'{f.name}', e.{f.name}" for f in event.own_fields)
        columns["fact"] = f"to_json(named_struct({members}))"
    fields = ", ".join(
        f"'{name}', cast({columns.get(name, 'null')} as {kind})" for name, kind in COMMON.items()
    )
    return f"transform(array({from_json(event)}), e -> named_struct({fields}))[0]"


_SMALL: dict[str, dict[str, str]] = {
    "constituencies": {},
    "candidates": {"seat_ref": "e.constituency_id"},
    "ballot_accounts": {
        # A station or a batch belongs to a seat; the dimensions that are accounted for are three.
        "among": "(case e.kind when 'dimensions' then e.id in " + _DIMENSION_ACCOUNTS + " "
        "when 'exit_poll' then true else e.constituency_id is not null end)",
        "seat_ref": "case when e.kind in ('station', 'count_batch') then e.constituency_id end",
        "region_ref": "case when e.kind = 'exit_poll' then e.id end",
        "station_ref": "case when e.kind = 'station' then e.id end",
        "batch_ref": "case when e.kind = 'count_batch' then e.id end",
        "is_in_range": "e.count >= 0 and e.version >= 1",
    },
    "declarations": {
        "seat_ref": "e.constituency_id",
        "candidate_refs": "concat(transform(e.votes, x -> x.candidate_id), "
        "filter(array(e.winner_candidate_id), x -> x is not null))",
        "is_in_range": "e.version >= 1 and forall(e.votes, x -> x.vote_count >= 0)",
    },
    "exit_poll": {
        "among": "((e.party_abbreviation is null or is_variant_null(e.party_abbreviation)) "
        "= e.refused)",
        "region_ref": "e.region_id",
        "party_ref": text_of("e.party_abbreviation"),
        "is_in_range": f"e.answer_no between 1 and {MAX_ANSWER_NO}",
        "source": "e.region_id",
        "number": "e.answer_no",
        "choice": f"coalesce({text_of('e.party_abbreviation')}, '-')",
        "age_band": "e.age_band",
        "sex": "e.sex",
        "education": "e.education",
    },
}
