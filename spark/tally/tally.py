"""A reduced batch -> what it adds: claims numbers, finds repeats, accounts for every message.

Works on rows that Spark reduced; knows no Spark. Its state is a function of the ledgers: after
any exception throw it away and load it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import orjson
import polars as pl

from election.errors import UserError
from election.topics import DIMENSION_TOPICS, INPUT_TOPICS, event_of
from spark.blocks.reduce import CELLS, ELECTORS, NUMBERED_TOPICS, NUMBERS, SHEETS, TOO_LONG
from spark.schemas import Place, topic_number
from spark.tally import rows as ledger
from spark.tally.exact import Losers, Row, settle
from spark.tally.rows import COUNT, TURNOUT, Increment, conform
from spark.tally.words import BatchWords, SeenNumbers, dirty_bits, numbers_in, without

_SHEET = ["topic", "kafka_partition", "source", "seat", "choice", "moment_us", "is_late"]
_CELL = ["topic", "cell_region", "age_band", "sex", "education", "cell_choice"]
_TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Dirty:
    """Numbers that came more than once: (topic, source, number) and (source, elector number)."""

    numbers: list[tuple[str, str, int]]
    electors: list[tuple[str, int]]

    def __bool__(self) -> bool:
        return bool(self.numbers or self.electors)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return (topic_no, source, number) and (topic_no, source, elector_no) to look for."""
        issuing = topic_number("ballots_issued")
        kinds = {"topic_no": pl.Int8, "source": pl.String}
        return (
            pl.DataFrame(
                [(topic_number(topic), source, n) for topic, source, n in self.numbers],
                schema={**kinds, "number": pl.Int64}, orient="row",
            ),
            pl.DataFrame(
                [(issuing, source, n) for source, n in self.electors],
                schema={**kinds, "elector_no": pl.Int64}, orient="row",
            ),
        )  # fmt: skip


