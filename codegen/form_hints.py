"""Hints for form builders, in addition to the values that a schema accepts: title, place and widget of each field.

x-order      the place of the field among its siblings, from 0
x-widget     how the field is edited, see widget()
x-alias-of   the field of which this key is another name; a form shows only that field
"""

from __future__ import annotations

from codegen.json_values import Json, Number
from codegen.spec import Action, Field

Schema = dict[str, Json]

WIDGETS = {
    "integer": "number",
    "number": "number",
    "decimal": "number",
    "boolean": "checkbox",
    "uuid": "id",
    "timestamp": "datetime",
    "duration": "duration",
    "enum": "select",
    "list": "list",
    "map": "map",
    "variant": "json",
    "scalar": "value",
    "any": "json",
}


def widget(field: Field) -> str:
    """number, checkbox, id, datetime, duration, select, list, map, group (of the fields of an object), value (a text,
    number or boolean), json (any value), text, or template (a text that may have {{variables}})."""
    match field.type:
        case "object":
            return "json" if field.fields is None else "group"
        case "string":
            if field.values:
                return "select"
            return "id" if field.format == "uuid" else "template" if field.template else "text"
    return WIDGETS[field.type]


def title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def hinted(schema: Schema, action: Action) -> Schema:
    """The schema of the action's config, with the hints."""
    return _object(schema, action.config)


def _object(schema: Schema, fields: tuple[Field, ...]) -> Schema:
    hints = {
        name: (_hints(field, name, place), field)
        for place, field in enumerate(fields)
        for name in (field.name, *field.aliases)
    }

    def members(part: Json) -> Json:
        """`part` with hints in its properties and in the properties of its branches."""
        if not isinstance(part, dict):
            return part
        found = dict(part)
        properties = found.get("properties")
        if isinstance(properties, dict):
            found["properties"] = {
                name: hints[name][0] | _within(value, hints[name][1]) if isinstance(value, dict) else value
                for name, value in properties.items()
            }
        if isinstance(found.get("then"), dict):
            found["then"] = members(found["then"])
        branches = found.get("allOf")
        if isinstance(branches, list):
            found["allOf"] = [members(branch) for branch in branches]
        return found

    made = members(schema)
    assert isinstance(made, dict)
    return made


def _hints(field: Field, name: str, place: int) -> Schema:
    if name != field.name:
        return {"title": title(name), "x-alias-of": field.name}
    return {"title": title(name), "x-order": Number(str(place)), "x-widget": widget(field)}


def _within(schema: Schema, field: Field) -> Schema:
    """The schema of a field with hints for the fields inside it."""
    made = dict(schema)
    ways = made.get("anyOf")
    if isinstance(ways, list) and "type" not in made:
        made["anyOf"] = [_within(way, field) if isinstance(way, dict) and "type" in way else way for way in ways]
        return made
    if field.fields is not None and "properties" in made:
        return _object(made, field.fields)
    for key in ("items", "additionalProperties"):
        inner = made.get(key)
        if field.of is not None and isinstance(inner, dict):
            made[key] = _within(inner, field.of)
    return made
