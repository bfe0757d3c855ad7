"""Every type with every key that it can have is in a spec whose decoders are built and run, also under sanitizers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen import checker
from codegen.field_grammar import EVERYWHERE, TYPES, WITH_DEFAULT, keys_of
from codegen.report import SpecError
from tests.codegen.support import KITCHEN, PAIRS

Pair = tuple[str, str, str, str]  # config or result, field or element, type, key


class Loader(yaml.SafeLoader):
    """Reads `!ref name` as `{ref: name}`."""


def reference(loader: yaml.SafeLoader, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode)
    return {"ref": loader.construct_scalar(node)}


Loader.add_constructor("!ref", reference)


def allowed() -> Iterator[Pair]:
    for place in EVERYWHERE:
        for kind in TYPES:
            for key in keys_of(place, kind):
                yield (
                    place.split()[0] if place != "element" else "config",
                    "element" if "element" in place else "field",
                    kind,
                    key,
                )


def said(files: list[Path]) -> set[Pair]:
    specs = [yaml.load(file.read_text(encoding="utf-8"), Loader) for file in files]
    definitions = {name: value for spec in specs for name, value in spec.get("definitions", {}).items()}
    found: set[Pair] = set()

    def field(node: dict[str, Any], part: str, place: str) -> None:
        while "type" not in node:
            node = {**definitions[node["ref"]], **node}
        found.update((part, place, node["type"], key) for key in node)
        if "of" in node:
            field(node["of"], part, "element")
        for inner in node.get("fields", {}).values():
            field(inner, part, "field")

    for spec in specs:
        for action in spec["actions"].values():
            for part in ("config", "result"):
                for node in action.get(part, {}).values():
                    field(node, part, "field")
    return found


def test_no_pair_is_missing() -> None:
    wanted = set(allowed())
    assert len(wanted) > 300
    assert sorted(wanted - said(checker.files_of([KITCHEN, PAIRS]))) == []


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in WITH_DEFAULT])
def test_a_default_is_refused_for_other_types(kind: str, tmp_path: Path) -> None:
    text = (PAIRS / "pairs.yaml").read_text(encoding="utf-8")
    spec = tmp_path / "default.yaml"
    spec.write_text(text.replace(f"plain: {{type: {kind},", f"plain: {{type: {kind}, default: x,", 1))
    with pytest.raises(SpecError, match=f"'default' is not allowed for a config field of type {kind}"):
        checker.load([spec], tmp_path)


def test_they_are_built_and_run() -> None:
    listed = (KITCHEN / "generated/meson.build").read_text()
    files = checker.files_of([KITCHEN, PAIRS])
    assert all(f"'../{file.relative_to(KITCHEN)}'" in listed for file in files)
