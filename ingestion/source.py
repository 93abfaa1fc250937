"""The dlt resource: one bounded read of every input topic, as Arrow tables by raw table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import dlt
import pyarrow as pa

from election.tables import RAW, RAW_REJECTED, Table
from ingestion.counts import PartCount, count_parts
from ingestion.decode import Decoder, Messages
from ingestion.offsets import Part, Span, Watermarks, plan, positions
from ingestion.raw import Raw

RESOURCE = "messages"


class Log(Protocol):
    """What the resource needs of the broker."""

    def watermarks(self, partitions: Mapping[str, int]) -> dict[Part, Watermarks]:
        """Return where every partition's log begins and ends now."""

    def read(self, spans: list[Span]) -> dict[str, Messages]:
        """Return the messages of the spans, all of them, by topic."""


@dataclass(frozen=True)
class Reading:
    """What one load reads: from which log, decoded how, how much at most."""

    log: Log
    partitions: Mapping[str, int]
    decoders: Mapping[str, Decoder]
    at_most: int
    counts: list[PartCount] = field(default_factory=list)  # of this read, for the books


def messages(reading: Reading, raw: Raw) -> Any:
    """Return the resource that fills raw; it goes on from the offsets in dlt's state of it.

    The state travels in the load's own package: it counts when the whole load has landed.
    """

    @dlt.resource(name=RESOURCE, write_disposition=dict(raw.disposition))  # type: ignore[call-overload]
    def read() -> Iterator[Any]:
        offsets = dlt.current.resource_state().setdefault("offsets", {})
        spans = plan(
            positions(offsets), reading.log.watermarks(reading.partitions), at_most=reading.at_most
        )
        if not spans:
            return
        rejected = []
        reading.counts.clear()
        for topic, found in sorted(reading.log.read(spans).items()):
            decoded = reading.decoders[topic].decode(found)
            reading.counts.extend(count_parts(spans, topic, decoded))
            rejected.append(decoded.rejected)
            yield from _marked(RAW[topic], decoded.rows, raw)
        yield from _marked(RAW_REJECTED, pa.concat_tables(rejected), raw)
        for span in spans:
            offsets.setdefault(span.topic, {})[str(span.partition)] = span.end

    return read


def _marked(table: Table, rows: pa.Table, raw: Raw) -> Iterator[Any]:
    if rows.num_rows:
        hints = dlt.mark.make_hints(
            table_name=table.name,
            primary_key=list(table.key) if raw.is_keyed else None,
            write_disposition=dict(raw.disposition),  # type: ignore[arg-type]
        )
        yield dlt.mark.with_hints(raw.as_kept(rows), hints, create_table_variant=True)
