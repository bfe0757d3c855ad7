"""JSON Schema 2020-12 of a config. It accepts what the generated decoder accepts, except that case matters in keys."""

from __future__ import annotations

from codegen import form_hints
from codegen.json_values import Json, Number
from codegen.spec import EMPTIES, Action, Field, Relation, When

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HEX = "[0-9a-fA-F]"
UUID_36 = f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"
UUID = f"^(([uU][rR][nN]:[uU][uU][iI][dD]:)?{UUID_36}|\\{{{UUID_36}\\}}|{HEX}{{32}})$"
NOT_NIL = f"^(?!([uU][rR][nN]:[uU][uU][iI][dD]:)?\\{{?[0-]+\\}}?$){UUID[1:]}"
TIMESTAMP = (
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?"
    "(Z|[+-]([01][0-9]|2[0-4]):[0-5][0-9])$"
)
DURATION = "^([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"
DECIMAL = "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?0*([0-9]{1,2}|[123][0-9]{2}|400))?$"
URL = "^[hH][tT][tT][pP][sS]?://([A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?#][!-~]*)?$"
TEMPLATE = "\\{\\{"
# A reference to a secret that is not well formed.
BAD_SECRET = "\\{\\{[ \\t-\\r]*secret[:.](?![A-Za-z_][A-Za-z0-9_]{0,63}[ \\t-\\r]*\\}\\})"

Schema = dict[str, Json]


def schema_of(action: Action) -> Schema:
    schema: Schema = {"$schema": DIALECT, "title": action.name, "description": action.summary}
    schema |= _deprecated(action.summary, action.deprecated)
    optional = not _something_missing(action.config) and not any(r.kind == "at_least_one_of" for r in action.relations)
    return schema | _object(action.config, optional, action.relations)


def published(action: Action) -> Schema:
    """The schema with valid examples and hints, for editors and forms."""
    schema = form_hints.hinted(schema_of(action), action)
    return schema | {"examples": [example.config for example in action.examples if example.fault is None]}


def _deprecated(doc: str, instead: str | None) -> Schema:
    return {} if instead is None else {"description": f"{doc} Deprecated: {instead}", "deprecated": True}


def _object(fields: tuple[Field, ...], nullable: bool, relations: tuple[Relation, ...] = ()) -> Schema:
    groups: dict[When | None, list[Field]] = {None: []}
    for field in fields:
        groups.setdefault(field.when, []).append(field)
    by_name = {field.name: field for field in fields}
    branches: list[Json] = [
        {"if": _condition(when, by_name), "then": _members(group, [])} for when, group in groups.items() if when
    ]
    branches += [part for relation in relations for part in _relation(relation, by_name)]
    schema: Schema = {"type": ["object", "null"] if nullable else "object"}
    return schema | _members(groups[None], branches)


def _relation(relation: Relation, fields: dict[str, Field]) -> list[Schema]:
    """The schema of a rule across fields. A schema cannot express comparisons."""
    given: list[Json] = [_given(fields[name]) for name in relation.others]
    match relation.kind:
        case "requires":
            return [{"anyOf": [{"not": _given(fields[relation.field])}, {"allOf": given}]}]
        case "excludes":
            return [{"anyOf": [{"not": _given(fields[relation.field])}, {"not": {"anyOf": given}}]}]
        case "at_least_one_of":
            return [{"anyOf": [{"type": "null"}, *given]}]
    return []


def _given(field: Field) -> Schema:
    """A schema that requires the field under one of its names, with a value that is not empty."""
    something: Schema = {"not": {"enum": list(EMPTIES)}}
    ways: list[Json] = [{"properties": {name: something}, "required": [name]} for name in (field.name, *field.aliases)]
    return {"type": "object", "anyOf": ways}


def _members(fields: list[Field], branches: list[Json]) -> Schema:
    """Fields with the same condition. A field with aliases may have any of its names."""
    properties = {name: member for field in fields for name, member in _names(field).items()}
    required: list[Json] = [field.name for field in fields if field.required and not field.aliases]
    named: list[Json] = [
        {"anyOf": [{"required": [name]} for name in (field.name, *field.aliases)]}
        for field in fields
        if field.required and field.aliases
    ]
    schema: Schema = {"properties": properties, "required": required, "allOf": named + branches}
    return {key: value for key, value in schema.items() if value}


def _something_missing(fields: tuple[Field, ...]) -> bool:
    """Whether an empty config lacks a required field."""
    defaults: dict[str, Json] = {field.name: False if field.default is None else field.default for field in fields}
    return any(
        field.required and (field.when is None or defaults[field.when.field] == field.when.value) for field in fields
    )


def _names(field: Field) -> Schema:
    """The property under each of its names."""
    schema = _field(field)
    return {name: schema for name in (field.name, *field.aliases)}


def _condition(when: When, siblings: dict[str, Field]) -> Schema:
    name, value = when.field, when.value
    if value is False:
        return {"not": {"properties": {name: {"const": True}}, "required": [name]}}
    met: Schema = {"properties": {name: {"const": value}}, "required": [name]}
    if siblings[name].default == value:
        return {"anyOf": [met, {"not": {"properties": {name: {"not": {"enum": [None, ""]}}}, "required": [name]}}]}
    return met


