"""The pictures of the documentation equal those that `make docs` draws."""

from __future__ import annotations

import re

from zarf.dev.pictures import FOLDER, RULES, RUNS, pictures


def without_places(text: str) -> str:
    """A picture without positions, which depend on the version of Graphviz."""
    return re.sub(r' (d|x|y|width|height|viewBox|transform)="[^"]*"', r" \1", text)


def test_pictures_are_up_to_date() -> None:
    drawn = {file: without_places(text) for file, text in pictures()}
    assert len(drawn) == len(RULES) + len(RUNS) == 12
    assert {file: without_places(file.read_text()) for file in FOLDER.glob("*.svg")} == drawn, "make docs"
