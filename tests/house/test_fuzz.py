"""The fuzz targets: every source in tests/fuzz, and every action of the spec, seeded with the documents of its test."""

from __future__ import annotations

import json
from pathlib import Path

from codegen import checker
from zarf.dev.fuzz import targets, write_seeds
from zarf.dev.process import ROOT


def test_everything_that_reads_is_a_target() -> None:
    known = targets()
    sources = {source.stem.removeprefix("fuzz_") for source in (ROOT / "tests/fuzz").glob("fuzz_*.c")}
    actions = checker.load(checker.files_of([ROOT / "spec"]), ROOT).actions
    assert known.keys() == sources | {f"action_{action.name}" for action in actions} | {
        "action_cook_everything",
        "action_just_look",
        "action_look_around",
        "specs",
    }


def test_seeds_are_documents(tmp_path: Path) -> None:
    assert write_seeds(targets()["action_update_field"], tmp_path) == tmp_path
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()]
    assert len(documents) > 100
    assert any(isinstance(document, dict) and "target_entity" in document for document in documents)


def test_targets_that_read_no_json_have_seeds(tmp_path: Path) -> None:
    for name in ("case", "http", "mail", "mcp", "poll", "settings", "takeover"):
        folder = write_seeds(targets()[name], tmp_path / name)
        assert len(list(folder.iterdir())) >= 3, name
