"""Rules that are known to run cause no false error: the rules of recorded histories, and of the engine's tests."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]
HISTORIES = ROOT / "tests/replay/histories"


def errors_in(files: list[Path]) -> list[Json]:
    done = worker.command({}, "validate", "--json", *files)
    found: list[Json] = json.loads(done.stdout)
    return [fault for fault in found if fault["severity"] == "error"]


def test_recorded_rules(tmp_path: Path) -> None:
    files = []
    for history in sorted(HISTORIES.glob("*.json")):
        if history.name == "manifest.json":
            continue
        started = json.loads(history.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
        files.append(tmp_path / history.name)
        files[-1].write_bytes(base64.b64decode(started["input"]["payloads"][0]["data"]))
    assert len(files) >= 80
    assert errors_in(files) == []


def test_rules_of_the_engine(tmp_path: Path) -> None:
    """Their types belong to a catalog of the tests, and the worker refuses some of the rules."""
    for program in sorted((worker.binary().parents[2] / "tests/engine").glob("test_engine_*")):
        if os.access(program, os.X_OK) and program.is_file():
            subprocess.run([program], env={**os.environ, "ENGINE_INPUTS": str(tmp_path)}, capture_output=True)
    files = sorted(tmp_path.glob("*.json"))
    assert len(files) >= 100
    refused = ("unknown_type", "graph", "heading", "syntax", "config")
    found = sorted(fault["code"] for fault in errors_in(files) if fault["code"] not in refused)
    assert found == ["unclosed_braces", "unknown_variable"]  # delays that a run refuses for these reasons
