"""The commands of the binary for people."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, USERS, Rule
from zarf.dev import worker as program
from zarf.dev.process import ROOT

COMMANDS = (
    *("run", "start", "actions", "validate", "simulate", "test", "replay", "try", "render", "complete", "migrate"),
    *(
        "draw",
        "diff",
        "schema",
        "mcp",
        "list",
        "show",
        "watch",
        "pending",
        "cancel",
        "completion",
        "retry",
        "skip",
        "fail",
    ),
)
ACTIONS = (
    "allocate_inventory",
    "create_alert",
    "evaluate_condition",
    "seek_approval",
    "send_email",
    "send_notification",
    "update_field",
)


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


@pytest.mark.parametrize("arguments", [["help"], ["help", "run"], ["--version"], ["actions"]], ids=" ".join)
def test_output_that_cannot_be_written(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [program.binary(), *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "cannot write the output: No space left on device" in done.stderr


def test_closed_standard_streams() -> None:
    """A file must not get the descriptor of a closed stream: its content would be the output's."""
    command = f"{program.binary()} validate {ROOT}/examples/release-paid-order.json"
    done = subprocess.run(["bash", "-c", f"{command} <&- >&-"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot write the output: Bad file descriptor" in done.stderr


def test_a_file_without_an_end() -> None:
    done = program.command({}, "validate", "/dev/zero")
    assert done.returncode == 1
    assert "/dev/zero is larger than 134217728 bytes" in done.stderr


def test_actions_are_listed() -> None:
    done = program.command({}, "actions")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines[1:] if line[0] != " "} >= set(ACTIONS)
    assert max(map(len, lines)) <= 80


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
    # Validation finds a table or a column that no rule may write.
    assert done.returncode == (1 if file.stem.startswith("refused-") else 0), done.stdout + done.stderr


def test_validate_names_the_location_of_each_fault(tmp_path: Path) -> None:
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


def test_validate_lists_what_a_rule_may_trigger() -> None:
    done = program.command({}, "validate", "--cascades", ROOT / "examples/expedite-large-order.json")
    assert done.returncode == 0
    assert "may fire on_update of sales.orders (" in done.stdout
    listed = json.loads(
        program.command({}, "validate", "--cascades", "--json", ROOT / "examples/expedite-large-order.json").stdout
    )
    cascades = [entry for entry in listed if entry["severity"] == "cascade"]
    assert {(entry["event"], entry["table"], entry["fires_itself"]) for entry in cascades} == {
        ("on_update", "sales.orders", False)
    }


BAD_DELAYS = [
    ({}, "duration: error: duration is required"),
    ({"duration": 5}, "duration: error: invalid configuration format: duration: expected string, found number"),
    ({"duration": "P1D"}, 'duration: error: invalid duration format: time: invalid duration "P1D"'),
    ({"duration": "721h"}, "duration: error: duration 721h0m0s exceeds maximum of 720h0m0s"),
    (
        {"duration": "9223372036854775807ns"},
        "duration: error: duration 2562047h47m16.854775807s exceeds maximum of 720h0m0s",
    ),
    ("x", " error: invalid configuration format: config: expected object, found string"),
]


@pytest.mark.parametrize(("config", "fault"), BAD_DELAYS, ids=lambda part: json.dumps(part))
def test_validate_and_start_refuse_a_bad_delay(tmp_path: Path, config: Any, fault: str) -> None:
    rule = Rule()
    rule.chain(rule.action("wait", "delay", config))
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule.document()))
    done = program.command({}, "validate", file)
    assert done.returncode == 1
    assert "/graph/actions/0/action_config" in done.stdout and fault in done.stdout
    # Nothing answers there: the rule is refused before that is noticed.
    started = program.command({"ICHOR_TEMPORAL_HOSTPORT": "127.0.0.1:1"}, "start", file)
    assert started.returncode == 1
    assert fault in started.stderr and "nothing was started" in started.stderr


