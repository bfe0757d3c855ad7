"""The JSON Schema of fields as specs write them, part of the schema for editors (codegen/spec_schema.py). It accepts
everything that codegen/fields.py accepts."""

from __future__ import annotations

from codegen import field_grammar, naming
from codegen.field_grammar import KEYS, NOT_IN_RESULTS, TYPES
from codegen.report import all_of
from codegen.schema_forms import Schema, closed, forbid, like, ref, rule, said, unless, words

# A definition may become a field of a config or of a result.
PLACES = {
    ("config", False): (field_grammar.CONFIG,),
    ("config", True): (field_grammar.ELEMENT,),
    ("result", False): (field_grammar.RESULT,),
    ("result", True): (field_grammar.RESULT_ELEMENT,),
    ("definition", False): (field_grammar.CONFIG, field_grammar.RESULT),
    ("definition", True): (field_grammar.ELEMENT, field_grammar.RESULT_ELEMENT),
}


def keys_of(part: str, element: bool, *kinds: str) -> list[str]:
    """The keys of a field of one of the types, in order."""
    found = [key for place in PLACES[part, element] for key in field_grammar.keys_of(place, *kinds)]
    return list(dict.fromkeys(found))


def keys_closed(part: str, element: bool, *kinds: str) -> Schema:
    """The keys of a field of one of the types, and no others."""
    known: Schema = dict.fromkeys(keys_of(part, element), True)
    for key in keys_of(part, element, *kinds):
        own = KEYS[key].of_type.get(kinds[0], {}) if len(kinds) == 1 else {}
        if key in ("of", "fields"):
            inner = "element" if key == "of" else "fields"
            known[key] = {**ref(f"{part}_{inner}"), **field_grammar.schema_of(key)}
        elif key == "variants":
            known[key] = {**field_grammar.schema_of(key), "additionalProperties": ref(f"{part}_fields")}
        elif own or key not in known:
            known[key] = {**ref(f"key/properties/{key}"), **own}
    return {"properties": known, "additionalProperties": False}


def rules(part: str, element: bool) -> list[Schema]:
    """Conditions between keys. Keys that come from a `ref` are unknown here."""
    alone = unless(said("ref"))
    found = [
        *(rule(said("type", kind), keys_closed(part, element, kind)) for kind in TYPES),
        rule(unless(said("type")), keys_closed(part, element, *TYPES)),
        rule(said("context_key", True), {"properties": {"template": {"const": False}}}),
        rule(said("fields"), {"properties": {"template": {"const": False}}}),
        rule(said("secret", True), {"properties": {"template": {"enum": [False, "late"]}}}),
        rule(said("secret", True), forbid(*field_grammar.NOT_FOR_SECRETS)),
        rule(said("late_names"), {"properties": {"template": {"const": "late"}}}),
        rule({"allOf": [said("late_names"), alone]}, {"required": ["template"]}),
        *(rule(said("type", kind), {"properties": {"texts": forbid("key")}}) for kind in TYPES if kind != "map"),
    ]
    if part != "definition":
        found.append(rule(alone, {"required": ["type"] if element else ["type", "doc"]}))
        found += [
            rule({"allOf": [said("type", *key.types), alone]}, {"required": [name]})
            for name, key in KEYS.items()
            if key.required and name != "type"
        ]
    if part == "result":
        found.append({"properties": {"type": {"enum": [kind for kind in TYPES if kind not in NOT_IN_RESULTS]}}})
    if part == "config" and not element:
        enforced = {"allOf": [said("required", True), unless(said("strict", "check")), alone]}
        found += [rule(said("required", True), forbid("deprecated")), rule(enforced, forbid("default"))]
    if part == "config" and element:
        found.append({"properties": {"texts": forbid("missing")}})
    return found


def field(part: str, element: bool) -> Schema:
    """A field, or an element of a list or map."""
    return {
        "description": "A field; or `!ref NAME` of a definition.",
        "type": ["object", "string"],
        "properties": {key: ref(f"key/properties/{key}") for key in keys_of(part, element)},
        "allOf": rules(part, element),
    }


def fault_text(key: str, description: str, *more: str) -> Schema:
    known = (*field_grammar.PLACEHOLDERS[key], *more)
    return words(
        description,
        pattern=f"^([^{{}}]|\\{{({'|'.join(name.strip('{}') for name in known)})\\}})*$",
        patternErrorMessage=f"may hold {all_of(known)} and no other braces",
    )


def mapping(part: str) -> Schema:
    """Fields by name."""
    return {
        "type": "object",
        "propertyNames": like("order_id", naming.KEY.pattern),
        "additionalProperties": ref(f"{part}_field"),
    }


def definitions() -> Schema:
    """Definitions that the other parts of the schema use."""
    found: Schema = {
        "key": {"properties": {name: field_grammar.schema_of(name) for name in KEYS}},
        "values": {
            "type": ["array", "string"],
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Texts; `!ref NAME` takes those of a definition.",
        },
        "texts": {
            "description": "Messages for its faults.",
            **closed(
                {
                    "missing": fault_text(
                        "missing",
                        "Used if it is missing. {i} is the index in the innermost list, {key} the key in the"
                        " innermost map.",
                    ),
                    "invalid": fault_text(
                        "invalid",
                        "Used if a value breaks a rule. {value} is the value, {why} what is wrong with a UUID.",
                        field_grammar.OF_UUID,
                    ),
                    "key": fault_text("key", "Used if a key of a map does not match `key_pattern`. {key} is the key."),
                }
            ),
        },
    }
    for part, element in PLACES:
        found[f"{part}_{'element' if element else 'field'}"] = field(part, element)
        found[f"{part}_fields"] = mapping(part)
    return found
