"""Three workers on one queue are replaced one by one with SIGTERM during 500 runs: nothing is lost, nothing happens
twice, and no task waits for a stopped worker."""

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
from zarf.dev.worker import Worker

RUNS, WORKERS, FEW = 500, 3, 5
GRACE = 60  # terminationGracePeriodSeconds of the manifests


def make_rule(number: int) -> Rule:
    """Rules with odd numbers wait in the middle, so that their state stays in a worker's cache for a while."""
    rule = Rule(f"rule {number}")
    check, note = rule.condition("check"), rule.update("note", "notes", f"rule {number}")
    notice = rule.notify("notify", f"rule {number}")
    return rule.chain(check, note, rule.delay("wait", "1s"), notice) if number % 2 else rule.chain(check, note, notice)


ENDS_POLLS = "frontend.enableCancelWorkerPollsOnShutdown=true"


@pytest.fixture
def temporal(rig: Rig) -> Iterator[Temporal]:
    """A Temporal that ends the polls of a stopping worker, as newer servers do."""
    rig.temporal = Temporal(rig.stack.folder, name=rig.name, settings=[ENDS_POLLS], keep=True)
    rig.temporal.start()
    yield rig.temporal
    for worker in rig.workers:
        worker.stop()
    rig.temporal.close()


def test_the_server_ends_the_polls(rig: Rig, temporal: Temporal) -> None:
    described = temporal.cli("operator", "namespace", "describe", "default", "--output", "json")
    assert '"workerPollCompleteOnShutdown": true' in described
    for settings in ({}, {"ICHOR_WORKER_MODE": "activity"}, {"ICHOR_WORKER_CACHE_BYTES": "0"}):
        assert given_up(rig, **settings) == set()
    rolling_restart(rig, 100)


def test_the_worker_ends_the_polls(rig: Rig) -> None:
    assert given_up(rig) >= {("workflow", "CANCELLED"), ("activity", "CANCELLED")}


def test_an_older_server_replaces_it(rig: Rig, temporal: Temporal) -> None:
    worker = rig.worker(ICHOR_LOG_LEVEL="debug").wait_ready()
    temporal.stop()
    wait_until(lambda: "Temporal unavailable, retrying" in worker.log.read_text(), "the worker to miss it")
    temporal.settings = []
    temporal.start()
    worker.wait_ready()
    assert given_up_by(worker) == {("workflow", "CANCELLED"), ("activity", "CANCELLED")}


def test_a_newer_server_replaces_it_between_two_pings(rig: Rig, temporal: Temporal) -> None:
    temporal.stop()
    temporal.settings = []
    temporal.start()
    worker = rig.worker(ICHOR_LOG_LEVEL="debug").wait_ready()
    temporal.stop()
    temporal.settings = [ENDS_POLLS]
    temporal.start()
    described = "temporal_request_total"
    wait_until(lambda: worker.metrics().value(described, operation="DescribeNamespace") > 1, "the worker to ask", 120)
    worker.wait_ready()
    assert given_up_by(worker) == set()


def given_up(rig: Rig, **settings: str) -> set[tuple[str, str]]:
    """The kinds and codes of the polls that a stopping worker canceled."""
    return given_up_by(rig.worker(**settings, ICHOR_LOG_LEVEL="debug").wait_ready())


def given_up_by(worker: Worker) -> set[tuple[str, str]]:
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
        codes.append(first[number].stop(GRACE))  # after this time Kubernetes kills the worker
    starter.join()

    assert rig.wait_all_ended(runs, 300) == {"COMPLETED": runs}
    assert codes == [0] * WORKERS
    alerts = rig.query("SELECT message, count(*) FROM workflow.alerts GROUP BY message")
    assert {message: int(count) for message, count in alerts} == {rule.name: 1 for rule in rules}
    kinds: Counter[str] = Counter()
    for rule in rules:
        kinds += Counter(event["eventType"] for event in rig.temporal.history_by_http(rule.workflow_id))
    # A task on the sticky queue of a stopped worker times out after 5 s; a stopping worker drains that queue first.
    # On a slow machine a few tasks may still arrive later or take longer than their 10 s.
    assert kinds["EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT"] <= FEW
    assert kinds["EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT"] <= FEW
    assert kinds["EVENT_TYPE_WORKFLOW_TASK_FAILED"] == 0
    for worker in first:
        assert "left behind" not in worker.log.read_text()
