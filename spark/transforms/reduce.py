"""Validated messages -> the few rows that reach the driver, in one aggregate.

Four groupings at once (GROUPING SETS), told apart by `part`:
- SHEETS: per source, choice or method, and moment (the batch's counting time, the hour of issue):
  how many messages, first and last offset. A rejected message, or an acceptable fact of a small
  topic, is a row of its own.
- NUMBERS and ELECTORS: per source and 64 numbers, the bits of the numbers that came: `bit_or`
  and `bit_xor`, from which twins inside the batch follow by arithmetic.
- CELLS: by region, age, sex and education.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from election.acceptance import HASH_ONLY_REASONS
from election.topics import INPUT_TOPICS, event_of
from spark.schemas import topic_number

SHEETS, NUMBERS, ELECTORS, CELLS = 1, 2, 3, 4

# Longer values of rejected messages do not travel with the reduced rows: executors send them.
INLINE_BYTES = 1024
TOO_LONG = ">"

_HOUR_US = 3_600_000_000
_SHEET = [
    "topic_no", "kafka_partition", "source", "seat", "choice", "moment_us", "is_late", "reason",
    "row_offset", "fact",
]  # fmt: skip
_NUMBER = ["topic_no", "source", "number_word"]
_ELECTOR = ["topic_no", "source", "elector_word"]
_CELL = ["topic_no", "cell_region", "age_band", "sex", "education", "cell_choice"]
GROUPING_SETS = [_SHEET, _NUMBER, _ELECTOR, _CELL]
KEYS = list(dict.fromkeys(name for names in GROUPING_SETS for name in names))

NUMBERED_TOPICS = ("voters", "ballots_issued", "votes", "exit_poll")


def prepare(validated: DataFrame) -> DataFrame:
    """Return the columns that the groupings and the exact pass work on."""
    return validated.selectExpr(*(f"{text} {name}" for name, text in _prepared().items()))


def reduce(prepared: DataFrame) -> DataFrame:
    """Aggregate a batch; see the module."""
    aggregates: list[Column] = [
        F.expr(text).alias(name)
        for name, text in {
            "part": f"case when grouping(number_word) = 0 then {NUMBERS} "
            f"when grouping(elector_word) = 0 then {ELECTORS} "
            f"when grouping(cell_region) = 0 then {CELLS} else {SHEETS} end",
            "messages": "count(*)",
            "first_offset": "min(kafka_offset)",
            "last_offset": "max(kafka_offset)",
            "number_or": "bit_or(number_bit)",
            "number_xor": "bit_xor(number_bit)",
            "elector_or": "bit_or(elector_bit)",
            "elector_xor": "bit_xor(elector_bit)",
            "first_produced": "min(produced_us)",
            "last_produced": "max(produced_us)",
        }.items()
    ]
    sets = [[F.col(name) for name in names] for names in GROUPING_SETS]
    return prepared.groupingSets(sets, *(F.col(k) for k in KEYS)).agg(*aggregates)


def _prepared() -> dict[str, str]:
    ok = "reason is null"
    numbered = _topics(NUMBERED_TOPICS)
    is_exit_poll = f"topic_no = {topic_number('exit_poll')}"
    is_votes = f"topic_no = {topic_number('votes')}"
    in_cells = (
        f"{ok} and (topic_no = {topic_number('voters')} or {is_exit_poll} or method <> 'tendered')"
    )
    bits = "shiftleft(1L, cast((({0}) - 1) & 63 as int))"
    word = "cast(shiftright(({0}) - 1, 6) as int)"
    has_number = f"{ok} and topic_no in {numbered}"
    has_elector = f"{ok} and elector_no is not null"
    return {
        "topic_no": "topic_no",
        "kafka_partition": "kafka_partition",
        "kafka_offset": "kafka_offset",
        "reason": "reason",
        "source": f"case when {has_number} then source end",
        "seat": f"case when {ok} and {is_votes} then seat_ref end",
        "choice": f"case when {ok} and not ({is_exit_poll}) then coalesce(method, choice) end",
        # Papers of a batch have one counting time; ballots issued are gathered by the hour.
        "moment_us": f"case when {ok} and {is_votes} then at_us "
        f"when {ok} and method is not null then at_us - pmod(at_us, {_HOUR_US}) end",
        "is_late": f"case when {ok} then is_late end",
        "row_offset": "case when reason is not null or fact is not null then kafka_offset end",
        "fact": f"case when {ok} then fact else {_rejected_value()} end",
        "number": f"case when {has_number} then number end",
        "elector_no": f"case when {has_elector} then elector_no end",
        "number_word": f"case when {has_number} then {word.format('number')} end",
        "number_bit": f"case when {has_number} then {bits.format('number')} end",
        "elector_word": f"case when {has_elector} then {word.format('elector_no')} end",
        "elector_bit": f"case when {has_elector} then {bits.format('elector_no')} end",
        "cell_region": f"case when {in_cells} then coalesce(region_id, region_ref) end",
        **{
            name: f"case when {in_cells} then coalesce({name}, '-') end"
            for name in ("age_band", "sex", "education")
        },
        "cell_choice": f"case when {ok} and {is_exit_poll} then choice end",
        "produced_us": "produced_us",
    }


def _rejected_value() -> str:
    """What reaches the driver of a rejected value: base64, or its hash where secrecy asks."""
    choices = _topics(t for t in INPUT_TOPICS if event_of(t).names_a_choice)
    withheld = ", ".join(f"'{reason}'" for reason in sorted(HASH_ONLY_REASONS))
    return (
        "case when text is null then null "
        f"when reason in ({withheld}) or (reason = 'malformed' and topic_no in {choices}) "
        "then concat(sha2(cast(text as binary), 256), ' ', octet_length(text)) "
        f"when octet_length(text) > {INLINE_BYTES} then '{TOO_LONG}' "
        "else base64(cast(text as binary)) end"
    )


def _topics(topics: object) -> str:
    return f"({', '.join(str(topic_number(t)) for t in topics)})"  # type: ignore[attr-defined]
