"""The grammar of fields: where each key may stand, for which types, with which values, and what it means.

The checker (fields.py), the schema for editors (field_schema.py) and the tables of docs/spec.md follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codegen import naming, pattern, schema
from codegen.key_reader import VERSION
from codegen.schema_forms import SIZE, STRINGS, Schema, like, ref, words

# Each type with its form in C and in JSON.
TYPES: dict[str, tuple[str, str]] = {
    "string": ("`struct text`", "a string"),
    "integer": ("`int64_t`", "a whole number of 64 bits"),
    "number": ("`double`", "a number"),
    "decimal": ("`struct text`, plain digits", "a number, or a string of one; exact"),
    "boolean": ("`bool`", "true, false"),
    "uuid": ("`struct uuid`", "a string"),
    "timestamp": ("`int64_t`, microseconds since 1970", "a string like `2026-02-10T21:18:31Z`"),
    "duration": ("`int64_t`, milliseconds", "a string like `1h30m`, `7d`, `250ms`"),
    "enum": (
        "an enum like `PRINT_LABEL_PAPER_SMALL`; `print_label_paper_text()` gives its text",
        "one of the `values`",
    ),
    "list": ("a struct of `items` and `count`", "an array"),
    "map": ("the same; each item has a `key` and a `value`", "an object with keys of any name, in their order"),
    "object": ("a struct; `struct json_value` without `fields`", "an object"),
    "variant": (
        "a struct of the tag, an enum, and a union `as` of a struct for each variant",
        "an object with the tag and the fields of that variant",
    ),
    "scalar": ("`struct json_value`", "a string, number, true or false; as an element also null"),
    "any": ("`struct json_value`", "anything"),
}
ALL = tuple(TYPES)
NUMBERS = ("integer", "number", "decimal")
COLLECTIONS = ("list", "map")
NOT_IN_RESULTS = ("variant",)
TEMPLATED = tuple(name for name in TYPES if name not in (*COLLECTIONS, "variant"))
WITH_DEFAULT = ("string", *NUMBERS, "boolean", "duration", "enum")

# Where a field may stand: in a config or a result, with a name or as the element of a list or map.
CONFIG, ELEMENT, RESULT, RESULT_ELEMENT = "config", "element", "result", "result element"
EVERYWHERE = (CONFIG, ELEMENT, RESULT, RESULT_ELEMENT)
IN_CONFIG = (CONFIG, ELEMENT)
NAMED = (CONFIG, RESULT)

FORMATS = ("uuid", "url")
# The placeholders that the text of a fault may contain.
PLACEHOLDERS = {"missing": ("{i}", "{key}"), "invalid": ("{i}", "{key}", "{value}"), "key": ("{i}", "{key}")}
OF_UUID = "{why}"  # additionally, for a value that is not a UUID; instead of {value}
BOOLEAN: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
TEXT: Schema = {"type": "string", "minLength": 1}
AT_LEAST_ONE: Schema = {**SIZE, "minimum": 1}
TEMPLATE_WORDS = {"string": "late", "scalar": "typed", "object": "typed", "any": "typed"}  # besides true and false
DURATION: Schema = like("90s, 1h30m or 7d", f"(?=.){schema.DURATION.strip('^$')}")
TIMES = ("timestamp", "duration")
BOUNDS = {"integer": WHOLE, "number": NUMBER, "decimal": NUMBER}
TIME_BOUNDS = {"timestamp": like("2026-02-10T21:18:31Z", schema.TIMESTAMP.strip("^$")), "duration": DURATION}
# Keys that make no sense for a secret, because its text is unknown until it is sent.
NOT_FOR_SECRETS = ("default", "context_key", "min_length", "max_length", "pattern", "format", "one_of")
LETTER_OR_DIGIT = "[A-Za-z0-9\\u0080-\\uffff]"


@dataclass(frozen=True)
class Key:
    places: tuple[str, ...]
    types: tuple[str, ...]
    value: Schema
    doc: str
    required: bool = False
    of_type: Mapping[str, Schema] = field(default_factory=dict)  # narrower values


KEYS: dict[str, Key] = {
    "type": Key(EVERYWHERE, ALL, {"enum": list(TYPES)}, "The type.", required=True),
    "ref": Key(EVERYWHERE, ALL, words(""), "A definition to start from; keys beside `ref` override it."),
    "doc": Key(EVERYWHERE, ALL, words(""), "Its meaning. Required, except for elements of lists and maps."),
    "required": Key(
        (CONFIG,),
        ALL,
        BOOLEAN,
        "`true`: must be present and not empty; an empty text, list or map, or the nil UUID, counts as absent.",
    ),
    "default": Key(
        (CONFIG,),
        WITH_DEFAULT,
        {"type": ["string", "number", "boolean"]},
        "The value if the field is absent.",
        of_type={
            "string": TEXT,
            "enum": TEXT,
            **BOUNDS,
            "boolean": BOOLEAN,
            "duration": DURATION,
        },
    ),
    "when": Key(
        (CONFIG,),
        ALL,
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"type": ["string", "boolean"]},
        },
        "`{other: value}`: the field counts only if that field, which comes before it, has that value.",
    ),
    "aliases": Key(
        (CONFIG,), ALL, {"type": "array", "items": like("old_name", naming.KEY.pattern)}, "Older names of the key."
    ),
    "strict": Key(
        IN_CONFIG,
        ALL,
        {"enum": ["always", "check"], "default": "always"},
        "`check`: its rules apply when a rule is saved, but not when the action runs. Default: `always`.",
    ),
    "texts": Key(IN_CONFIG, ALL, ref("texts"), "Messages for its faults: [Texts of a field](#texts-of-a-field)."),
    "c_name": Key(NAMED, ALL, like("usual_name", naming.C_NAME.pattern), "Its name in C, instead of the key."),
    "since": Key(NAMED, ALL, like("1.2.0", VERSION.pattern), "The version that added it."),
    "deprecated": Key(
        NAMED,
        ALL,
        words(""),
        "What to use instead; `workflow-worker validate` warns about rules that use it. Not for required fields.",
    ),
    "optional": Key((RESULT,), ALL, BOOLEAN, "`true`: may be left out."),
    "sensitive": Key(
        (RESULT,),
        ALL,
        BOOLEAN,
        "`true`: its value is left out where people see results: in queries of the run, by `replay`, `start --wait` and"
        " `try`. Other actions read it. Only on fields of the result itself, and not with `key_from`.",
    ),
    "key_from": Key(
        (RESULT,),
        ALL,
        words(""),
        "A string of the config, required and without templates: its value is the key in the result. It must match"
        f" `{naming.RESULT_KEY}` and be no other key of the result. Only on fields of the"
        " result itself, not of objects in it.",
    ),
    "suffix": Key((RESULT,), ALL, like("_count", "[A-Za-z0-9_]+"), "With `key_from`: a suffix of that key."),
    "template": Key(
        IN_CONFIG,
        TEMPLATED,
        {"enum": [True, False, "late", "typed"]},
        "`true`: may hold `{{templates}}`, also deep inside; the handler gets their values. `late`, for a string: the"
        " handler expands them with `action_fill()`. `typed`, for scalar, object and any: a text that is one template"
        " and nothing else becomes the value itself, also a number, list or null. Not for an object with `fields`.",
        of_type={
            kind: {"enum": [True, False, TEMPLATE_WORDS[kind]]} if kind in TEMPLATE_WORDS else BOOLEAN
            for kind in TEMPLATED
        },
    ),
    "secret": Key(
        IN_CONFIG,
        ("string",),
        BOOLEAN,
        "`true`: may hold `{{secret:NAME}}`, which is filled in when the handler sends the text: [Secrets](#secrets)."
        " Also templates with `template: late`.",
    ),
    "late_names": Key(
        IN_CONFIG,
        ("string",),
        {"type": "array", "items": like("product_name", "[A-Za-z][A-Za-z0-9_]*")},
        "With `template: late`: what the handler fills in besides the context, so that `workflow-worker validate` knows"
        " these names. One stands for all that follow it and a dot too: `secret` for `secret.TOKEN`.",
    ),
    "context_key": Key(IN_CONFIG, ("string",), BOOLEAN, "`true`: the text is a key of the run's context."),
    "min_length": Key(
        IN_CONFIG, ("string",), SIZE, "Minimum number of characters. `0`: may be empty even if required."
    ),
    "max_length": Key(IN_CONFIG, ("string",), AT_LEAST_ONE, "Maximum number of characters."),
    "pattern": Key(
        IN_CONFIG,
        ("string",),
        like("^[A-Z]{2}-[0-9]+$", pattern.GRAMMAR),
        "Characters and sets in a row, each with a count: `^[A-Z]{2}-[0-9]+$`. No groups, no alternatives.",
    ),
    "format": Key(IN_CONFIG, ("string",), {"enum": list(FORMATS)}, "`uuid`, or `url` (http or https)."),
    "one_of": Key(IN_CONFIG, ("string",), ref("values"), "The allowed texts; in C it remains a text."),
    "min": Key(
        IN_CONFIG,
        (*NUMBERS, *TIMES),
        {"type": ["number", "string"]},
        "The smallest value, or the earliest time.",
        of_type={**BOUNDS, **TIME_BOUNDS},
    ),
    "max": Key(
        IN_CONFIG,
        (*NUMBERS, *TIMES),
        {"type": ["number", "string"]},
        "The largest value, or the latest time.",
        of_type={**BOUNDS, **TIME_BOUNDS},
    ),
    "values": Key(
        EVERYWHERE,
        ("enum",),
        ref("values"),
        "The allowed texts.",
        required=True,
        of_type={
            "enum": {"items": {"pattern": LETTER_OR_DIGIT, "patternErrorMessage": "must hold a letter or a digit"}}
        },
    ),
    "of": Key(EVERYWHERE, COLLECTIONS, {}, "Its elements: a field without a name.", required=True),
    "min_items": Key(IN_CONFIG, COLLECTIONS, SIZE, "`0`: may be empty even if required."),
    "max_items": Key(IN_CONFIG, COLLECTIONS, AT_LEAST_ONE, "The largest number of elements."),
    "key_pattern": Key(
        IN_CONFIG, ("map",), like("^[a-z_]+$", pattern.GRAMMAR), "What each of its keys must match, as `pattern`."
    ),
    "fields": Key(EVERYWHERE, ("object",), {"minProperties": 1}, "Its fields; without them any object is allowed."),
    "tag": Key(
        IN_CONFIG,
        ("variant",),
        like("kind", naming.KEY.pattern),
        "The key whose value selects the variant.",
        required=True,
    ),
    "variants": Key(
        IN_CONFIG,
        ("variant",),
        {"type": "object", "minProperties": 2},
        "The fields of each variant, by the value of the tag; `{}` for none.",
        required=True,
    ),
    "some_of": Key(IN_CONFIG, ("object",), STRINGS, "Lists among its fields of which at least one must not be empty."),
    "rules": Key(
        IN_CONFIG,
        ("object",),
        {"type": "array", "items": ref("rule")},
        "Rules across its `fields`: [Rules across fields](#rules-across-fields).",
    ),
    "name": Key(
        EVERYWHERE,
        ("enum", "object", "variant"),
        like("short_name", naming.C_NAME.pattern),
        "The name of its enum or struct in C, after the action's, where two would have the same.",
    ),
}


def keys_of(place: str, *kinds: str) -> list[str]:
    """The keys that a field of one of the types may have; without types, the keys that every field may have there."""
    return [
        name
        for name, key in KEYS.items()
        if place in key.places
        and not (kinds and place in (RESULT, RESULT_ELEMENT) and set(kinds) <= set(NOT_IN_RESULTS))
        and (key.types == ALL or any(kind in key.types for kind in kinds))
    ]


def schema_of(name: str) -> Schema:
    return {**KEYS[name].value, "description": KEYS[name].doc}


# The tables of docs/spec.md.


def type_table() -> str:
    rows = [f"| `{name}` | {in_c} | {in_json} |" for name, (in_c, in_json) in TYPES.items()]
    return "\n".join(["| type | in C | in JSON |", "|---|---|---|", *rows])


def key_table(part: str) -> str:
    """The table of the keys of config fields, or of the keys that only result fields have."""
    names = [name for name, key in KEYS.items() if part in key.places and (part == CONFIG or CONFIG not in key.places)]
    rows = [f"| `{name}` | {_types_text(KEYS[name])} | {KEYS[name].doc} |" for name in names]
    return "\n".join(["| key | of | |", "|---|---|---|", *rows])


def _types_text(key: Key) -> str:
    if key.types == ALL:
        return "all"
    if len(key.types) > len(TYPES) // 2 and key.types == TEMPLATED:
        return "all but list, map, variant"
    return ", ".join(key.types) + (", required" if key.required else "")
