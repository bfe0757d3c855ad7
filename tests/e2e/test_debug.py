"""/debug shows what the worker is doing, without data of runs."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.e2e.rig import Json, Rig
from tests.e2e.rules import ORDER, ORDER_RULE, Rule
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def debug_page(worker: Worker) -> Any:
    status, text = worker.get("/debug")
    assert status == 200, text
    return json.loads(text)


def test_an_idle_worker(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    found = debug_page(worker)
    assert found["phase"] == "working"
    assert found["ready"] is True
    assert (found["temporal"], found["namespace"]) == (rig.temporal.address, "default")
    assert found["task_queues"] == [rig.queue]
    assert found["slots"]["activities"] == {"used": 0, "most": 100}
    assert found["polls"] == {"workflow": 2, "sticky": 2, "activity": 2, "most_workflow": 50, "most_activity": 2}
    assert found["cache"] == {"runs": 0, "bytes": 0, "most_bytes": 256 * 1024 * 1024}
    assert (found["workflow_tasks"], found["activities"], found["runs"]) == ([], [], [])


def test_waiting_runs(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rules = [Rule("a secret name", note="a secret note") for _ in range(3)]
    for number, rule in enumerate(rules, 1):
        rig.start(rule.chain(rule.condition("check"), rule.delay("secret wait", "1h")))
        wait_until(lambda number=number: len(debug_page(worker)["runs"]) == number, "the run to be kept")  # type: ignore[misc]
    text = worker.get("/debug")[1]
    found = json.loads(text)
    runs = found["runs"]
    assert [run["workflow_id"] for run in runs] == [rule.workflow_id for rule in rules]
    assert len({run["run_id"] for run in runs}) == 3
    assert {run["rule_id"] for run in runs} == {ORDER_RULE}
    assert [run["age_ms"] for run in runs] == sorted((run["age_ms"] for run in runs), reverse=True)
    assert sum(run["bytes"] for run in runs) == found["cache"]["bytes"]
    assert "secret" not in text


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_a_busy_worker(rig: Rig, dispatch: str) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule("a secret name")
    rule.chain(rule.update("note", "notes", "a secret note"))
    kind = "workflow_tasks" if dispatch == "auto" else "activities"

    def busy() -> Json | None:
        found = debug_page(worker)
        return found if [task["workflow_id"] for task in found[kind]] == [rule.workflow_id] else None

    with rig.locked(ORDER_ROW):
        # Polled from the start: an action in a workflow task waits at most 3 s for the lock.
        rig.start_quickly(rule)
        found = wait_until(busy, "the rule to be under way")
        assert found
        text = json.dumps(found)
        assert found[kind][0]["attempt"] == 1
        assert found["slots"][kind]["used"] == 1
        assert "secret" not in text
        worker.process.send(signal.SIGTERM)
        worker.wait_ready(False)
        assert debug_page(worker)["phase"] == "draining"
    assert worker.process.wait() == 0


def test_a_worker_without_its_servers(rig: Rig) -> None:
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1").wait_live()
    worker.wait_log("Temporal unavailable")
    found = debug_page(worker)
    assert (found["phase"], found["ready"]) == ("starting", False)
