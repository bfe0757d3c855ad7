"""Actions in a folder outside of this repository: what is read, written and refused. tests/tutorial builds one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from codegen import settings
from tests.codegen.support import ROOT, command
from zarf.dev import new_project

SPOOL = """
services:
  spool:
    header: handlers/spool.h
    type: struct spool
    doc: The folder of the label printer.
    settings:
      SPOOL_FOLDER: {field: spool_folder, type: text, doc: folder of the label printer}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    new_project.write(tmp_path / "parcels")
    return tmp_path / "parcels"


def codegen(project: Path, *arguments: str | Path) -> tuple[int, str, str]:
    done = command(*arguments, "--actions", project, "--lock", "spec/actions.lock.json", "spec")
    return done.returncode, done.stdout, done.stderr


def refusal(project: Path, *arguments: str | Path) -> str:
    code, _, said = codegen(project, *arguments)
    assert code == 1
    return said


def add(project: Path, before: str = "", name: str = "count_weeks") -> Path:
    """A second spec file, with a copy of the first action under another name."""
    text = (project / "spec/days.yaml").read_text().replace("count_days", name)
    file = project / "spec/more.yaml"
    file.write_text(text.replace("actions:\n", before.lstrip("\n") + "actions:\n", 1))
    return file


def test_its_files_are_listed_apart(project: Path) -> None:
    code, listed, said = codegen(project, "--list")
    assert (code, said.count("make lock")) == (0, 1)
    lines = listed.splitlines()
    assert [line for line in lines if str(project) in line or line.startswith("added")] == [
        f"spec {project}/spec/days.yaml",
        "added_action count_days",
        f"added_body {project}/handlers/count_days.c",
        f"added_test {project}/tests/test_count_days.c",
    ]
    assert "code count_days.c" in lines and "tests test_count_days.c" in lines
    assert "body handlers/send_email.c" in lines


def test_what_it_lacks_is_written_there(project: Path) -> None:
    add(project, SPOOL)
    code, _, said = codegen(project, "--scaffold")
    assert code == 0
    made = [f"{project}/{name}" for name in ("handlers/count_weeks.c", "tests/test_count_weeks.c")]
    assert [line.partition(": ")[0] for line in said.splitlines() if "written for" in line] == [
        *made,
        f"{project}/handlers/spool.h",
        f"{project}/handlers/spool.c",
    ]
    assert all(Path(name).exists() for name in made)
    assert codegen(project, "--scaffold")[2].count("written for") == 0


def test_its_files_of_a_removed_action_are_not_built(project: Path) -> None:
    (project / "spec/days.yaml").write_text("spec_version: 1\nactions: {}\nremoved: {count_days: Nobody counts.}\n")
    _, listed, said = codegen(project, "--list", "--scaffold")
    assert "added_body" not in listed and "added_test" not in listed
    assert f"{project}/handlers/count_days.c: not built: action 'count_days' was removed" in said.splitlines()


def test_its_lock_and_page_are_its_own(project: Path) -> None:
    page = project / "docs/actions.md"
    before = [(ROOT / name).read_bytes() for name in ("spec/actions.lock.json", "docs/actions.md")]
    assert codegen(project, "--update-lock", "--docs", page) == (0, "", "")
    assert [(ROOT / name).read_bytes() for name in ("spec/actions.lock.json", "docs/actions.md")] == before
    assert list(json.loads((project / "spec/actions.lock.json").read_text())["actions"]) == ["count_days"]
    assert re.findall(r"^## (\w+)$", page.read_text(), re.MULTILINE) == ["count_days"]
    assert "Generated from spec/days.yaml;" in page.read_text()
    assert codegen(project, "--list")[2] == ""

    spec = project / "spec/days.yaml"
    spec.write_text(spec.read_text().replace("      days:", "      weeks:"))
    said = refusal(project, "--list")
    assert f"{spec}:" in said and "would break saved rules" in said
    assert f"{project}/spec/actions.lock.json: an intended break needs" in said


def test_its_settings_are_read_and_documented(project: Path) -> None:
    add(project, SPOOL)
    read = settings.load(ROOT / "spec/settings.yaml", added=project)
    assert "spool_folder" in [item.field for item in read.settings]
    page = project / "settings.md"
    assert settings.main([str(ROOT / "spec/settings.yaml"), "--actions", str(project), "--docs", str(page)]) == 0
    assert "`SPOOL_FOLDER`" in page.read_text() and "ICHOR" not in page.read_text()


@pytest.mark.parametrize(
    ("before", "name", "ours", "said"),
    [
        ("", "send_email", "spec/actions.yaml", "action 'send_email' is already in {ours}"),
        (
            SPOOL.replace("spool:", "database:", 1),
            "count_weeks",
            "spec/actions.yaml",
            "service 'database' is already in {ours}",
        ),
        (
            SPOOL.replace("SPOOL_FOLDER", "ICHOR_DB_HOST"),
            "count_weeks",
            "spec/settings.yaml",
            "setting 'ICHOR_DB_HOST': there is another setting of that name in {ours}",
        ),
        (
            SPOOL.replace("spool_folder", "database_host"),
            "count_weeks",
            "spec/settings.yaml",
            "setting 'SPOOL_FOLDER': field 'database_host' belongs to 'ICHOR_DB_HOST' in {ours}",
        ),
        (
            "definitions:\n  tables: {type: string, doc: X.}\n",
            "count_weeks",
            "spec/actions.yaml",
            "definition 'tables' is already in {ours}",
        ),
    ],
    ids=["action", "service", "setting", "field of a setting", "definition"],
)
def test_a_name_that_is_taken_names_both_files(project: Path, before: str, name: str, ours: str, said: str) -> None:
    theirs = add(project, before, name)
    found = refusal(project, "--list")
    assert re.search(rf"^{theirs}:\d+:\d+: error: {said.format(ours=ours)}:\d+", found, re.MULTILINE), found


def test_a_header_whose_name_is_taken_names_both_files(project: Path) -> None:
    (project / "handlers/handler.h").touch()
    assert refusal(project, "--list") == (
        f"{project}/handlers/handler.h:1:1: error: {ROOT}/handlers/handler.h has the same name; rename one of them\n"
    )


def test_a_folder_that_cannot_be_one_of_actions_is_refused(tmp_path: Path, project: Path) -> None:
    assert "it has no folder spec/" in refusal(tmp_path / "none")
    assert "must be outside of" in refusal(ROOT / "handlers")
    blank = tmp_path / "two words"
    (blank / "spec").mkdir(parents=True)
    assert "must not contain blanks" in refusal(blank)
    (project / "spec/settings.yaml").touch()
    assert "settings belong in the entry of their service" in refusal(project)


def test_a_new_project_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "parcels"
    written = new_project.write(folder)
    assert {".gitignore", ".vscode/settings.json", ".github/workflows/ci.yml", "Makefile", "README.md"} <= {*written}
    assert not any(re.search("@[A-Z]+@", (folder / name).read_text()) for name in written)
    json.loads((folder / ".vscode/settings.json").read_text())
    for there in (folder, ROOT / "parcels", tmp_path / "two words"):
        with pytest.raises(new_project.ProjectError):
            new_project.write(there)
    assert not (ROOT / "parcels").exists()
    assert capsys.readouterr().out == ""
