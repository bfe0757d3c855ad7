"""Building blocks for the schema of specs."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def words(description: str, **rules: object) -> Schema:
    """The schema of a text that is not blank."""
    filled = {"pattern": "\\S", "patternErrorMessage": "must not be empty"}
    return {"type": "string", **filled, "description": description, **rules}


def like(example: str, regex: str, description: str = "") -> Schema:
    """The schema of a text of a given form; editors show the example."""
    about = {"description": description} if description else {}
    return {"type": "string", "pattern": f"^{regex}$", "patternErrorMessage": f"must be like {example}", **about}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def closed(properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


def said(key: str, *values: object) -> Schema:
    """A schema that requires the key, with one of the values if any are given."""
    schema: Schema = {"required": [key]}
    return {"properties": {key: {"enum": list(values)}}, **schema} if values else schema


def unless(condition: Schema) -> Schema:
    return {"not": condition}


def rule(condition: Schema, then: Schema) -> Schema:
    return {"if": condition, "then": then}


def forbid(*keys: str) -> Schema:
    return {"properties": dict.fromkeys(keys, False)}


STRINGS: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
SIZE: Schema = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
