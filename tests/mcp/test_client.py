"""The official client of the Model Context Protocol lists the tools, calls them, and gets structured results, which it
checks against their schemas."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp.client.stdio import stdio_client
from mcp.types import TextContent

from mcp import ClientSession, StdioServerParameters
from tests.e2e.rules import Rule
from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]
HISTORIES = ROOT / "tests" / "replay" / "histories"
TOOLS = {
    *("list_actions", "describe_action", "rule_schema", "validate_rule", "simulate_rule", "test_rules", "draw_rule"),
    *("explain_run", "draw_run", "record_case"),
}


def with_session(do: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def talk() -> Any:
        server = StdioServerParameters(command=str(worker.binary()), args=["mcp"], env=worker.environment({}))
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return await do(session)

    return asyncio.run(asyncio.wait_for(talk(), 60))


def call(tool: str, **arguments: Any) -> Json:
    """The structured result, which is also present as text."""

    async def do(session: ClientSession) -> Json:
        result = await session.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert isinstance(result.content[0], TextContent)
        assert result.structured_content == json.loads(result.content[0].text)
        return result.structured_content or {}

    found: Json = with_session(do)
    return found


def refusal(tool: str, **arguments: Any) -> str:
    async def do(session: ClientSession) -> str:
        result = await session.call_tool(tool, arguments)
        assert result.is_error and result.structured_content is None
        assert isinstance(result.content[0], TextContent)
        return result.content[0].text

    text: str = with_session(do)
    return text


def test_the_page_lists_the_tools() -> None:
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == TOOLS
    connection = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert connection["mcpServers"]["rules"]["args"] == ["mcp"]


def test_the_tools() -> None:
    async def do(session: ClientSession) -> Any:
        return (await session.list_tools()).tools

    tools = with_session(do)
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint is True and tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is (tool.name in ("explain_run", "draw_run", "record_case"))
        assert tool.title and tool.description


def test_actions() -> None:
    actions = {action["name"]: action for action in call("list_actions")["actions"]}
    assert len(actions) > 30
    assert actions["evaluate_condition"]["hints"]["readOnlyHint"] is True
    assert actions["update_field"]["hints"] == {
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": True,
        "openWorldHint": False,
    }
    assert actions["call_webhook"]["hints"]["openWorldHint"] is True
    found = call("list_actions", search="reorder")["actions"]
    assert "check_reorder_point" in {action["name"] for action in found} and len(found) < len(actions)

    described = call("describe_action", name="update_field")
    Draft202012Validator.check_schema(described["config_schema"])
    assert "records_affected" in described["documentation"]
    assert any("fault" in example for example in described["examples"])
    assert refusal("describe_action", name="update_fielt") == "no action 'update_fielt'; did you mean 'update_field'?"


def broken_rule() -> Json:
    rule = Rule()
    rule.chain(rule.condition("first"), rule.update("second", "Notes", "x"))
    return rule.document()


def test_validate() -> None:
    good = call("validate_rule", file=str(ROOT / "examples" / "credit-hold.json"))
    assert (good["good"], good["actions"], good["edges"]) == (True, 4, 5)
    bad = call("validate_rule", rule=broken_rule())
    assert bad["good"] is False
    fault = next(fault for fault in bad["faults"] if "invalid target_field: Notes" in fault["message"])
    assert (fault["severity"], fault["pointer"][:16]) == ("error", "/graph/actions/1")


def test_simulate() -> None:
    outcomes = {"ask_finance": [{"after": "2h", "result": {"output": "approved", "resolved_by_name": "lena"}}]}
    played = call("simulate_rule", file=str(ROOT / "examples" / "credit-hold.json"), outcomes=outcomes)
    assert (played["status"], played["milliseconds"]) == ("completed", 7_200_000)
    assert played["ran"] == ["check_credit", "ask_finance", "mail_customer", "tell_sales"]
    assert "ask_finance -> tell_sales (approved)" in played["edges"]
    notified = next(action for action in played["actions"] if action["name"] == "tell_sales")
    assert notified["config"]["message"] == "Hansen Yachts A/S owes 12750 EUR; approved by lena"

    failed = call("simulate_rule", rule=broken_rule())
    assert failed["status"] == "failed" and "invalid target_field: Notes" in failed["error"]
    small = call("simulate_rule", file=str(ROOT / "examples" / "credit-hold.json"), trigger_changes={"credit_used": 1})
    assert small["ran"] == ["check_credit"]


def test_cases(tmp_path: Path) -> None:
    report = call("test_rules", path=str(ROOT / "examples"))
    assert report["failed"] == report["faulty"] == report["untaken"] == 0
    assert report["passed"] == report["cases"] > 40

    cases = [{"name": "small", "trigger_changes": {"credit_used": 1}, "expect": {"ran": ["ask_finance"]}}]
    report = call("test_rules", file=str(ROOT / "examples" / "credit-hold.json"), cases=cases)
    assert (report["failed"], report["untaken"]) == (1, 4)
    assert report["results"][0]["cases"][0]["differences"] == [
        {"pointer": "/cases/0/expect/ran", "expected": '["ask_finance"]', "got": '["check_credit"]'}
    ]
    assert refusal("test_rules", path=str(tmp_path)).endswith(": no file NAME.test.json is there")
    assert refusal("test_rules", rule=broken_rule(), cases=[{}]) == '/cases/0: a case needs a "name"'


def test_a_rule_that_is_not_good_is_not_played() -> None:
    rule = Rule()
    rule.chain(rule.notify("note", "Order {{nubmer}}"))
    refused = refusal("simulate_rule", rule=rule.document())
    assert "/graph/actions/0/action_config/message:9: error: unknown variable 'nubmer'" in refused
    assert refused.endswith("the rule is not good: it was not played; `force` plays it all the same")
    assert call("simulate_rule", rule=rule.document(), force=True)["ran"] == ["note"]
    cases = [{"name": "it", "expect": {"ran": ["note"]}}]
    report = call("test_rules", rule=rule.document(), cases=cases)
    assert (report["faulty"], report["cases"]) == (1, 0)
    assert report["results"][0]["rule_errors"][0]["code"] == "unknown_variable"
    report = call("test_rules", rule=rule.document(), cases=cases, force=True)
    assert (report["faulty"], report["passed"]) == (0, 1)


def test_runs(tmp_path: Path) -> None:
    explained = call("explain_run", file=str(HISTORIES / "s-failure.json"))
    assert explained["status"] == "failed" and "boom" in explained["failure"]
    (failed,) = explained["failed"]
    assert (failed["name"], failed["type"], failed["attempts"]) == ("B", "send_email", 3)
    assert failed["failure"].endswith("execute: boom") and "simulate_rule" in failed["advice"]

    history = json.loads((HISTORIES / "h-approval.json").read_text())
    open_run = {"events": history["events"][:12]}
    explained = call("explain_run", history=open_run)
    assert (explained["status"], explained["failed"]) == ("running", [])

    recorded = call("record_case", history=history)["cases_file"]
    (tmp_path / "run.test.json").write_text(json.dumps(recorded))
    assert call("test_rules", path=str(tmp_path))["passed"] == 1
    assert refusal("record_case", history=open_run) == "the run is still open: record it after it has ended"
    assert "standard error" in refusal("explain_run", workflow_id="x")


def test_pictures() -> None:
    file = str(ROOT / "examples" / "credit-hold.json")
    assert "flowchart" in call("draw_rule", file=file)["picture"]
    tree = call("draw_rule", file=file, format="ascii")["picture"]
    assert "check_credit" in tree and "tell_sales" in tree and "\x1b" not in tree
    assert call("draw_rule", file=file, format="dot")["picture"].startswith("digraph")
    assert "</svg>" in call("draw_rule", file=file, format="svg")["picture"]
    assert "failed" in call("draw_run", file=str(HISTORIES / "s-failure.json"), format="ascii")["picture"]
    assert refusal("draw_rule", file=file, format="png").startswith("/format: expected mermaid, ascii, dot or svg")
    assert "validate_rule says where" in refusal("draw_rule", rule={"actions": [], "edges": []})


def test_the_schema_of_a_rule() -> None:
    schema = call("rule_schema")["schema"]
    Draft202012Validator(schema).validate(json.loads((ROOT / "examples" / "credit-hold.json").read_text()))


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("validate_rule", {}, "one of 'rule' (JSON) and 'file' (the path of a file) is needed"),
        ("validate_rule", {"file": "/nowhere"}, "cannot read /nowhere: No such file or directory"),
        ("validate_rule", {"file": "-"}, "'file' must be the path of a file"),
        ("validate_rule", {"rule": [], "fil": 1}, "/fil: unknown key 'fil'; did you mean 'file'?"),
        ("simulate_rule", {"rule": {}, "clock": "noon"}, "/clock: expected a time such as 2026-06-17T08:00:00Z"),
        ("simulate_rule", {"rule": {}, "outcomes": {"a": 1}}, "/outcomes/a: expected a list of outcomes"),
        ("explain_run", {}, "one of 'file', 'history' and 'workflow_id' is needed"),
        ("explain_run", {"history": {}}, ""),
        ("test_rules", {}, "either 'path', or a rule and 'cases' are needed"),
    ],
    ids=lambda value: json.dumps(value)[:30],
)
def test_a_wrong_call_gets_an_error(tool: str, arguments: Json, words: str) -> None:
    assert words in refusal(tool, **arguments)
