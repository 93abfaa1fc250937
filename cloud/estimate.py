"""What a night on BigQuery would cost, by the model of `bench/cost` (pure)."""

from __future__ import annotations

from bench.cost.night import Bill, Plan, bill

ELECTION_HOURS = 27.0  # from the opening of the poll to the last declarations
EVENTS_AT_FULL_SCALE = 110_000_000
LEAST_HOURS = 0.1  # as fast as it goes is still some minutes
# Broker, Spark and the lake are on this machine and are paid already, unless compute is on.
_IN_THE_CLOUD = ("raw", "live tables", "dbt runs", "panels", "warehouse")


def night_bill(
    *, speed: str, scale: int, load_every_s: float, write_every_s: float, dbt_every_s: float,
    with_compute: bool,
) -> Bill:  # fmt: skip
    """Return the bill of one night.

    Args:
        speed: Election seconds a second, or `max`.
        scale: 1:SCALE.
        load_every_s: Between two loads of raw.
        write_every_s: Between two writes of live tables.
        dbt_every_s: Between two dbt runs.
        with_compute: Broker, Spark and dashboard are in the cloud too.
    """
    hours = LEAST_HOURS if speed == "max" else max(ELECTION_HOURS / float(speed), LEAST_HOURS)
    found = bill(
        Plan(
            hours=hours,
            events=EVENTS_AT_FULL_SCALE // scale,
            raw_every_s=load_every_s,
            live_every_s=write_every_s,
            dbt_every_s=dbt_every_s,
            spark="serverless" if with_compute else "machine",
        )
    )
    if with_compute:
        return found
    items = tuple(item for item in found.items if item.name.startswith(_IN_THE_CLOUD))
    return Bill(items, found.usages)


def lines(found: Bill) -> list[str]:
    """Return the bill for a person, what costs less than a cent together at the end."""
    shown = [item for item in found.items if item.cost >= 0.005]
    rest = found.cost - sum(item.cost for item in shown)
    told = [f"  ${item.cost:>7.2f}  {item.name}" for item in shown]
    return [*told, f"  ${rest:>7.2f}  everything else", f"  ${found.cost:>7.2f}  the night"]
