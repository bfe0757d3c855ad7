"""What `validate` finds in rules: bad ones with their exact messages and places, good ones without any.

Each file bad/NAME.yaml has rules, and bad/NAME.expected has the faults in them. UPDATE_EXPECTED=1 rewrites the latter;
read the difference before you commit it."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.rules import case_of
from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]
HERE = Path(__file__).parent
BASE: Json = yaml.safe_load((HERE / "bad/rule.yaml").read_text(encoding="utf-8"))
GROUPS = sorted(path.stem for path in (HERE / "bad").glob("*.yaml") if path.stem != "rule")


@cache
def cases(file: Path) -> Json:
    found: Json = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def found_in(folder: Path, said: Json) -> dict[str, list[Json]]:
    """The findings of one run of the program in each case."""
    files = {}
    for number, (title, case) in enumerate(said.items()):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(case_of(BASE, case)), encoding="utf-8")
        files[str(file)] = title
    done = worker.command({}, "validate", "--json", *files)
    found: dict[str, list[Json]] = {title: [] for title in said}
    for fault in json.loads(done.stdout):
        found[files[fault["file"]]].append(fault)
    return found


def line_of(fault: Json) -> str:
    place = fault["pointer"] + (f":{fault['column']}" if "column" in fault else "")
    return f"    {fault['severity']} {fault['code']} {place}: {fault['message']}\n"


@pytest.mark.parametrize("group", GROUPS)
def test_bad_rules(group: str, tmp_path: Path) -> None:
    found = found_in(tmp_path, cases(HERE / f"bad/{group}.yaml"))
    text = "".join(f"{title}\n{''.join(map(line_of, faults))}" for title, faults in found.items())
    expected = HERE / f"bad/{group}.expected"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    # Each case has a fault.
    assert [title for title, faults in found.items() if not faults] == []


def test_there_are_many() -> None:
    assert sum(len(cases(HERE / f"bad/{group}.yaml")) for group in GROUPS) >= 120


def test_good_rules(tmp_path: Path) -> None:
    found = found_in(tmp_path, cases(HERE / "good.yaml"))
    worse = {title: [line_of(item) for item in faults if item["severity"] != "note"] for title, faults in found.items()}
    assert {title: lines for title, lines in worse.items() if lines} == {}


def test_strict() -> None:
    """Warnings make a rule bad only with --strict."""
    file = ROOT / "examples/credit-hold.json"
    assert worker.command({}, "validate", file).returncode == 0
    assert worker.command({}, "validate", "--strict", file).returncode == 1
