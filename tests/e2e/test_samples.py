"""The sample rules end as expected, according to the official tools alone."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rig import Rig
from zarf.dev.process import ROOT
from zarf.dev.samples import answer_requests

EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
Json = dict[str, Any]


def fresh(file: Path, folder: Path) -> tuple[Json, Path]:
    """The sample as a new execution, because tests share the stack."""
    rule: Json = json.loads(file.read_text())
    rule["execution_id"] = str(uuid.uuid4())
    copy = folder / file.name
    copy.write_text(json.dumps(rule))
    return rule, copy


def workflow_id_of(rule: Json) -> str:
    return f"workflow-{rule['rule_id']}-{rule['trigger_data']['entity_id']}-{rule['execution_id']}"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_sample_ends_as_expected(sample_rig: Rig, file: Path, dispatch: str, tmp_path: Path) -> None:
    sample_rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule, copy = fresh(file, tmp_path)
    expected = json.loads((file.parent / "expected" / file.name).read_text())

    sample_rig.insert_execution(rule["execution_id"])
    sample_rig.temporal.start_workflow(workflow_id_of(rule), copy, sample_rig.queue)
    answer_requests(rule, workflow_id_of(rule), expected.get("answers", []), sample_rig.query, sample_rig.command)

    assert sample_rig.ended(workflow_id_of(rule)) == expected["status"]
    for question in expected["database"]:
        assert sample_rig.query(question["sql"]) == question["rows"], question["shows"]
    if "failure" in expected:
        assert expected["failure"] in sample_rig.failure(workflow_id_of(rule))


def test_there_are_samples_of_every_kind() -> None:
    documents = [json.loads(file.read_text()) for file in EXAMPLES]
    kinds = {action["action_type"] for rule in documents for action in rule["graph"]["actions"]}
    assert kinds == {
        "allocate_inventory",
        "check_inventory",
        "check_reorder_point",
        "claim_transfer_order",
        "create_alert",
        "create_put_away_task",
        "evaluate_condition",
        "execute_transfer_order",
        "log_audit_entry",
        "release_to_picking",
        "reserve_inventory",
        "seek_approval",
        "send_email",
        "send_notification",
        "update_field",
    }


def test_the_official_command_line_tool_can_start_a_rule(rig: Rig, tmp_path: Path) -> None:
    """Uses the command in the README, except for address, queue and file."""
    rig.worker().wait_ready()
    rule, copy = fresh(ROOT / "examples" / "expedite-large-order.json", tmp_path)
    rig.temporal.cli(
        *["workflow", "start", "--type", "ExecuteGraphWorkflow", "--task-queue", rig.queue],
        *["--workflow-id", workflow_id_of(rule), "--input-file", str(copy)],
    )
    assert rig.ended(workflow_id_of(rule)) == "COMPLETED"
    assert rig.value("SELECT priority FROM sales.orders WHERE number = 'SO-2026-1042'") == "high"


def test_start_as_the_erp_does(rig: Rig, tmp_path: Path) -> None:
    """`workflow-worker start` sets id and type; with --wait the exit code shows how the run ended."""
    rig.worker().wait_ready()
    rule, copy = fresh(ROOT / "examples" / "expedite-large-order.json", tmp_path)

    done = rig.command("start", copy, "--wait")

    assert done.returncode == 0, done.stderr
    described = rig.temporal.describe(workflow_id_of(rule))["workflowExecutionInfo"]
    assert described["type"]["name"] == "ExecuteGraphWorkflow"
    assert described["taskQueue"] == rig.queue
    assert described["status"] == "WORKFLOW_EXECUTION_STATUS_COMPLETED"
    started = rig.events(workflow_id_of(rule), "WORKFLOW_EXECUTION_STARTED")[0]
    assert len(started["input"]["payloads"]) == 1


def test_start_reports_a_failed_rule(rig: Rig, tmp_path: Path) -> None:
    rig.worker().wait_ready()
    rule, copy = fresh(ROOT / "examples" / "refused-table.json", tmp_path)

    done = rig.command("start", copy, "--wait")

    assert done.returncode == 1
    assert 'field "role_id" on "core.user_roles" is protected' in done.stdout + done.stderr
    assert rig.temporal.status(workflow_id_of(rule)) == "FAILED"


def test_start_in_json(rig: Rig, tmp_path: Path) -> None:
    rig.worker().wait_ready()
    rule, copy = fresh(ROOT / "examples" / "release-paid-order.json", tmp_path)

    done = rig.command("start", copy, "--wait", "--json")

    assert done.returncode == 0, done.stderr
    assert workflow_id_of(rule) in json.dumps(json.loads(done.stdout))
