"""Bad input fails with a clear message and without partial effects."""

from __future__ import annotations

import base64
import uuid

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule


@pytest.fixture
def ready(rig: Rig) -> Rig:
    rig.worker().wait_ready()
    return rig


def start_raw(rig: Rig, *options: str) -> str:
    workflow_id = f"workflow-{uuid.uuid4()}"
    rig.temporal.cli(
        *["workflow", "start", "--type", "ExecuteGraphWorkflow", "--task-queue", rig.queue],
        *["--workflow-id", workflow_id, *options],
    )
    return workflow_id


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def assert_nothing_ran(rig: Rig, workflow_id: str) -> None:
    kinds = rig.kinds(workflow_id)
    assert kinds["MARKER_RECORDED"] + kinds["ACTIVITY_TASK_SCHEDULED"] == 0
    assert rig.value("SELECT count(*) FROM sales.orders WHERE notes IS NOT NULL OR priority <> 'standard'") == "0"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "0"


def updating_notes_rule() -> tuple[Rule, str, str]:
    """Two actions with visible effects, without edges."""
    rule = Rule()
    return rule, rule.update("first", "notes", "ran"), rule.update("second", "priority", "ran")


def test_input_in_another_encoding(ready: Rig) -> None:
    workflow_id = start_raw(ready, "--input", "this is no JSON", "--input-meta", "encoding=binary/plain")
    assert ready.ended(workflow_id) == "FAILED"
    assert "unable to decode the workflow function input payload" in ready.failure(workflow_id)


@pytest.mark.parametrize("text", ['{"rule_id": }', '{"rule_id": "1"', "", "{} {}", "\x00", '{"rule_id": "\xff"}'])
def test_input_with_a_syntax_error(ready: Rig, text: str) -> None:
    """The input is declared as JSON. The command line tool refuses to send it; Temporal's HTTP API does not."""
    workflow_id = f"workflow-{uuid.uuid4()}"
    payload = {"metadata": {"encoding": base64_of(b"json/plain")}, "data": base64_of(text.encode("latin-1"))}
    body = {"workflowType": {"name": "ExecuteGraphWorkflow"}, "taskQueue": {"name": ready.queue}}
    ready.temporal.post(
        f"/api/v1/namespaces/default/workflows/{workflow_id}", body | {"input": {"payloads": [payload]}}
    )

    assert ready.ended(workflow_id) == "FAILED"
    assert "unable to decode the workflow function input payload" in ready.failure(workflow_id)


@pytest.mark.parametrize("text", ['"a text"', "[]", "17", "true"])
def test_input_that_is_not_an_object(ready: Rig, text: str) -> None:
    workflow_id = start_raw(ready, "--input", text)
    assert ready.ended(workflow_id) == "FAILED"
    assert "unable to decode the workflow function input payload" in ready.failure(workflow_id)


def test_no_input(ready: Rig) -> None:
    workflow_id = start_raw(ready)
    assert ready.ended(workflow_id) == "FAILED"
    assert ready.failure(workflow_id)


def test_empty_object(ready: Rig) -> None:
    workflow_id = start_raw(ready, "--input", "{}")
    assert ready.ended(workflow_id) == "FAILED"
    assert ready.failure(workflow_id) == "validate workflow input: rule_id is required"


def test_no_start_edge(ready: Rig) -> None:
    rule, first, second = updating_notes_rule()
    rule.edge(first, second)

    assert ready.run(rule) == "FAILED"
    assert ready.failure(rule.workflow_id) == "validate workflow input: graph must contain at least one start edge"
    assert_nothing_ran(ready, rule.workflow_id)


def test_unknown_target(ready: Rig) -> None:
    rule, first, second = updating_notes_rule()
    missing = str(uuid.uuid4())
    rule.chain(first, second)
    rule.edge(second, missing)

    assert ready.run(rule) == "FAILED"
    text = ready.failure(rule.workflow_id)
    assert text.startswith("validate workflow input: ") and missing in text
    assert_nothing_ran(ready, rule.workflow_id)


