"""Expands each example of docs/templates.md with the program and compares the result with the page."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from zarf.dev.process import ROOT

PAGE = (ROOT / "docs/templates.md").read_text(encoding="utf-8")
CONTEXT = PAGE.partition("```json\n")[2].partition("```")[0]
EXAMPLES = re.findall(r"^\| `([^`]*\{\{[^`]+)` \| `([^`]*)` \|$", PAGE, re.MULTILINE)
WORKER = ROOT / os.environ.get("WORKER_BUILD", "build") / "src/cli/workflow-worker"


@pytest.mark.parametrize(("template", "result"), EXAMPLES, ids=[template for template, _ in EXAMPLES])
def test_the_example_gives_what_the_page_shows(template: str, result: str, tmp_path: Path) -> None:
    (tmp_path / "context.json").write_text(CONTEXT, encoding="utf-8")
    done = subprocess.run(
        [WORKER, "render", "--context", tmp_path / "context.json", template.replace("\\|", "|")],
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{result}\n", "")


def test_every_filter_has_an_example() -> None:
    code = (ROOT / "src/action/template_filter.c").read_text(encoding="utf-8")
    table = code.partition("filters_known[] = {")[2].partition("};")[0]
    filters = set(re.findall(r'\{\{"(\w+)"', table))
    shown = {name for template, _ in EXAMPLES for name in re.findall(r"\| (\w+)", template)}
    assert len(filters) > 10
    assert filters <= shown
