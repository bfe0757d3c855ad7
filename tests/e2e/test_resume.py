"""Runs that have failed are resumed: `workflow-worker resume` against the official command line and SQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.go_worker import GoWorker
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from tests.e2e.test_continued import begin, payload
from zarf.dev import worker as program
from zarf.dev.history import attributes
from zarf.dev.process import wait_until

Json = dict[str, Any]
MARKS = ("MarkExecutionRunning",)
RUNS = int(os.environ.get("RESUME_RUNS", "40"))
BAD: Json = {"target_entity": "no.such", "target_field": "x", "new_value": 1}
GOOD: Json = {
    "target_entity": "sales.orders", "target_field": "notes", "new_value": "corrected",
    "conditions": [{"field_name": "id", "operator": "equals", "value": ORDER}],
}  # fmt: skip
# The planted fault: alerts whose message begins with this text are refused until the trigger is dropped.
PLANT = """
    CREATE FUNCTION workflow.planted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = 'P0001'; END $$;
    CREATE TRIGGER planted BEFORE INSERT ON workflow.alerts FOR EACH ROW
        WHEN (NEW.message LIKE 'planted%') EXECUTE FUNCTION workflow.planted();
"""
CORRECT = "DROP TRIGGER planted ON workflow.alerts"


def failing(name: str, **more: Any) -> Rule:
    """A rule that fails at the second of three steps, all of which have effects."""
    rule = Rule(**more)
    return rule.chain(
        rule.notify("before", f"before {name}"),
        rule.notify("planted", f"planted {name}"),
        rule.notify("after", f"after {name}"),
    )


def acted(rig: Rig) -> Counter[str]:
    return Counter(row[0] for row in rig.query("SELECT message FROM workflow.alerts"))


def listed(rig: Rig) -> list[tuple[str, str]]:
    """Workflow id and status of every run on the queue, by the official command line."""
    output = rig.temporal.cli(
        "workflow", "list", "--query", f"TaskQueue = '{rig.queue}'", "--limit", "10000", "--output", "json"
    )  # fmt: skip
    runs = json.loads(output)
    return [(run["execution"]["workflowId"], run["status"].split("_STATUS_")[1]) for run in runs]


def execution_status(rig: Rig, rule: Rule) -> list[str]:
    sql = "SELECT status, error_message FROM workflow.automation_executions"
    return rig.query(f"{sql} WHERE id = '{rule.execution_id}'")[0]


# In bulk


def begin_in_bulk(rig: Rig, *more: str, rate: int = 20) -> subprocess.Popen[str]:
    query = f"TaskQueue = '{rig.queue}' AND ExecutionStatus = 'Failed'"
    return subprocess.Popen(
        [program.binary(), "resume", "--query", query, "--rate", str(rate), *more],
        env=program.environment(rig.settings()),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def in_bulk(rig: Rig, *more: str) -> tuple[int, list[Json], str]:
    """The exit code, the lines of JSON and the summary of one command that is not interrupted."""
    output, errors = (command := begin_in_bulk(rig, "--json", *more, rate=200)).communicate(timeout=300)
    return command.returncode, [json.loads(line) for line in output.splitlines()], errors


def lines(report: Path) -> list[Json]:
    return [json.loads(line) for line in report.read_text().splitlines(keepends=True) if line.endswith("\n")]


def test_in_bulk_each_is_resumed_once_though_the_command_is_killed(rig: Rig) -> None:
    """Killed and repeated, two runs at a time: every run completes, every effect occurs once, none is resumed twice."""
    rig.query(PLANT)
    rig.worker(ICHOR_WORKFLOW_TRACK_EXECUTIONS="true").wait_ready()
    rules = [failing(str(number)) for number in range(RUNS)]
    for rule in rules:
        rig.insert_execution(rule.execution_id)
        rig.start_quickly(rule)
    assert rig.wait_all_ended(RUNS) == {"FAILED": RUNS}
    assert acted(rig) == {f"before {number}": 1 for number in range(RUNS)}
    assert execution_status(rig, rules[0])[0] == "failed"

    code, planned, errors = in_bulk(rig)
    assert (code, Counter(run["outcome"] for run in planned)) == (0, {"would resume": RUNS})
    assert planned[0]["keeps"] == ["before"] and planned[0]["starts"] == ["planted"]
    assert f"{RUNS} runs ({RUNS} failed): {RUNS} would be resumed\n" in errors
    assert len(listed(rig)) == RUNS, "nothing was started"

    rig.query(CORRECT)
    report = rig.folder / "report.jsonl"
    killed = begin_in_bulk(rig, "--yes", "--report", str(report))
    wait_until(lambda: report.exists() and len(lines(report)) >= RUNS // 4, "a quarter of the runs to be resumed")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    before = len(lines(report))
    assert before < RUNS
    with report.open("a") as file:
        file.write('{"workflow_id": "cut o')  # as if it had been killed while it wrote

    both = [begin_in_bulk(rig, "--yes", "--report", str(report)), begin_in_bulk(rig, "--yes")]
    said = [command.communicate(timeout=300)[1] for command in both]
    assert [command.returncode for command in both] == [0, 0], said
    assert f"{before} resumed before, by the report" in said[0]

    wait_until(lambda: Counter(status for _, status in listed(rig))["COMPLETED"] == RUNS, "all runs to complete")
    runs = Counter(workflow_id for workflow_id, _ in listed(rig))
    assert set(runs.values()) == {2} and len(runs) == RUNS, "no run is resumed twice"
    names = ("before", "planted", "after")
    assert acted(rig) == {f"{name} {number}": 1 for name in names for number in range(RUNS)}
    assert {tuple(execution_status(rig, rule)) for rule in rules} == {("completed", "NULL")}

    code, again, _ = in_bulk(rig, "--yes")
    assert (code, Counter(run["outcome"] for run in again)) == (0, {"skipped": RUNS})
    assert "the workflow has a newer run" in again[0]["reason"] and "which is completed" in again[0]["reason"]
    assert len(listed(rig)) == 2 * RUNS


# One run


def resumed(rig: Rig, rule: Rule | str, *more: str) -> str:
    """What the command prints when it resumes the run."""
    done = rig.command("resume", rule if isinstance(rule, str) else rule.workflow_id, *more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(rig: Rig, rule: Rule | str, *more: str) -> str:
    done = rig.command("resume", rule if isinstance(rule, str) else rule.workflow_id, *more)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def write(rig: Rig, name: str, document: Any) -> str:
    file = rig.folder / name
    file.write_text(json.dumps(document))
    return str(file)


def correctable() -> Rule:
    """A rule in which `bad` fails; `first` before it and `last` after it have effects."""
    rule = Rule()
    return rule.chain(
        rule.notify("first", "first"), rule.action("bad", "update_field", BAD), rule.notify("last", "last")
    )


def test_with_a_corrected_config(rig: Rig) -> None:
    rig.worker(ICHOR_WORKFLOW_TRACK_EXECUTIONS="true").wait_ready()
    rule = correctable()
    rig.insert_execution(rule.execution_id)
    assert rig.run(rule) == "FAILED"
    good, wrong = write(rig, "good.json", GOOD), write(rig, "wrong.json", {**GOOD, "target_entity": 7})

    assert (
        "wrong.json: /target_entity: invalid configuration format: target_entity: expected string, found number"
        in refused(rig, rule, "--config", f"bad={wrong}")
    )
    assert 'no action "bed"; did you mean "bad"?' in refused(rig, rule, "--config", f"bed={good}")
    assert "action first has finished: another config would change nothing" in refused(
        rig, rule, "--config", f"first={good}"
    )
    assert "starts    bad\nNothing was started: --dry-run.\n" in resumed(rig, rule, "--dry-run")
    assert len(listed(rig)) == 1

    said = resumed(rig, rule, "--config", f"bad={good}")
    assert "keeps     first\nstarts    bad\nresumed   " in said
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert acted(rig) == {"first": 1, "last": 1}
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "corrected"
    assert execution_status(rig, rule) == ["completed", "NULL"]
    assert "the run has completed: there is nothing left to do" in refused(rig, rule)


def test_with_a_corrected_rule(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = correctable()
    assert rig.run(rule) == "FAILED"
    document = rule.document()
    lacking = json.loads(json.dumps(document).replace(rule.actions[0]["id"], "a0000000-0000-4000-8000-00000000000a"))
    assert f"lacks actions that have finished: first ({rule.actions[0]['id']})" in refused(
        rig, rule, "--rule", write(rig, "lacking.json", lacking)
    )
    other = {**document, "rule_id": "a0000000-0000-4000-8000-00000000000a"}
    assert "the corrected rule is rule a0000000-" in refused(rig, rule, "--rule", write(rig, "other.json", other))

    rule.actions[1]["action_config"] = GOOD
    rule.actions[2]["action_config"]["message"] = "last: {{bed.records_affected}}"
    unclear = write(rig, "unclear.json", rule.document()["graph"])
    assert "the corrected rule: /graph/actions/2/action_config/message: " in refused(rig, rule, "--rule", unclear)

    rule.actions[2]["action_config"]["message"] = "last: {{bad.records_affected}}"
    resumed(rig, rule, "--rule", write(rig, "good.json", rule.document()["graph"]))
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert acted(rig) == {"first": 1, "last: 1": 1}


@pytest.mark.parametrize(("end", "status"), [("terminate", "TERMINATED"), ("cancel", "CANCELED")])
def test_of_a_run_that_somebody_ended(rig: Rig, end: str, status: str) -> None:
    """The run is resumed from an action, and what it has written stays."""
    rig.worker(ICHOR_WORKFLOW_TRACK_EXECUTIONS="true").wait_ready()
    rule = Rule()
    rule.chain(rule.notify("first", "first"), rule.delay("wait", "2s"), rule.notify("last", "last"))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.has(rule.workflow_id, "TIMER_STARTED"), "the run to wait")
    assert "the run is still open" in refused(rig, rule)
    rig.temporal.cli("workflow", end, "--workflow-id", rule.workflow_id)
    assert rig.ended(rule.workflow_id) == status

    said = resumed(rig, rule, "--from", "first")
    assert "again, with the effect and result that there is: first\nstarts    first\n" in said
    wait_until(lambda: execution_status(rig, rule)[0] == "running", "the execution to run again")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert acted(rig) == {"first": 1, "last": 1}
    assert execution_status(rig, rule) == ["completed", "NULL"]


def test_of_a_run_that_timed_out(rig: Rig) -> None:
    """The resumed run keeps its timeouts, so an action that took too long must take less time."""
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.notify("first", "first"), rule.delay("wait", "1h"), rule.notify("last", "last"))
    rig.temporal.cli(
        "workflow", "start", "--type", "ExecuteGraphWorkflow", "--task-queue", rig.queue,
        "--workflow-id", rule.workflow_id, "--input-file", str(rig.write(rule)),
        "--run-timeout", "3s", "--execution-timeout", "1h",
    )  # fmt: skip
    assert rig.ended(rule.workflow_id) == "TIMED_OUT"

    resumed(rig, rule, "--config", f"wait={write(rig, 'wait.json', {'duration': '10ms'})}")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert acted(rig) == {"first": 1, "last": 1}
    started = attributes(rig.temporal.history(rule.workflow_id)[0])
    assert (started["workflowRunTimeout"], started["workflowExecutionTimeout"]) == ("3s", "3600s")


def test_of_a_run_that_the_go_worker_began(rig: Rig) -> None:
    """What the run did is not done again. A run that left branches open is refused."""
    go = GoWorker(rig, "h-live").play("A", "B", *MARKS)
    rig.temporal.cli("workflow", "terminate", "--workflow-id", go.workflow_id)
    assert "started a branch of the Go worker that has not completed" in refused(rig, go.workflow_id)

    go = GoWorker(rig, "h-delay").play("A", *MARKS)
    rig.temporal.cli("workflow", "terminate", "--workflow-id", go.workflow_id)
    assert "their effects are not in a ledger" in refused(rig, go.workflow_id, "--from", "A")
    said = resumed(rig, go.workflow_id)
    assert "keeps     A\n" in said
    rig.worker().wait_ready()
    assert rig.ended(go.workflow_id) == "COMPLETED"


def test_it_has_what_the_failed_run_was_started_with(rig: Rig) -> None:
    """The failed run was started by hand under another id, with keys: the effects remain those of that start."""
    key = {"ICHOR_PAYLOAD_KEYS": "one:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}
    rig.query(PLANT)
    rig.worker(**key).wait_ready()
    rule = failing("x")
    started = rig.command("start", rig.write(rule), "--id", "by-hand-" + rule.execution_id[:8], **key)
    assert started.returncode == 0, started.stderr
    workflow_id = "by-hand-" + rule.execution_id[:8]
    assert rig.ended(workflow_id) == "FAILED"
    rig.query(CORRECT)

    assert "encrypted" in refused(rig, workflow_id)
    done = rig.command("resume", workflow_id, **key)
    assert (done.returncode, done.stderr) == (0, "")
    assert rig.ended(workflow_id) == "COMPLETED"
    assert acted(rig) == {"before x": 1, "planted x": 1, "after x": 1}
    first = attributes(rig.temporal.history(workflow_id)[0])
    assert "encrypted" in json.dumps(first["input"]) or "YmluYXJ5L2VuY3J5cHRlZA" in json.dumps(first["input"])


def test_it_has_the_settings_of_the_failed_run(rig: Rig) -> None:
    rig.query(PLANT)
    rig.worker().wait_ready()
    rule = failing("settings")
    settings = {
        "workflowRunTimeout": "3600s",
        "workflowTaskTimeout": "11s",
        "memo": {"fields": {"note": payload("from the shop")}},
        "header": {"fields": {"tenant": payload(7)}},
        "priority": {"priorityKey": 2, "fairnessKey": "shop"},
    }
    described = {"summary": payload("of the shop"), "details": payload("by hand")}
    begin(rig, rule.workflow_id, rule.document(), userMetadata=described, **settings)
    assert rig.ended(rule.workflow_id) == "FAILED"
    first = rig.temporal.history(rule.workflow_id)[0]
    rig.query(CORRECT)

    assert rig.command("resume", rule.workflow_id).returncode == 0
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    second = rig.temporal.history(rule.workflow_id)[0]
    assert second != first
    for begun in (first, second):
        assert begun["userMetadata"] == described
    assert {key: attributes(second).get(key) for key in settings} == {key: attributes(first)[key] for key in settings}
