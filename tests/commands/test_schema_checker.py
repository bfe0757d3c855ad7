"""With the schema of `workflow-worker schema rule`, a common schema checker judges rules as `validate` does."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

from tests.commands.test_rule_schema import CHANGES, RULE, SAMPLES, Json
from zarf.dev import worker


def judge(folder: Path, *files: Path) -> tuple[int, set[str]]:
    """The exit code of check-jsonschema, and the files that it finds bad."""
    schema = folder / "rule.schema"
    schema.write_text(worker.command({}, "schema", "rule").stdout)
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), "--output-format", "json"]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True)
    assert done.stderr == ""
    report: Json = json.loads(done.stdout)
    assert not report.get("parse_errors")
    return done.returncode, {Path(error["filename"]).name for error in report["errors"]}


def test_the_samples_are_good(tmp_path: Path) -> None:
    assert judge(tmp_path, *SAMPLES) == (0, set())


def test_both_find_the_same_rules_bad(tmp_path: Path) -> None:
    files = {}
    for number, change in enumerate(CHANGES):
        rule = copy.deepcopy(RULE)
        CHANGES[change][0](rule)
        files[change] = tmp_path / f"{number}.json"
        files[change].write_text(json.dumps(rule))
    bad = {files[change].name for change, (_, fault) in CHANGES.items() if fault is not None}
    assert len(bad) > 20
    assert judge(tmp_path, *files.values()) == (1, bad)
    said = json.loads(worker.command({}, "validate", "--json", *files.values()).stdout)
    assert {Path(fault["file"]).name for fault in said if fault["severity"] == "error"} == bad
