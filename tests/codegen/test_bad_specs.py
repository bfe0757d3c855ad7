"""Bad specs and their errors. The first lines of each spec, after `#!`, are the errors: place and message."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from codegen import checker
from codegen.reader import yaml_error
from codegen.report import SpecError
from tests.codegen.support import ACTIONS, BAD, HERE, KITCHEN, ROOT, command

MARK = "#! "


def expected(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{path.name}:{line.removeprefix(MARK)}" for line in lines if line.startswith(MARK)]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_says_what_is_wrong_and_where(path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        checker.load([path], path.parent)
    assert caught.value.report.lines() == expected(path)


def test_there_are_many() -> None:
    assert len(BAD) >= 150


def test_the_command_prints_them_and_fails(tmp_path: Path) -> None:
    bad = HERE / "bad/many_errors.yaml"
    done = command("--root", bad.parent, "--list", "--out", tmp_path / "out", bad)
    assert done.returncode == 1
    assert done.stderr.splitlines() == expected(bad)
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_files_are_named_from_the_root() -> None:
    done = command("--list", HERE / "bad/top_unknown.yaml")
    assert done.stderr.startswith("tests/codegen/bad/top_unknown.yaml:9:1: error: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = command("--list", tmp_path / "none.yaml")
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path}/none.yaml:1:1: error: cannot be read: No such file or directory\n"


def errors_of(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        checker.load([path], path.parent)
    return caught.value.report.lines()


def test_invalid_utf8(tmp_path: Path) -> None:
    found = errors_of(tmp_path / "a.yaml", b"spec_version: 1\nactions: {}  # \xff\n")
    assert found == ["a.yaml:2:16: error: byte 0xff is not valid UTF-8"]


def test_control_characters(tmp_path: Path) -> None:
    found = errors_of(tmp_path / "a.yaml", b"spec_version: 1\nactions: \x07\n")
    assert found == ["a.yaml:2:10: error: control character 0x07"]


def test_a_fault_is_one_line(tmp_path: Path) -> None:
    found = errors_of(tmp_path / "a.yaml", b"spec_version: |\n  1\n  and more\nactions: {}\n")
    assert found == ["a.yaml:1:15: error: spec: 'spec_version' must be 1, not '1\\nand more\\n'"]


def test_a_name_that_two_files_have(tmp_path: Path) -> None:
    text = (HERE / "specs/bell.yaml").read_text()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(SpecError) as caught:
        checker.load([tmp_path / "a.yaml", tmp_path / "b.yaml"], tmp_path)
    assert caught.value.report.lines() == [
        "b.yaml:4:3: error: service 'tower' is already in a.yaml:4",
        "b.yaml:10:3: error: action 'ring_bell' is already in a.yaml:10",
        "b.yaml:44:3: error: action 'stay_silent' is already in a.yaml:44",
    ]


def test_what_two_files_define_and_remove(tmp_path: Path) -> None:
    text = "spec_version: 1\ndefinitions: {times: {type: integer}}\nremoved: {toll_bell: It is cracked.}\nactions: {}\n"
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(SpecError) as caught:
        checker.load([tmp_path / "a.yaml", tmp_path / "b.yaml"], tmp_path)
    assert caught.value.report.lines() == [
        "a.yaml:2:15: error: definition 'times' is not used",
        "b.yaml:2:15: error: definition 'times' is already in a.yaml:2",
        "b.yaml:3:11: error: removed action 'toll_bell' is already in a.yaml:3",
    ]


def test_each_error_names_its_file(tmp_path: Path) -> None:
    definition = "{type: integer, min: 12, max: 1, doc: How often.}"
    (tmp_path / "a.yaml").write_text(f"spec_version: 1\ndefinitions: {{times: {definition}}}\nactions: {{}}\n")
    bell = (HERE / "specs/bell.yaml").read_text()
    (tmp_path / "b.yaml").write_text(bell.replace("type: enum", "ref: times").replace("[tower]", "[towr]"))
    with pytest.raises(SpecError) as caught:
        checker.load([tmp_path / "a.yaml", tmp_path / "b.yaml"], tmp_path)
    lines = caught.value.report.lines()
    assert lines[0] == "a.yaml:2:47: error: action 'ring_bell': field 'bell': 'max' 1 is below 'min' 12"
    said = "error: action 'ring_bell': 'needs': there is no service 'towr'; did you mean 'tower'?"
    assert lines[1] == f"b.yaml:16:13: {said}"


def test_what_a_file_that_cannot_be_read_may_hold_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("spec_version: 1\nservices: {tower: [}\nactions: {}\n")
    bell = (HERE / "specs/bell.yaml").read_text().partition("\nactions:")[2]
    text = "spec_version: 1\ndefinitions: {unused: {type: string}}\nactions:" + bell.replace("type: enum", "ref: times")
    (tmp_path / "b.yaml").write_text(text.replace("max: 12", "mx: 12"))
    (tmp_path / "c.yaml").write_text("# Nothing yet.\n")
    paths = [tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml", "d.yaml")]
    with pytest.raises(SpecError) as caught:
        checker.load(paths, tmp_path)
    assert [line.partition(": error: ")[2][:40] for line in caught.value.report.lines()] == [
        "not valid YAML: did not find expected no",
        "action 'ring_bell': field 'times': unkno",
        "the file is empty; it needs 'spec_versio",
        "cannot be read: No such file or director",
    ]


def test_a_service_names_a_group_of_settings_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text((ROOT / "spec/settings.yaml").read_text())
    path = tmp_path / "a.yaml"
    path.write_text((HERE / "specs/letters.yaml").read_text())
    checker.load([path], tmp_path)
    path.write_text((HERE / "specs/letters.yaml").read_text().replace("settings: mail", "settings: mial"))
    with pytest.raises(SpecError) as caught:
        checker.load([path], tmp_path)
    said = "'settings': spec/settings.yaml has no group 'mial'; did you mean 'mail'?"
    assert caught.value.report.lines() == [f"a.yaml:8:5: error: service 'telegraph': {said}"]
    (tmp_path / "settings.yaml").write_text("groups: []\n")
    checker.load([tmp_path / "a.yaml"], tmp_path)  # settings.py reports the fault


def mangled(lines: list[str], chance: random.Random) -> str:
    """The text with one line removed, doubled, cut, moved or with a different indentation."""
    made = list(lines)
    at = chance.randrange(len(made))
    match chance.randrange(6):
        case 0:
            del made[at]
        case 1:
            made.insert(at, made[at])
        case 2:
            made[at] = made[at][: chance.randrange(len(made[at]) + 1)]
        case 3:
            made[at] = " " * chance.randrange(5) + made[at]
        case 4:
            made[at], made[0] = made[0], made[at]
        case _:
            place = chance.randrange(len(made[at]) + 1)
            made[at] = made[at][:place] + chance.choice(":{}[]'\"&*!#%@`,-? \t\u00e4") + made[at][place:]
    return "\n".join(made) + "\n"


MANGLED = [(ACTIONS, []), (KITCHEN / "kitchen.yaml", [KITCHEN / "counter.yaml"])]


@pytest.mark.parametrize(("source", "beside"), MANGLED, ids=["actions", "kitchen"])
def test_whatever_is_done_to_a_spec_gives_errors_or_nothing(source: Path, beside: list[Path], tmp_path: Path) -> None:
    lines = source.read_text(encoding="utf-8").splitlines()
    chance = random.Random(source.name)
    path = tmp_path / "mangled.yaml"
    refused = 0
    for _ in range(150):
        path.write_text(mangled(lines, chance), encoding="utf-8")
        try:
            checker.load([path, *beside], tmp_path)
        except SpecError as fault:
            refused += 1
            assert any(line.startswith("mangled.yaml:") for line in fault.report.lines())
    assert refused > 50


def test_a_setting_of_a_service_is_not_one_of_the_worker(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text((ROOT / "spec/settings.yaml").read_text())
    row = "{field: database_host, type: text, doc: where}"
    service = f"{{header: a.h, type: struct a, doc: A., settings: {{ICHOR_DB_HOST: {row}, PORT: {row}}}}}"
    found = errors_of(tmp_path / "a.yaml", f"spec_version: 1\nservices: {{mail: {service}}}\nactions: {{}}\n".encode())
    lines = (tmp_path / "settings.yaml").read_text().splitlines()
    there = f" in settings.yaml:{lines.index('  ICHOR_DB_HOST:') + 1}"
    assert found == [
        "a.yaml:2:12: error: service 'mail': there is a group of settings of that name",
        f"a.yaml:2:68: error: setting 'ICHOR_DB_HOST': there is another setting of that name{there}; rename it",
        f"a.yaml:2:131: error: setting 'PORT': field 'database_host' belongs to 'ICHOR_DB_HOST'{there}",
    ]


def test_python_and_c_parsers_both_give_a_place_and_the_problem() -> None:
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        with pytest.raises(yaml.MarkedYAMLError) as caught:
            list(yaml.parse("a: 1\nb: [1, 2\nc: 3\n", Loader=loader))
        mark, message = yaml_error(caught.value, "a.yaml")
        assert (mark.line, mark.column) == (3, 2)
        assert message.startswith("not valid YAML: ")
        assert message.endswith("in line 2, column 4)")
