"""`workflow-worker simulate`: a rule executed offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rules import Rule, chain_of_conditions
from zarf.dev import worker

Json = dict[str, Any]


def simulate(folder: Path, rule: Rule, *options: str, results: Json | None = None) -> tuple[int, Json]:
    file = folder / "rule.json"
    file.write_text(json.dumps(rule.document()))
    if results is not None:
        (folder / "results.json").write_text(json.dumps(results))
        options = (*options, "--results", str(folder / "results.json"))
    done = worker.command({}, "simulate", file, "--json", *options)
    assert done.stdout, done.stderr
    said: Json = json.loads(done.stdout)
    return done.returncode, said


def deciding_rule(total: int) -> Rule:
    """A question, an update of each answer, an inactive step, and a notification after one of the updates."""
    rule = Rule(total=total)
    check = rule.condition("check", {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 100}]})
    high, low, off = rule.update("high", "priority", "high"), rule.update("low", "notes", "low"), rule.condition("off")
    rule.edge(None, check)
    rule.edge(check, high, "true")
    rule.edge(check, low, "false")
    return rule.path(high, off, rule.notify("notify", "{{high.records_affected}} changed")).deactivate(off)


@pytest.mark.parametrize("options", [(), ("--activities",)], ids=["auto", "activity"])
def test_what_runs(tmp_path: Path, options: tuple[str, ...]) -> None:
    code, said = simulate(tmp_path, deciding_rule(500), *options, results={"high": [{"records_affected": 1}]})
    assert (code, said["status"], said["error"]) == (0, "completed", None)
    assert said["executions"] == {"check": 1, "high": 1, "notify": 1}
    assert said["order"] == ["check", "high", "notify"]
    assert (said["dead"], said["skipped"]) == (["low"], ["off"])
    assert said["results"]["check"]["output"] == "true"  # the condition is really evaluated
    assert said["results"]["high"] == {"records_affected": 1}
    assert (said["commands"], said["workflow_tasks"]) == (4, 4 if options else 1)

    _, said = simulate(tmp_path, deciding_rule(5), *options)
    assert (said["order"], said["dead"]) == (["check", "low"], ["high", "off", "notify"])
    low = said["results"]["low"]  # a value for each key that is always present
    assert (low["output"], low["records_affected"], low["new_value"]) == ("success", 1, "low"), low


def test_a_table_for_people(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(deciding_rule(500).document()))
    done = worker.command({}, "simulate", file)
    assert done.returncode == 0
    assert "completed\n4 commands in 1 workflow tasks, 9 history events\n" in done.stdout
    assert [line.split()[:3] for line in done.stdout.splitlines()[1:6]] == [
        ["check", "evaluate_condition", "finished"],
        ["high", "update_field", "finished"],
        ["low", "update_field", "dead"],
        ["off", "evaluate_condition", "skipped"],
        ["notify", "send_notification", "finished"],
    ]


def test_attempts(tmp_path: Path) -> None:
    """One entry per attempt; the last entry repeats. The first attempt is local, the others belong to an activity."""
    rule = deciding_rule(500)
    code, said = simulate(tmp_path, rule, results={"high": [{"error": "away"}, {"error": "away"}, {"n": 1}]})
    assert (code, said["executions"]["high"], said["results"]["high"]) == (0, 3, {"n": 1})

    code, said = simulate(tmp_path, rule, results={"high": [{"error": "away"}]})
    assert (code, said["status"], said["executions"]["high"]) == (1, "failed", 3)
    assert said["error"] == f"execute action high ({rule.actions[1]['id']}): away"
    assert said["dead"] == ["low", "off", "notify"]


def test_a_long_history_is_continued(tmp_path: Path) -> None:
    rule = deciding_rule(500)
    code, said = simulate(tmp_path, rule, "--history-length", "10001")
    assert (code, said["status"], said["executions"]) == (0, "continued_as_new", {})
    continued = said["continuation"]
    assert continued["execution_id"] == rule.execution_id
    (tmp_path / "next.json").write_text(json.dumps(continued))
    done = worker.command({}, "simulate", tmp_path / "next.json", "--json")
    assert json.loads(done.stdout)["order"] == ["check", "high", "notify"]


@pytest.mark.parametrize("options", [(), ("--activities",)], ids=["auto", "activity"])
def test_two_actions_of_one_name(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The output has the last action that ran."""
    rule = Rule()
    first, second = rule.update("note", "notes", "1"), rule.update("note", "notes", "2")
    rule.chain(first, second)
    _, said = simulate(tmp_path, rule, *options, results={"note": [{"n": 1}]})
    assert (said["executions"], said["order"]) == ({"note": 1}, ["note", "note"])


def test_wrong_rules_and_results(tmp_path: Path) -> None:
    rule = Rule()
    rule.condition("alone")
    code, said = simulate(tmp_path, rule)
    assert (code, said["status"]) == (1, "failed")
    assert said["error"] == "validate workflow input: graph must contain at least one start edge"

    (tmp_path / "results.json").write_text('{"check_1": [{"error": 5}]}')
    (tmp_path / "rule.json").write_text(json.dumps(chain_of_conditions(2).document()))
    done = worker.command({}, "simulate", tmp_path / "rule.json", "--results", tmp_path / "results.json")
    assert done.returncode == 1
    assert '/check_1/0: expected a result object or {"error": "text"}' in done.stderr
