"""A worker's log: on stdout, with the ids of the run in each line about a run, without values of rules or data."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER_RULE, Rule
from zarf.dev.process import free_port, wait_until
from zarf.dev.worker import binary, environment

MARK = "MARKER"
OTHER_ORDER = "004498f4-b987-47c1-8c9c-26a813678d7a"
CUSTOMER = {"reference_table": "sales.customers", "lookup_field": "name"}
Json = dict[str, Any]


def lines(log: str) -> list[Json]:
    """The parsed lines; no key may occur twice in a line."""

    def once(pairs: list[tuple[str, Any]]) -> Json:
        assert len(pairs) == len(dict(pairs)), pairs
        return dict(pairs)

    return [json.loads(line, object_pairs_hook=once) for line in log.splitlines() if line.startswith("{")]


def update(field: str, value: Any, **more: Any) -> tuple[str, Json]:
    return "update_field", {"target_entity": "sales.orders", "target_field": field, "new_value": value, **more}


# The type and config of an action, and the text that its failure quotes in the history.
FAILING = {
    "a value that is no uuid": (*update("id", MARK), f'"{MARK}"'),
    "a value with quotes": (*update("id", f'x" {MARK} "'), MARK),
    "a value that is no number": (*update("total", f"1 {MARK}"), MARK),
    "a value that another row has": (*update("id", OTHER_ORDER), "duplicated entry"),
    "a row that is not found": (
        *update("customer_id", f"{MARK} {MARK}", field_type="foreign_key", foreign_key_config=CUSTOMER),
        MARK,
    ),
    "the name of a table": ("update_field", {"target_entity": MARK, "target_field": "a", "new_value": 1}, MARK),
    "a recipient": ("send_notification", {"recipients": [MARK], "title": "t", "message": "m", "priority": "low"}, MARK),
    "a severity": ("create_alert", {"message": "m", "recipients": {"users": [ORDER_RULE]}, "severity": MARK}, MARK),
    "a column": (
        *update("notes", "x", conditions=[{"field_name": f"{MARK} x", "operator": "equals", "value": 1}]),
        MARK,
    ),
}


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_failures_quote_values_and_the_log_does_not(rig: Rig, dispatch: str) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    for name, (kind, config, text) in FAILING.items():
        rule = Rule()
        rule.chain(rule.action(name, kind, config))
        assert rig.run(rule) == "FAILED", name
        assert text in rig.failure(rule.workflow_id), name
    log = worker.log.read_text()
    failed = "Action failed" if dispatch == "auto" else "Action execution failed"
    found = lines(log)
    assert [line["action_name"] for line in found if line["msg"] == failed] == list(FAILING)
    assert [line["rule_id"] for line in found if line["msg"] == "Workflow failed"] == [ORDER_RULE] * len(FAILING)
    assert MARK not in log
    assert OTHER_ORDER not in log


def test_lines_of_a_run_have_its_ids(rig: Rig) -> None:
    worker = rig.worker(ICHOR_LOG_LEVEL="debug").wait_ready()
    rule = Rule("A rule of its own")
    rig.run(rule.chain(rule.condition("check"), rule.update("note", "no_such_column", "done")))
    found = lines(worker.log.read_text())
    of_run = [line for line in found if line.get("workflow_id") == rule.workflow_id]
    assert {"Starting graph workflow", "Action completed", "Action failed", "Workflow failed"} <= {
        line["msg"] for line in of_run
    }
    (run_id,) = {line["run_id"] for line in of_run}
    (started,) = rig.events(rule.workflow_id, "WORKFLOW_EXECUTION_STARTED")
    assert run_id == started["originalExecutionRunId"]
    for line in of_run:
        assert (line["rule_id"], line["rule_name"]) == (ORDER_RULE, rule.name), line
    (failed,) = (line for line in of_run if line["msg"] == "Action failed")
    assert (failed["action_name"], failed["action_type"]) == ("note", "update_field")
    assert "no_such_column" in failed["error"], "whole at debug"


def test_the_log_goes_to_stdout(rig: Rig, tmp_path: Path) -> None:
    settings = environment({**rig.settings(), "ICHOR_WORKER_HEALTH_PORT": str(free_port())})
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as log, err.open("w") as words:
        worker = subprocess.Popen([binary(), "run"], env=settings, stdout=log, stderr=words)
    try:
        wait_until(lambda: "worker started and ready" in out.read_text(), "the worker")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
    text = out.read_text()
    assert len(lines(text)) == len(text.splitlines())
    assert lines(text)[-1]["msg"] == "worker stopped"
    assert err.read_text() == ""


def test_other_commands_print_results_to_stdout(rig: Rig, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"recipients": ["a@example.com"], "subject": "s", "body": "{{missing}}"}))
    done = rig.command("try", "send_email", "--config", config)
    assert json.loads(done.stdout)["result"]
    assert [line["msg"] for line in lines(done.stderr)] == [
        "send_email: no email client configured, skipping delivery",
        "Template warning",
    ]
    checked = rig.command("run", "--check")
    assert checked.returncode == 0, checked.stderr
    assert not lines(checked.stdout)
