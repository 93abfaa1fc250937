"""Messages -> one row of common columns each, whatever the topic.

The decoding itself is done by Python workers on Arrow blocks (`spark.transforms.typed`): a fifth
of the time that expressions over JSON take, and nothing for the JIT compiler to learn first.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark.transforms.rules import NightRules
from spark.transforms.typed import COMMON, KAFKA, reader, refuser

_DDL = ", ".join(
    [
        "topic_no tinyint, kafka_partition int, kafka_offset bigint, text string",
        "refused_as string",
        *(
            f"{field.name} "
            + {"int64": "bigint", "bool": "boolean", "string": "string"}.get(
                str(field.type), "array<string>"
            )
            for field in COMMON
        ),
    ]
)


def parse(messages: DataFrame, rules: NightRules) -> DataFrame:
    """Decode rows of MESSAGE_DDL into COMMON columns.

    `refused_as` becomes the reason found from the message alone: malformed, unknown_version,
    secrecy or before_close.
    """
    columns = messages.select(*KAFKA, "text", "refused_as")
    return columns.mapInArrow(reader(rules), _DDL)


def refuse(messages: DataFrame, rules: NightRules) -> DataFrame:
    """Set `refused_as` where the message alone gives a reason; keep the columns there are."""
    return messages.mapInArrow(refuser(rules), messages.schema)
