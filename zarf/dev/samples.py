"""Starts a sample rule as the ERP would, prints a report of its run and compares the run with what is expected."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zarf.dev import added, worker
from zarf.dev.history import Run, read_run
from zarf.dev.process import StackError, wait_until
from zarf.dev.stack import Stack
from zarf.dev.terminal import COLOURED, bold, dim, displayable, green, red

EXAMPLES = added.HOME / "examples"
# The expectation for a sample without a file in examples/expected/.
COMPLETES: dict[str, Any] = {"status": "COMPLETED", "database": []}
Json = dict[str, Any]
Query = Callable[[str], list[list[str]]]
Completed = subprocess.CompletedProcess[str]


@dataclass
class Sample:
    file: Path
    rule: Json  # the WorkflowInput
    expected: Json

    @property
    def workflow_id(self) -> str:
        parts = (self.rule["rule_id"], self.rule["trigger_data"]["entity_id"], self.rule["execution_id"])
        return "workflow-" + "-".join(parts)


def samples() -> list[Sample]:
    """All samples of examples/, each with its file in examples/expected/; in a folder of actions such files are
    optional."""
    found = [
        Sample(file, json.loads(file.read_text()), expectation(EXAMPLES / "expected" / file.name))
        for file in sorted(EXAMPLES.glob("*.json"))
    ]
    if not found and not added.ACTIONS:
        raise StackError(f"no sample rules in {EXAMPLES}")
    return found


def expectation(file: Path) -> Json:
    optional = added.ACTIONS is not None and not file.exists()
    expected: Json = COMPLETES if optional else json.loads(file.read_text())
    return expected


def compare(expected: Json, status: str, run: Run, rows: list[list[list[str]]]) -> list[str]:
    """The differences from what is expected. `rows`: the answers to the expected database queries."""
    faults = []
    if status != expected["status"]:
        faults.append(f"status {status}, expected {expected['status']}")
    if expected.get("failure", "") not in run.failure:
        faults.append(f"failure {run.failure!r}, expected {expected['failure']!r} in it")
    steps = run.named()
    done = {name: step.output for name, step in steps.items() if step.how and not step.failure}
    if "actions" in expected and done != expected["actions"]:
        faults.append(f"actions done {done}, expected {expected['actions']}")
    failed = sorted(name for name, step in steps.items() if step.failure)
    if failed != sorted(expected.get("failed", [])):
        faults.append(f"actions failed {failed}, expected {expected.get('failed', [])}")
    idle = sorted(name for name, step in steps.items() if not step.how)
    if "not_run" in expected and idle != sorted(expected["not_run"]):
        faults.append(f"actions not run {idle}, expected {expected['not_run']}")
    for question, answer in zip(expected["database"], rows, strict=True):
        if answer != question["rows"]:
            faults.append(f"{question['shows']}: {answer}, expected {question['rows']}")
    return faults


def answer_requests(
    rule: Json, workflow_id: str, answers: Sequence[Json], query: Query, command: Callable[..., Completed]
) -> None:
    """Answers each action that waits for a person with `workflow-worker complete`, once the action has asked."""
    for answer in answers:
        action = answer["action"]
        asked = "SELECT 1 FROM workflow.approval_requests WHERE status = 'pending'"
        asked += f" AND execution_id = '{rule['execution_id']}' AND action_name = '{action}'"
        asked += " AND EXISTS (SELECT 1 FROM workflow.alerts WHERE alert_type = 'approval_request'"
        asked += f" AND source_rule_id = '{rule['rule_id']}')"
        wait_until(partial(query, asked), f"the request of {action}")
        options = ["--output", answer["output"], "--by", answer["by"], "--reason", answer["reason"]]
        done = command("complete", workflow_id, action, *options)
        if done.returncode != 0:
            raise StackError(f"workflow-worker complete {action} gave {done.returncode}: {done.stderr.strip()}")


def run_sample(sample: Sample, stack: Stack, database: str = "ichor") -> list[str]:
    """Runs the sample and prints the report; returns the differences from what is expected."""
    answers = sample.expected.get("answers", [])
    settings = stack.settings(database)
    began = worker.command(settings, "start", sample.file, *([] if answers else ["--wait"]))
    # Exit code 1: the rule failed, which may be expected. Without a line of output, the rule was not started.
    if began.returncode not in (0, 1) or not began.stdout:
        raise StackError(f"workflow-worker start {sample.file.name} gave {began.returncode}: {began.stderr.strip()}")
    answer_requests(
        *(sample.rule, sample.workflow_id, answers),
        query=lambda sql: stack.postgres.query(sql, database),
        command=lambda *words: worker.command(settings, *words),
    )
    status = stack.temporal.wait_closed(sample.workflow_id)
    history = stack.temporal.history(sample.workflow_id)
    run = read_run(sample.rule, history)
    rows = [stack.postgres.query(question["sql"], database) for question in sample.expected["database"]]
    faults = compare(sample.expected, status, run, rows)
    print_report(sample, draw(sample.workflow_id, settings), rows, faults)
    return faults


def draw(workflow_id: str, settings: Mapping[str, str]) -> str:
    """The run as a tree, from `workflow-worker draw`."""
    colour = "always" if COLOURED else "never"
    done = worker.command(settings, "draw", "--workflow-id", workflow_id, "--color", colour)
    if done.returncode != 0:
        raise StackError(f"workflow-worker draw gave {done.returncode}: {done.stderr.strip()}")
    return displayable(done.stdout)


def print_report(sample: Sample, drawn: str, rows: list[list[list[str]]], faults: list[str]) -> None:
    trigger = sample.rule["trigger_data"]
    print(f"\n{bold(sample.rule['rule_name'])}  {dim(str(sample.file.relative_to(added.HOME)))}")
    print(f"  {trigger['event_type']} of {trigger['entity_name']} {trigger.get('number', trigger['entity_id'])}")
    print(f"  workflow {sample.workflow_id}")
    for answer in sample.expected.get("answers", []):
        print(f"  {answer['action']} waited, and was {answer['output']} by {answer['by']}: {answer['reason']}")
    print()
    for line in drawn.splitlines():
        print(f"    {line}" if line else "")
    if rows:
        print("  in the database afterwards:")
    for question, answer in zip(sample.expected["database"], rows, strict=True):
        print(f"    {question['shows']}: " + "; ".join(" | ".join(row) for row in answer))
    if faults:
        print(f"  {red('not as expected:')} " + "\n    ".join(faults))
    else:
        where = dim(f"(examples/expected/{sample.file.name})") if sample.expected is not COMPLETES else ""
        print(f"  {green('as expected')} {where}".rstrip())
