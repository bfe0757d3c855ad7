"""Three workers on one queue, replaced one by one by SIGTERM while 500 runs go through: nothing is lost, nothing is
done twice, and nobody waits for a worker that is gone."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

RUNS, WORKERS, FEW = 500, 3, 5
GRACE = 60  # terminationGracePeriodSeconds of the manifests


def make_rule(number: int) -> Rule:
    """Odd ones wait in the middle, so that what they know lies in some worker's cache for a while."""
    rule = Rule(f"rule {number}")
    check, note = rule.condition("check"), rule.update("note", "notes", f"rule {number}")
    tell = rule.notify("tell", f"rule {number}")
    return rule.chain(check, note, rule.delay("wait", "1s"), tell) if number % 2 else rule.chain(check, note, tell)


@pytest.fixture
def temporal(rig: Rig) -> Iterator[Temporal]:
    """One that ends the polls of a worker that goes, as newer servers do."""
    rig.temporal = Temporal(
        rig.stack.folder, name=rig.name, settings=["frontend.enableCancelWorkerPollsOnShutdown=true"]
    )
    rig.temporal.start()
    yield rig.temporal
    for worker in rig.workers:
        worker.stop()
    rig.temporal.close()


def test_where_the_server_ends_the_polls(rig: Rig, temporal: Temporal) -> None:
    described = temporal.cli("operator", "namespace", "describe", "default", "--output", "json")
    assert '"workerPollCompleteOnShutdown": true' in described
    for settings in ({}, {"ICHOR_WORKER_MODE": "activity"}, {"ICHOR_WORKER_CACHE_BYTES": "0"}):
        assert given_up(rig, **settings) == set()
    rolling_restart(rig, 100)


def test_where_it_does_not_the_worker_does(rig: Rig) -> None:
    assert given_up(rig) >= {("workflow", "CANCELLED"), ("activity", "CANCELLED")}


def given_up(rig: Rig, **settings: str) -> set[tuple[str, str]]:
    """The kinds of polls that a worker gave up when it was told to go, and their codes."""
    worker = rig.worker(**settings, ICHOR_LOG_LEVEL="debug").wait_ready()
    assert worker.stop() == 0
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    gone = [line["msg"] for line in lines].index("shutting down worker")
    return {(line["kind"], line["code"]) for line in lines[gone:] if line["msg"] == "Poll failed"}


def test_a_rolling_restart(rig: Rig) -> None:
    rolling_restart(rig, RUNS)


def rolling_restart(rig: Rig, runs: int) -> None:
    dispatch = ("auto", "activity", "auto")
    first = [rig.worker(ICHOR_WORKER_DISPATCH=kind) for kind in dispatch]
    for worker in first:
        worker.wait_ready()
    rules = [make_rule(number) for number in range(runs)]
    starter = threading.Thread(target=lambda: [rig.start_quickly(rule) for rule in rules])
    starter.start()

    codes = []
    for number, kind in enumerate(dispatch):
        enough = (number + 1) * runs // 5
        wait_until(lambda enough=enough: rig.statuses()["COMPLETED"] >= enough, f"{enough} runs", 300)  # type: ignore[misc]
        rig.worker(ICHOR_WORKER_DISPATCH=kind).wait_ready()
        codes.append(first[number].stop(GRACE))  # what does not end in this time is killed
    starter.join()

    assert rig.wait_all_ended(runs, 300) == {"COMPLETED": runs}
    assert codes == [0] * WORKERS
    told = rig.query("SELECT message, count(*) FROM workflow.alerts GROUP BY message")
    assert {message: int(count) for message, count in told} == {rule.name: 1 for rule in rules}
    kinds: Counter[str] = Counter()
    for rule in rules:
        kinds += Counter(event["eventType"] for event in rig.temporal.quick_history(rule.workflow_id))
    # What lies on the queue of a worker that is gone times out there, after 5 s: a worker that goes empties its own
    # first. The few: a machine may be so slow that a task comes after that, or takes longer than its 10 s.
    assert kinds["EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT"] <= FEW
    assert kinds["EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT"] <= FEW
    assert kinds["EVENT_TYPE_WORKFLOW_TASK_FAILED"] == 0
    for worker in first:
        assert "left behind" not in worker.log.read_text()
