"""Runs whose failed actions are held. People decide about them with updates, sent with the official command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import StackError, wait_until

Json = dict[str, Any]
BAD: Json = {"target_entity": "no.such", "target_field": "x", "new_value": 1}


def update(rig: Rig, rule: Rule, name: str, **asked: Any) -> Json:
    output = rig.temporal.cli(
        "workflow", "update", "execute", "--workflow-id", rule.workflow_id, "--name", name,
        "--input", json.dumps(asked), "--output", "json",
    )  # fmt: skip
    answer: Json = json.loads(output)
    return answer


def refused(rig: Rig, rule: Rule, name: str, **asked: Any) -> str:
    with pytest.raises(StackError) as fault:
        update(rig, rule, name, **asked)
    return str(fault.value)


def failing(**more: Any) -> Rule:
    """A rule in which `bad` fails; `after` depends on `bad`, `beside` does not."""
    rule = Rule(**more)
    bad, beside = rule.action("bad", "update_field", BAD), rule.notify("beside", "beside")
    rule.path(None, bad, rule.notify("after", "after {{bad.records_affected}}")).edge(None, beside)
    return rule


def wait_held(rig: Rig, rule: Rule) -> None:
    wait_until(lambda: rig.states(rule.workflow_id)["bad"] == "held", "the action to be held")


def messages(rig: Rig) -> list[str]:
    return sorted(row[0] for row in rig.query("SELECT message FROM workflow.alerts"))


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_a_held_action_is_retried_with_another_config(rig: Rig, dispatch: str) -> None:
    """The run survives its worker, and the setting with which it began applies to the whole run."""
    first = rig.worker(ICHOR_WORKER_DISPATCH=dispatch, ICHOR_WORKER_ON_FAILURE="hold")
    first.wait_ready()
    rule = failing()
    rig.start(rule)
    wait_held(rig, rule)
    assert rig.temporal.status(rule.workflow_id) == "RUNNING"
    assert messages(rig) == ["beside"]
    first.kill()
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    assert rig.states(rule.workflow_id) == {"bad": "held", "beside": "finished", "after": "waiting"}

    good = {"target_entity": "sales.orders", "target_field": "notes", "new_value": "corrected",
            "conditions": [{"field_name": "id", "operator": "equals", "value": ORDER}]}  # fmt: skip
    answer = update(rig, rule, "retry", action="bad", config=good, reason="the table was misspelled")

    assert answer["result"] == {"accepted": True} or answer == {"accepted": True}
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert messages(rig) == ["after 1", "beside"]
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "corrected"
    accepted = rig.events(rule.workflow_id, "WORKFLOW_EXECUTION_UPDATE_ACCEPTED")
    assert len(accepted) == 1 and accepted[0]["acceptedRequest"]["meta"]["identity"]


def test_a_correction_that_is_wrong_is_refused_and_nothing_is_written(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = failing()
    rule.more = {"on_failure": "hold"}
    rig.start(rule)
    wait_held(rig, rule)
    before = len(rig.temporal.history(rule.workflow_id))

    cases: list[tuple[str, Json, str]] = [
        ("repair", {"action": "bad"}, 'unknown update "repair"; the updates are fail, retry, skip'),
        ("retry", {}, "/action: expected the id or name of an action on hold"),
        ("retry", {"action": "nothing"}, '/action: no action on hold has the id or name "nothing"'),
        ("retry", {"action": "beside"}, '/action: no action on hold has the id or name "beside"'),
        ("retry", {"action": "bad", "config": {"target_entity": 7}}, "/config/target_entity: "),
        ("retry", {"action": "bad", "cfg": {}}, "/cfg: unknown key; retry takes action, config, reason"),
        ("skip", {"action": "bad", "result": []}, "/result: expected an object, found array"),
        ("skip", {"action": "bad", "result": {"output": "maybe"}}, "/result/output: update_field has no such output"),
    ]
    for name, asked, why in cases:
        assert why in refused(rig, rule, name, **asked)

    assert len(rig.temporal.history(rule.workflow_id)) == before
    update(rig, rule, "skip", action="bad", result={"output": "success", "records_affected": 7})
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert messages(rig) == ["after 7", "beside"]


def test_a_held_action_that_fails_after_all_fails_the_run(rig: Rig) -> None:
    rig.worker(ICHOR_WORKER_ON_FAILURE="hold").wait_ready()
    rule = failing()
    rig.start(rule)
    wait_held(rig, rule)

    tried = rig.command("retry", rule.workflow_id, "--action", rule.actions[0]["id"])
    assert (tried.returncode, tried.stderr) == (0, "")
    wait_held(rig, rule)
    refused = rig.command("skip", rule.workflow_id, "--action", "beside")
    assert refused.returncode == 1
    assert '/action: no action on hold has the id or name "beside"' in refused.stderr
    failed = rig.command("fail", rule.workflow_id, "--action", "bad", "--reason", "the order is void")
    assert (failed.returncode, failed.stdout) == (0, "bad: fail accepted\n")

    assert rig.ended(rule.workflow_id) == "FAILED"
    assert "invalid target_entity: no.such" in rig.failure(rule.workflow_id)
    assert messages(rig) == ["beside"]
