"""JSON Schemas: of configs, which must judge as the decoders do; and of the spec itself.

The generated tests hold the C against codegen/judge.py, document by document; here the schemas are held against it, on
the same documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from codegen import cases, judge, schema, spec_schema
from codegen.checker import files_of
from codegen.spec import Action
from codegen.values import json_text
from tests.codegen.support import GOOD, ROOT, load

ACTIONS = [(name, action) for name, path in GOOD.items() for action in load(path).actions]


def agreed(action: Action) -> Iterator[tuple[str, Any, bool]]:
    """Documents that schema and decoder must judge alike. A schema cannot ignore the case of keys, compare a decimal
    that is a text, or tell the 29th of February; and Python's $, unlike ECMA's, matches before a last newline."""
    for title, config in cases.documents(action):
        text = json_text(config)
        beyond = ('\\n"', '"1e3"', "2026-02-29")
        if "key in upper case" not in title and not any(part in text for part in beyond):
            yield title, json.loads(text), not judge.judge(action, config)


@pytest.mark.parametrize(("name", "action"), ACTIONS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_judges_as_the_decoder_does(name: str, action: Action) -> None:
    document = json.loads(json_text(schema.schema_of(action)))
    jsonschema.Draft202012Validator.check_schema(document)
    validator = jsonschema.Draft202012Validator(document)
    verdicts = {True: 0, False: 0}
    for title, config, good in agreed(action):
        faults = [error.message for error in validator.iter_errors(config)]
        assert (not faults) == good, (name, title, config, faults)
        verdicts[good] += 1
    assert verdicts[True] >= 3
    assert verdicts[False] >= max(10 * min(len(action.config), 4), 1)


class SpecLoader(yaml.SafeLoader):
    """Takes `!ref name` for its name, as editors do."""


def name_of(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    assert isinstance(node, yaml.ScalarNode)
    return str(loader.construct_scalar(node))


SpecLoader.add_constructor("!ref", name_of)


def spec_errors(path: Path) -> list[str]:
    validator = jsonschema.Draft202012Validator(spec_schema.schema())
    documents = [yaml.load(file.read_text(encoding="utf-8"), SpecLoader) for file in files_of([path])]
    return [error.message for document in documents for error in validator.iter_errors(document)]


def test_the_schema_of_specs_is_up_to_date() -> None:
    written = (ROOT / "spec/actions.schema.json").read_text(encoding="utf-8")
    assert written == spec_schema.text(), "python -m codegen --spec-schema > spec/actions.schema.json"
    jsonschema.Draft202012Validator.check_schema(spec_schema.schema())


@pytest.mark.parametrize("name", GOOD)
def test_good_specs_fit_it(name: str) -> None:
    assert spec_errors(GOOD[name]) == []


@pytest.mark.parametrize(
    "case",
    ["action_unknown_key", "field_unknown_key", "field_type_other", "group_other", "retry_unknown", "list_of_missing"],
)
def test_bad_specs_do_not(case: str) -> None:
    assert spec_errors(ROOT / f"tests/codegen/bad/{case}.yaml")


def test_actions_name_their_schema() -> None:
    first = (ROOT / "spec/actions.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=actions.schema.json"
