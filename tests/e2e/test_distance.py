"""A worker far from Temporal: each answer of the server arrives 40 ms late. The polls follow demand. The effect
is only reported, because times on a busy machine are unreliable."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Loop, Mode, Proxy
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import free_port, wait_until
from zarf.dev.worker import Worker

RUNS = 300
DISTANCE = 0.040
ANSWERED = "workflow_worker_workflow_tasks_answered_total"


@pytest.fixture
def far(rig: Rig) -> Iterator[Proxy]:
    """A proxy between a worker and Temporal that delays answers."""
    loop = Loop()
    proxy = Proxy(loop, int(rig.temporal.address.rpartition(":")[2]), postgres=False)
    proxy.set(Mode.FAR, DISTANCE)
    yield proxy
    loop.close()


def polls_of(worker: Worker) -> dict[str, int]:
    found: dict[str, int] = json.loads(worker.get("/debug")[1])["polls"]
    return found


def start_runs(rig: Rig) -> None:
    for number in range(RUNS):
        rule = Rule(f"far {number}")
        rig.start_quickly(rule.chain(rule.condition("check")))


def perform(worker: Worker, runs: int) -> int:
    """Performs runs until `runs` of them are answered. Returns the largest number of open workflow polls seen."""
    most = 0

    def done() -> bool:
        nonlocal most
        most = max(most, polls_of(worker)["workflow"])
        return worker.metrics().value(ANSWERED) == runs

    wait_until(done, "all runs to be answered", 120)
    return most


@pytest.mark.parametrize("polls", ["2", "50"])
def test_runs_at_a_distance(rig: Rig, far: Proxy, polls: str) -> None:
    """A busy server may not need more polls, so the test tries three times."""
    least = 2 if polls == "2" else 8
    start_runs(rig)
    began = time.monotonic()
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=far.address, ICHOR_WORKER_POLLS_MAX=polls).wait_ready()
    runs = RUNS
    most = perform(worker, runs)
    print(f"{polls} polls at most: {RUNS / (time.monotonic() - began):.0f} runs a second, {most} polls seen")
    while most < least and runs < 3 * RUNS:
        start_runs(rig)
        runs += RUNS
        most = max(most, perform(worker, runs))
    assert least <= most <= int(polls)
    assert rig.wait_all_ended(runs) == {"COMPLETED": runs}
    idle = {"workflow": 2, "sticky": 2, "activity": 2, "most_workflow": int(polls), "most_activity": 2}
    wait_until(lambda: polls_of(worker) == idle, "the polls that nobody needs to end", 120)
    assert worker.stop() == 0


@pytest.mark.parametrize(("distance", "polls", "runs"), [(DISTANCE, 2, 100), (DISTANCE, 0, 3000), (0, 0, 3000)])
def test_runs_of_a_frontend_that_costs_nothing(rig: Rig, distance: float, polls: int, runs: int) -> None:
    """The distance alone limits the runs per second. polls: 0 for the default. 48: half of the slots, less two sticky
    polls. Only as many runs as are asked for are there, so that the polls are two again afterwards."""
    settings = {"ICHOR_WORKER_POLLS_MAX": str(polls)} if polls else {}
    rule = Rule("far")
    document = rig.write(rule.chain(rule.condition("check")))
    port = free_port()
    arguments = [str(port), str(distance), str(document), str(runs)]
    frontend = subprocess.Popen([sys.executable, "-m", "tests.e2e.frontend", *arguments])
    most = 0

    def done() -> bool:
        nonlocal most
        most = max(most, polls_of(worker)["workflow"])
        return worker.metrics().value(ANSWERED) >= runs

    try:
        worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=f"127.0.0.1:{port}", **settings).wait_ready()
        began = time.monotonic()
        wait_until(done, "the runs to be answered")
        ended = time.monotonic()
        print(f"{distance} s away, {polls or 'default'} polls at most: {runs / (ended - began):.0f} runs a second")
        assert most == 2 if polls else 40 <= most <= 48
        wait_until(lambda: polls_of(worker)["workflow"] == 2, "the polls that nobody needs to end")
        print(f"two polls again after {time.monotonic() - ended:.0f} s")
        assert polls_of(worker)["sticky"] == 2
        assert worker.stop() == 0
    finally:
        frontend.kill()
        frontend.wait()
