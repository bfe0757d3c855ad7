"""Reads `modifies`: the tables and columns that an action writes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codegen.key_reader import Keys
from codegen.reader import Mapping, kind_of
from codegen.report import Report, did_you_mean
from codegen.spec import Action, Modification

FIELD = "\\{[A-Za-z_][A-Za-z0-9_-]*\\}"
TABLE = f"[a-z_][a-z0-9_]*\\.[a-z_][a-z0-9_]*|{FIELD}"
COLUMN = f"[a-z_][a-z0-9_]*|{FIELD}"


def read(keys: Keys, effects: str, report: Report) -> tuple[Modification, ...]:
    node = keys.sequence("modifies")
    if node is None:
        return ()
    if effects != "write":
        keys.error(keys.mark_of("modifies"), f"'modifies' is for effects 'write', these are '{effects}'")
    found: list[Modification] = []
    for item in node.items:
        if isinstance(item, Mapping):
            found.append(entry(Keys(item, f"{keys.what}: 'modifies'", report)))
        else:
            keys.error(item.mark, f"'modifies' must hold mappings with 'table', this is {kind_of(item)}")
    return tuple(found)


def entry(keys: Keys) -> Modification:
    table = keys.string("table", required=True) or ""
    if table and not re.fullmatch(TABLE, table):
        keys.error(keys.mark_of("table"), f"table '{table}' must be like sales.orders, or a field like {{table}}")
    create, update = columns(keys, "create"), columns(keys, "update")
    if not keys.has("create") and not keys.has("update"):
        keys.miss("update", "; or 'create'")
    keys.close()
    return Modification(keys.mark, table, create, update)


def columns(keys: Keys, key: str) -> tuple[str, ...]:
    found = keys.strings(key)
    seen: set[str] = set()
    for column in found:
        if not re.fullmatch(COLUMN, column.text):
            keys.error(column.mark, f"column '{column.text}' must be like status_id, or a field like {{column}}")
        elif column.text in seen:
            keys.error(column.mark, f"column '{column.text}' appears twice")
        seen.add(column.text)
    return tuple(column.text for column in found)


def check(action: Action, report: Report) -> None:
    """Checks what depends on the whole action."""
    fields = {field.name: field for field in action.config}
    seen: set[str] = set()
    for item in action.modifies:
        what = f"action '{action.name}': 'modifies'"
        if item.table in seen:
            report.error(item.mark, f"{what}: table '{item.table}' appears twice")
        seen.add(item.table)
        for name, kinds in named(item):
            field = fields.get(name)
            if field is None:
                report.error(item.mark, f"{what}: there is no config field '{name}'{did_you_mean(name, fields)}")
            elif field.type and field.type not in kinds:
                report.error(item.mark, f"{what}: field '{name}' must be a {' or a '.join(kinds)}")


def named(item: Modification) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The fields that the entry names, each with the types that the field may have."""
    if item.table.startswith("{"):
        yield item.table.strip("{}"), ("string",)
    for column in dict.fromkeys((*item.create, *item.update)):
        if column.startswith("{"):
            yield column.strip("{}"), ("string", "map")