@pytest.mark.parametrize("duration", ["7d", "1d12h", "1h30m", "720h"])
def test_a_good_delay_is_valid(tmp_path: Path, duration: str) -> None:
    rule = Rule()
    rule.chain(rule.delay("wait", duration))
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule.document()))
    done = program.command({}, "validate", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_validate_of_invalid_json(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text('{"rule_id": ')
    done = program.command({}, "validate", file, tmp_path / "missing.json")
    assert done.returncode == 1
    assert "rule.json" in done.stdout + done.stderr
    assert "missing.json" in done.stdout + done.stderr


# try


def test_try_checks_a_delay_but_does_not_perform_it(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"duration": "1s"}')
    assert program.command({}, "try", "delay", "--config", file, "--check").returncode == 0
    done = program.command({}, "try", "delay", "--config", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "delay is performed by the engine" in done.stderr


def write(folder: Path, name: str, value: object) -> Path:
    file = folder / name
    file.write_text(json.dumps(value))
    return file


def test_try_prints_the_result(tmp_path: Path) -> None:
    config = {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 1000}]}
    files: list[str | Path] = [
        "--config",
        write(tmp_path, "config", config),
        "--context",
        write(tmp_path, "context", {"total": 1500}),
    ]
    done = program.command({}, "try", "evaluate_condition", *files)
    assert done.returncode == 0, done.stderr
    result = {"evaluated": True, "result": True, "branch_taken": "true_branch", "output": "true"}
    assert json.loads(done.stdout) == {"result": result}


def test_try_prints_the_error(tmp_path: Path) -> None:
    refused = program.command({}, "try", "evaluate_condition", "--config", write(tmp_path, "c", {"conditions": 5}))
    assert refused.returncode == 1
    why = "failed to parse condition config: conditions: expected array, found number"
    assert json.loads(refused.stdout) == {"error": why, "retryable": False}

    config = write(tmp_path, "mail", {"simulate_failure": True, "failure_message": "no luck"})
    failed = program.command({}, "try", "send_email", "--config", config)
    assert failed.returncode == 1
    assert json.loads(failed.stdout) == {"error": "no luck", "retryable": True}


def test_try_check_reports_every_fault(tmp_path: Path) -> None:
    config = write(tmp_path, "config", {"target_entity": "core.currencies", "target_field": "Notes"})
    done = program.command({}, "try", "update_field", "--check", "--config", config)
    assert done.returncode == 1
    faults = "invalid target_entity: core.currencies; invalid target_field: Notes; new_value is required"
    assert json.loads(done.stdout) == {"error": faults, "retryable": False}

    good = {"target_entity": "sales.orders", "target_field": "notes", "new_value": "{{number}}"}
    done = program.command({}, "try", "update_field", "--check", "--config", write(tmp_path, "good", good))
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"result": {}}


