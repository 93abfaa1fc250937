"""The poll opens when both readers have what the broker acknowledged, whatever strangers send."""

import pytest
from support.events import NIGHT_ID
from support.handmade_rows import WALL
from support.warehouse import insert

from election.settings import PostgresSettings, read_settings
from election.tables import OPS
from generators.opening import Opening
from generators.ops import OpsConnection


def where(partition, **more):
    return {"night_id": NIGHT_ID, "topic": "voters", "kafka_partition": partition,
            "updated_at": WALL, **more}  # fmt: skip


CLASSES = dict.fromkeys(("accepted", "late", "duplicate", "rejected", "ledger_version"), 0)


@pytest.mark.parametrize(
    ("what", "landed", "tallied", "is_open"),
    [
        ("both have all", {0: 10, 1: 5}, {0: 10, 1: 5}, True),
        ("raw lacks one", {0: 9, 1: 5}, {0: 10, 1: 5}, False),
        ("the stream lacks a partition", {0: 10, 1: 5}, {0: 10}, False),
        ("strangers produced more", {0: 300, 1: 5}, {0: 300, 1: 5}, True),
        ("what strangers produced makes up for nothing", {0: 300, 1: 4}, {0: 300, 1: 5}, False),
    ],
)
def test_the_poll_opens_when_all_is_read(warehouse, what, landed, tallied, is_open):
    with warehouse.connect() as admin:
        for name in ("produced", "landed", "tallied"):
            admin.execute(f"delete from ops.{name}")
        insert(admin, OPS["produced"], [
            where(p, position=n, planned=n, acknowledged=n, refused=0, next_offset=n)
            for p, n in {0: 10, 1: 5}.items()
        ])  # fmt: skip
        insert(admin, OPS["landed"], [
            where(p, next_offset=n, messages=n, decoded=n, refused=0) for p, n in landed.items()
        ])  # fmt: skip
        insert(admin, OPS["tallied"], [
            where(p, next_offset=n, messages=n, **CLASSES) for p, n in tallied.items()
        ])  # fmt: skip
    ops = OpsConnection(read_settings(PostgresSettings, **warehouse.environment()))
    try:
        opening = Opening(ops, NIGHT_ID, within_s=1000)
        opening.look()
    finally:
        ops.close()
    assert opening.is_open is is_open, what
