"""Specs of fixed seeds: see spec_fuzz.py. `make fuzz` tries new seeds for a minute."""

from __future__ import annotations

from pathlib import Path

from codegen import checker
from codegen.report import SpecError
from tests.codegen import spec_fuzz

COUNT = 300


def is_good(data: bytes, folder: Path) -> bool:
    path = folder / "spec.yaml"
    path.write_bytes(data)
    try:
        checker.load([path], folder)
    except SpecError:
        return False
    return True


def test_each_is_read_or_refused_with_a_place_and_words(tmp_path: Path) -> None:
    known = spec_fuzz.pieces()
    for seed in range(COUNT):
        data = spec_fuzz.made(seed, known)
        found = spec_fuzz.problem(data, tmp_path)
        assert found is None, f"seed {seed}: {found}\n{data.decode('utf-8', 'replace')}"


def test_they_differ_and_some_are_good(tmp_path: Path) -> None:
    known = spec_fuzz.pieces()
    specs = [spec_fuzz.made(seed, known) for seed in range(COUNT)]
    assert len(set(specs)) > COUNT * 0.9
    assert spec_fuzz.made(7, known) == specs[7]
    assert any(is_good(data, tmp_path) for data in specs)
