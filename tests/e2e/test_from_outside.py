"""What operators do with Temporal's own command line: pause, unpause, reset and change activities, reset runs, cancel
and terminate many at once, and start rules by a schedule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import wait_until
from zarf.dev.web import WebServer

Json = dict[str, Any]
LOCKED = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"
STOPPED = "Attempt stopped: the activity was paused or reset"
PRODUCT = "39f1a457-3eb0-4fee-a801-d0da86353bd4"


def pending(rig: Rig, rule: Rule) -> Json:
    """The only pending activity of the run; empty when it has ended."""
    found: list[Json] = rig.temporal.describe(rule.workflow_id).get("pendingActivities", [])
    assert len(found) <= 1
    return found[0] if found else {}


def change(rig: Rig, rule: Rule, verb: str, *options: str) -> None:
    action = ["--workflow-id", rule.workflow_id, "--activity-id", rule.actions[0]["id"]]
    rig.newer("activity", verb, *action, *options)


def notes(rig: Rig) -> str:
    return rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'")


def alerts(rig: Rig) -> list[str]:
    return sorted(row[0] for row in rig.query("SELECT message FROM workflow.alerts"))


def test_a_paused_or_reset_activity_stops(rig: Rig) -> None:
    """Both attempts wait for a lock; they learn of the change by their next heartbeat, up to 16 seconds later."""
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rules = {verb: Rule() for verb in ("pause", "reset")}
    with rig.locked(LOCKED):
        for verb, rule in rules.items():
            rule.chain(
                rule.update(verb, "notes", verb), rule.notify("after", f"{verb} {{{{{verb}.records_affected}}}}")
            )
            rig.start(rule)
        rig.wait_blocked(2)
        for verb, rule in rules.items():
            change(rig, rule, verb)
        wait_until(lambda: worker.log.read_text().count(STOPPED) == 2, "both attempts to stop")
        wait_until(lambda: pending(rig, rules["pause"])["state"] == "PENDING_ACTIVITY_STATE_PAUSED", "the pause")
        wait_until(lambda: pending(rig, rules["reset"])["state"] == "PENDING_ACTIVITY_STATE_STARTED", "the attempt")
        failure = pending(rig, rules["pause"])["lastFailure"]
        assert failure["message"] == "the activity was paused or reset"

    assert rig.ended(rules["reset"].workflow_id) == "COMPLETED"
    assert (notes(rig), alerts(rig)) == ("reset", ["reset 1"])
    change(rig, rules["pause"], "unpause")
    assert rig.ended(rules["pause"].workflow_id) == "COMPLETED"
    assert (notes(rig), alerts(rig)) == ("pause", ["pause 1", "reset 1"])


@pytest.mark.parametrize("most", [1, 2])
def test_the_number_of_attempts_can_be_changed(rig: Rig, most: int) -> None:
    """The rule grants one attempt."""
    web = WebServer()
    web.start()
    rig.worker(ICHOR_WORKER_MODE="workflow").wait_ready()
    rule = Rule()
    config = {"url": f"{web.url}/busy-once/503/0"}
    rule.chain(rule.action("call", "call_webhook", config))
    rule.actions[0]["retry"] = {"attempts": 1}
    rig.start(rule)
    wait_until(lambda: pending(rig, rule), "the activity")
    change(rig, rule, "update-options", "--retry-maximum-attempts", str(most))
    rig.worker(
        ICHOR_WORKER_MODE="activity", ICHOR_WEBHOOK_ALLOW_HOSTS="127.0.0.1", ICHOR_WEBHOOK_ALLOW_HTTP="true"
    ).wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"  # with the answer to the last attempt
    assert len(web.take()) == most
    web.stop()


def test_a_run_can_be_reset_to_each_of_its_tasks(rig: Rig) -> None:
    """Local actions, an activity and a timer: none acts twice."""
    rig.worker().wait_ready()
    rule = Rule()
    allocate = {"inventory_items": [{"product_id": PRODUCT, "quantity": 1}], "allocation_mode": "reserve"}
    rule.chain(
        rule.notify("first", "first"),
        rule.action("allocate", "allocate_inventory", {**allocate, "allocation_strategy": "fifo"}),
        rule.delay("wait", "10ms"),
        rule.notify("last", "last {{allocate.status}}"),
    )
    assert rig.run(rule) == "COMPLETED"
    history = rig.temporal.history(rule.workflow_id)
    run_id = rig.temporal.describe(rule.workflow_id)["workflowExecutionInfo"]["execution"]["runId"]
    ends = [event["eventId"] for event in history if event["eventType"] == "EVENT_TYPE_WORKFLOW_TASK_COMPLETED"]
    before = rig.query("SELECT count(*), sum(reserved_quantity) FROM inventory.inventory_items")
    assert len(ends) == 3

    for end in ends:
        to = ["--workflow-id", rule.workflow_id, "--run-id", run_id, "--event-id", end, "--reason", "a test"]
        rig.temporal.cli("workflow", "reset", *to)
        assert rig.ended(rule.workflow_id) == "COMPLETED"

    assert len(alerts(rig)) == 2
    assert rig.query("SELECT count(*), sum(reserved_quantity) FROM inventory.inventory_items") == before


def test_many_runs_are_canceled_and_terminated_by_a_query(rig: Rig) -> None:
    rig.worker().wait_ready()
    rules = []
    for _ in range(6):
        rule = Rule("Waits")
        rules.append(rule.chain(rule.delay("wait", "1h")))
    for rule in rules:
        rig.start_quickly(rule)
    wait_until(lambda: rig.statuses()["RUNNING"] == 6, "six runs")
    canceled = " OR ".join(f"WorkflowId = '{rule.workflow_id}'" for rule in rules[:3])

    def end(verb: str, query: str, left: int) -> None:
        query += " AND ExecutionStatus = 'Running'"
        rig.temporal.cli("workflow", verb, "--query", query, "--reason", "a test", "--yes")
        wait_until(lambda: rig.statuses()["RUNNING"] == left, f"them to end by {verb}")

    end("cancel", f"({canceled})", 3)
    end("terminate", f"TaskQueue = '{rig.queue}'", 0)
    assert rig.statuses() == {"CANCELED": 3, "TERMINATED": 3}


def test_a_schedule_starts_a_rule_each_time(rig: Rig) -> None:
    """Each start acts, though all have the same input."""
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.notify("tell", "tick"))
    document = rule.document()
    del document["execution_id"]
    file = rig.folder / "scheduled.json"
    file.write_text(json.dumps(document))
    name = f"schedule-{rig.name}"
    rig.temporal.cli(
        "schedule", "create", "--schedule-id", name, "--interval", "24h", "--type", "ExecuteGraphWorkflow",
        "--task-queue", rig.queue, "--workflow-id", name, "--input-file", str(file),
    )  # fmt: skip
    try:
        rig.temporal.cli("schedule", "trigger", "--schedule-id", name)
        wait_until(lambda: alerts(rig), "the first start")
        rig.temporal.cli("schedule", "trigger", "--schedule-id", name)
        wait_until(lambda: len(alerts(rig)) == 2, "the second start")
    finally:
        rig.temporal.cli("schedule", "delete", "--schedule-id", name)
    wait_until(lambda: rig.statuses()["COMPLETED"] == 2, "two runs")
