"""The JSON Schema of fields as specs write them, part of the schema for editors (codegen/spec_schema.py). It refuses
nothing that codegen/fields.py takes."""

from __future__ import annotations

from typing import Any

from codegen import fields, naming, pattern, schema
from codegen.key_reader import VERSION
from codegen.spec import TYPES

Schema = dict[str, Any]

PARTS = ("config", "result", "definition")  # a definition may become either of the others


def words(description: str, **rules: object) -> Schema:
    """A text that is not blank."""
    filled = {"pattern": "\\S", "patternErrorMessage": "must not be empty"}
    return {"type": "string", **filled, "description": description, **rules}


def like(example: str, regex: str, description: str = "") -> Schema:
    """A text of a form; editors say what they would have liked."""
    about = {"description": description} if description else {}
    return {"type": "string", "pattern": f"^{regex}$", "patternErrorMessage": f"must be like {example}", **about}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def closed(properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


def said(key: str, *values: object) -> Schema:
    """Where the key is there, with one of the values if any are given."""
    schema: Schema = {"required": [key]}
    return {"properties": {key: {"enum": list(values)}}, **schema} if values else schema


def unless(condition: Schema) -> Schema:
    return {"not": condition}


def rule(condition: Schema, then: Schema) -> Schema:
    return {"if": condition, "then": then}


def forbid(*keys: str) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


NAME_IN_C = naming.C_NAME.pattern
STRINGS: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
SIZE = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
SIZE_MOST = {**SIZE, "minimum": 1}
WHOLE: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
TEXT: Schema = {"type": "string", "minLength": 1}
LETTER_OR_DIGIT = "[A-Za-z0-9\\u0080-\\uffff]"

# Every key of a field, wherever it may stand.
KEYS: dict[str, Schema] = {
    "type": {"enum": list(TYPES), "description": "What it is."},
    "ref": words("A definition that this begins from; the keys beside it win."),
    "doc": words("What it is for."),
    "texts": ref("texts"),
    "strict": {
        "enum": ["always", "check"],
        "default": "always",
        "description": "With `check`, faults are told of a config to be saved, and overlooked when it is performed.",
    },
    "c_name": like("usual_name", NAME_IN_C, "What it is called in C, where that is not to be the key."),
    "required": {
        "type": "boolean",
        "description": "Must be there, and hold something: an empty text or list is as good as none.",
    },
    "optional": {"type": "boolean", "description": "May be left out of a result."},
    "default": {"type": ["string", "number", "boolean"], "description": "The value where it is absent."},
    "when": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {"type": ["string", "boolean"]},
        "description": "Counts only where this field, which stands before it, has this value.",
    },
    "aliases": {
        "type": "array",
        "items": like("old_name", naming.KEY.pattern),
        "description": "Older names of the key.",
    },
    "min_length": {**SIZE, "description": "Characters. 0: may be empty although required."},
    "max_length": {**SIZE_MOST, "description": "Characters."},
    "min_items": {**SIZE, "description": "0: may be empty although required."},
    "max_items": {**SIZE_MOST, "description": "The most elements."},
    "min": {"type": "number", "description": "The least value."},
    "max": {"type": "number", "description": "The largest value."},
    "pattern": like("^[A-Z]{2}-[0-9]+$", pattern.GRAMMAR, "A row of characters and sets, each with how often."),
    "format": {"enum": list(fields.FORMATS), "description": "What the text is besides."},
    "one_of": {**ref("values"), "description": "The texts that it may have."},
    "values": {**ref("values"), "description": "What it may be."},
    "template": {
        "enum": [True, False, "late"],
        "description": "May hold {{templates}}; `late`: the handler fills them in, by action_fill().",
    },
    "some_of": {**STRINGS, "description": "Lists among its fields, of which at least one must hold something."},
    "context_key": {"type": "boolean", "description": "The whole text is a key of the context."},
    "since": like("1.2.0", VERSION.pattern, "The version that brought it."),
    "deprecated": words("What to use instead."),
    "name": like("short_name", naming.C_NAME.pattern, "What its struct or enum is called in C, after the action's."),
    "of": {"description": "What each element is."},
    "fields": {"minProperties": 1, "description": "Its fields; without, any object is good."},
}
# What is particular to a type.
AT_ONCE: Schema = {"template": {"type": "boolean"}}
NUMBERS: Schema = {**{key: {"type": "number"} for key in ("min", "max", "default")}, **AT_ONCE}
VALUES_OF_TYPE: dict[str, Schema] = {
    "string": {"default": TEXT},
    "integer": {**dict.fromkeys(("min", "max", "default"), WHOLE), **AT_ONCE},
    "number": NUMBERS,
    "decimal": NUMBERS,
    "boolean": {"default": {"type": "boolean"}, **AT_ONCE},
    "duration": {"default": like("90s, 1h30m or 7d", f"(?=.){schema.DURATION.strip('^$')}"), **AT_ONCE},
    **dict.fromkeys(("uuid", "timestamp", "any"), AT_ONCE),
    "enum": {
        "default": TEXT,
        **AT_ONCE,
        "values": {"items": {"pattern": LETTER_OR_DIGIT, "patternErrorMessage": "must hold a letter or a digit"}},
    },
}
REQUIRED_OF_TYPE = {"enum": "values", "list": "of"}


