"""Edges that a run follows when an action fails, and the number of attempts that a rule requests."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.history import attributes

BAD = {"target_entity": "no.such", "target_field": "x", "new_value": 1}
REPORT = "{{bad.error.message}} ({{bad.error.type}}, {{bad.error.attempts}}, {{bad.error.permanent}})"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_the_failure_edge_alone_is_followed(rig: Rig, dispatch: str) -> None:
    """An error becomes data. A worker that has only the history gets the same data."""
    first = rig.worker(ICHOR_WORKER_DISPATCH=dispatch)
    first.wait_ready()
    rule = Rule()
    bad, usual = rule.action("bad", "update_field", BAD), rule.condition("usual")
    report, join = rule.notify("report", REPORT), rule.condition("join")
    rule.path(None, bad, usual, join).edge(bad, report, "failure")
    rule.edge(report, join)

    assert rig.run(rule) == "COMPLETED"

    assert rig.query("SELECT message FROM workflow.alerts") == [["invalid target_entity: no.such (failed, 1, true)"]]
    states = {"bad": "finished", "usual": "dead", "report": "finished", "join": "finished"}
    assert rig.states(rule.workflow_id) == states
    first.kill()
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    assert rig.states(rule.workflow_id) == states


def test_an_edge_on_error_after_the_attempts_of_the_rule(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    odd = rule.action("bad", "send_email", {"simulate_failure": True, "failure_message": "no luck"})
    rule.actions[0] |= {"retry": {"attempts": 2, "first": "10ms"}, "timeout": "90s"}
    rule.path(None, odd).edge(odd, rule.notify("report", REPORT), kind="on_error")

    assert rig.run(rule) == "COMPLETED"

    [[message]] = rig.query("SELECT message FROM workflow.alerts")
    assert message == "no luck (failed, 2, false)"
    asked = [
        attributes(event)
        for event in rig.temporal.history(rule.workflow_id)
        if event["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    ]
    assert [asked[0]["startToCloseTimeout"], asked[0]["retryPolicy"]["initialInterval"]] == ["90s", "0.010s"]
