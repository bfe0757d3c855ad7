"""Fields in the lock: JSON objects with what a rule can rely on, under the keys of the spec."""

from __future__ import annotations

from typing import Any

from codegen import pattern
from codegen.field_grammar import TIMES
from codegen.json_values import Json, Number, json_text
from codegen.spec import Field, Relation

Shape = dict[str, Json]

# The keys of such an object, each with the type of its value.
KINDS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "required": bool,
    "optional": bool,
    "strict": str,
    "aliases": list,
    "default": (str, bool, Number),
    "values": list,
    "pattern": str,
    "key_pattern": str,
    "taken": list,
    "key_from": str,
    "suffix": str,
    "format": str,
    "min": (Number, str),
    "max": (Number, str),
    "min_size": Number,
    "max_size": Number,
    "template": (bool, str),
    "secret": bool,
    "context_key": bool,
    "when": dict,
    "tag": str,
    "variants": dict,
    "some_of": list,
    "rules": list,
    "of": dict,
    "fields": dict,
}


def of_config(fields: tuple[Field, ...]) -> Shape:
    return {item.name: config_field(item) for item in fields}


def config_field(item: Field) -> Shape:
    bounds = item.bounds
    found: dict[str, Json] = {
        "type": item.type,
        "required": item.required or None,
        "strict": "check" if item.check_only else None,
        "aliases": list(item.aliases) or None,
        "default": item.default,
        "values": list(item.values) or None,
        "pattern": item.pattern,
        "key_pattern": item.key_pattern,
        "taken": list(item.taken) or None,
        "format": item.format,
        "min": bound(item, bounds.min),
        "max": bound(item, bounds.max),
        "min_size": None if bounds.min_size is None else Number(str(bounds.min_size)),
        "max_size": None if bounds.max_size is None else Number(str(bounds.max_size)),
        "template": "typed" if item.typed else item.template or None,
        "secret": item.secret or None,
        "context_key": item.context_key or None,
        "when": None if item.when is None else {item.when.field: item.when.value},
        "some_of": list(item.some_of) or None,
        "rules": of_relations(item.relations) or None,
        "of": None if item.of is None else config_field(item.of),
        "fields": None if item.fields is None else of_config(item.fields),
        "tag": None if item.choice is None else item.choice.name,
        "variants": {variant.name: of_config(variant.fields or ()) for variant in item.variants} or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def bound(item: Field, text: str | None) -> Json:
    return text if text is None or item.type in TIMES else Number(text)


def of_relations(relations: tuple[Relation, ...]) -> list[Json]:
    """Rules across fields. The result does not depend on their order in the spec."""
    found = [relation_shape(relation) for relation in relations]
    return sorted(found, key=json_text)


def relation_shape(relation: Relation) -> Json:
    shape: dict[str, Json] = {"kind": relation.kind, "field": relation.field, "others": list(relation.others)}
    return shape | ({"strict": "check"} if relation.check_only else {})


def of_result(fields: tuple[Field, ...]) -> Shape:
    return {item.name: result_field(item) for item in fields}


def result_field(item: Field) -> Shape:
    found: dict[str, Json] = {
        "type": item.type,
        "optional": True if not item.required else None,
        "key_from": item.key_from,
        "suffix": item.suffix or None,
        "values": list(item.values) or None,
        "of": None if item.of is None else result_field(item.of),
        "fields": None if item.fields is None else of_result(item.fields),
    }
    return {key: value for key, value in found.items() if value is not None}


def is_field(value: Any) -> bool:
    """Whether a value is a field of the lock."""
    return (
        isinstance(value, dict)
        and "type" in value
        and all(key in KINDS and isinstance(item, KINDS[key]) for key, item in value.items())
        and all(
            isinstance(item, str) for key in ("aliases", "values", "some_of", "taken") for item in value.get(key, ())
        )
        and ("values" not in value or value["values"] != [])
        and all(is_pattern(value[key]) for key in ("pattern", "key_pattern") if key in value)
        and all(is_field(item) for item in value.get("fields", {}).values())
        and all(
            isinstance(fields, dict) and all(map(is_field, fields.values()))
            for fields in value.get("variants", {}).values()
        )
        and ("of" not in value or is_field(value["of"]))
    )


def is_pattern(text: str) -> bool:
    try:
        pattern.parse(text)
    except pattern.PatternError:
        return False
    return True
