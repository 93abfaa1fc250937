"""Waiting for the register and the nominations ends when the process is asked to stop."""

import pytest
from support.bronze_log import RULES

from election.settings import BrokerSettings
from spark.jobs.dimensions import wait_for_dimensions
from spark.jobs.stopping import Stopping


def test_a_stop_ends_the_wait_and_is_no_error_of_the_register(spark):
    nobody = BrokerSettings(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9")
    with pytest.raises(Stopping):
        wait_for_dimensions(spark, nobody, RULES, deadline_s=60, is_stopping=lambda: True)