def test_cycle(ready: Rig) -> None:
    rule, first, second = updating_notes_rule()
    rule.chain(first, second)
    rule.edge(second, first)

    assert ready.run(rule) == "FAILED"
    text = ready.failure(rule.workflow_id)
    assert text.startswith("validate workflow input: ") and "cycle" in text
    assert "first" in text and "second" in text
    assert_nothing_ran(ready, rule.workflow_id)


def test_unknown_action_type(ready: Rig) -> None:
    """The action fails as an activity, with the expected text. Earlier actions ran, later ones did not."""
    rule = Rule()
    before, after = rule.update("before", "notes", "ran"), rule.update("after", "priority", "ran")
    odd = rule.action("teleport order", "teleport", {"to": "the moon"})
    rule.chain(before, odd, after)

    assert ready.run(rule) == "FAILED"
    text = ready.failure(rule.workflow_id)
    assert f"execute action teleport order ({odd}): " in text
    assert f"action teleport order ({odd}): no handler registered for type teleport" in text
    assert ready.query("SELECT notes, priority FROM sales.orders WHERE number = 'SO-2026-1042'") == [
        ["ran", "standard"]
    ]


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_table_outside_the_whitelist(rig: Rig, dispatch: str) -> None:
    """A permanent failure: one attempt, no row written, and no later action runs."""
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule()
    evil = rule.action(
        "take over",
        "update_field",
        {
            "target_entity": "workflow.allocation_results",
            "target_field": "idempotency_key",
            "new_value": "mine",
            "conditions": [{"field_name": "id", "operator": "is_not_null"}],
        },
    )
    rule.chain(evil, rule.update("after", "notes", "ran"))

    assert rig.run(rule) == "FAILED"
    assert "invalid target_entity: workflow.allocation_results" in rig.failure(rule.workflow_id)
    assert rig.value("SELECT count(*) FROM workflow.allocation_results WHERE idempotency_key = 'mine'") == "0"
    assert rig.value("SELECT count(*) FROM sales.orders WHERE notes IS NOT NULL") == "0"
    for started in rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED"):
        assert started["attempt"] == 1


def test_sql_in_a_column_name(ready: Rig) -> None:
    rule = Rule()
    rule.chain(rule.update("inject", "notes = 'x'; DROP TABLE sales.orders; --", "ran"))

    assert ready.run(rule) == "FAILED"
    assert "invalid target_field: notes = 'x'; DROP TABLE sales.orders; --" in ready.failure(rule.workflow_id)
    assert ready.value("SELECT count(*) FROM sales.orders") == "5"


def test_a_failure_leaves_the_other_branch_alone(ready: Rig) -> None:
    """Only the actions after the failed one do not run; then the rule fails and names the failed action."""
    rule = Rule()
    bad = rule.action("bad", "update_field", {"target_entity": "no.such", "target_field": "x", "new_value": 1})
    good, behind = rule.update("good", "notes", "ran"), rule.update("behind", "priority", "ran")
    check = rule.condition("check")
    rule.edge(None, check)
    rule.edge(check, bad, "true")
    rule.edge(check, good, "true")
    rule.edge(bad, behind)
    rule.edge(good, behind)

    assert ready.run(rule) == "FAILED"
    assert f"execute action bad ({bad})" in ready.failure(rule.workflow_id)
    assert ready.query("SELECT notes, priority FROM sales.orders WHERE number = 'SO-2026-1042'") == [
        ["ran", "standard"]
    ]


def test_an_unknown_workflow_type_waits_for_its_worker(ready: Rig) -> None:
    """This worker does not fail the workflow of another worker: the workflow task fails and is retried."""
    workflow_id = f"workflow-{uuid.uuid4()}"
    ready.temporal.cli(
        *["workflow", "start", "--type", "SomebodyElses", "--task-queue", ready.queue],
        *["--workflow-id", workflow_id, "--input", "{}"],
    )
    rule = Rule()
    assert ready.run(rule.chain(rule.condition("check"))) == "COMPLETED"
    assert ready.temporal.status(workflow_id) == "RUNNING"
    ready.temporal.cli("workflow", "terminate", "--workflow-id", workflow_id)
