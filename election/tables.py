"""Every warehouse table that a stage writes, declared once: columns, key, partition, clustering.

`raw` follows from the events, `analytics` holds the live tables Spark keeps as absolute values,
`ops` the ledgers of every stage. What dbt builds is declared by dbt's own contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from election.events import Field, Kind
from election.topics import INPUT_TOPICS, event_of


class Type(StrEnum):
    """Column types, by their PostgreSQL names; other warehouses map from these."""

    TEXT = "text"
    BIGINT = "bigint"
    DOUBLE = "double precision"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp with time zone"
    DATE = "date"
    JSON = "jsonb"
    BYTES = "bytea"


@dataclass(frozen=True)
class Column:
    """One column with its unit or meaning."""

    name: str
    type: Type
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table.

    PostgreSQL: `partition_by` is a list partition, `cluster_by` becomes an index. BigQuery: a
    partition is a day of `partition_day`, and rows lie in the order of `cluster_by` or of the key.
    """

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    cluster_by: tuple[str, ...] = ()
    partition_by: str | None = None
    partition_day: str | None = None

    @property
    def full_name(self) -> str:
        """Return `schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def measures(self) -> tuple[Column, ...]:
        """Columns outside the key."""
        return tuple(c for c in self.columns if c.name not in self.key)


def _text(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.TEXT, description, nullable)


def _count(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.BIGINT, description, nullable)


def _time(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, Type.TIMESTAMP, description, nullable)


_NIGHT = _text("night_id", "election and start of this night")

# --- raw: one table an input topic -------------------------------------------------------------

_KIND_TO_TYPE = {
    Kind.STRING: Type.TEXT,
    Kind.INT: Type.BIGINT,
    Kind.FLOAT: Type.DOUBLE,
    Kind.BOOL: Type.BOOLEAN,
    Kind.TIMESTAMP: Type.TIMESTAMP,
    Kind.LIST: Type.TEXT,  # JSON text: columns of type JSON cannot ride in parquet everywhere
}

KAFKA_COLUMNS = (
    _NIGHT,
    _count("kafka_partition", "partition the message was read from"),
    _count("kafka_offset", "offset of the message in its partition"),
    _time("kafka_timestamp", "broker's timestamp"),
)
RAW_KEY = ("night_id", "kafka_partition", "kafka_offset")
# What BigQuery's raw has beside. Its days are ours: a message's own time is whatever its producer
# says, and must neither hide a message nor open a partition of another year.
LANDED_AT = Column("landed_at", Type.TIMESTAMP, "wall clock when ingestion read the message")
RAW_DAY = LANDED_AT.name
LOAD_ID = Column(
    "_dlt_load_id", Type.TEXT, "load that brought the row, added by dlt", nullable=True
)


def _raw_column(field: Field) -> Column:
    return Column(field.name, _KIND_TO_TYPE[field.kind], field.description, not field.required)


RAW: dict[str, Table] = {
    topic: Table(
        "raw",
        topic,
        f"topic {topic} as landed: {event_of(topic).description}",
        KAFKA_COLUMNS + tuple(_raw_column(f) for f in event_of(topic).fields),
        RAW_KEY,
        partition_day=RAW_DAY,
    )
    for topic in INPUT_TOPICS
}

RAW_REJECTED = Table(
    "raw",
    "rejected_messages",
    "messages refused on their own account: not decodable, unknown version, secrecy, too soon",
    (
        _NIGHT,
        _text("topic", "topic the message was read from"),
        *KAFKA_COLUMNS[1:],
        _text("reason", "first reason that applies"),
        Column("value", Type.BYTES, "bytes, where secrecy allows", nullable=True),
        _text("value_sha256", "SHA-256 of the bytes, hex"),
        _count("value_length", "length in bytes"),
    ),
    ("night_id", "topic", "kafka_partition", "kafka_offset"),
    partition_day=RAW_DAY,
)

# --- analytics: the live tables ----------------------------------------------------------------

_LIVE = (
    _text("election_id", "election"),
    Column("polling_date", Type.DATE, "day of the poll"),
    _time("as_of", "wall clock when the row was written"),
    _count("ledger_version", "ledger entry that the row reflects"),
)
_REGION = _text("region_id", "region or nation")
_SEAT = _text("constituency_id", "constituency")
_AGE = _text("age_band", "age band, - where unknown")
_SEX = _text("sex", "sex, - where unknown")
_EDUCATION = _text("education", "highest qualification, - where unknown")


def _live(
    name: str,
    description: str,
    keys: tuple[Column, ...],
    measures: tuple[Column, ...],
    cluster_by: tuple[str, ...],
    *,
    beside: tuple[Column, ...] = (),
) -> Table:
    """`beside` are attributes that the key determines, such as a seat's region."""
    return Table(
        "analytics",
        name,
        description,
        (_NIGHT, *keys, *beside, *measures, *_LIVE),
        ("night_id", *(column.name for column in keys)),
        cluster_by,
        partition_by="night_id",
        partition_day="polling_date",
    )


