"""The failure messages of handlers are those of the spec: the check that the build makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import checker, failures
from codegen.source_tree import trees_of
from zarf.dev.process import ROOT

SPEC = """\
spec_version: 1
actions:
  ring:
    summary: Rings a bell.
    group: extended
    effects: pure
    errors:
      "no bell is at {place}": {doc: The place has no bell.}
    examples: [{title: Nothing, config: {}}]
  ring_twice:
    summary: Rings a bell twice.
    group: extended
    effects: pure
    examples: [{title: Nothing, config: {}}]
"""


def faults(folder: Path, **bodies: str) -> list[str]:
    (folder / "spec").mkdir()
    (folder / "handlers").mkdir()
    (folder / "spec/bells.yaml").write_text(SPEC)
    for name, code in bodies.items():
        (folder / f"handlers/{name}.c").write_text(code)
    spec = checker.load([folder / "spec/bells.yaml"], ROOT)
    found = failures.faults(spec, trees_of(ROOT, folder)[1:])
    return [line.removeprefix(f"{folder}/") for line in found]


def test_the_handlers_here_are_as_the_spec_says() -> None:
    spec = checker.load(checker.files_of([ROOT / "spec"]), ROOT)
    trees = trees_of(ROOT, None)
    assert failures.faults(spec, trees) == []
    said = [
        text
        for action in spec.actions
        for path in failures.bodies(action, spec, trees[0])
        for text in failures.texts_in(path, True)
    ]
    assert len(said) > 50


GOOD = 'return action_refuse(call, "no bell is at %.*s", TEXT_ARG(place));'


@pytest.mark.parametrize(
    "code",
    [
        GOOD,
        'return action_retry(call, PUBLIC("no bell is at ") "%" PRId64, place);',
        'return action_refuse(call,\n    "no bell "\n    "is at %-5.2f", place);',
        '(void)action_refuse(call, "out of the memory budget of this task"); ' + GOOD,
        'return action_refuse(call, "%.*s", TEXT_ARG(text)); // "no bell is at %s"',
        'return action_refuse(call, "ring is not implemented yet");',
    ],
)
def test_texts_that_are_declared(tmp_path: Path, code: str) -> None:
    assert faults(tmp_path, ring=code) == []


def test_a_text_that_is_not_declared(tmp_path: Path) -> None:
    code = f'{GOOD}\nreturn action_refuse(call, "it is %s o\'clock", time);\n'
    assert faults(tmp_path, ring=code) == [
        "handlers/ring.c:2:1: error: action 'ring' fails with 'it is % o'clock', which its 'errors' in "
        f"{tmp_path}/spec/bells.yaml do not have; add it there"
    ]


def test_an_error_that_nothing_says(tmp_path: Path) -> None:
    assert faults(tmp_path, ring="return ACTION_OUTCOME_DONE;") == [
        "spec/bells.yaml:8:7: error: action 'ring': no code of its handler says the error 'no bell is at {place}'; "
        "remove it, or fail with this text"
    ]


def test_a_text_in_another_file_of_the_handler(tmp_path: Path) -> None:
    assert faults(tmp_path, ring='#include "handlers/bells.h"', bells=GOOD) == []


def test_files_of_an_action_with_a_longer_name(tmp_path: Path) -> None:
    found = faults(tmp_path, ring=GOOD, ring_twice='return action_refuse(call, "it is broken");')
    assert len(found) == 1 and "action 'ring_twice' fails with 'it is broken'" in found[0]
