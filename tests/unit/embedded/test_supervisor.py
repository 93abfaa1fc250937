"""The supervisor, with shell scripts as services and a clock that the test moves."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from support.waiting import wait_until

import embedded.supervisor as module
from election.errors import UserError
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.processes import Entry, Registry, Running, descendants, group_members
from embedded.service import BackOff, Service
from embedded.supervisor import Supervisor, sweep

SLEEP = "sleep 60"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def paths(tmp_path):
    return ProjectPaths(root=tmp_path, runtime=tmp_path / ".runtime", var=tmp_path / "var")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(paths, clock, said):
    back_off = BackOff(first_seconds=1, factor=2, longest_seconds=8, stable_seconds=60)
    made = Supervisor(paths, say=said.append, clock=clock, back_off=back_off)
    made.open(background=False)
    yield made
    made.request_stop()
    made.request_stop()
    made.close()


def script(name, text, **more):
    return Service(name, ("sh", "-c", text), **more)


def state_of(supervisor, name):
    return next(entry for entry in supervisor.entries() if entry.name == name)


def tick_until(supervisor, name, state):
    def reached():
        supervisor.tick()
        return state_of(supervisor, name).state == state

    wait_until(reached, seconds=10, what=f"{name} is {state}", every=0.01)
    return state_of(supervisor, name)


def kill(supervisor, name):
    os.kill(state_of(supervisor, name).pid, signal.SIGKILL)


def test_a_service_starts_when_what_it_needs_is_healthy(supervisor, said):
    healthy = threading.Event()
    supervisor.add(script("kafka", SLEEP, healthy=healthy.is_set))
    supervisor.add(script("spark", SLEEP, needs=("kafka",)))
    for _ in range(3):
        supervisor.tick()
    assert [e.state for e in supervisor.entries()] == ["starting", "waiting"]
    healthy.set()
    tick_until(supervisor, "spark", "ready")
    assert said[0] == "starting kafka"
    assert said[-1] == "starting spark"


def test_a_health_check_that_raises_means_not_healthy(supervisor):
    supervisor.add(script("kafka", SLEEP, healthy=lambda: 1 / 0))
    supervisor.tick()
    supervisor.tick()
    assert state_of(supervisor, "kafka").state == "starting"


def test_a_killed_service_comes_back_after_growing_delays(supervisor, clock):
    supervisor.add(script("kafka", SLEEP))
    tick_until(supervisor, "kafka", "ready")
    for restarts, delay in enumerate([1, 2, 4, 8, 8], start=1):
        kill(supervisor, "kafka")
        tick_until(supervisor, "kafka", "restarting")
        clock.now += delay - 0.01
        supervisor.tick()
        assert state_of(supervisor, "kafka").state == "restarting"
        clock.now += 0.01
        assert tick_until(supervisor, "kafka", "ready").restarts == restarts


def test_after_a_stable_time_the_delay_is_short_again(supervisor, clock, said):
    supervisor.add(script("kafka", SLEEP))
    for _ in range(3):
        tick_until(supervisor, "kafka", "ready")
        kill(supervisor, "kafka")
        tick_until(supervisor, "kafka", "restarting")
        clock.now += 8
    tick_until(supervisor, "kafka", "ready")
    clock.now += 60
    kill(supervisor, "kafka")
    tick_until(supervisor, "kafka", "restarting")
    assert said[-1] == "kafka ended with SIGKILL: restart in 1.0 s"


def test_a_restarted_service_may_take_longer_to_be_healthy_than_the_first_time(supervisor, clock):
    healthy = threading.Event()
    healthy.set()
    supervisor.add(script("kafka", SLEEP, healthy=healthy.is_set, ready_within_seconds=60))
    tick_until(supervisor, "kafka", "ready")
    healthy.clear()
    kill(supervisor, "kafka")
    tick_until(supervisor, "kafka", "restarting")
    clock.now += 1000
    tick_until(supervisor, "kafka", "starting")
    clock.now += 1000
    supervisor.tick()
    assert state_of(supervisor, "kafka").state == "starting"


def test_a_service_that_is_never_healthy_fails_and_is_ended(supervisor, clock):
    supervisor.add(script("kafka", "echo no space; sleep 60", healthy=lambda: False))
    supervisor.tick()
    running = Running.of(state_of(supervisor, "kafka").pid)
    log = supervisor.paths.logs / "kafka.log"
    wait_until(lambda: log.read_text(), seconds=5, what="the service wrote its log")
    clock.now += 61
    tick_until(supervisor, "kafka", "failed")
    assert not running.is_alive()
    with pytest.raises(UserError, match="no space"):
        supervisor.wait_ready("kafka")


def test_a_service_that_cannot_start_is_given_up(supervisor, clock, said):
    supervisor.add(script("kafka", "exit 3", healthy=lambda: False))

    def failed():
        supervisor.tick()
        clock.now += 1
        return state_of(supervisor, "kafka").state == "failed"

    wait_until(failed, seconds=10, what="kafka is given up", every=0.01)
    assert said[-1] == "kafka ended 6 times in a row (exit code 3): giving up"
    assert state_of(supervisor, "kafka").restarts == 5


def test_a_missing_program_is_a_named_error(supervisor):
    supervisor.add(Service("kafka", ("/no/such/program",), max_failures=0))
    tick_until(supervisor, "kafka", "failed")
    with pytest.raises(UserError, match=r"/no/such/program"):
        supervisor.wait_ready("kafka")


def test_a_failing_preparation_does_not_stop_the_others(supervisor):
    def fails():
        raise OSError("no space left on device")

    supervisor.add(script("kafka", SLEEP, prepare=fails), script("postgres", SLEEP))
    tick_until(supervisor, "postgres", "ready")
    assert state_of(supervisor, "kafka").state == "restarting"


def test_a_stage_that_is_done_stays_done_and_opens_the_way(supervisor):
    supervisor.add(
        script("generator", "exit 0", restart="on-failure"),
        script("after", SLEEP, needs=("generator",)),
    )
    tick_until(supervisor, "after", "ready")
    done = tick_until(supervisor, "generator", "done")
    assert (done.exit_code, done.restarts) == (0, 0)
    supervisor.wait_ready("generator")


def test_a_user_error_is_not_repeated(supervisor):
    supervisor.add(script("generator", "exit 2", restart="always"))
    failed = tick_until(supervisor, "generator", "failed")
    assert (failed.exit_code, failed.restarts) == (2, 0)


def test_grandchildren_of_a_dead_service_do_not_stay(supervisor, tmp_path):
    note = tmp_path / "pid"
    supervisor.add(script("spark", f"sleep 60 & echo $! > {note}.new; mv {note}.new {note}; wait"))
    tick_until(supervisor, "spark", "ready")
    wait_until(note.exists, seconds=5, what="the grandchild runs")
    grandchild = Running.of(int(note.read_text()))
    kill(supervisor, "spark")
    tick_until(supervisor, "spark", "restarting")
    assert not grandchild.is_alive()


def test_services_stop_in_reverse_order(supervisor, tmp_path):
    order = tmp_path / "order"

    def notes(name, *needs):
        trap = f"trap 'echo {name} >> {order}; exit 0' TERM; : > {tmp_path / name}"
        return script(name, f"{trap}; sleep 60 & wait", needs=needs)

    supervisor.add(notes("dashboard", "spark"), notes("spark", "kafka"), notes("kafka"))
    tick_until(supervisor, "dashboard", "ready")
    for name in ("dashboard", "spark", "kafka"):
        wait_until((tmp_path / name).exists, seconds=5, what=f"{name} has set its trap")
    supervisor.close()
    assert order.read_text().split() == ["dashboard", "spark", "kafka"]
    assert [entry.state for entry in supervisor.entries()] == ["stopped"] * 3


def test_a_second_request_to_stop_skips_the_grace_period(supervisor, tmp_path):
    up = tmp_path / "up"
    stubborn = f"trap '' TERM; : > {up}; while :; do sleep 60 & wait; done"
    supervisor.add(script("spark", stubborn, stop_grace_seconds=600))
    pid = tick_until(supervisor, "spark", "ready").pid
    wait_until(up.exists, seconds=5, what="the service has set its trap")
    supervisor.request_stop()
    supervisor.request_stop()
    supervisor.close()
    assert Running.of(pid) is None


def test_a_retired_service_stays_stopped_until_it_is_revived(paths):
    with Supervisor(paths) as supervisor:
        supervisor.add(script("kafka", SLEEP), script("postgres", SLEEP))
        supervisor.wait_ready()
        supervisor.retire("kafka")
        kafka, postgres = supervisor.entries()
        assert (kafka.state, kafka.pid, postgres.state) == ("stopped", None, "ready")
        supervisor.revive("kafka")
        supervisor.wait_ready("kafka")
        assert state_of(supervisor, "kafka").running


def test_a_crash_of_the_supervisor_stops_everything_and_is_told(paths, monkeypatch):
    with Supervisor(paths) as supervisor:
        supervisor.add(script("kafka", SLEEP))
        supervisor.wait_ready()
        kafka = state_of(supervisor, "kafka").running
        monkeypatch.setattr(supervisor, "_step", lambda child: 1 / 0)
        wait_until(lambda: not kafka.is_alive(), seconds=10, what="kafka is ended")
        with pytest.raises(RuntimeError, match="supervisor"):
            supervisor.wait_ready("kafka")


def test_names_are_unique(supervisor):
    supervisor.add(script("kafka", SLEEP))
    with pytest.raises(ValueError, match="taken"):
        supervisor.add(script("kafka", SLEEP))


def test_a_second_supervisor_of_the_folder_is_refused_and_harms_nothing(supervisor, paths):
    supervisor.add(script("kafka", SLEEP))
    pid = tick_until(supervisor, "kafka", "ready").pid
    before = supervisor.registry_file.read_text()
    other = Supervisor(paths)
    with pytest.raises(UserError, match=f"pid {os.getpid()}"):
        other.open()
    other.close()
    assert supervisor.registry_file.read_text() == before
    assert Running.of(pid)


def test_other_shells_see_name_port_version_and_state(supervisor):
    supervisor.add(script("kafka", SLEEP, port=9092, version="Apache Kafka 4.2.0"))
    tick_until(supervisor, "kafka", "ready")
    registry = Registry.read(supervisor.registry_file)
    kafka = registry.services[0]
    assert registry.supervisor.running.pid == os.getpid()
    assert (kafka.name, kafka.port, kafka.version, kafka.state) == (
        "kafka",
        9092,
        "Apache Kafka 4.2.0",
        "ready",
    )
    assert kafka.running


def test_output_goes_to_the_service_s_log(supervisor):
    supervisor.add(script("kafka", "echo out; echo err >&2; exit 0", restart="never"))
    tick_until(supervisor, "kafka", "done")
    assert (supervisor.paths.logs / "kafka.log").read_text() == "out\nerr\n"


def test_what_a_dead_supervisor_left_is_ended_but_no_foreign_process(tmp_path):
    processes = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    left, foreign = (Running.of(process.pid) for process in processes)
    registry = Registry(
        Entry("supervisor", "running", pid=4_194_999, identity="gone"),
        [
            Entry("kafka", "ready", pid=left.pid, identity=left.identity),
            Entry("postgres", "ready", pid=foreign.pid, identity="another-boot-77"),
        ],
    )
    registry.write(tmp_path / "processes.json")
    try:
        assert sweep(tmp_path / "processes.json") == ["kafka"]
        assert not left.is_alive()
        assert foreign.is_alive()
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_signal_at_any_moment_of_waiting_is_heard(paths, monkeypatch):
    monkeypatch.setattr(module, "FLAG_POLL_SECONDS", 1e-5)
    monkeypatch.setattr(module, "TICK_SECONDS", 5e-5)
    before = signal.getsignal(signal.SIGALRM)
    try:
        for microseconds in range(100, 1100):
            supervisor = Supervisor(paths)
            with supervisor.signals():
                signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
                signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6)
                supervisor.wait_stop()  # with threading.Event it hung now and then
            assert supervisor.stop_requested
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.timeout(20)
def test_what_is_added_after_the_end_is_stopped_and_is_not_waited_for(paths):
    with Supervisor(paths) as supervisor:
        supervisor.request_stop()
        wait_until(lambda: not supervisor._thread.is_alive(), seconds=10, what="it has ended")
        supervisor.add(script("late", SLEEP))
        with pytest.raises(UserError, match="a stop was asked for"):
            supervisor.wait_ready("late")
        supervisor.revive("late")
        assert supervisor.wait_done("late") == {"late": None}
        supervisor.remove("late")


def test_what_may_be_interrupted_within_what_may_be_leaves_it_so(supervisor):
    with supervisor.signals(), supervisor.interruptible():
        with supervisor.interruptible():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert supervisor.stop_requested


SUPERVISED = """
import sys
from pathlib import Path
from embedded.paths import ProjectPaths
from embedded.service import Service
from embedded.supervisor import Supervisor
var = Path(sys.argv[1])
stubborn = "trap '' TERM; sh -c 'trap \\"\\" TERM; sleep 60' & while :; do sleep 60 & wait; done"
supervisor = Supervisor(ProjectPaths(var, var, var), say=print)
with supervisor.signals(), supervisor:
    supervisor.add(Service("spark", ("sh", "-c", stubborn), stop_grace_seconds=0.2))
    supervisor.wait_ready()
    print("up", flush=True)
    supervisor.wait_stop()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_stays_however_the_supervisor_ends(tmp_path, number):
    command = [sys.executable, "-c", SUPERVISED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert any(line == "up\n" for line in process.stdout)
        pid = json.loads((tmp_path / "run" / "processes.json").read_text())["services"][0]["pid"]

        def family():
            return {one.pid: one for one in [*group_members(pid), *descendants(process.pid)]}

        try:  # the service, its grandchild, the watchdog: the grandchild may take a moment
            wait_until(lambda: len(family()) >= 3, seconds=10, what="the family is complete")
            everyone = list(family().values())
        except BaseException:
            process.kill()
            raise
        process.send_signal(number)
        try:
            wait_until(
                lambda: not any(one.is_alive() for one in everyone), seconds=10, what="all are gone"
            )
        finally:
            process.kill()  # whatever went wrong, the test itself leaves nobody waiting
