"""The history events of rules."""

from __future__ import annotations

import re

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule, chain_of_conditions


def test_ten_conditions_take_one_workflow_task(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = chain_of_conditions(10)

    assert rig.run(rule) == "COMPLETED"

    kinds = rig.kinds(rule.workflow_id)
    assert kinds["WORKFLOW_TASK_COMPLETED"] == 1
    assert kinds["ACTIVITY_TASK_SCHEDULED"] == 0
    assert kinds["MARKER_RECORDED"] == 10
    assert sum(kinds.values()) <= 20


def test_as_activities_each_action_is_one(rig: Rig) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = chain_of_conditions(10)

    assert rig.run(rule) == "COMPLETED"

    scheduled = [fields["activityId"] for fields in rig.events(rule.workflow_id, "ACTIVITY_TASK_SCHEDULED")]
    assert scheduled == [action["id"] for action in rule.actions]
    assert rig.kinds(rule.workflow_id)["MARKER_RECORDED"] == 0


def test_short_database_actions_stay_inside_the_task(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.condition("check"), rule.update("note", "notes", "seen"), rule.notify("notify", "seen"))

    assert rig.run(rule) == "COMPLETED"

    kinds = rig.kinds(rule.workflow_id)
    assert kinds["WORKFLOW_TASK_COMPLETED"] == 1
    assert kinds["ACTIVITY_TASK_SCHEDULED"] == 0
    assert rig.value("SELECT notes FROM sales.orders WHERE number = 'SO-2026-1042'") == "seen"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def test_only_the_taken_branch_runs(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule(total=5)
    check = rule.condition("check", {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 100}]})
    high, low = rule.update("high", "priority", "high"), rule.update("low", "notes", "small order")
    rule.edge(None, check)
    rule.edge(check, high, "true")
    rule.edge(check, low, "false")

    assert rig.run(rule) == "COMPLETED"

    assert rig.query("SELECT priority, notes FROM sales.orders WHERE number = 'SO-2026-1042'") == [
        ["standard", "small order"]
    ]
    assert rig.kinds(rule.workflow_id)["MARKER_RECORDED"] == 2

    drawn = rig.command("draw", "--workflow-id", rule.workflow_id)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in drawn.stdout.splitlines()]
    assert lines[0] == "check evaluate_condition local false"
    assert re.fullmatch("├─ true ─ high update_field - not run", lines[1])
    assert re.fullmatch(r"└─ false ─ low update_field local (< 1|\d+) ms success \(1 row\)", lines[2])
    assert re.fullmatch(r"completed after .*: \d+ history events, 1 workflow task, 0 activities", lines[4])
    missing = rig.command("draw", "--workflow-id", "no-such-workflow")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "no-such-workflow" in missing.stderr


def test_a_long_chain(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = chain_of_conditions(300)

    assert rig.run(rule) == "COMPLETED"

    assert rig.kinds(rule.workflow_id)["MARKER_RECORDED"] == 300


def test_many_rules_at_once(rig: Rig) -> None:
    rig.worker().wait_ready()
    rules = []
    for number in range(20):
        rule = Rule(f"rule {number}")
        rules.append(rule.chain(rule.condition("check"), rule.notify("notify", f"rule {number}")))
    for rule in rules:
        rig.start(rule)

    assert {rig.ended(rule.workflow_id) for rule in rules} == {"COMPLETED"}
    assert rig.query("SELECT count(*), count(DISTINCT message) FROM workflow.alerts") == [["20", "20"]]
