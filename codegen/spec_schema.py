"""The JSON Schema of the spec itself, for editors: spec/actions.schema.json is what `--spec-schema` prints."""

from __future__ import annotations

import json
from typing import Any

from codegen import fields, naming
from codegen import schema as schema_of_config
from codegen.keys import VERSION

Schema = dict[str, Any]

SIZE = {"type": "integer", "minimum": 0}
SIZE_MOST = {"type": "integer", "minimum": 1}
STRINGS = {"type": "array", "items": {"type": "string"}}


def words(description: str, **rules: object) -> Schema:
    return {"type": "string", "minLength": 1, "description": description, **rules}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


C_NAME = f"^{naming.C_NAME.pattern}$"
DURATION = {
    "type": "string",
    "pattern": schema_of_config.DURATION,
    "examples": ["90s", "1h30m"],
}

# Every key of a field, wherever it may stand; `role` is config or result.
KEYS: dict[str, Schema] = {
    "type": {"enum": list(fields.TYPES), "description": "What it is."},
    "ref": words("A definition that this begins from; the keys beside it win."),
    "doc": words("What it is for."),
    "texts": ref("texts"),
    "strict": {
        "enum": ["always", "check"],
        "description": "With `check`, faults are told of a config to be saved, and overlooked when it is performed.",
    },
    "c_name": words("What it is called in C, where the key is no name there."),
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
    "aliases": {**STRINGS, "description": "Older names of the key."},
    "min_length": {**SIZE, "description": "Characters. 0: may be empty although required."},
    "max_length": SIZE_MOST,
    "min_items": {**SIZE, "description": "0: may be empty although required."},
    "max_items": SIZE_MOST,
    "min": {"type": "number"},
    "max": {"type": "number"},
    "pattern": words("A row of characters and sets, each with how often: ^[a-z]{1,3}$.", pattern="^\\^.*\\$$"),
    "format": {"enum": list(fields.FORMATS)},
    "one_of": ref("values"),
    "values": ref("values"),
    "template": {
        "enum": [True, False, "late"],
        "description": "May hold {{templates}}; `late`: the handler fills them in, by action_fill().",
    },
    "some_of": {**STRINGS, "description": "Lists among its fields, of which at least one must hold something."},
    "context_key": {"type": "boolean", "description": "The whole text is a key of the context."},
    "since": words("The version that brought it.", pattern=f"^{VERSION.pattern}$"),
    "deprecated": words("What to use instead."),
    "name": words("What its struct or enum is called in C, after the action's name."),
}
REQUIRED_KEYS = {"enum": ["values"], "list": ["of"]}


def field(role: fields.Role) -> Schema:
    """A field, or an element of a list."""
    branches = []
    for kind in fields.TYPES:
        known = {key: True for key in role.keys} | {key: KEYS.get(key, True) for key in role.keys_of(kind)}
        if "of" in known:
            known["of"] = ref(f"{role.part}_element")
        if "fields" in known:
            known["fields"] = ref(f"{role.part}_fields")
        then: Schema = {"properties": known, "additionalProperties": False}
        if kind in REQUIRED_KEYS:
            then["required"] = REQUIRED_KEYS[kind]
        branches.append({"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": then})
    return {
        "description": "A field; or `!ref NAME` of a definition.",
        "type": ["object", "string"],
        "properties": {key: KEYS[key] for key in role.keys},
        "anyOf": [{"type": "string"}, {"required": ["type"]}, {"required": ["ref"]}],
        "allOf": branches,
    }


