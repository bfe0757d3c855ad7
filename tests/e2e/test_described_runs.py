"""What people see of runs: memo, search attributes, result and current details. Read with the official command line."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from tests.e2e.test_held_runs import BAD, failing, update, wait_held
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

Json = dict[str, Any]
NAMES = ["RuleName", "EntityName", "EntityId", "EntityNumber", "FailedAction"]


def memo(rig: Rig, rule: Rule) -> Json:
    shown: Json = rig.temporal.describe(rule.workflow_id)["workflowExecutionInfo"].get("memo", {})
    fields: Json = shown.get("fields", {})
    return fields


def result(rig: Rig, rule: Rule) -> Json:
    found: Json = rig.events(rule.workflow_id, "WORKFLOW_EXECUTION_COMPLETED")[0]["result"]
    value: Json = json.loads(base64.b64decode(found["payloads"][0]["data"]))
    return value


def details(rig: Rig, rule: Rule) -> str:
    text: str = rig.ask(rule.workflow_id, "__temporal_workflow_metadata")["currentDetails"]
    return text


def found(rig: Rig, query: str) -> list[str]:
    listed = json.loads(rig.temporal.cli("workflow", "list", "--query", query, "--output", "json"))
    return [run["execution"]["workflowId"] for run in listed]


def test_a_run_says_what_it_is_and_what_came_of_it(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule("Expedite large orders")
    check, raise_it = rule.condition("check"), rule.update("raise", "priority", "high")
    rule.path(None, check).edge(check, raise_it, "true")
    rule.edge(check, rule.notify("keep", "kept"), "false")

    assert rig.run(rule) == "COMPLETED"

    assert memo(rig, rule) == {
        "rule": "Expedite large orders", "entity": "orders SO-2026-1042", "trigger": "on_create"
    }  # fmt: skip
    assert result(rig, rule) == {
        "done": 2, "not_run": 1, "ends": [{"action": "raise", "output": "success"}]
    }  # fmt: skip
    assert rig.kinds(rule.workflow_id)["WORKFLOW_TASK_STARTED"] == 1
    assert not rig.has(rule.workflow_id, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    shown = details(rig, rule)
    assert re.search(r"^    check +evaluate_condition +local +true$", shown, re.MULTILINE), shown
    assert re.search(r"^    ├─ true ─ raise +update_field +local .*success \(1 row\)$", shown, re.MULTILINE), shown


def test_a_signal_that_nobody_waits_for_is_named(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.delay("wait", "1h"))
    rig.start(rule)

    rig.temporal.cli("workflow", "signal", "--workflow-id", rule.workflow_id, "--name", "hurry")

    wait_until(lambda: "Signal ignored: no action of the run waits for it" in worker.log.read_text(), "the warning")
    assert "Ignored 1 signal that no action waits for; the first one: **hurry**" in details(rig, rule)
    assert rig.temporal.status(rule.workflow_id) == "RUNNING"


def test_descriptions_can_be_switched_off(rig: Rig) -> None:
    rig.worker(ICHOR_WORKER_DESCRIBE="false").wait_ready()
    rule = Rule()
    rule.chain(rule.condition("check"))

    assert rig.run(rule) == "COMPLETED"

    assert memo(rig, rule) == {}
    assert not rig.has(rule.workflow_id, "WORKFLOW_PROPERTIES_MODIFIED")


def test_runs_are_found_by_rule_and_order(rig: Rig, temporal: Temporal) -> None:
    """The namespace has no search attributes at first; later the worker learns about them."""
    temporal.start()
    done = rig.command("migrate", "--temporal")
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"created search attribute {name}" for name in NAMES])
    wait_until(lambda: all(name in temporal.cli("operator", "search-attribute", "list") for name in NAMES), "them")
    done = rig.command("migrate", "--temporal")
    assert done.stdout == "nothing to create: namespace default has all search attributes\n", done.stderr
    rig.worker(ICHOR_WORKER_ON_FAILURE="hold").wait_ready()
    rule = failing(name="It's held")

    rig.start(rule)
    wait_held(rig, rule)

    by_number = "RuleName = \"It's held\" AND EntityNumber = 'SO-2026-1042'"
    wait_until(lambda: found(rig, f"{by_number} AND FailedAction = 'bad'"), "the run in the list")
    assert found(rig, f"EntityName = 'orders' AND EntityId = '{ORDER}'") == [rule.workflow_id]
    shown = details(rig, rule)
    assert re.search(r"^    ├─ bad +update_field +local +held$", shown, re.MULTILINE), shown
    assert "- **bad** (update\\_field): " in shown and "no\\.such" in shown

    update(rig, rule, "skip", action="bad", result={"output": "success", "records_affected": 1})
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    wait_until(lambda: found(rig, f"{by_number} AND FailedAction IS NULL"), "the action not to be in the list")
    assert rig.kinds(rule.workflow_id)["UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"] == 2


def test_a_run_that_loses_a_search_attribute_goes_on(rig: Rig, temporal: Temporal) -> None:
    temporal.start()
    assert rig.command("migrate", "--temporal").returncode == 0
    worker = rig.worker(ICHOR_WORKER_ON_FAILURE="hold")
    worker.wait_ready()
    for name in NAMES:
        temporal.cli("operator", "search-attribute", "remove", "--name", name, "--yes")
    wait_until(lambda: NAMES[0] not in temporal.cli("operator", "search-attribute", "list"), "their end")
    rule = Rule()
    rule.chain(rule.action("bad", "update_field", BAD))

    rig.start(rule)

    wait_held(rig, rule)
    assert "BadSearchAttributes" in worker.log.read_text()
    assert rig.kinds(rule.workflow_id)["UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"] == 0
