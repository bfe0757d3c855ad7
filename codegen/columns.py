"""Reads `columns`: which fields of a config name columns of a table, and which hold the values of those columns."""

from __future__ import annotations

from codegen.fields import Fields
from codegen.key_reader import Keys
from codegen.reader import Mapping, kind_of
from codegen.report import Report, all_of, did_you_mean
from codegen.spec import ColumnUse, Field

KINDS = ("column", "columns", "keys")
# The type that the field must have, by kind.
TYPES = {"column": "string", "columns": "list", "keys": "map"}


def read(
    keys: Keys, fields: Fields, config: tuple[Field, ...], result: tuple[Field, ...], report: Report
) -> tuple[ColumnUse, ...]:
    node = keys.sequence("columns")
    found = []
    for item in node.items if node else ():
        if isinstance(item, Mapping):
            found.append(entry(Keys(item, f"{keys.what}: 'columns'", report), fields, config, result))
        else:
            keys.error(item.mark, f"'columns' must hold mappings with 'table', this is {kind_of(item)}")
    return tuple(use for use in found if use is not None)


def entry(keys: Keys, fields: Fields, config: tuple[Field, ...], result: tuple[Field, ...]) -> ColumnUse | None:
    by_name = {field.name: field for field in config}
    said = [kind for kind in KINDS if keys.has(kind)]
    keys.known.update(KINDS)
    table = named(keys, "table", by_name, "string", required=True)
    within = named(keys, "in", by_name, "list")
    around = by_name if within is None else {field.name: field for field in of_objects(by_name[within])}
    if within is not None and not around:
        keys.error(keys.mark_of("in"), f"'in': field '{within}' must be a list of objects with 'fields'")
    unless = fields.when(keys, by_name, "there is no config field '{}'", key="unless")
    names = [named(keys, kind, around, TYPES[kind]) for kind in said]
    value = named(keys, "value", around, "")
    rows = named(keys, "rows", {field.name: field for field in result}, "any")
    if len(said) != 1:
        keys.error(keys.mark, f"an entry of 'columns' has one of {all_of(map(repr, KINDS))}")
    elif value is not None and said != ["column"]:
        keys.error(keys.mark_of("value"), "'value' is for 'column'")
    elif keys.has("rows") and said != ["columns"]:
        keys.error(keys.mark_of("rows"), "'rows' is for 'columns'")
    keys.close()
    if table is None or len(said) != 1 or names[0] is None:
        return None
    return ColumnUse(keys.mark, table, said[0], within, names[0], value, rows, unless)


def named(keys: Keys, key: str, fields: dict[str, Field], kind: str, required: bool = False) -> str | None:
    """The field that a key names; None when the key is absent or names no suitable field."""
    name = keys.string(key, required=required)
    field = fields.get(name or "")
    if name is None or (field is not None and (kind == "" or field.type in (kind, ""))):
        return name
    if field is None:
        keys.error(keys.mark_of(key), f"'{key}': there is no field '{name}'{did_you_mean(name, fields)}")
    else:
        keys.error(keys.mark_of(key), f"'{key}': field '{name}' must be a {kind}")
    return None


def of_objects(field: Field) -> tuple[Field, ...]:
    return (field.of.fields or ()) if field.of is not None else ()