def keys_of(part: str, element: bool, *kinds: str) -> list[str]:
    """The keys of a field of one of the types, in order."""
    parts = ("config", "result") if part == "definition" else (part,)
    roles = [fields.Role(name, element, "", 0) for name in parts]
    found = [key for role in roles for key in (*role.keys, *(key for kind in kinds for key in role.keys_of(kind)))]
    return list(dict.fromkeys(found))


def keys_closed(part: str, element: bool, *kinds: str) -> Schema:
    """The keys of a field of one of the types, and no others."""
    own = VALUES_OF_TYPE.get(kinds[0], {}) if len(kinds) == 1 else {}
    known: Schema = dict.fromkeys(keys_of(part, element), True)
    for key in keys_of(part, element, *kinds):
        if key == "of":
            known[key] = {**ref(f"{part}_element"), **KEYS[key]}
        elif key == "fields":
            known[key] = {**ref(f"{part}_fields"), **KEYS[key]}
        elif key in own or key not in known:
            known[key] = {**ref(f"key/properties/{key}"), **own.get(key, {})}
    if len(kinds) == 1 and "default" not in own:
        known.pop("default", None)
    return {"properties": known, "additionalProperties": False}


def rules(part: str, element: bool) -> list[Schema]:
    """What keys say of each other. What `ref` brings along is not known here."""
    alone = unless(said("ref"))
    found = [
        *(rule(said("type", kind), keys_closed(part, element, kind)) for kind in TYPES),
        rule(unless(said("type")), keys_closed(part, element, *TYPES)),
        rule(said("context_key", True), {"properties": {"template": {"const": False}}}),
    ]
    if part != "definition":
        found.append(rule(alone, {"required": ["type"] if element else ["type", "doc"]}))
        found += [
            rule({"allOf": [said("type", kind), alone]}, {"required": [key]}) for kind, key in REQUIRED_OF_TYPE.items()
        ]
    if part == "config" and not element:
        enforced = {"allOf": [said("required", True), unless(said("strict", "check")), alone]}
        found += [rule(said("required", True), forbid("deprecated")), rule(enforced, forbid("default"))]
    if part == "config" and element:
        found.append({"properties": {"texts": forbid("missing")}})
    return found


def field(part: str, element: bool) -> Schema:
    """A field, or an element of a list."""
    return {
        "description": "A field; or `!ref NAME` of a definition.",
        "type": ["object", "string"],
        "properties": {key: ref(f"key/properties/{key}") for key in keys_of(part, element)},
        "allOf": rules(part, element),
    }


def mapping(part: str) -> Schema:
    """Fields by name."""
    return {
        "type": "object",
        "propertyNames": like("order_id", naming.KEY.pattern),
        "additionalProperties": ref(f"{part}_field"),
    }


def definitions() -> Schema:
    """What the rest of the schema refers to."""
    found: Schema = {
        "key": {"properties": KEYS},
        "values": {
            "type": ["array", "string"],
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Texts; `!ref NAME` takes those of a definition.",
        },
        "texts": {
            "description": "What is said of its faults.",
            **closed(
                {
                    "missing": words(
                        "Said when it is missing. {i} is the index in the innermost list.",
                        pattern="^([^{}]|\\{i\\})*$",
                        patternErrorMessage="may hold {i} and no other braces",
                    ),
                    "invalid": words(
                        "Said when a value breaks a rule. {value} is what was found.",
                        pattern="^([^{}]|\\{(i|value)\\})*$",
                        patternErrorMessage="may hold {i}, {value} and no other braces",
                    ),
                }
            ),
        },
    }
    for part in PARTS:
        found[f"{part}_fields"] = mapping(part)
        found[f"{part}_field"] = field(part, element=False)
        found[f"{part}_element"] = field(part, element=True)
    return found