ANALYTICS: dict[str, Table] = {
    table.name: table
    for table in (
        _live(
            "candidate_totals",
            "votes by candidate; a row for every nomination from the start",
            (_SEAT, _text("candidate_id", "candidate")),
            (_count("vote_count", "valid votes counted"),),
            ("region_id", "constituency_id"),
            beside=(_REGION, _text("party_abbreviation", "party that counting groups by")),
        ),
        _live(
            "constituency_counts",
            "papers by constituency",
            (_SEAT,),
            (
                _count("papers_counted", "papers read at the count, valid and rejected"),
                _count("valid_votes", "papers with a candidate"),
                _count("rejected_want_of_official_mark", "papers rejected: no official mark"),
                _count("rejected_too_many_votes", "papers rejected: more votes than allowed"),
                _count("rejected_identifies_voter", "papers rejected: identifies the voter"),
                _count("rejected_unmarked_or_void", "papers rejected: unmarked or void"),
                _count("papers_accounted_for", "papers that the batch accounts say there are"),
                _count("papers_missing", "numbers below an account that were not seen"),
                _count("batches_accounted_for", "count batches with an account"),
                _time("first_counted_at", "election time of the first batch", nullable=True),
                _time("last_counted_at", "election time of the newest batch", nullable=True),
            ),
            ("region_id", "constituency_id"),
            beside=(_REGION,),
        ),
        _live(
            "regional_turnout",
            "turnout by region and constituency",
            (_REGION, _SEAT),
            (
                _count("registered", "electors on the register"),
                _count("issued_in_person", "ballots issued in person"),
                _count("issued_postal", "postal packs accepted"),
                _count("issued_proxy", "ballots issued to proxies"),
                _count("issued_tendered", "tendered ballots, set aside: in no turnout"),
            ),
            ("region_id",),
        ),
        _live(
            "hourly_trends",
            "ballots issued and votes counted by hour (UTC)",
            (
                _time("hour_start_at", "start of the hour, UTC"),
                _REGION,
                _text("party_abbreviation", "party, - on rows of ballots issued"),
            ),
            (
                _count("issued_in_person", "ballots issued in person or to proxies"),
                _count("issued_postal", "postal packs accepted"),
                _count("votes_counted", "valid votes counted for the party"),
            ),
            ("region_id", "hour_start_at"),
        ),
        _live(
            "demographic_analysis",
            "turnout by age, sex and education; internal: marts suppress small cells",
            (_REGION, _AGE, _SEX, _EDUCATION),
            (
                _count("registered", "electors on the register"),
                _count("ballots_issued", "ballots issued, tendered ones excluded"),
            ),
            ("region_id", "age_band"),
        ),
        _live(
            "exit_poll_estimates",
            "simulated exit-poll answers",
            (
                _REGION, _AGE, _SEX, _EDUCATION,
                _text("party_abbreviation", "party, - where refused"),
            ),
            (_count("answers", "answers"),),
            ("region_id",),
        ),
        _live(
            "polling_station_turnout",
            "turnout by polling station",
            (_text("polling_station_id", "polling station"),),
            (
                _count("registered", "electors on the register"),
                _count("ballots_issued", "ballots issued, tendered ones excluded"),
                _count("issue_numbers_missing", "issue numbers below the account not seen"),
                _count("issue_numbers_accounted_for", "papers that the station's account says",
                       nullable=True),
            ),
            ("region_id", "constituency_id"),
            beside=(_REGION, _SEAT),
        ),
    )
}  # fmt: skip

