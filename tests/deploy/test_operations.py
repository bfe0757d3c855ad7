"""docs/operations.md speaks of what there is, and of everything that is worth a warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen import settings
from zarf.dev.process import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()
SOURCES = sorted([*(ROOT / "src").rglob("*.c"), *(ROOT / "handlers").glob("*.c")])
# Warnings in some cases only.
BRANCHES = ("Action failed", "Temporal call failed, trying again", "Workflow task failed")


def warnings_of(path: Path) -> list[str]:
    """Each text that is logged as a warning or an error."""
    code = re.sub(r'"\s*\n?\s*"', "", path.read_text())
    found = re.findall(r'log_line\(LOG_(?:WARN|ERROR),\s*"([^"]+)"', code)
    found += re.findall(r'log_line\((?!LOG_)[^"]*?"([^"]+)"', code)
    found += re.findall(r'log_line\((?!LOG_)[^"]*\?\s*"[^"]+"\s*:\s*"([^"]+)"', code)
    return found + re.findall(r'server_is_away\(worker, "([^"]+)"', code)


ALL = sorted({text for path in SOURCES for text in warnings_of(path)})


def test_the_warnings_are_found() -> None:
    assert len(ALL) > 20
    assert set(BRANCHES) <= set(ALL)


@pytest.mark.parametrize("text", [text for text in ALL if text != "Action goes on as an activity"])
def test_each_warning_is_told_of(text: str) -> None:
    assert f"`{text}`" in PAGE


def test_no_warning_is_told_of_that_is_gone() -> None:
    table = PAGE.split("## What the log says")[1]
    assert {row for row in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)} <= set(ALL)


def test_settings_are_those_of_the_worker() -> None:
    known = {name for item in settings.load(ROOT / "spec" / "settings.yaml").settings for name in item.variables}
    assert set(re.findall(r"\bICHOR_[A-Z_]*[A-Z]\b", PAGE)) <= known


def test_targets_are_those_of_make() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", PAGE)) <= targets
