"""What acts again and what does not: each new start with the same input acts again; a retry, a reset and a continued
run do not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.history import attributes
from zarf.dev.process import wait_until

Json = dict[str, Any]
PRODUCT = "1a6b03b8-9989-42db-adea-51d4ebb11591"
RETRY = {"retryPolicy": {"initialInterval": "0.1s", "maximumAttempts": 3}}


def acting_rule(rig: Rig) -> Rule:
    """An alert, a notice and a reservation. Each is a row that the same effect does not write twice."""
    rule = Rule("Act")
    alert = rule.action("alert", "create_alert", {"alert_type": "x", "title": "t", "message": "alert"})
    item = {"product_id": PRODUCT, "quantity": 1}
    reserve = {"inventory_items": [item], "allocation_mode": "reserve", "priority": "low"}
    rule.chain(alert, rule.action("reserve", "allocate_inventory", reserve), rule.notify("tell", "notice"))
    rig.insert_execution(rule.execution_id)
    return rule


def failing_rule() -> Rule:
    rule = Rule("Fail")
    return rule.chain(rule.notify("tell", "notice"), rule.action("fail", "update_field", {"target_entity": "no.table"}))


def acted(rig: Rig) -> int:
    """How often the rules have acted."""
    return int(rig.value("SELECT count(*) FROM workflow.alerts WHERE message = 'notice'"))


def reserved(rig: Rig) -> int:
    return int(
        rig.value(f"SELECT sum(reserved_quantity) FROM inventory.inventory_items WHERE product_id = '{PRODUCT}'")
    )


def begin(rig: Rig, workflow_id: str, document: Json, **more: Any) -> None:
    data = base64.b64encode(json.dumps(document).encode()).decode()
    payload = {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": data}
    body = {"workflowType": {"name": "ExecuteGraphWorkflow"}, "taskQueue": {"name": rig.queue}}
    rig.temporal.post(
        f"/api/v1/namespaces/default/workflows/{workflow_id}", body | more | {"input": {"payloads": [payload]}}
    )


def starts(rig: Rig, workflow_id: str) -> list[Json]:
    """How each run of the newest chain began, starting with the first run."""
    return [attributes(history[0]) for history in rig.histories(workflow_id)]


@pytest.mark.parametrize("has_id", [True, False], ids=["with execution_id", "without"])
def test_each_run_of_a_schedule_acts(rig: Rig, has_id: bool) -> None:
    rig.worker().wait_ready()
    rule = acting_rule(rig)
    document = rule.document()
    if not has_id:
        del document["execution_id"]
    file = rig.folder / "input.json"
    file.write_text(json.dumps(document))
    rig.temporal.cli(
        "schedule", "create", "--schedule-id", rig.name, "--type", "ExecuteGraphWorkflow", "--task-queue", rig.queue,
        "--workflow-id", rule.workflow_id, "--interval", "8760h", "--input-file", str(file),
    )  # fmt: skip

    before = reserved(rig)
    for number in (1, 2):
        rig.temporal.cli("schedule", "trigger", "--schedule-id", rig.name, "--overlap-policy", "AllowAll")
        assert rig.wait_all_ended(number) == {"COMPLETED": number}
        assert acted(rig) == number
    assert rig.value("SELECT count(*) FROM workflow.alerts WHERE message = 'alert'") == "2"
    assert reserved(rig) == before + 2
    rig.temporal.cli("schedule", "delete", "--schedule-id", rig.name)


def test_each_round_of_a_cron_schedule_acts_and_its_retries_do_not(rig: Rig) -> None:
    rig.worker().wait_ready()
    document = failing_rule().document()
    del document["execution_id"]
    begin(rig, "cron", document, cronSchedule="@every 1s", **RETRY)

    wait_until(lambda: acted(rig) >= 3, "three rounds")
    rig.temporal.cli("workflow", "terminate", "--workflow-id", "cron", "--reason", "a test")
    attempts = [start["attempt"] for start in starts(rig, "cron")]
    assert attempts[:6] == [1, 2, 3] * 2, "the server retries a run before the next round"
    # The latest round may not have acted when it was terminated.
    assert attempts.count(1) - 1 <= acted(rig) <= attempts.count(1)


def test_another_start_of_the_same_input_acts(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = acting_rule(rig)
    assert rig.run(rule) == "COMPLETED"
    for number, workflow_id in enumerate(("like-this-one", "once-more", "once-more"), start=2):
        begin(rig, workflow_id, rule.document())
        assert rig.ended(workflow_id) == "COMPLETED"
        assert acted(rig) == number


def test_the_same_execution_started_again_does_not_act(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = acting_rule(rig)
    for _ in range(2):
        assert rig.run(rule) == "COMPLETED"
    assert acted(rig) == 1


def erp(rule: Rule) -> str:
    return rule.workflow_id


def by_hand(rule: Rule) -> str:
    return f"by-hand-{rule.execution_id}-again"


@pytest.mark.parametrize("named", [erp, by_hand])
def test_a_retried_run_does_not_act_again(rig: Rig, named: Callable[[Rule], str]) -> None:
    rig.worker().wait_ready()
    rule = failing_rule()
    begin(rig, named(rule), rule.document(), **RETRY)

    wait_until(
        lambda: [start["attempt"] for start in starts(rig, named(rule))] == [1, 2, 3], "three attempts of the run"
    )
    assert rig.ended(named(rule)) == "FAILED"
    assert acted(rig) == 1


@pytest.mark.parametrize("named", [erp, by_hand])
def test_a_reset_run_does_not_act_again(rig: Rig, named: Callable[[Rule], str]) -> None:
    rig.worker().wait_ready()
    rule = acting_rule(rig)
    before = reserved(rig)
    begin(rig, named(rule), rule.document())
    assert rig.ended(named(rule)) == "COMPLETED"

    rig.temporal.cli(
        "workflow", "reset", "--workflow-id", named(rule), "--type", "FirstWorkflowTask", "--reason", "a test"
    )  # fmt: skip
    assert rig.ended(named(rule)) == "COMPLETED"
    assert acted(rig) == 1
    assert rig.value("SELECT count(*) FROM workflow.alerts WHERE message = 'alert'") == "1"
    assert reserved(rig) == before + 1