def closed(properties: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


ACTION = {
    "summary": words("One sentence, with a period.", pattern="\\.$", maxLength=120),
    "doc": words("More about it."),
    "group": {"enum": ["core", "extended"], "description": "Which table of the registry it is in; `all` has both."},
    "mode": {
        "enum": ["sync", "async", "human"],
        "default": "sync",
        "description": "Answers at once; later, by token; or is answered by people.",
    },
    "effects": {"enum": ["pure", "read", "write", "external"], "description": "What it touches."},
    "idempotent": {
        "type": "boolean",
        "description": "Does running twice do no harm? To be said with effects write and external.",
    },
    "dispatch": {
        "enum": ["local", "activity"],
        "description": "Inside the workflow task, or as an activity. Local where mode, effects and idempotent allow.",
    },
    "context": {
        "anyOf": [{"enum": ["named", "all"]}, STRINGS],
        "default": "named",
        "description": "What it sees of the context: what its config names, or everything; or names to see besides.",
    },
    "needs": {**STRINGS, "description": "Services that its handler is handed."},
    "outputs": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{naming.OUTPUT.pattern}$"},
        "additionalProperties": words("When."),
        "description": "Ways that a run may go on. The first is what a handler gives that says nothing.",
    },
    "errors": {
        "type": "object",
        "description": "What it says when it fails, each text with its meaning; {names} stand for what differs.",
        "additionalProperties": closed(
            {
                "doc": words("When it says so."),
                "retry": {"type": "boolean", "default": False, "description": "Is it tried again?"},
            },
            ["doc"],
        ),
    },
    "timeout": {**DURATION, "description": "How long one attempt may take."},
    "timeout_from": {
        **closed(
            {
                "field": words("An integer of the config."),
                "unit": {**DURATION, "description": "What it counts."},
            },
            ["field", "unit"],
        ),
        "description": "Of mode human: where the config says how long an answer is awaited. Else `timeout` holds.",
    },
    "asks": words("Of mode human: the list in the config of those who may answer."),
    "retry": closed(
        {
            "attempts": {"type": "integer", "minimum": 1, "maximum": 1000},
            "initial": DURATION,
            "maximum": DURATION,
            "coefficient": {"type": "number", "minimum": 1, "maximum": 100},
        }
    ),
    "texts": closed(
        {
            "unreadable": words("In front of a fault of a wrong type, when performing."),
            "invalid": words("In front of a fault of a wrong type, when checking."),
        }
    ),
    "since": KEYS["since"],
    "deprecated": KEYS["deprecated"],
    "breaking": words("Why it may break saved rules as it is now; said anew for each change that does."),
    "config": ref("config_fields"),
    "result": ref("result_fields"),
    "examples": {
        "type": "array",
        "minItems": 1,
        "items": closed(
            {
                "title": words("What it shows."),
                "config": {"description": "A config."},
                "fault": words("The exact text that checking gives, of a bad config."),
            },
            ["title", "config"],
        ),
    },
}


def schema() -> Schema:
    definitions: Schema = {
        "values": {
            "type": ["array", "string"],
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Texts; `!ref NAME` takes those of a definition.",
        },
        "texts": closed(
            {
                "missing": words("Said when it is missing. {i} is the index in the innermost list."),
                "invalid": words("Said when a value breaks a rule. {value} is what was found."),
            }
        ),
        "definition": {"type": "object", "properties": KEYS},
        "service": closed(
            {
                "header": words("As in #include."),
                "type": words("As in C, like `struct database`."),
                "doc": words("What it is."),
                "settings": {
                    "type": ["string", "object"],
                    "description": "The group of settings that it is started from, or its own settings.",
                },
                "start": words("The function that starts it; default NAME_start.", pattern=C_NAME),
                "stop": words("The function that stops it; default NAME_stop.", pattern=C_NAME),
                "health": words("The function that asks whether it is well; without, it always is.", pattern=C_NAME),
                "libraries": {**STRINGS, "description": "What it links, as pkg-config knows it."},
            },
            ["header", "type", "doc"],
        ),
        "action": closed(ACTION, ["summary", "group", "effects", "examples"]),
    }
    for part in ("config", "result"):
        definitions[f"{part}_fields"] = {"type": "object", "additionalProperties": ref(f"{part}_field")}
        definitions[f"{part}_field"] = field(fields.Role(part, False, "", 0))
        definitions[f"{part}_element"] = field(fields.Role(part, True, "", 0))
    whole = closed(
        {
            "spec_version": {"const": 1},
            "services": {
                "type": "object",
                "description": "What handlers may be handed, by `needs`.",
                "additionalProperties": ref("service"),
            },
            "definitions": {
                "type": "object",
                "description": "Fields and lists of values that are used more than once.",
                "additionalProperties": {"anyOf": [ref("definition"), ref("values")]},
            },
            "removed": {
                "type": "object",
                "description": "Actions that saved rules may use and that are no more.",
                "additionalProperties": words("Why."),
            },
            "actions": {
                "type": "object",
                "propertyNames": {"pattern": f"^{naming.ACTION.pattern}$"},
                "additionalProperties": ref("action"),
            },
        },
        ["spec_version", "actions"],
    )
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": "Actions of workflow-worker", **whole, "$defs": definitions}


def text() -> str:
    return json.dumps(schema(), indent=1) + "\n"
