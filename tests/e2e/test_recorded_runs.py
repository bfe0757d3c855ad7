"""Real runs as test cases, and explained to agents: `replay --as-test --id`, `mcp`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev import worker as program

Json = dict[str, Any]


def noting_rule() -> Rule:
    """A condition, a delay, and a note of the outcome of the condition; no note for a small order."""
    rule = Rule(total=500)
    check = rule.condition("check", {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 100}]})
    wait, note = rule.delay("wait", "50ms"), rule.update("note", "notes", "{{number}}: {{check.output}}")
    small = rule.update("small", "notes", "small")
    rule.edge(None, check)
    rule.edge(check, wait, "true")
    rule.edge(check, small, "false")
    return rule.path(wait, note)


def failing_rule() -> Rule:
    rule = Rule()
    note, mail = rule.update("note", "notes", "x"), rule.action("mail", "send_email", {"simulate_failure": True})
    return rule.chain(note, mail)


def record(rig: Rig, rule: Rule, file: Path) -> Json:
    done = rig.command("replay", "--as-test", "--id", rule.workflow_id)
    assert done.returncode == 0, done.stderr
    file.write_text(done.stdout)
    recorded: Json = json.loads(done.stdout)
    return recorded


def test_a_real_run_as_a_case(rig: Rig, tmp_path: Path) -> None:
    """The case passes at once, and fails when the rule is changed."""
    rig.worker().wait_ready()
    rule = noting_rule()
    assert rig.run(rule) == "COMPLETED"
    file = tmp_path / "run.test.json"
    recorded = record(rig, rule, file)
    expect = recorded["cases"][0]["expect"]
    assert expect["ran"] == ["check", "wait", "note"]
    assert expect["configs"]["note"]["new_value"] == "SO-2026-1042: true"
    done = program.command({}, "test", file)
    assert done.returncode == 0, done.stdout

    condition, _, note, _ = recorded["rule"]["graph"]["actions"]
    for action, key, value in (
        (condition, "conditions", [{"field_name": "total", "operator": "greater_than", "value": 1000}]),
        (note, "new_value", "{{number}} {{check.output}}"),
    ):
        kept = action["action_config"][key]
        action["action_config"][key] = value
        file.write_text(json.dumps(recorded))
        done = program.command({}, "test", file)
        assert done.returncode == 1 and "\n          expected " in done.stdout
        action["action_config"][key] = kept


def test_a_run_that_failed(rig: Rig, tmp_path: Path) -> None:
    rig.worker().wait_ready()
    rule = failing_rule()
    assert rig.run(rule) == "FAILED"
    file = tmp_path / "run.test.json"
    recorded = record(rig, rule, file)
    assert recorded["cases"][0]["expect"]["error"].endswith("simulated email delivery failure")
    assert program.command({}, "test", file).returncode == 0

    shown = rig.command("replay", "--id", rule.workflow_id)
    assert shown.returncode == 0 and "simulated email delivery failure" in shown.stdout

    messages: list[Json] = [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "explain_run", "arguments": {"workflow_id": rule.workflow_id}},
        },
    ]
    done = subprocess.run(
        [program.binary(), "mcp"],
        input="".join(json.dumps(message) + "\n" for message in messages),
        env=program.environment(rig.settings()),
        capture_output=True,
        text=True,
        check=False,
    )
    explained = json.loads(done.stdout.splitlines()[1])["result"]["structuredContent"]
    assert explained["status"] == "failed"
    assert [(action["name"], action["attempts"]) for action in explained["failed"]] == [("mail", 3)]
    assert [action["state"] for action in explained["actions"]] == ["finished", "failed"]