# The facts that close before the poll and the declarations, as the stream's engine accepted
# them: analytics must not read raw, and live marts must not wait for dbt.
_FACTS = (
    Table(
        "analytics", "seats", "constituencies as accepted from the stream",
        (
            _NIGHT, _SEAT, _text("name", "name"), _REGION, _text("region_name", "region or nation"),
            _text("nation", "nation"), _count("electorate", "names on the register"),
            _text("previous_winner", "party that held the seat", nullable=True),
            Column("previous_shares", Type.JSON, "share by party at the previous election"),
            _count("hex_q", "hex map column", nullable=True),
            _count("hex_r", "hex map row", nullable=True),
            _count("station_count", "polling stations"),
        ),
        ("night_id", "constituency_id"),
    ),
    Table(
        "analytics", "stations", "polling stations as accepted from the stream",
        (
            _NIGHT, _text("polling_station_id", "polling station"), _SEAT, _REGION,
            _text("name", "name"), _count("registered", "electors on the station's register"),
        ),
        ("night_id", "polling_station_id"),
    ),
    Table(
        "analytics", "nominations", "candidates as accepted from the stream",
        (
            _NIGHT, _text("candidate_id", "candidate"), _SEAT, _REGION, _text("name", "name"),
            _text("party_id", "party id"), _text("party_name", "party name"),
            _text("party_abbreviation", "party abbreviation"),
            Column("is_incumbent", Type.BOOLEAN, "sitting member"),
            _count("ballot_order", "position on the paper"),
        ),
        ("night_id", "candidate_id"),
    ),
    Table(
        "analytics", "declaration_versions", "declarations as accepted from the stream",
        (
            _NIGHT, _SEAT, _count("version", "version of the declaration"),
            _text("status", "declared or corrected"),
            _count("electorate", "names on the register"),
            _count("rejected_ballots", "papers rejected"),
            Column("votes", Type.JSON, "list of candidate_id and vote_count"),
            _text("winner_candidate_id", "winner", nullable=True),
            Column("is_tie", Type.BOOLEAN, "first place is shared"),
            _text("result_summary", "for example Lab gain from Con", nullable=True),
            _time("declared_at", "election time of the declaration"),
            _text("source", "where it comes from"),
            _text("reason", "reason of a correction", nullable=True),
            _count("kafka_offset", "offset on topic declarations"),
        ),
        ("night_id", "constituency_id", "version"),
    ),
    Table(
        "analytics", "rejections", "messages that Spark rejected, by offset and reason",
        (
            _NIGHT, _text("topic", "topic"), _count("kafka_partition", "partition"),
            _count("kafka_offset", "offset"), _text("reason", "first reason that applies"),
        ),
        ("night_id", "topic", "kafka_partition", "kafka_offset"),
    ),
)  # fmt: skip
FACTS: dict[str, Table] = {table.name: table for table in _FACTS}

# --- ops: what every stage writes about itself ---------------------------------------------------

_TOPIC = _text("topic", "topic, without prefix")
_PARTITION = _count("kafka_partition", "partition")
_STAGE = _text("stage", "stage that wrote the row")

