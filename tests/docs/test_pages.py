"""The pages for people: links lead somewhere, commands exist, examples are valid, tables of contents are complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from zarf.dev.process import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
WITH_CONTENTS = [name for name in NAMES if name.startswith("docs/") and name.count("/") == 1] + ["ARCHITECTURE.md"]
# Generated pages list their sections in a table.
GENERATED = {"docs/actions.md", "docs/settings.md"}
WORKER = ROOT / os.environ.get("WORKER_BUILD", "build") / "src/cli/workflow-worker"


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as code forges make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("name", sorted(set(WITH_CONTENTS) - GENERATED))
def test_the_table_of_contents_lists_every_section(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    listed = re.findall(r"^- \[(.+)\]\(#[^)]+\)$", text.partition("\n## ")[0], re.MULTILINE)
    assert listed == sections


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / name).read_text(encoding="utf-8")
    said = re.findall(r"`make ([a-z][a-z-]*)|^ {4}(?:\$ )?make ([a-z][a-z-]*)", text, re.MULTILINE)
    assert {first or second for first, second in said} <= targets


@pytest.mark.parametrize("name", NAMES)
def test_commands_of_the_program_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    listed = subprocess.run([WORKER, "help"], text=True, capture_output=True, check=True).stdout
    known = set(re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE))
    assert "validate" in known
    assert set(re.findall(r"(?<![/\w])workflow-worker ([a-z]{3,})\b(?![:=-])", text)) <= known | {"executes"}


def test_the_rule_of_the_page_is_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps(json.loads(page.partition("```json\n")[2].partition("```")[0])))
    done = subprocess.run([WORKER, "validate", rule], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr


def test_the_protected_columns_are_those_of_the_code() -> None:
    code = (ROOT / "src/erp/protected_columns.c").read_text(encoding="utf-8")
    known = set(re.findall(r'\{"([^"]+)", (?:NULL|"(\w+)")', code))
    page = (
        (ROOT / "docs/rules.md").read_text(encoding="utf-8").partition("## Protected columns")[2].partition("\n## ")[0]
    )
    listed = {
        (table, column)
        for table, columns in re.findall(r"^\| `([^`]+)` \| (.*) \|$", page, re.MULTILINE)
        for column in ([""] if columns == "all" else re.findall(r"`(\w+)`", columns))
    }
    assert known == listed
    assert len(known) > 60


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
