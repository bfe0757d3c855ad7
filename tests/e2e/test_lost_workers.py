"""Attempts that are lost with their worker do not count, unlike failures of the action."""

from __future__ import annotations

import json
from functools import partial

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import wait_until

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def is_performed(rig: Rig, rule: Rule, attempt: int) -> bool:
    pending = rig.temporal.describe_by_http(rule.workflow_id).get("pendingActivities", [{}])[0]
    return (pending.get("attempt"), pending.get("state")) == (attempt, "PENDING_ACTIVITY_STATE_STARTED")


def test_an_action_survives_three_workers(rig: Rig) -> None:
    rule = Rule()
    rule.chain(rule.update("note", "notes", "done"))
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        for number in (1, 2, 3):
            worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
            wait_until(partial(is_performed, rig, rule, number), f"attempt {number}")
            worker.kill()
        rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    (started,) = rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")
    assert started["attempt"] == 4
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "done"


def test_three_failures_fail_the_run(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.action("mail", "send_email", {"simulate_failure": True, "failure_message": "no luck"}))

    assert rig.run(rule) == "FAILED"

    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if "Action execution failed" in line]
    assert [(line["attempt"], line["retryable"]) for line in lines] == [(1, True), (2, True), (3, False)]
    (mail,) = rule.actions
    why = f"async action mail ({mail['id']}): start: no luck"
    (failed,) = rig.events(rule.workflow_id, "ACTIVITY_TASK_FAILED")
    assert (failed["failure"]["message"], failed["failure"]["applicationFailureInfo"]["type"]) == (why, "wrapError")
    assert rig.failure(rule.workflow_id) == f"execute action mail ({mail['id']}): {why}"
