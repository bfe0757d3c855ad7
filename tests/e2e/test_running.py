"""Open runs: waiting, canceled, queried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import StackError, wait_until

Json = dict[str, Any]
ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def updating_rule() -> Rule:
    """A check, an update that a lock can delay, and a notice."""
    rule = Rule()
    return rule.chain(
        rule.condition("check"), rule.update("update", "notes", "updated"), rule.notify("notify", "it is done")
    )


def waiting_rule(duration: str) -> Rule:
    rule = Rule()
    return rule.chain(
        rule.condition("check"), rule.delay("wait", duration), rule.notify("notify", "waited {{wait.duration}}")
    )


def alerts(rig: Rig) -> list[str]:
    return [message for (message,) in rig.query("SELECT message FROM workflow.alerts ORDER BY 1")]


# Waiting


def test_a_delay_may_have_a_template(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule(pause=250)
    rule.chain(
        rule.condition("check"), rule.delay("wait", "{{pause}}ms"), rule.notify("notify", "waited {{wait.duration}}")
    )
    file = rig.write(rule)
    assert rig.command("validate", file).returncode == 0

    assert rig.run(rule) == "COMPLETED"

    (timer,) = rig.events(rule.workflow_id, "TIMER_STARTED")
    assert timer["startToFireTimeout"] == "0.250s"
    assert alerts(rig) == ["waited 250ms"]


def test_a_delay_is_a_timer(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = waiting_rule("250ms")

    assert rig.run(rule) == "COMPLETED"

    (timer,) = rig.events(rule.workflow_id, "TIMER_STARTED")
    assert (timer["timerId"], timer["startToFireTimeout"]) == (rule.actions[1]["id"], "0.250s")
    kinds = rig.kinds(rule.workflow_id)
    assert (kinds["TIMER_FIRED"], kinds["ACTIVITY_TASK_SCHEDULED"]) == (1, 0)
    assert alerts(rig) == ["waited 250ms"]


# Canceled


def cancel(rig: Rig, rule: Rule) -> None:
    rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)


def test_cancel_while_a_timer_waits(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = waiting_rule("1h")
    rig.start(rule)
    wait_until(lambda: rig.kinds(rule.workflow_id)["TIMER_STARTED"], "the timer")
    cancel(rig, rule)

    assert rig.ended(rule.workflow_id) == "CANCELED"

    assert rig.kinds(rule.workflow_id)["TIMER_CANCELED"] == 1
    assert rig.states(rule.workflow_id) == {"check": "finished", "wait": "canceled", "notify": "waiting"}
    assert alerts(rig) == []


def test_cancel_while_an_activity_runs(rig: Rig) -> None:
    """The run does not wait for the activity: nothing else starts, and the run ends Canceled at once."""
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = updating_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        cancel(rig, rule)
        assert rig.ended(rule.workflow_id) == "CANCELED"
        kinds = rig.kinds(rule.workflow_id)
        assert kinds["ACTIVITY_TASK_CANCEL_REQUESTED"] == 1
        assert kinds["ACTIVITY_TASK_SCHEDULED"] == 2
    assert rig.states(rule.workflow_id) == {"check": "finished", "update": "canceled", "notify": "waiting"}
    assert alerts(rig) == []


def test_cancel_while_a_local_action_runs(rig: Rig) -> None:
    """The workflow task of the action ends first. The next notice may already be written, but the run is Canceled."""
    rig.worker().wait_ready()
    rule = updating_rule()
    with rig.locked(
        ORDER_ROW
    ):  # for less than 3 s, after which it would become an activity; so no command runs meanwhile
        rig.start_quickly(rule)
        rig.wait_blocked()
        rig.temporal.post(f"/api/v1/namespaces/default/workflows/{rule.workflow_id}/cancel", {})

    assert rig.ended(rule.workflow_id) == "CANCELED"

    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "updated"
    assert len(alerts(rig)) <= 1


# Queried


def actions_by_query(rig: Rig, rule: Rule) -> dict[str, Json]:
    return {action["name"]: action for action in rig.ask(rule.workflow_id, "graph_state")["actions"]}


@pytest.mark.parametrize("cache", ["64MiB", "0"])
def test_graph_state(rig: Rig, cache: str) -> None:
    """The query works for an open run, cached or not, and for a run that has ended."""
    first = rig.worker(ICHOR_WORKER_DISPATCH="activity", ICHOR_WORKER_CACHE_BYTES=cache).wait_ready()
    rule = updating_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        answer = rig.ask(rule.workflow_id, "graph_state")
        assert (answer["status"], answer["rule_name"]) == ("running", rule.name)
        check, update, notice = answer["actions"]
        assert check["id"] == rule.actions[0]["id"]
        assert (check["type"], check["state"], check["how"]) == ("evaluate_condition", "finished", "activity")
        assert check["attempts"] == 1
        assert check["result"]["output"] == "true"
        assert 0 < check["scheduled_at_us"] <= check["ended_at_us"] <= update["scheduled_at_us"] + 1000
        assert (update["state"], "result" in update, "ended_at_us" in update) == ("running", False, False)
        assert (notice["state"], "scheduled_at_us" in notice) == ("waiting", False)
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    ended = actions_by_query(rig, rule)
    assert {action["state"] for action in ended.values()} == {"finished"}
    assert ended["update"]["result"]["records_affected"] == 1

    first.stop()
    rig.worker().wait_ready()
    assert actions_by_query(rig, rule) == ended
    assert rig.ask(rule.workflow_id, "graph_state")["status"] == "over"


def test_graph_state_has_the_failure(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.action("bad", "update_field", {"target_entity": "no.such", "target_field": "x", "new_value": 1}))
    assert rig.run(rule) == "FAILED"
    assert "invalid target_entity: no.such" in actions_by_query(rig, rule)["bad"]["failure"]


def test_metadata(rig: Rig) -> None:
    """The query that the Temporal UI sends to every run."""
    rig.worker().wait_ready()
    rule = waiting_rule("1h")
    rig.start(rule)
    for _ in range(2):
        definition = rig.ask(rule.workflow_id, "__temporal_workflow_metadata")["definition"]
        assert definition["type"] == "ExecuteGraphWorkflow"
        assert "graph_state" in {query["name"] for query in definition["queryDefinitions"]}
        cancel(rig, rule)
        assert rig.ended(rule.workflow_id) == "CANCELED"


def test_an_unknown_query(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = waiting_rule("1h")
    rig.start(rule)
    with pytest.raises(StackError, match=r"unknown queryType weather\. KnownQueryTypes=\[graph_state "):
        rig.ask(rule.workflow_id, "weather")
    rig.temporal.cli("workflow", "terminate", "--workflow-id", rule.workflow_id)
