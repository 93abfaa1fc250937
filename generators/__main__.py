"""`python -m generators`: send this night's messages, or continue where an earlier run stopped."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from election.errors import UserError
from election.settings import (
    BrokerSettings,
    GeneratorSettings,
    NightSettings,
    PostgresSettings,
    read_settings,
)
from election.stopping import StopRequest
from election.telemetry import configure_logging, get_logger
from generators import faults, topics_admin
from generators.acknowledged import ProducedLedger
from generators.lanes import lanes_of
from generators.night_rows import NightRows
from generators.opening import Opening
from generators.ops import OpsConnection
from generators.pacing import Pace, parse_speed
from generators.plan import Plan, assemble
from generators.producer import NightProducer
from generators.sending import NightSender
from generators.start import contest_of


def plan_night(options: GeneratorSettings) -> Plan:
    """Return the plan that the settings name.

    Raises:
        UserError: settings or files that do not make an election.
    """
    rates = faults.parse(options.faults)
    return assemble(contest_of(options), seed=options.seed, rates=rates)


def main() -> int:
    """Send the night; 0 when every message is acknowledged or when asked to stop."""
    configure_logging("generator")
    stopping = StopRequest.of_signals()
    options = read_settings(GeneratorSettings)
    broker = read_settings(BrokerSettings)
    night = read_settings(NightSettings)
    ops = OpsConnection(read_settings(PostgresSettings))
    speed = parse_speed(options.speed)
    began = time.monotonic()
    plan = plan_night(options)
    rows = NightRows(ops, night.night_id, opens_at=plan.opens_at, closes_at=plan.closes_at)
    rows.say("starting", "the night is planned")
    rows.check_topics(topics_admin.read_topic_ids(broker))
    get_logger().info("planned", seconds=round(time.monotonic() - began, 1))
    secret = options.register_secret.get_secret_value().encode()
    sender = NightSender(
        plan,
        lanes_of(plan, secret),
        NightProducer(broker),
        ProducedLedger(ops, night.night_id),
        rows,
        # As fast as it can means: it waits for nobody.
        opening=Opening(ops, night.night_id, 0 if speed is None else options.opens_within_s),
        stopping=stopping,
    )
    pace = Pace(
        speed,
        starts_at=plan.starts_at,
        closes_at=plan.closes_at,
        resumes_us=sender.resumes_us,
        now=datetime.now(UTC),
    )
    try:
        complete = sender.send(pace)
        if complete:
            sender.write_end_offsets(topics_admin.read_end_offsets(broker))
            pace.finish(plan.ends_at, datetime.now(UTC))
            rows.say("done", "every message is acknowledged")
        else:
            pace.pause(datetime.now(UTC))
            rows.say("stopped", "continues from the last acknowledged message")
        rows.set_clock(pace.clock)
    except UserError as error:
        rows.say("failed", error.what, error.why)
        raise
    get_logger().info("finished", complete=complete, seconds=round(time.monotonic() - began, 1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as problem:
        sys.stderr.write("\n".join(problem.lines()) + "\n")
        sys.exit(problem.exit_code)