def _field(field: Field) -> Schema:
    """The values of a field, including null if it may be absent."""
    schema: Schema = {}
    if field.doc:
        schema["description"] = field.doc
    schema |= _deprecated(field.doc, field.deprecated)
    if field.default is not None:
        schema["default"] = field.default
    ways = [_value(field), *_tolerated(field)]
    if len(ways) == 1:
        return schema | ways[0]
    if (
        ways[1:] == [{"enum": [None]}]
        and isinstance(ways[0].get("type"), str)
        and not {"enum", "oneOf"} & ways[0].keys()
    ):
        return schema | ways[0] | {"type": [ways[0]["type"], "null"]}
    return schema | {"anyOf": list(ways)}


def _tolerated(field: Field) -> list[Schema]:
    """Values that count as absent, and templates."""
    ways: list[Schema] = []
    if not field.required and field.type != "any":
        empty: list[Json] = [None]
        if field.empty == "" and _has_rules(field):
            empty.append("")
        ways.append({"enum": empty})
    if _takes_template(field):
        ways.append({"type": "string", "pattern": TEMPLATE})
    return ways


def _takes_template(field: Field) -> bool:
    """Whether a template is allowed in place of the value and the schema of the value does not accept it."""
    return field.template_in_place and _has_rules(field)


def _has_rules(field: Field) -> bool:
    return field.type != "string" or bool(
        field.values or field.pattern or field.format or field.bounds.min_size or field.bounds.max_size
    )


def _value(field: Field) -> Schema:
    match field.type:
        case "string":
            return _string(field)
        case "integer":
            low, high = field.bounds.min or str(-(2**63)), field.bounds.max or str(2**63 - 1)
            return {"type": "integer", "minimum": Number(low), "maximum": Number(high)}
        case "number":
            return {"type": "number"} | _range(field)
        case "decimal":
            return {"anyOf": [{"type": "number"} | _range(field), {"type": "string", "pattern": DECIMAL}]}
        case "boolean":
            return {"type": "boolean"}
        case "uuid":
            return {"type": "string", "format": "uuid", "pattern": NOT_NIL if field.nil_is_absent else UUID}
        case "timestamp":
            return {"type": "string", "format": "date-time", "pattern": TIMESTAMP}
        case "duration":
            return {"type": "string", "pattern": DURATION, "minLength": Number("1")}
        case "enum":
            return {"type": "string", "enum": list(field.values)}
        case "list":
            return _list(field)
        case "map":
            return _map(field)
        case "scalar":
            return {"type": ["string", "number", "boolean"]}
        case "variant":
            return {"type": "object", "oneOf": [_variant(field, variant) for variant in field.variants]}
        case "object":
            return {"type": "object"} if field.fields is None else _inner(field, field.fields)
    return {"not": {"type": "null"}} if field.required else {}


def _variant(field: Field, variant: Field) -> Schema:
    assert field.choice is not None
    schema = _object(variant.fields or (), False)
    properties, required = schema.get("properties", {}), schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    tag = {field.choice.name: {"const": variant.name}}
    return schema | {"properties": tag | properties, "required": [field.choice.name, *required]}


def _inner(field: Field, fields: tuple[Field, ...]) -> Schema:
    schema = _object(fields, False, field.relations)
    if not field.some_of:
        return schema
    something: Schema = {"not": {"enum": [None, []]}}
    ways: list[Json] = [{"properties": {name: something}, "required": [name]} for name in field.some_of]
    return schema | {"anyOf": ways}


def _string(field: Field) -> Schema:
    schema: Schema = {"type": "string"}
    if field.values:
        schema["enum"] = list(field.values)
    if field.pattern is not None:
        schema["pattern"] = field.pattern
    if field.taken:
        schema["not"] = {"enum": list(field.taken)}
    if field.format == "url":
        schema |= {"format": "uri", "pattern": URL}
    if field.secret:
        schema["not"] = {"type": "string", "pattern": BAD_SECRET}
    if field.format == "uuid":
        schema |= {"format": "uuid", "pattern": UUID}
    smallest = field.bounds.min_size or (1 if field.required and field.empty is not None else 0)
    if smallest and not field.values:
        schema["minLength"] = Number(str(smallest))
    if field.bounds.max_size:
        schema["maxLength"] = Number(str(field.bounds.max_size))
    return schema


def _range(field: Field) -> Schema:
    schema: Schema = {}
    for key, bound in (("minimum", field.bounds.min), ("maximum", field.bounds.max)):
        if bound is not None:
            schema[key] = Number(bound)
    return schema


def _list(field: Field) -> Schema:
    assert field.of is not None
    schema: Schema = {"type": "array", "items": _element(field.of)}
    return schema | _sizes(field, "Items")


def _map(field: Field) -> Schema:
    assert field.of is not None
    schema: Schema = {"type": "object", "additionalProperties": _element(field.of)}
    if field.key_pattern is not None:
        schema["propertyNames"] = {"pattern": field.key_pattern}
    return schema | _sizes(field, "Properties")


def _sizes(field: Field, what: str) -> Schema:
    schema: Schema = {}
    smallest = field.bounds.min_size or (1 if field.required and field.empty is not None else 0)
    if smallest:
        schema[f"min{what}"] = Number(str(smallest))
    if field.bounds.max_size:
        schema[f"max{what}"] = Number(str(field.bounds.max_size))
    return schema


def _element(field: Field) -> Schema:
    ways = [_value(field)]
    if field.type == "scalar":
        ways = [{"type": ["string", "number", "boolean", "null"]}]
    if _takes_template(field):
        ways.append({"type": "string", "pattern": TEMPLATE})
    schema: Schema = {"description": field.doc} if field.doc else {}
    return schema | (ways[0] if len(ways) == 1 else {"anyOf": list(ways)})
