"""JSON Schemas: those of configs, which must accept what the decoders accept, and the schema of the spec itself.

Generated tests compare the C with codegen/reference_decoder.py, document by document. Here the schemas are compared
with it, on the same documents."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from codegen import checker, reference_decoder, schema, spec_schema, test_cases
from codegen.checker import files_of
from codegen.field_grammar import TIMES
from codegen.json_values import json_from_node, json_text
from codegen.reader import Mapping, Node, Reference, Scalar, Sequence, read
from codegen.report import Report, SpecError
from codegen.spec import Action, Bounds, Field
from tests.codegen.support import BAD, GOOD, ROOT, SMALL, load, schema_faults

ACTIONS = [(name, action) for name, path in GOOD.items() for action in load(path).actions]


def expressed(fields: tuple[Field, ...] | None) -> tuple[Field, ...] | None:
    """Fields without the rules that no schema can express: bounds of times, comparisons of two fields."""
    return None if fields is None else tuple(map(expressed_field, fields))


def expressed_field(item: Field) -> Field:
    return dataclasses.replace(
        item,
        bounds=Bounds() if item.type in TIMES else item.bounds,
        of=None if item.of is None else expressed_field(item.of),
        fields=expressed(item.fields),
        variants=expressed(item.variants) or (),
        relations=tuple(relation for relation in item.relations if relation.kind != "compare"),
    )


def agreed(action: Action) -> Iterator[tuple[str, Any, bool]]:
    """Documents on which schema and decoder must agree. A schema cannot ignore the case of keys, compare a decimal
    that is a text, or know the 29th of February; and Python's $, unlike ECMA's, matches before a last newline."""
    whole = action
    action = dataclasses.replace(
        action,
        config=expressed(action.config) or (),
        relations=tuple(relation for relation in action.relations if relation.kind != "compare"),
    )
    for title, config in test_cases.documents(whole):
        text = json_text(config)
        beyond = ('\\n"', '"1e3"', "2026-02-29")
        if "key in upper case" not in title and not any(part in text for part in beyond):
            yield title, json.loads(text), not reference_decoder.faults_of(action, config)


@pytest.mark.parametrize(("name", "action"), ACTIONS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_accepts_what_the_decoder_accepts(name: str, action: Action) -> None:
    document = json.loads(json_text(schema.published(action)))
    jsonschema.Draft202012Validator.check_schema(document)
    validator = jsonschema.Draft202012Validator(document)
    verdicts = {True: 0, False: 0}
    for title, config, good in agreed(action):
        faults = [error.message for error in validator.iter_errors(config)]
        assert (not faults) == good, (name, title, config, faults)
        verdicts[good] += 1
    assert verdicts[True] >= 3
    assert verdicts[False] >= max(10 * min(len(action.config), 4), 1)


@pytest.mark.parametrize(("name", "action"), ACTIONS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_says_each_condition_once_and_shows_good_configs(name: str, action: Action) -> None:
    document = json.loads(json_text(schema.published(action)))
    conditions = [json.dumps(part["if"]) for part in document.get("allOf", []) if "if" in part]
    assert len(conditions) == len({field.when for field in action.config if field.when})
    assert len(conditions) == len(set(conditions))
    assert document["examples"], name
    validator = jsonschema.Draft202012Validator(document)
    assert [fault.message for config in document["examples"] for fault in validator.iter_errors(config)] == []


def spec_errors(path: Path) -> list[str]:
    """The errors of the schema in a spec; empty for a spec that cannot be read."""
    nodes = [read(file.read_bytes(), file.name, Report()) for file in files_of([path])]
    return [fault for node in nodes if node is not None for fault in schema_faults(node)]


def test_the_schema_of_specs_is_up_to_date() -> None:
    written = (ROOT / "spec/actions.schema.json").read_text(encoding="utf-8")
    assert written == spec_schema.text(), "python -m codegen --spec-schema > spec/actions.schema.json"
    jsonschema.Draft202012Validator.check_schema(spec_schema.whole())


@pytest.mark.parametrize("name", GOOD)
def test_good_specs_fit_it(name: str) -> None:
    assert spec_errors(GOOD[name]) == []


# Faults that no schema can find.
ONLY_CHECKED = {
    "what the engine performs": "dispatch_engine_local dispatch_engine_missing dispatch_engine_other",
    "names of other places": (
        "asks_no_list asks_unknown definition_unused field_some_of_text field_some_of_unknown field_when_after"
        " field_when_type field_when_unknown field_when_value needs_unknown key_from_unknown"
        " modifies_field_unknown ref_circle"
        " ref_circle_values ref_field_for_values ref_self ref_unknown ref_values_for_field removed_there"
        " context_for_unknown context_when_unknown columns_unknown columns_unless"
        " timeout_from_alias timeout_from_text timeout_from_unknown after_commit_without unavailable_there"
    ),
    "names that clash": (
        "modifies_twice constant_clash field_alias_clash field_c_name_clash field_case_clash field_has_clash"
        " field_alias_itself field_values_same_constant service_one_function service_settings_once service_type_alone"
        " map_entry_clash tag_clash tag_clash_actions variant_names"
    ),
    "values that do not go together": (
        "field_bounds_order field_default_above field_default_below field_default_value field_length_order"
        " field_texts_why field_values_other idempotent_unsaid key_from_inside key_from_optional key_from_pattern"
        " key_from_same key_from_two map_items_order map_key_text_alone modifies_field_type retry_order"
        " secret_condition secret_pure context_or_optional context_when_and_for"
        " columns_in_text columns_type columns_value_of_keys columns_rows_of_one"
        " two_transactions"
    ),
    "ranges and repetitions of a pattern": (
        "field_pattern_ambiguous field_pattern_inverted field_pattern_inverted_plain field_pattern_never"
        " field_pattern_plain_inverted field_pattern_range field_pattern_set_order field_pattern_times"
    ),
    "what examples give": "examples_not_bad examples_not_good examples_other_fault examples_unknown_fields",
    "depth, and sums": "field_texts_index field_texts_key object_deep timeout_year",
    "a text where `!ref` is missing, or is too much": (
        "field_no_mapping field_values_text list_of_text ref_in_example"
    ),
    "invalid YAML, or YAML that parsers read in different ways": (
        "yaml_anchor yaml_broken yaml_date yaml_deep yaml_deep_list yaml_duplicate_field yaml_duplicate_key yaml_empty"
        " yaml_indent yaml_key_list yaml_key_number yaml_merge yaml_null_upper yaml_on yaml_own_tag yaml_tab yaml_tag"
        " yaml_two_documents yaml_unquoted_colon"
    ),
}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_specs_do_not(path: Path) -> None:
    clash = path.stem.startswith(("clash_", "syntax_")) and path.stem not in (
        "clash_actions_faulty",
        "syntax_blank_after_dash",
    )
    beyond = clash or any(path.stem in names.split() for names in ONLY_CHECKED.values())
    assert (spec_errors(path) == []) == beyond


def test_what_is_only_checked_is_there() -> None:
    listed = " ".join(ONLY_CHECKED.values()).split()
    assert {path.stem for path in BAD} >= set(listed)
    assert len(listed) == len(set(listed))


def others(node: Node) -> Iterator[Node]:
    """Values to put in place of a value: parts of it, and values of other kinds."""
    yield Scalar(node.mark, "boolean", "true")
    yield Scalar(node.mark, "number", "2")
    yield Scalar(node.mark, "string", "check")
    if isinstance(node, Mapping):
        for at, (key, value) in enumerate(node.entries):
            before, after = node.entries[:at], node.entries[at + 1 :]
            yield Mapping(node.mark, before + after)
            yield from (Mapping(node.mark, (*before, (key, other), *after)) for other in others(value))
    if isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            before_it, after_it = node.items[:at], node.items[at + 1 :]
            yield Sequence(node.mark, before_it + after_it)
            yield from (Sequence(node.mark, (*before_it, other, *after_it)) for other in others(item))


def written(node: Node) -> str:
    match node:
        case Reference():
            return f"!ref {node.name}"
        case Mapping():
            return "{" + ", ".join(f"{json_text(key.text)}: {written(value)}" for key, value in node.entries) + "}"
        case Sequence():
            return "[" + ", ".join(map(written, node.items)) + "]"
    return json_text(json_from_node(node, Report()))


@pytest.mark.parametrize("name", SMALL)
def test_what_the_schema_refuses_the_checker_does(name: str, tmp_path: Path) -> None:
    spec = read(SMALL[name].read_bytes(), name, Report())
    assert spec is not None
    refused = 0
    for node in others(spec):
        if schema_faults(node):
            refused += 1
            (tmp_path / "spec.yaml").write_text(written(node))
            with pytest.raises(SpecError):
                checker.load([tmp_path / "spec.yaml"], tmp_path)
    assert refused > 5


def test_specs_name_their_schema() -> None:
    said = "# yaml-language-server: $schema=actions.schema.json\n"
    assert (ROOT / "spec/actions.yaml").read_text(encoding="utf-8").startswith(said)
    outside = "# yaml-language-server: $schema=../build/actions.schema.json\n"
    page = (ROOT / "docs/adding-an-action.md").read_text(encoding="utf-8")
    assert f"`spec/parcels.yaml`:\n\n    {outside}    spec_version: 1\n" in page
    assert (ROOT / "zarf/new-project/spec/days.yaml").read_text(encoding="utf-8").startswith(outside)
    assert f"```yaml\n{said}```\n" in (ROOT / "docs/spec.md").read_text(encoding="utf-8")
