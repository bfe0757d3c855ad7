"""`workflow-worker replay --as-test`: a run as a test case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.replay.test_replay import HISTORIES, events_of
from zarf.dev import worker

Json = dict[str, Any]

# Runs whose rule does the same when it is played.
RECORDED = (
    *("h-approval", "h-chain", "h-continued.2", "h-delay", "h-delay-in-branch", "h-diamond", "h-failure", "h-inactive"),
    *("h-live", "h-two-starts", "h-unequal", "s-approval", "s-chain", "s-condition", "s-failed-branch", "s-failure"),
)
REFUSED = {
    "h-cancel": "the run was ended from outside (canceled, terminated or timed out): no case can repeat that",
    "h-continued": "the run continues as new: record the last run of its workflow instead",
    "h-diamond-B": "event 1: this is a branch that the Go worker started: record the run that it belongs to",
    # The Go worker's first version took other edges.
    "h-condition": "the rule does not do what the run did: action P was dead, and now it is finished",
}


def record(history: Path, *options: str | Path) -> Json:
    done = worker.command({}, "replay", "--as-test", history, *options)
    assert done.returncode == 0, done.stderr
    recorded: Json = json.loads(done.stdout)
    return recorded


def passes(folder: Path, recorded: Json) -> bool:
    file = folder / "run.test.json"
    file.write_text(json.dumps(recorded))
    done = worker.command({}, "test", file)
    assert done.returncode in (0, 1) and "1 case" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_run_passes(tmp_path: Path, name: str) -> None:
    recorded = record(HISTORIES / f"{name}.json")
    assert passes(tmp_path, recorded)
    case = recorded["cases"][0]
    failed = events_of(f"{name}.json")[-1]["eventType"].endswith("EXECUTION_FAILED")
    assert case["expect"]["status"] == ("failed" if failed else "completed")
    assert case["expect"]["ran"] and case["expect"]["edges"]
    # This rule is the reason: without its start edges, nothing runs.
    graph = recorded["rule"]["graph"]
    graph["edges"] = [edge for edge in graph["edges"] if edge["edge_type"] != "start"]
    assert not passes(tmp_path, recorded)


def test_a_changed_rule_fails(tmp_path: Path) -> None:
    """The changes: an inverted condition, a result that is read differently, an inactive action."""
    recorded = record(HISTORIES / "s-condition.json")
    actions = recorded["rule"]["graph"]["actions"]
    condition = next(action for action in actions if action["action_type"] == "evaluate_condition")
    turned = {"equals": "not_equals", "greater_than": "less_than"}
    for one in condition["action_config"]["conditions"]:
        one["operator"] = turned[one["operator"]]
    assert not passes(tmp_path, recorded)

    recorded = record(HISTORIES / "s-chain.json")
    first = recorded["rule"]["graph"]["actions"][0]
    first["is_active"] = False
    assert not passes(tmp_path, recorded)


def test_a_rule_in_a_file(tmp_path: Path) -> None:
    history = HISTORIES / "s-condition.json"
    rule = record(history)["rule"]
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule))
    recorded = record(history, "--rule", str(file))
    assert recorded["rule"] == str(file)
    assert passes(tmp_path, recorded)

    for action in rule["graph"]["actions"]:
        action["is_active"] = False
    file.write_text(json.dumps(rule))
    assert not passes(tmp_path, recorded)
    done = worker.command({}, "replay", "--as-test", history, "--rule", file)
    assert done.returncode == 1
    assert "the rule does not do what the run did: action " in done.stderr


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_runs_that_no_case_repeats(name: str) -> None:
    done = worker.command({}, "replay", "--as-test", HISTORIES / f"{name}.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert REFUSED[name] in done.stderr


def test_an_open_run(tmp_path: Path) -> None:
    file = tmp_path / "open.json"
    file.write_text(json.dumps({"events": events_of("s-chain.json")[:5]}))
    done = worker.command({}, "replay", "--as-test", file)
    assert done.returncode == 1
    assert "open.json: the run is still open: record it after it has ended" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "which history?"),
        (["--as-test", "a", "b"], "one history at a time"),
        (["--rule", "r", "a"], "--rule goes with --as-test"),
        (["--id", "x", "a"], "a file or --id, not both"),
        (["--id", "x"], "ICHOR_TEMPORAL_HOSTPORT is required"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str) -> None:
    done = worker.command({}, "replay", *arguments)
    assert (done.returncode, done.stdout) in ((2, ""), (1, ""))
    assert words in done.stderr
