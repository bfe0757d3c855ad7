"""`workflow-worker schema rule` judges rules as `validate` does, as far as a schema can."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]
SAMPLES = sorted((ROOT / "examples").glob("*.json"))
RULE: Json = json.loads((ROOT / "examples/expedite-large-order.json").read_text())


@cache
def validator() -> jsonschema.Draft202012Validator:
    done = worker.command({}, "schema", "rule")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def faults(rule: Any) -> list[str]:
    """The places, as JSON pointers, and messages of the innermost errors."""
    found = []
    for error in validator().iter_errors(rule):
        best = jsonschema.exceptions.best_match([error])
        found.append("/" + "/".join(map(str, best.absolute_path)) + ": " + best.message)
    return found


def is_valid(folder: Path, rule: Any) -> bool:
    file = folder / "rule.json"
    file.write_text(json.dumps(rule))
    return worker.command({}, "validate", file).returncode == 0


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_the_samples_are_good(file: Path) -> None:
    rule = json.loads(file.read_text())
    assert faults(rule) == []
    assert faults(rule["graph"]) == []


def action(number: int, **members: Any) -> Callable[[Json], object]:
    return lambda rule: rule["graph"]["actions"][number].update(members)


def config(number: int, **members: Any) -> Callable[[Json], object]:
    return lambda rule: rule["graph"]["actions"][number]["action_config"].update(members)


def edge(number: int, **members: Any) -> Callable[[Json], object]:
    return lambda rule: rule["graph"]["edges"][number].update(members)


# The change of a good rule -> the place where the schema finds a fault; None: neither finds a fault.
CHANGES: dict[str, tuple[Callable[[Json], object], str | None]] = {
    "no graph": (lambda rule: rule.pop("graph"), "/: 'graph' is a required property"),
    "no rule id": (lambda rule: rule.pop("rule_id"), "/: 'rule_id' is a required property"),
    "nil rule id": (lambda rule: rule.update(rule_id="00000000-0000-0000-0000-000000000000"), "/rule_id: "),
    "rule id of a number": (lambda rule: rule.update(rule_id=7), "/rule_id: 7 is not of type 'string'"),
    "no execution id": (lambda rule: rule.pop("execution_id"), None),
    "empty execution id": (lambda rule: rule.update(execution_id=""), "/execution_id: "),
    "trigger data of a list": (lambda rule: rule.update(trigger_data=[]), "/trigger_data: "),
    "no trigger data": (lambda rule: rule.update(trigger_data=None), None),
    "other members": (lambda rule: rule.update(more=1), None),
    "actions of an object": (lambda rule: rule["graph"].update(actions={}), "/graph/actions: "),
    "no actions": (lambda rule: rule["graph"].update(actions=[]), "/graph/actions: "),
    "an action of a text": (lambda rule: rule["graph"]["actions"].append("x"), "/graph/actions/3: "),
    "no action id": (lambda rule: rule["graph"]["actions"][1].pop("id"), "/graph/actions/1: 'id' is a required"),
    "bad action id": (action(1, id="1"), "/graph/actions/1/id: "),
    "name of a number": (action(1, name=1), "/graph/actions/1/name: 1 is not of type"),
    "no name": (action(2, name=None), None),
    "is_active of a text": (action(1, is_active="yes"), "/graph/actions/1/is_active: "),
    "no config": (action(1, action_config=None), "/graph/actions/1/action_config: None is not of type 'object'"),
    "config without a field": (
        lambda rule: rule["graph"]["actions"][1]["action_config"].pop("target_field"),
        "/graph/actions/1/action_config: 'target_field' is a required property",
    ),
    "config with a wrong value": (config(0, conditions=7), "/graph/actions/0/action_config/conditions: 7"),
    "wrong operator": (
        config(0, conditions=[{"field_name": "a", "operator": "like", "value": 1}]),
        "/graph/actions/0/action_config/conditions/0/operator: 'like' is not one of",
    ),
    "a template": (config(1, new_value="{{number}}"), None),
    "another type": (
        action(1, action_type="send_notification"),
        "/graph/actions/1/action_config: 'recipients' is a required property",
    ),
    "a bad delay": (
        action(1, action_type="delay", action_config={"duration": 7}),
        "/graph/actions/1/action_config/duration: 7 is not of type 'string'",
    ),
    "a good delay": (action(1, action_type="delay", action_config={"duration": "1h30m"}), None),
    "edges of a text": (lambda rule: rule["graph"].update(edges="x"), "/graph/edges: 'x' is not of type 'array'"),
    "no start": (edge(0, edge_type="sequence"), "/graph/edges: "),
    "start from the nil id": (edge(0, source_action_id="00000000-0000-0000-0000-000000000000"), None),
    "unknown edge type": (edge(1, edge_type="maybe"), None),
    "no target": (lambda rule: rule["graph"]["edges"][1].pop("target_action_id"), "/graph/edges/1: 'target_action_id'"),
    "bad target": (edge(1, target_action_id="x"), "/graph/edges/1/target_action_id: 'x'"),
    "bad source": (edge(1, source_action_id=1), "/graph/edges/1/source_action_id: "),
    "output of a number": (edge(1, source_output=1), "/graph/edges/1/source_output: 1 is not of type"),
    "order of a text": (edge(1, sort_order="1"), "/graph/edges/1/sort_order: '1' is not of type"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_judges_as_validate_does(tmp_path: Path, name: str) -> None:
    change, expected = CHANGES[name]
    rule = copy.deepcopy(RULE)
    change(rule)
    found = faults(rule)
    assert is_valid(tmp_path, rule) == (expected is None)
    if expected is None:
        assert found == []
    else:
        assert found[0].startswith(expected), found
        assert len({fault.partition(": ")[0] for fault in found}) == 1, found


@pytest.mark.parametrize("rule", [{}, [], 7, {"actions": [], "edges": []}], ids=json.dumps)
def test_what_is_no_rule(tmp_path: Path, rule: Any) -> None:
    assert faults(rule)
    assert not is_valid(tmp_path, rule)


def test_an_unknown_type_is_refused() -> None:
    rule = copy.deepcopy(RULE)
    rule["graph"]["actions"][1]["action_type"] = "updatefield"
    assert [fault for fault in faults(rule) if fault.startswith("/graph/actions/1/action_type: 'updatefield'")]


def properties(schema: Any) -> Any:
    """Yields each object of properties within the schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema["properties"]
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_every_field_has_hints_for_a_form() -> None:
    schema: Any = validator().schema
    definitions = schema["$defs"]
    count = 0
    for name in [name for name in definitions if name.startswith("config_")] + ["start", "event", "graph", "edge"]:
        for members in properties({"properties": definitions[name].get("properties", {})}):
            places = []
            for field, schema in members.items():
                if "title" not in schema:  # part of a condition
                    continue
                count += 1
                assert ("x-widget" in schema) != ("x-alias-of" in schema), (name, field)
                places += [schema["x-order"]] if "x-order" in schema else []
            assert places == sorted(places), name
    assert count > 150


@pytest.mark.parametrize(
    ("words", "arguments"), [("of what?", []), ("no schema of 'x'", ["x"]), ("one", ["rule", "x"])]
)
def test_usage_errors(words: str, arguments: list[str]) -> None:
    done = worker.command({}, "schema", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
