"""Payloads in the history are readable for people, contain only what is needed, and nothing that the server refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, USERS, Rule
from zarf.dev.history import attributes, payload

Json = dict[str, Any]
STANDING = {"entity_id", "entity_name", "event_type", "user_id", "timestamp"}
LIMIT = 51200
NOTES = f"SELECT length(notes) FROM sales.orders WHERE id = '{ORDER}'"


def events(rig: Rig, rule: Rule, kind: str) -> list[Json]:
    return [event for event in rig.temporal.history(rule.workflow_id) if event["eventType"] == f"EVENT_TYPE_{kind}"]


def summary(event: Json) -> Any:
    """The summary that the Temporal UI shows."""
    return payload({"payloads": [event["userMetadata"]["summary"]]})


def activity_inputs(rig: Rig, rule: Rule) -> dict[str, Json]:
    found = (payload(fields["input"]) for fields in rig.events(rule.workflow_id, "ACTIVITY_TASK_SCHEDULED"))
    return {given["action_name"]: given for given in found}


def notifying_rule() -> Rule:
    """A check, an update and a notice with the results of both. They read only a part of the trigger."""
    rule = Rule(customer={"name": "Nordwind", "tier": "gold"}, secret="not asked for", lines=[1, 2, 3])
    return rule.chain(
        rule.condition("check"),
        rule.update("note", "notes", "{{customer.name}}"),
        rule.notify("notify", "{{number}}: {{check.output}}, {{note.new_value}}"),
    )


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_the_name_is_the_summary(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = notifying_rule()
    rule.path(rule.actions[2]["id"], rule.delay('wait a "moment"', "1ms"))

    assert rig.run(rule) == "COMPLETED"

    kind = "MARKER_RECORDED" if dispatch == "auto" else "ACTIVITY_TASK_SCHEDULED"
    assert [summary(event) for event in events(rig, rule, kind)] == ["check", "note", "notify"]
    assert [summary(event) for event in events(rig, rule, "TIMER_STARTED")] == ['wait a "moment"']


def test_a_marker_has_input_and_result(rig: Rig) -> None:
    """They have the form of the Go SDK's local activities, which the Temporal UI displays."""
    rig.worker().wait_ready()
    rule = notifying_rule()

    assert rig.run(rule) == "COMPLETED"

    markers = [attributes(event) for event in events(rig, rule, "MARKER_RECORDED")]
    for marker, action in zip(markers, rule.actions, strict=True):
        data, given = payload(marker["details"]["data"]), payload(marker["details"]["input"])
        assert marker["markerName"] == "LocalActivity"
        assert data["ActivityID"] == action["id"]
        assert data["ActivityType"] == f"{action['action_type']} • {action['name']}"
        assert (given["action_name"], given["config"]) == (action["name"], action["action_config"])
        assert marker["details"]["data"]["payloads"][0]["metadata"]["encoding"]
    results = [payload(marker["details"]["result"]) for marker in markers]
    assert results[0]["output"] == "true"
    assert (results[1]["new_value"], results[1]["records_affected"]) == ("Nordwind", 1)
    assert results[2]["status"] == "sent"
    assert rig.value("SELECT message FROM workflow.alerts") == "SO-2026-1042: true, Nordwind"


def test_a_marker_of_a_failure(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.action("bad", "update_field", {"target_entity": "no.such", "target_field": "x", "new_value": 1}))

    assert rig.run(rule) == "FAILED"

    (event,) = events(rig, rule, "MARKER_RECORDED")
    marker = attributes(event)
    assert "invalid target_entity: no.such" in marker["failure"]["message"]
    assert "result" not in marker["details"]
    assert payload(marker["details"]["input"])["action_name"] == "bad"


def test_an_action_gets_only_what_it_reads(rig: Rig) -> None:
    """Therefore a history grows linearly with the graph. An action of unknown type gets everything."""
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = notifying_rule()
    rule.path(rule.actions[2]["id"], rule.action("odd", "teleport", {}))

    assert rig.run(rule) == "FAILED"

    contexts = {name: given["context"] for name, given in activity_inputs(rig, rule).items()}
    assert set(contexts["check"]) == STANDING | {"total"}
    assert set(contexts["note"]) - STANDING == {"customer"}
    assert set(contexts["notify"]) - STANDING == {"number", "check.output", "note.new_value"}
    whole = contexts["odd"]
    assert set(rule.trigger) | {"check", "check.output", "note", "note.new_value", "notify.status"} <= set(whole)
    assert whole["secret"] == "not asked for" and whole["note.new_value"] == "Nordwind"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_a_long_value_of_a_result_is_cut(rig: Rig, dispatch: str) -> None:
    """It is cut between characters. The row has the whole value; later actions get the cut value, marked as such."""
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule(text="x" + "é" * 30_000)
    rule.chain(
        rule.update("note", "notes", "{{text}}"),
        rule.notify("notify", "cut: {{note.new_value_truncated}}, {{note.records_affected}}"),
    )

    assert rig.run(rule) == "COMPLETED"

    assert rig.value(NOTES) == "30001"
    assert rig.value("SELECT message FROM workflow.alerts") == "cut: true, 1"
    result = rig.ask(rule.workflow_id, "graph_state")["actions"][0]["result"]
    assert result["new_value"] == "x" + "é" * ((LIMIT - 1) // 2) + "...[TRUNCATED]"
    assert result["new_value_truncated"] is True


def large_rule() -> Rule:
    """A trigger of 1.4 MB and results of 1.2 MB; an action of unknown type would get all of it."""
    rule = Rule(text="x" * LIMIT, padding="y" * 1_300_000)
    notes = [rule.update(f"note {number}", "notes", "{{text}}") for number in range(10)]
    return rule.chain(*notes, rule.action("odd", "teleport", {}), rule.notify("behind", "never"))


def test_an_input_larger_than_the_server_takes(rig: Rig) -> None:
    """The input is refused before it is sent: the action and the run fail with a clear message."""
    worker = rig.worker().wait_ready()
    rule = large_rule()

    assert rig.run(rule) == "FAILED"

    odd = rule.actions[10]["id"]
    assert rig.failure(rule.workflow_id).startswith(f"execute action odd ({odd}): action odd ({odd}): its input of 2")
    assert rig.failure(rule.workflow_id).endswith(" bytes is larger than the 2096128 that Temporal takes")
    kinds = rig.kinds(rule.workflow_id)
    assert (kinds["WORKFLOW_TASK_FAILED"], kinds["ACTIVITY_TASK_SCHEDULED"], kinds["MARKER_RECORDED"]) == (0, 0, 11)
    assert rig.states(rule.workflow_id)["behind"] == "dead"
    assert "The input of an action is large" not in worker.log.read_text()


def test_a_large_input_gives_a_warning(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule(text="x" * 250_000)
    rule.chain(rule.condition("small"), rule.notify("large", "{{text}}"))

    assert rig.run(rule) == "COMPLETED"

    warnings = [
        json.loads(line) for line in worker.log.read_text().splitlines() if "The input of an action is large" in line
    ]
    assert [(warning["level"], warning["action_name"]) for warning in warnings] == [("WARN", "large")]
    assert 250_000 < warnings[0]["bytes"] < 260_000


def test_a_rule_too_large_to_start(rig: Rig) -> None:
    rule = Rule(padding="y" * (2 << 20))
    rule.chain(rule.condition("check"))
    done = rig.command("start", rig.write(rule))
    assert done.returncode == 1
    assert "2096128" in done.stderr, done.stderr
    assert USERS[0] in rule.trigger.values()