@dataclass(frozen=True)
class Rejected:
    """A rejected message; `value` as the reduce step left it, TOO_LONG where it must be fetched."""

    topic: str
    partition: int
    offset: int
    reason: str
    value: str | None

    @property
    def place(self) -> Place:
        """Where it is in its topic."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True)
class Batch:
    """What a batch adds to the ledgers, its rejected messages, and where its duplicates are."""

    increment: Increment
    rejected: list[Rejected]
    duplicates: list[Place]


FetchDirty = Callable[[Dirty], list[Row]]


@dataclass
class Claims:
    """Everything that was claimed: numbers, electors, identities of facts."""

    numbers: dict[str, SeenNumbers] = field(
        default_factory=lambda: {topic: SeenNumbers() for topic in NUMBERED_TOPICS}
    )
    electors: SeenNumbers = field(default_factory=SeenNumbers)
    facts: dict[str, set[tuple[object, ...]]] = field(
        default_factory=lambda: {t: set() for t in INPUT_TOPICS if t not in NUMBERED_TOPICS}
    )

    def restore(self, increment: Increment) -> None:
        """Claim again what ledger rows say was claimed."""
        for name in (TURNOUT, COUNT):
            for (topic,), group in increment.kind(name, ledger.NUMBERS).group_by("topic"):
                _mark(self.numbers[str(topic)], group)
        _mark(self.electors, increment.kind(TURNOUT, ledger.ELECTORS))
        facts = increment.kind(COUNT, ledger.FACT).select("topic", "fact")
        for topic, text in facts.iter_rows():
            self.facts[topic].add(identity_of(topic, orjson.loads(text)))


def identity_of(topic: str, fact: dict[str, object]) -> tuple[object, ...]:
    """Return what makes a fact the same fact."""
    return tuple(fact[name] for name in event_of(topic).identity)


class Tally:
    """Takes batches one after the other.

    Args:
        claims: What earlier entries claimed.
        dimension_counts: How many constituencies and candidates there are, by topic.
    """

    def __init__(self, claims: Claims, dimension_counts: dict[str, int]) -> None:
        self.claims = claims
        self._dimension_counts = dimension_counts

    def take(self, reduced: pl.DataFrame, fetch_dirty: FetchDirty) -> Batch:
        """Judge a batch and claim its numbers.

        Raises:
            UserError: a message is in no class, or in two.
        """
        named = reduced.with_columns(
            pl.col("topic_no").replace_strict(dict(enumerate(INPUT_TOPICS))).alias("topic")
        )
        sheets = named.filter(pl.col("part") == SHEETS)
        words, losers = self._claim_numbers(named, fetch_dirty)
        facts, judged_facts, closed = self._claim_facts(sheets)
        counted = _subtract(
            sheets.filter(pl.col("reason").is_null() & pl.col("row_offset").is_null()),
            [*losers.duplicates, *losers.double_votes], _SHEET,
        )  # fmt: skip
        cells = _subtract(
            named.filter((pl.col("part") == CELLS) & pl.col("cell_region").is_not_null()),
            [r for r in (*losers.duplicates, *losers.double_votes) if r["cell_region"]], _CELL,
        )  # fmt: skip
        rejected = _rejected(sheets, losers, closed)
        accounts = _accounts(sheets, counted, judged_facts, losers, rejected)
        _check_conservation(accounts)
        increment = _increment(counted, cells, words, facts, accounts, rejected)
        return Batch(increment, rejected, _duplicates(losers, judged_facts))

    def _claim_numbers(
        self, named: pl.DataFrame, fetch_dirty: FetchDirty
    ) -> tuple[list[pl.DataFrame], Losers]:
        numbers = {
            topic: _batch_words(
                named.filter((pl.col("part") == NUMBERS) & (pl.col("topic") == topic)), "number"
            )
            for topic in NUMBERED_TOPICS
        }
        electors = _batch_words(named.filter(pl.col("part") == ELECTORS), "elector")
        dirty = self._dirty(numbers, electors)
        losers = Losers()
        if dirty:
            losers = settle(
                fetch_dirty(dirty),
                lambda topic, source, number: self.claims.numbers[topic].has(source, number),
                self.claims.electors.has,
            )
        claimed = [
            _claim(self.claims.numbers[topic], batch, batch.ors, topic, ledger.NUMBERS)
            for topic, batch in numbers.items()
        ]
        free = without(electors, electors.ors, losers.free_electors)
        claimed.append(
            _claim(self.claims.electors, electors, free, "ballots_issued", ledger.ELECTORS)
        )
        return claimed, losers

    def _dirty(self, numbers: dict[str, BatchWords], electors: BatchWords) -> Dirty:
        found = Dirty([], [])
        for topic, batch in numbers.items():
            bits = dirty_bits(batch, self.claims.numbers[topic].look(batch.sources, batch.words))
            found.numbers.extend(
                (topic, batch.sources[i], number) for i, number in numbers_in(batch.words, bits)
            )
        bits = dirty_bits(electors, self.claims.electors.look(electors.sources, electors.words))
        found.electors.extend(
            (electors.sources[i], number) for i, number in numbers_in(electors.words, bits)
        )
        return found

    def _claim_facts(
        self, sheets: pl.DataFrame
    ) -> tuple[list[tuple[str, int, int, str]], list[tuple[Place, str]], list[Rejected]]:
        """Return accepted facts, the class of each fact by its place, and those too many."""
        facts: list[tuple[str, int, int, str]] = []
        classes: list[tuple[Place, str]] = []
        closed: list[Rejected] = []
        came = sheets.filter(pl.col("reason").is_null() & pl.col("row_offset").is_not_null())
        columns = ["topic", "kafka_partition", "row_offset", "fact", "is_late"]
        for topic, partition, offset, text, is_late in (
            came.sort("topic", "kafka_partition", "row_offset").select(columns).iter_rows()
        ):
            claimed = self.claims.facts[topic]
            identity = identity_of(topic, orjson.loads(text))
            if identity in claimed:
                classes.append(((topic, partition, offset), "duplicate"))
            elif topic in DIMENSION_TOPICS and len(claimed) >= self._dimension_counts[topic]:
                closed.append(Rejected(topic, partition, offset, "register_closed", TOO_LONG))
            else:
                claimed.add(identity)
                facts.append((topic, partition, offset, text))
                classes.append(((topic, partition, offset), "late" if is_late else "accepted"))
        return facts, classes, closed


def _mark(seen: SeenNumbers, group: pl.DataFrame) -> None:
    words = group["word"].cast(pl.Int64).to_numpy()
    bits = group["bits"].to_numpy().view(np.uint64)
    seen.mark(group["source"].to_list(), words, bits)


def _batch_words(part: pl.DataFrame, what: str) -> BatchWords:
    part = part.filter(pl.col(f"{what}_word").is_not_null())
    return BatchWords(
        part["source"].to_list(),
        part[f"{what}_word"].cast(pl.Int64).to_numpy(),
        part[f"{what}_or"].to_numpy().view(np.uint64),
        part[f"{what}_xor"].to_numpy().view(np.uint64),
        part["messages"].to_numpy(),
    )


def _claim(
    seen: SeenNumbers, batch: BatchWords, bits: np.ndarray, topic: str, kind: str
) -> pl.DataFrame:
    fresh = bits & ~seen.look(batch.sources, batch.words)
    kept = np.nonzero(fresh)[0]
    sources = [batch.sources[i] for i in kept.tolist()]
    words, fresh = batch.words[kept], fresh[kept]
    seen.mark(sources, words, fresh)
    return pl.DataFrame(
        {
            "kind": [kind] * len(kept),
            "topic": [topic] * len(kept),
            "source": pl.Series(sources, dtype=pl.String),
            "word": words,
            "bits": fresh.view(np.int64),
            "messages": np.bitwise_count(fresh).astype(np.int64),
        },
        schema_overrides={"kind": pl.String, "topic": pl.String},
    )


def _subtract(counted: pl.DataFrame, lost: list[Row], keys: list[str]) -> pl.DataFrame:
    """Take lost messages out of the counts of their groups."""
    if not lost:
        return counted
    types = {name: counted.schema[name] for name in keys}
    gone = pl.DataFrame([{k: row[k] for k in keys} for row in lost], schema=types)
    counts = gone.group_by(keys).agg(pl.len().cast(pl.Int64).alias("lost"))
    joined = counted.join(counts, on=keys, how="left", nulls_equal=True)
    if int(joined["lost"].sum()) != len(lost):
        raise _unaccounted("a repeated message is not among the counted ones")
    left = pl.col("messages") - pl.col("lost").fill_null(0)
    return joined.with_columns(left.alias("messages")).drop("lost").filter(pl.col("messages") > 0)


def _rejected(sheets: pl.DataFrame, losers: Losers, closed: list[Rejected]) -> list[Rejected]:
    columns = ["topic", "kafka_partition", "row_offset", "reason", "fact"]
    found = sheets.filter(pl.col("reason").is_not_null()).select(columns)
    rejected = [Rejected(*row) for row in found.iter_rows()]
    rejected += [
        Rejected(r["topic"], r["kafka_partition"], r["kafka_offset"], "double_vote_attempt",
                 TOO_LONG)
        for r in losers.double_votes
    ]  # fmt: skip
    return [*rejected, *closed]


def _duplicates(losers: Losers, facts: list[tuple[Place, str]]) -> list[Place]:
    of_numbers = [(r["topic"], r["kafka_partition"], r["kafka_offset"]) for r in losers.duplicates]
    return of_numbers + [place for place, found in facts if found == "duplicate"]


def _accounts(
    sheets: pl.DataFrame, counted: pl.DataFrame, facts: list[tuple[Place, str]],
    losers: Losers, rejected: list[Rejected],
) -> pl.DataFrame:  # fmt: skip
    """Return per topic and partition: messages, offsets, produced times, and each class."""
    keys = ["topic", "kafka_partition"]
    came = sheets.group_by(keys).agg(
        pl.col("messages").sum(),
        pl.col("first_offset").min(),
        pl.col("last_offset").max(),
        pl.col("first_produced").min(),
        pl.col("last_produced").max(),
    )
    late = pl.when(pl.col("is_late")).then(pl.lit("late")).otherwise(pl.lit("accepted"))
    classes = [
        counted.group_by(*keys, late.alias("class")).agg(pl.col("messages").sum().alias("n")),
        _class_rows([(topic, partition, of) for (topic, partition, _), of in facts]),
        _class_rows([(r["topic"], r["kafka_partition"], "duplicate") for r in losers.duplicates]),
        _class_rows([(r.topic, r.partition, "rejected") for r in rejected]),
    ]
    found = pl.concat(classes, how="vertical_relaxed")
    for name in ("accepted", "late", "duplicate", "rejected"):
        one = found.filter(pl.col("class") == name).group_by(keys).agg(pl.col("n").sum())
        came = came.join(one.rename({"n": name}), on=keys, how="left")
        came = came.with_columns(pl.col(name).fill_null(0))
    return came.sort(keys)


def _class_rows(rows: list[tuple[str, int, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows,
        schema={"topic": pl.String, "kafka_partition": pl.Int32, "class": pl.String},
        orient="row",
    )
    return frame.group_by(pl.all()).agg(pl.len().cast(pl.Int64).alias("n"))


def _check_conservation(accounts: pl.DataFrame) -> None:
    """Every message is in one class, and every offset between first and last is a message."""
    classes = pl.sum_horizontal("accepted", "late", "duplicate", "rejected")
    span = pl.col("last_offset") - pl.col("first_offset") + 1
    wrong = accounts.filter((classes != pl.col("messages")) | (span != pl.col("messages")))
    if len(wrong):
        raise _unaccounted("; ".join(str(row) for row in wrong.iter_rows(named=True)))


def _unaccounted(why: str) -> UserError:
    return UserError(
        "messages of a batch are not all accounted for",
        why=why,
        fix="nothing of the batch was written; start the stage again, and report it if it stays",
    )


def _increment(
    counted: pl.DataFrame, cells: pl.DataFrame, words: list[pl.DataFrame],
    facts: list[tuple[str, int, int, str]], accounts: pl.DataFrame, rejected: list[Rejected],
) -> Increment:  # fmt: skip
    frames = [
        *words,
        _sheet_rows(counted),
        _cell_rows(cells),
        _fact_rows(facts),
        _account_rows(accounts),
        _rejection_rows(rejected),
    ]
    ledgers = {}
    for name, topics in ledger.TOPICS_OF_LEDGER.items():
        own = [frame.filter(pl.col("topic").is_in(topics)) for frame in frames]
        ledgers[name] = conform([frame for frame in own if len(frame)], name)
    return Increment(ledgers[TURNOUT], ledgers[COUNT])


def _sheet_rows(counted: pl.DataFrame) -> pl.DataFrame:
    numbered = counted.filter(pl.col("topic") != "exit_poll")
    keys = ["topic", "kafka_partition", "source", "seat", "choice", "moment_us"]
    sums = numbered.group_by(keys).agg(
        pl.col("messages").sum(), pl.col("first_offset").min(), pl.col("last_offset").max()
    )
    is_vote = pl.col("topic") == "votes"
    is_spoilt = pl.col("choice").str.starts_with("!")
    moment = pl.col("moment_us").cast(_TIME)
    return sums.select(
        pl.lit(ledger.SHEET).alias("kind"),
        "topic", "kafka_partition", "source", "messages", "first_offset", "last_offset",
        pl.when(~is_vote).then("choice").alias("method"),
        pl.when(~is_vote).then(moment).alias("hour_start_at"),
        pl.col("seat").alias("constituency_id"),
        pl.when(is_vote & ~is_spoilt).then("choice").alias("candidate_id"),
        pl.when(is_vote & is_spoilt).then(pl.col("choice").str.slice(1))
        .alias("rejection_reason"),
        pl.when(is_vote).then(moment).alias("counted_at"),
    )  # fmt: skip


def _cell_rows(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.select(
        pl.lit(ledger.CELL).alias("kind"),
        "topic", pl.col("cell_region").alias("region_id"), "age_band", "sex", "education",
        pl.col("cell_choice").alias("party_abbreviation"), "messages",
    )  # fmt: skip


def _fact_rows(facts: list[tuple[str, int, int, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        facts,
        schema={
            "topic": pl.String,
            "kafka_partition": pl.Int32,
            "first_offset": pl.Int64,
            "fact": pl.String,
        },
        orient="row",
    )
    return frame.with_columns(
        pl.lit(ledger.FACT).alias("kind"),
        pl.col("first_offset").alias("last_offset"),
        pl.lit(1, pl.Int64).alias("messages"),
    )


def _account_rows(accounts: pl.DataFrame) -> pl.DataFrame:
    return accounts.with_columns(
        pl.lit(ledger.ACCOUNT).alias("kind"),
        pl.col("first_produced").cast(_TIME).alias("first_produced_at"),
        pl.col("last_produced").cast(_TIME).alias("last_produced_at"),
    ).drop("first_produced", "last_produced")


def _rejection_rows(rejected: list[Rejected]) -> pl.DataFrame:
    frame = pl.DataFrame(
        [(r.topic, r.partition, r.offset, r.reason) for r in rejected],
        schema={
            "topic": pl.String,
            "kafka_partition": pl.Int32,
            "first_offset": pl.Int64,
            "reason": pl.String,
        },
        orient="row",
    )
    return frame.with_columns(
        pl.lit(ledger.REJECTION).alias("kind"),
        pl.col("first_offset").alias("last_offset"),
        pl.lit(1, pl.Int64).alias("messages"),
    )