def test_try_of_invalid_json(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"conditions": ')
    done = program.command({}, "try", "evaluate_condition", "--config", file)
    assert done.returncode == 1
    assert "config.json: 1:" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize(
    ("code", "words", "arguments"),
    [
        (2, "which action?", ["--config", "-"]),
        (2, "--config is missing", ["update_field"]),
        (2, "both be stdin", ["update_field", "--config", "-", "--context", "-"]),
        (2, "ICHOR_DB_HOST is required", ["update_field", "--config", "/dev/null"]),
        (2, '--execution: expected a UUID, found "5"', ["update_field", "--config", "-", "--execution", "5"]),
        (2, "--action: expected a UUID", ["update_field", "--config", "-", "--action", str(uuid.UUID(int=0))]),
        (1, "did you mean 'update_field'?", ["update_fielt", "--config", "-"]),
        (1, "cannot read /nowhere/config", ["update_field", "--config", "/nowhere/config"]),
    ],
)
def test_try_usage_errors(code: int, words: str, arguments: list[str], tmp_path: Path) -> None:
    arguments = [str(write(tmp_path, "config", {})) if word == "/dev/null" else word for word in arguments]
    done = program.command({}, "try", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert not done.stdout


def test_try_changes_the_database(rig: Rig, tmp_path: Path) -> None:
    config = write(
        tmp_path, "c", {"target_entity": "sales.orders", "target_field": "notes", "new_value": "Of {{number}}"}
    )
    context = write(tmp_path, "x", {"entity_id": ORDER, "number": "SO-2026-1042"})
    arguments: list[str | Path] = ["try", "update_field", "--config", config, "--context", context]

    done = rig.command(*arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["result"]["records_affected"] == 1
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "Of SO-2026-1042"

    away = rig.command(*arguments, ICHOR_DB_HOST="127.0.0.1:1")
    assert away.returncode == 1
    answer = json.loads(away.stdout)
    assert "begin transaction: cannot connect" in answer["error"] and answer["retryable"] is True


def test_try_again_under_the_same_identity(rig: Rig, tmp_path: Path) -> None:
    config = write(tmp_path, "c", {"recipients": {"users": [ORDER]}, "message": "Again?"})
    execution, action = str(uuid.uuid4()), str(uuid.uuid4())
    arguments: list[str | Path] = ["try", "create_alert", "--config", config]

    def attempt(*more: str) -> Any:
        done = rig.command(*arguments, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    identity = ("--execution", execution, "--action", action)
    first = attempt(*identity)
    again = attempt(*identity)
    assert again == {"result": first["result"], "stored_result": True}
    assert "stored_result" not in first
    alerts = "SELECT count(*) FROM workflow.alerts WHERE message = 'Again?'"
    assert rig.value(alerts) == "1"

    # Another action of that execution, and another execution, act again.
    assert "stored_result" not in attempt("--execution", execution)
    assert "stored_result" not in attempt("--action", action)
    assert rig.value(alerts) == "3"
    assert rig.value(f"SELECT count(*) FROM workflow.action_effects WHERE execution_id = '{execution}'") == "2"


# render


def test_render(tmp_path: Path) -> None:
    values = {"number": "SO-1", "total": 1849.5, "field_changes": {"status": {"old_value": "a", "new_value": "b"}}}
    context = write(tmp_path, "context", {**values, "user_id": USERS[0]})
    template = "{{number}} {{total | currency:EUR}} {{expr: total * 2}} {{old_status}}>{{new_status}} {{$me}} Größe"
    done = program.command({}, "render", "--context", context, template)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"SO-1 €1,849.50 3699 a>b {USERS[0]} Größe\n"
    assert not done.stderr


def test_render_warns(tmp_path: Path) -> None:
    done = program.command({}, "render", "--context", write(tmp_path, "context", {}), "[{{missing}}] {{a-b}}")
    assert done.returncode == 0
    assert done.stdout == "[] {{a-b}}\n"
    assert "warning: missing variable: missing" in done.stderr
    assert "invalid variable name: a-b" in done.stderr


def test_render_without_a_context() -> None:
    done = program.command({}, "render", "{{$now | formatDate:2006}} {{missing | default:none}}")
    assert done.returncode == 0
    assert done.stdout.startswith("20") and done.stdout.endswith(" none\n")


def test_render_usage_errors(tmp_path: Path) -> None:
    assert program.command({}, "render").returncode == 2
    assert program.command({}, "render", "two", "templates").returncode == 2
    done = program.command({}, "render", "--context", write(tmp_path, "context", [1]), "x")
    assert done.returncode == 1
    assert "expected object, found array" in done.stderr


# with servers


def test_validate_knows_the_columns_of_the_database(rig: Rig, tmp_path: Path) -> None:
    rule = Rule()
    rule.trigger = {"entity_name": "orders", "event_type": "on_create"}
    rule.chain(rule.notify("note", "{{nubmer}} {{number}} {{total | formatDate}}"))
    file = write(tmp_path, "rule.json", rule.document())
    done = rig.command("validate", "--strict", "--database", "--json", file)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    faults = [(fault["severity"], fault["column"], fault["message"]) for fault in found if "column" in fault]
    said = (
        "unknown variable 'nubmer': it is neither a column of sales.orders nor the result of an action that leads here"
    )
    assert ("warning", 3, f"{said}; did you mean 'number'?") in faults
    assert any(fault[:2] == ("error", 33) and "formatDate needs a date" in fault[2] for fault in faults)
    away = rig.command("validate", "--database", file, ICHOR_DB_HOST="127.0.0.1:1")
    assert away.returncode == 1
    assert "cannot read the columns of the database" in away.stderr


def test_migrate_twice_changes_nothing(rig: Rig) -> None:
    columns = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
    tables = f"{columns} WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3"
    before = rig.query(tables)

    done = rig.command("migrate")

    assert done.returncode == 0, done.stderr
    assert rig.query(tables) == before
    assert rig.value("SELECT count(*) FROM sales.orders") == "5"


def test_migrate_without_a_server(rig: Rig) -> None:
    done = rig.command("migrate", ICHOR_DB_HOST="127.0.0.1:1")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("which workflow, and which of its actions?", ["complete", "w", "--output", "approved"]),
        ("--output is missing", ["complete", "w", "ask"]),
        ("unknown option --as", ["complete", "w", "ask", "--as", "ana"]),
        ("ICHOR_TEMPORAL_HOSTPORT is required", ["complete", "w", "ask", "--output", "approved"]),
    ],
)
def test_complete_usage_errors(words: str, arguments: list[str]) -> None:
    done = program.command({}, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_complete_needs_all_database_settings_or_none() -> None:
    access = {"ICHOR_TEMPORAL_HOSTPORT": "127.0.0.1:1", "ICHOR_DB_HOST": "127.0.0.1:1"}
    done = program.command(access, "complete", "w", "ask", "--output", "approved")
    assert done.returncode == 2
    assert "ICHOR_DB_USER is required" in done.stderr


def test_start_without_a_server(rig: Rig) -> None:
    file = ROOT / "examples" / "expedite-large-order.json"
    done = rig.command("start", file, ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr


def test_metrics_count_completed_work(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.condition("check"))) == "COMPLETED"
    status, text = worker.get("/metrics")
    assert status == 200
    assert 'temporal_long_request_total{namespace="default",operation="PollWorkflowTaskQueue"} ' in text
    assert worker.get("/nowhere")[0] == 404