_OPS = (
    Table(
        "ops", "nights", "one row a night",
        (
            _NIGHT, _text("election_id", "election"),
            _text("title", "what is shown on every page: the replayed election, or synthetic data"),
            Column("is_synthetic", Type.BOOLEAN, "invented, not a replay"),
            _count("scale", "1:scale"), _text("speed", "election seconds a second, or max"),
            _count("seed", "seed"), Column("polling_date", Type.DATE, "day of the poll"),
            _time("opens_at", "opening of the poll"), _time("closes_at", "close of poll"),
            _text("topic_prefix", "prefix of this night's topics"),
            _text("status", "running, counted, complete, interrupted or failed"),
            Column("is_current", Type.BOOLEAN, "the night that marts show"),
            Column("settings", Type.JSON, "what the night was started with"),
            _time("started_at", "wall clock"), _time("ended_at", "wall clock", nullable=True),
        ),
        ("night_id",),
    ),
    Table(
        "ops", "election_clock",
        "the election's clock: anchor_election_at + (now - anchor_wall_at) * speed",
        (
            _NIGHT, _time("anchor_wall_at", "wall clock of the anchor"),
            _time("anchor_election_at", "election time of the anchor"),
            Column("speed", Type.DOUBLE, "election seconds a second; 0 while advanced by plan"),
            _time("opens_at", "opening of the poll"), _time("closes_at", "close of poll"),
        ),
        ("night_id",),
    ),
    Table(
        "ops", "topic_ids", "the broker's id of each topic at the night's first offset",
        (
            _NIGHT, _TOPIC, _text("topic_id", "the broker's id"),
            _count("partitions", "partition count, fixed for the night"),
        ),
        ("night_id", "topic"),
    ),
    Table(
        "ops", "produced", "what the broker acknowledged, per topic and partition",
        (
            _NIGHT, _TOPIC, _PARTITION,
            _count("position", "planned messages acknowledged without a gap"),
            _count("planned", "messages the plan has for the partition"),
            _count("acknowledged", "deliveries acknowledged, repeats after a restart included"),
            _count("refused", "deliveries the broker refused"),
            _count("next_offset", "offset after the newest acknowledged one"),
            _time("updated_at", "wall clock"),
        ),
        ("night_id", "topic", "kafka_partition"),
    ),
    Table(
        "ops", "landed", "offsets that ingestion has landed in raw, load by load complete",
        (
            _NIGHT, _TOPIC, _PARTITION,
            _count("next_offset", "offset after the newest landed one"),
            _count("messages", "messages landed"),
            _count("decoded", "messages in the topic's raw table"),
            _count("refused", "messages in raw.rejected_messages"),
            _time("updated_at", "wall clock"),
        ),
        ("night_id", "topic", "kafka_partition"),
    ),
    Table(
        "ops", "tallied", "offsets that Spark has in its ledgers, by class",
        (
            _NIGHT, _TOPIC, _PARTITION,
            _count("next_offset", "offset after the newest one in the ledger"),
            _count("messages", "messages in the ledger"),
            _count("accepted", "accepted and on time"), _count("late", "accepted late"),
            _count("duplicate", "number claimed before"), _count("rejected", "rejected"),
            _count("ledger_version", "ledger entry"), _time("updated_at", "wall clock"),
        ),
        ("night_id", "topic", "kafka_partition"),
    ),
    Table(
        "ops", "batches", "every batch of every stage, per topic and partition",
        (
            _NIGHT, _STAGE, _count("batch", "batch of the stage, from 0"), _TOPIC, _PARTITION,
            _count("first_offset", "first offset"), _count("next_offset", "offset after the last"),
            _count("messages", "messages"), _count("accepted", "on time", nullable=True),
            _count("late", "late", nullable=True), _count("duplicate", "repeats", nullable=True),
            _count("rejected", "rejected", nullable=True),
            _time("first_produced_at", "oldest produced_at", nullable=True),
            _time("last_produced_at", "newest produced_at", nullable=True),
            _time("started_at", "wall clock"),
            _time("finished_at", "wall clock when the rows were visible"),
        ),
        ("night_id", "stage", "batch", "topic", "kafka_partition"),
        partition_day="started_at",
    ),
    Table(
        "ops", "leases", "which driver may write, by stage; the newest has the highest epoch",
        (
            _NIGHT, _STAGE, _count("epoch", "one more with every driver"),
            _text("holder", "process and machine"), _time("taken_at", "wall clock"),
            _time("renewed_at", "wall clock of its newest batch"),
        ),
        ("night_id", "stage"),
    ),
    Table(
        "ops", "resent", "rejected messages that were sent again, once, as new messages",
        (
            _NIGHT, _TOPIC, _PARTITION, _count("kafka_offset", "offset of the rejected message"),
            _text("reason", "reason against it then"),
            _count("sent_to_partition", "partition it was sent to"),
            _count("sent_to_offset", "offset of the new message"),
            _time("sent_at", "wall clock when the broker had it"),
        ),
        ("night_id", "topic", "kafka_partition", "kafka_offset"),
    ),
    Table(
        "ops", "table_operations", "operations on BigQuery's tables, which have a quota a day",
        (
            _NIGHT, _STAGE, _text("table_name", "schema and table"),
            Column("day", Type.DATE, "day (UTC)"),
            _text("kind", "load, failed load, overwrite or merge"),
            _count("operations", "jobs that changed the table"),
        ),
        ("night_id", "stage", "table_name", "day", "kind"),
    ),
    Table(
        "ops", "projections", "ledger version that each sink has",
        (
            _NIGHT, _text("projection", "sink"), _text("ledger", "ledger"),
            _count("ledger_version", "newest entry in the sink"), _time("updated_at", "wall clock"),
        ),
        ("night_id", "projection", "ledger"),
    ),
    Table(
        "ops", "chain_blocks", "finished blocks of offsets, each with the hash over them",
        (
            _NIGHT, _TOPIC, _PARTITION, _count("block", "block of the partition, from 0"),
            _count("first_offset", "first offset"), _count("next_offset", "offset after the last"),
            _text("block_hash", "SHA-256 over the block before and the values' hashes, hex"),
            _time("written_at", "wall clock"),
        ),
        ("night_id", "topic", "kafka_partition", "block"),
    ),
    Table(
        "ops", "chain_heads", "what each partition's chain comes to, an unfinished block included",
        (
            _NIGHT, _TOPIC, _PARTITION,
            _count("next_offset", "offset after the newest one that the hash covers"),
            _text("head_hash", "hash of the newest block, finished or not, hex"),
            _time("updated_at", "wall clock"),
        ),
        ("night_id", "topic", "kafka_partition"),
    ),
    Table(
        "ops", "chain_night_heads", "every HEAD that could be noted: one hash over all heads",
        (
            _NIGHT, _text("head_hash", "SHA-256 over the heads of all partitions, hex"),
            _text("covers", "next offset by topic and partition, as votes/0:4096,votes/1:17"),
            _time("as_of", "wall clock when it was first written"),
        ),
        ("night_id", "head_hash"),
    ),
    Table(
        "ops", "lag", "samples of how far each hop is behind the broker",
        (
            _NIGHT, _STAGE, _time("sampled_at", "wall clock"),
            _time("election_at", "election time"), _count("lag_messages", "messages behind"),
            Column("arrivals_per_s", Type.DOUBLE, "messages a second arriving"),
        ),
        ("night_id", "stage", "sampled_at"),
        partition_day="sampled_at",
    ),
    Table(
        "ops", "stage_status", "heartbeat of each stage",
        (
            _NIGHT, _STAGE, _text("state", "starting, running, done or failed"),
            _text("detail", "one line for the operator"),
            _text("last_error", "newest error", nullable=True), _time("updated_at", "wall clock"),
        ),
        ("night_id", "stage"),
    ),
    Table(
        "ops", "dbt_runs", "every dbt run with its outcome",
        (
            _NIGHT, _count("run", "run of the night, from 0"),
            _text("kind", "incremental or full"), _text("outcome", "pass, fail or error"),
            _count("failures", "errors found"), _time("started_at", "wall clock"),
            _time("finished_at", "wall clock"),
        ),
        ("night_id", "run"),
    ),
    Table(
        "ops", "editions", "every version of the marts that was published",
        (
            _NIGHT, _count("edition", "edition of the night, from 0"),
            _time("election_at", "the election's clock when the marts were copied"),
            _time("as_of", "wall clock of its newest number", nullable=True),
            _time("published_at", "wall clock"),
        ),
        ("night_id", "edition"),
    ),
)  # fmt: skip
OPS: dict[str, Table] = {table.name: table for table in _OPS}

ALL_TABLES: tuple[Table, ...] = (
    *RAW.values(),
    RAW_REJECTED,
    *ANALYTICS.values(),
    *FACTS.values(),
    *OPS.values(),
)
