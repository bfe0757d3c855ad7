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


def faults() -> list[str]:
    """What is said of certificates, files and payload keys; numbers as N."""
    code = {path.name: re.sub(r'"\s*\n?\s*"', "", path.read_text()) for path in SOURCES}
    found = re.findall(r'"((?:holds|is) [^"]{10,})"', code["security.c"])
    found += re.findall(r'"(the file is [^"]+)"', code["settings.c"])
    keys = re.findall(r'TEXT_NONE, "([^"]+)"', re.sub(r"TEXT_NONE,\s+", "TEXT_NONE, ", code["keys.c"]))
    limits = {"PAYLOAD_KEY_BYTES": "32", "SECRET_TEXT": "44"}
    assert len(keys) == 3
    for text in keys:
        text = text.replace("%zu", "N").replace("id %.*s", "id ...").replace("more than %d", "more than 16")
        for value in limits.values():
            text = text.replace("%d", value, 1)
        found.append(text)
    return found


def test_the_faults_are_found() -> None:
    assert len(faults()) > 12
    assert "#define LIMIT_PAYLOAD_KEYS 16" in re.sub(r" +", " ", (ROOT / "src" / "base" / "limits.h").read_text())


@pytest.mark.parametrize("text", faults())
def test_each_fault_of_a_start_is_told_of(text: str) -> None:
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
