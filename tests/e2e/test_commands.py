"""The commands of the binary that a person types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev import worker as program
from zarf.dev.process import ROOT

COMMANDS = ("run", "start", "actions", "validate", "migrate")
CORE = ("evaluate_condition", "update_field", "send_notification", "send_email", "seek_approval")


def test_help_lists_the_commands() -> None:
    done = program.command({}, "--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    done = program.command({}, command, "--help")
    assert done.returncode == 0
    assert done.stdout.lower().startswith("usage: workflow-worker " + command)
    assert not done.stderr


def test_version() -> None:
    done = program.command({}, "--version")
    assert done.returncode == 0
    assert (ROOT / "VERSION").read_text().strip() in done.stdout


def test_actions_are_listed() -> None:
    done = program.command({}, "actions")
    assert done.returncode == 0
    for name in CORE:
        assert name in done.stdout


def test_one_action_is_explained() -> None:
    done = program.command({}, "actions", "update_field")
    assert done.returncode == 0
    for word in ("target_entity", "target_field", "new_value", "records_affected"):
        assert word in done.stdout


def test_an_unknown_action() -> None:
    done = program.command({}, "actions", "update_fielt")
    assert done.returncode == 1
    assert "update_fielt" in done.stderr and "update_field" in done.stderr


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.json")), ids=lambda file: file.stem)
def test_the_samples_are_valid(file: Path) -> None:
    done = program.command({}, "validate", file)
    # A table that no rule may write is a fault that can be seen beforehand.
    assert done.returncode == (1 if file.stem == "refused-table" else 0), done.stdout + done.stderr


def test_validate_names_the_place_of_each_fault(tmp_path: Path) -> None:
    rule = Rule()
    first, second = rule.condition("first"), rule.update("second", "Notes", "x")
    rule.chain(first, second)
    rule.edge(second, first)
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule.document()))
    done = program.command({}, "validate", file)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert "rule.json" in text
    assert "cycle" in text
    assert "/graph/actions/1" in text and "invalid target_field: Notes" in text


def test_validate_of_what_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text('{"rule_id": ')
    done = program.command({}, "validate", file, tmp_path / "missing.json")
    assert done.returncode == 1
    assert "rule.json" in done.stdout + done.stderr
    assert "missing.json" in done.stdout + done.stderr


def test_migrate_twice_changes_nothing(rig: Rig) -> None:
    columns = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
    tables = f"{columns} WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3"
    before = rig.query(tables)

    done = rig.command("migrate")

    assert done.returncode == 0, done.stderr
    assert rig.query(tables) == before
    assert rig.value("SELECT count(*) FROM sales.orders") == "4"


def test_migrate_says_when_nobody_is_there(rig: Rig) -> None:
    done = rig.command("migrate", ICHOR_DB_HOST="127.0.0.1:1")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr


def test_start_says_when_nobody_is_there(rig: Rig) -> None:
    file = ROOT / "examples" / "expedite-large-order.json"
    done = rig.command("start", file, ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr


def test_metrics_count_what_was_done(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.condition("check"))) == "COMPLETED"
    status, text = worker.get("/metrics")
    assert status == 200
    assert "temporal_workflow_completed" in text
    assert worker.get("/nowhere")[0] == 404
