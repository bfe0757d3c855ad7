"""spec/settings.yaml: what is generated from it, and the messages for a bad file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen import settings
from codegen.report import SpecError
from zarf.dev import worker as program
from zarf.dev.process import ROOT

SPEC = ROOT / "spec" / "settings.yaml"
HEAD = "groups:\n  one: One\nsettings:\n"
GOOD = "  ICHOR_A:\n    group: one\n    field: a\n    type: text\n    doc: a thing\n"


def faults(tmp_path: Path, text: str) -> list[str]:
    spec = tmp_path / "settings.yaml"
    spec.write_text(text)
    with pytest.raises(SpecError) as fault:
        settings.load(spec, tmp_path)
    return str(fault.value).splitlines()


def test_the_page_of_docs_is_that_of_the_spec() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings.markdown(settings.load(SPEC)), "run `make docs`"


def test_every_secret_may_come_from_a_file() -> None:
    assert [item.name for item in settings.load(SPEC).settings if item.secret and not item.file] == []


def test_help_lists_every_variable() -> None:
    said = program.command({}, "run", "--help").stdout
    words = {line.split()[0] for line in said.splitlines() if line.startswith("  ") and line.split()}
    for setting in settings.load(SPEC).settings:
        assert set(setting.variables) <= words


def test_every_variable_in_sources_and_pages_is_a_setting() -> None:
    known = {name for setting in settings.load(SPEC).settings for name in setting.variables}
    for path in [*(ROOT / "src").rglob("*.c"), ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for word in re.findall(r"\bICHOR_[A-Z0-9_]*[A-Z0-9]\b", path.read_text()):
            assert word in known, f"{path.name}: {word}"


OURS = """spec_version: 1
services:
  spool:
    header: handlers/spool.h
    type: struct spool
    doc: The printer's folder.
    settings:
      SPOOL_FOLDER: {field: spool_folder, type: text, required: true, doc: where labels go}
actions: {}
"""


def beside(tmp_path: Path, text: str) -> Path:
    (tmp_path / "ours.yaml").write_text(text)
    (tmp_path / "settings.yaml").write_text(HEAD + GOOD)
    return tmp_path / "settings.yaml"


def test_services_bring_their_own_along(tmp_path: Path) -> None:
    spec = beside(tmp_path, OURS)
    made = settings.load(spec, tmp_path)
    assert made.groups == (("one", "One"), ("spool", "The printer's folder"))
    assert [(item.name, item.group, item.required) for item in made.settings] == [
        ("ICHOR_A", "one", False),
        ("SPOOL_FOLDER", "spool", True),
    ]
    assert "SETTINGS_SPOOL = 1u << 1," in settings.header(made)
    assert "## The printer's folder\n" in settings.markdown(made)
    assert len(settings.load(spec, tmp_path, alone=True).settings) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("spool:\n", "one:\n", "ours.yaml:3:3: error: service 'one': there is a group of settings of that name"),
        ("type: text", "type: txt", "ours.yaml:8:49: error: setting 'SPOOL_FOLDER': 'type' must be text, path"),
        ("spool_folder", "a", "ours.yaml:8:7: error: setting 'SPOOL_FOLDER': field 'a' belongs to 'ICHOR_A'"),
        ("type: text", "group: one, type: text", "ours.yaml:8:43: error: setting 'SPOOL_FOLDER': unknown key 'group'"),
    ],
)
def test_settings_of_services_are_checked_too(tmp_path: Path, old: str, new: str, said: str) -> None:
    spec = beside(tmp_path, OURS.replace(old, new))
    with pytest.raises(SpecError) as fault:
        settings.load(spec, tmp_path)
    assert str(fault.value).startswith(said)


@pytest.mark.parametrize(
    "text", ["", "- x", "services: 7", "services: {spool: 7}", "services: {spool: {settings: one}}", "{"]
)
def test_other_faults_of_specs_are_ignored(tmp_path: Path, text: str) -> None:
    assert len(settings.load(beside(tmp_path, text), tmp_path).settings) == 1


def test_what_is_made_is_written_when_it_changed(tmp_path: Path) -> None:
    spec, header = beside(tmp_path, OURS), tmp_path / "values.h"
    assert settings.main([str(spec), "--header", str(header)]) == 0
    before = header.stat().st_mtime_ns
    assert settings.main([str(spec), "--header", str(header)]) == 0
    assert header.stat().st_mtime_ns == before


def test_a_valid_spec_of_settings(tmp_path: Path) -> None:
    spec = tmp_path / "settings.yaml"
    spec.write_text(HEAD + GOOD)
    (made,) = settings.load(spec, tmp_path).settings
    assert (made.name, made.kind, settings.fallback(made)) == ("ICHOR_A", "SETTING_TEXT", "optional")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("    type: txt\n", "settings.yaml:7:11: error: setting 'ICHOR_B': 'type' must be text, path, address, host,"),
        ("    type: text\n    defalt: x\n", "setting 'ICHOR_B': unknown key 'defalt'; did you mean 'default'?"),
        ("    type: choice\n", "'values' is missing"),
        ("    type: choice\n    values: [yellow, red]\n    default: rad\n", "one of the values; did you mean 'red'?"),
        ("    type: count\n", "'least' is missing"),
        ("    type: count\n    least: 5\n    most: 4\n", "'most' 4 is below 'least' 5"),
        ('    type: count\n    least: 1\n    most: 4\n    default: "5"\n', "must be a whole number from 1 to 4"),
        ("    type: text\n    required: true\n    default: x\n", "a required setting has no default"),
        ("    type: host\n    secret: true\n", "only a text or a relay can be a secret"),
        ("    type: text\n    file_aliases: [X_PATH]\n", "'file_aliases' needs 'file: true'"),
        ("    type: text\n    aliases: [A1, B1, C1, D1]\n", "at most 3 aliases"),
        ("    type: text\n    aliases: [ICHOR_A]\n", "setting 'ICHOR_A': 'ICHOR_A' is already read for 'ICHOR_B'"),
        ("    type: text\n    required_with: ICHOR_C\n", "no setting 'ICHOR_C' comes before it"),
    ],
)  # fmt: skip
def test_an_invalid_setting(tmp_path: Path, rows: str, said: str) -> None:
    found = faults(tmp_path, HEAD + "  ICHOR_B:\n    group: one\n    field: b\n" + rows + "    doc: b\n" + GOOD)
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a mapping of 'groups' and 'settings'"),
        ("settings: {}\n", "'groups' is missing"),
        (HEAD + GOOD.replace("ICHOR_A", "ichor_a"), "'ichor_a' is not a name of a variable"),
        (HEAD + GOOD.replace("field: a", "field: A"), "'A' is not a name of a member"),
        (HEAD + GOOD.replace("group: one", "group: ones"), "'group' must be one, not 'ones'; did you mean 'one'?"),
        (HEAD + GOOD + GOOD.replace("ICHOR_A", "ICHOR_B"), "field 'a' belongs to 'ICHOR_A'"),
        (HEAD + "  ICHOR_A: text\n", "setting 'ICHOR_A' must be a mapping, this is a string"),
    ],
)
def test_an_invalid_spec_of_settings(tmp_path: Path, text: str, said: str) -> None:
    found = faults(tmp_path, text)
    assert any(said in line for line in found), found
