"""A run that continues as new is the same execution: it keeps everything that it was started with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.history import attributes
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

Json = dict[str, Any]
HINT = "limit.historyCount.suggestContinueAsNew=30"


@pytest.fixture
def rig_of_short_runs(rig: Rig) -> Iterator[Rig]:
    """A rig with a separate server that suggests continuing as new after 30 events."""
    rig.temporal = Temporal(rig.folder, settings=(HINT,))
    rig.temporal.start()
    rig.temporal.cli("operator", "search-attribute", "create", "--name", "Shop", "--type", "Keyword")
    yield rig
    for worker in rig.workers:
        worker.stop()
    rig.temporal.close()


def payload(value: Any) -> Json:
    return {"metadata": {"encoding": encoded("json/plain")}, "data": encoded(json.dumps(value))}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def long_rule() -> Rule:
    """A rule that is longer than one run, with activities. It acts once at its beginning and once at its end."""
    rule = Rule("Long")
    checks = [rule.condition(f"check {number}") for number in range(10)]
    return rule.chain(rule.notify("first", "first"), *checks, rule.notify("last", "last"))


def begin(rig: Rig, workflow_id: str, document: Json, **more: Any) -> None:
    body = {"workflowType": {"name": "ExecuteGraphWorkflow"}, "taskQueue": {"name": rig.queue}, **more}
    body["input"] = {"payloads": [payload(document)]}
    rig.temporal.post(f"/api/v1/namespaces/default/workflows/{workflow_id}", body)


def acted(rig: Rig, message: str) -> int:
    return int(rig.value(f"SELECT count(*) FROM workflow.alerts WHERE message = '{message}'"))


def test_it_has_what_it_was_started_with(rig_of_short_runs: Rig) -> None:
    rig = rig_of_short_runs
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = long_rule()
    settings = {
        "workflowExecutionTimeout": "7200s",
        "workflowRunTimeout": "3600s",
        "workflowTaskTimeout": "11s",
        "retryPolicy": {"initialInterval": "2s", "maximumAttempts": 3},
        "memo": {"fields": {"note": payload("from the shop")}},
        "searchAttributes": {"indexedFields": {"Shop": payload("Hamburg")}},
        "header": {"fields": {"tenant": payload(7)}},
        "priority": {"priorityKey": 2},
    }
    begin(rig, "shop", rule.document(), **settings)
    assert rig.ended("shop") == "COMPLETED"

    first, *others = (attributes(history[0]) for history in rig.histories("shop"))
    assert others
    assert settings.keys() <= first.keys()
    for other in others:
        assert {key: other.get(key) for key in settings} == {key: first[key] for key in settings}
    assert (acted(rig, "first"), acted(rig, "last")) == (1, 1)


def test_a_cron_schedule_comes_round_again(rig_of_short_runs: Rig) -> None:
    rig = rig_of_short_runs
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    document = long_rule().document()
    del document["execution_id"]
    begin(rig, "cron", document, cronSchedule="@every 1s")

    wait_until(lambda: acted(rig, "last") >= 2, "two rounds")
    rig.temporal.cli("workflow", "terminate", "--workflow-id", "cron", "--reason", "a test")
    ways = [attributes(history[0])["initiator"].split("_")[-1] for history in rig.histories("cron")]
    rounds = ways.count("SCHEDULE")
    assert ways[:2] == ["SCHEDULE", "WORKFLOW"]
    assert rounds - 1 <= acted(rig, "last") <= acted(rig, "first") <= rounds


def test_a_run_of_a_schedule_acts_once(rig_of_short_runs: Rig) -> None:
    rig = rig_of_short_runs
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    document = long_rule().document()
    del document["execution_id"]
    file = rig.folder / "input.json"
    file.write_text(json.dumps(document))
    rig.temporal.cli(
        "schedule", "create", "--schedule-id", "nightly", "--type", "ExecuteGraphWorkflow", "--task-queue", rig.queue,
        "--workflow-id", "nightly", "--interval", "8760h", "--input-file", str(file),
    )  # fmt: skip
    rig.temporal.cli("schedule", "trigger", "--schedule-id", "nightly")

    wait_until(lambda: rig.statuses()["COMPLETED"] == 1, "the end of the rule")
    assert rig.statuses()["CONTINUED_AS_NEW"] > 0
    assert (acted(rig, "first"), acted(rig, "last")) == (1, 1)
