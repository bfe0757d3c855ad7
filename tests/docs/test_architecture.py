"""ARCHITECTURE.md shows the states and folders of the sources."""

from __future__ import annotations

import re

import pytest

from zarf.dev.process import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DIAGRAM = re.compile(r"\(`(worker/\w+\.c)`\):\n\n```mermaid\n(.*?)```", re.DOTALL)
DIAGRAMS = dict(DIAGRAM.findall(PAGE))


def shown(diagram: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^    (\w+) --> (\w+)", diagram, re.MULTILINE))


def table(file: str) -> set[tuple[str, str]]:
    """The moves of a `may_move` table. The last part of a state's name identifies the state."""
    code = (ROOT / "src" / file).read_text(encoding="utf-8")
    body = code.partition("may_move[")[2].partition("{")[2].partition("\n};")[0]
    states = re.findall(r'"(\w+)"', code.partition("names[")[2].partition("};")[0])
    moves = set()
    for source, targets in re.findall(r"\[([^\[\]]+)\]\s*=\s*\{([^}]*)\}", body):
        for target in re.findall(r"\[([^\]]+)\] = true", targets):
            moves.add((state(source, states), state(target, states)))
    return moves


def state(name: str, states: list[str]) -> str:
    lower = name.lower().rstrip(")")
    return max((known for known in states if lower.endswith(known)), key=len)


@pytest.mark.parametrize("file", sorted(DIAGRAMS))
def test_the_diagram_is_the_table(file: str) -> None:
    assert len(table(file)) > 3
    assert shown(DIAGRAMS[file]) == table(file)


def test_every_state_machine_has_a_diagram() -> None:
    files = {f"worker/{path.name}" for path in (ROOT / "src/worker").glob("*.c") if "may_move[" in path.read_text()}
    assert files - {"worker/state.c"} == set(DIAGRAMS)


def test_every_folder_is_listed() -> None:
    listed = set(re.findall(r"^\| `src/(\w+)` \|", PAGE, re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
