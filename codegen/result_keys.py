"""Reads `key_from`: keys of a result that the config names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codegen import naming, pattern
from codegen.report import Report, did_you_mean
from codegen.spec import Action, Field

PIECES = pattern.parse(naming.RESULT_KEY)


def resolve(action: Action, report: Report) -> Action:
    """The action with the rules that `key_from` adds to the field that it names."""
    named = [item for item in action.result if item.key_from is not None]
    if not named:
        return action
    fields = {item.name: item for item in action.config}
    for item in named:
        for fault in faults(item, named[0], fields):
            report.error(item.mark, f"action '{action.name}': result field '{item.name}': 'key_from': {fault}")
    keys: dict[str, str] = {}
    for item in named:
        other = keys.setdefault(item.result_key, item.name)
        if other != item.name:
            said = f"result fields '{other}' and '{item.name}' have the same key; give one a 'suffix'"
            report.error(item.mark, f"action '{action.name}': {said}")
    field = fields.get(named[0].key_from or "")
    if field is None:
        return action
    ruled = replace(field, taken=tuple(taken(action, [item.suffix for item in named])))
    if ruled.pattern is None:
        ruled = replace(ruled, pattern=naming.RESULT_KEY, pieces=PIECES)
    return replace(action, config=tuple(ruled if item is field else item for item in action.config))


def faults(item: Field, first: Field, fields: dict[str, Field]) -> Iterator[str]:
    """The faults of the config field that a result field names."""
    name = item.key_from or ""
    field = fields.get(name)
    if name != first.key_from:
        yield f"field '{first.key_from}' names keys already, and only one field can"
    elif field is None:
        yield f"there is no config field '{name}'{did_you_mean(name, fields)}"
    elif item is first and field.type:
        plain = not (
            field.template or field.secret or field.context_key or field.check_only or field.when or field.values
        )
        if field.type != "string" or not field.required or field.empty is None or not plain:
            others = "template, secret, context_key, strict, when and one_of"
            yield f"field '{name}' must be a required string without {others}"
        elif field.pieces and not pattern.covers(PIECES, field.pieces):
            yield f"the pattern of field '{name}' must take only what matches {naming.RESULT_KEY}"


def taken(action: Action, suffixes: list[str]) -> list[str]:
    """The texts with which a key of the result would appear twice."""
    keys = ["output", *(item.name for item in action.result if item.key_from is None)]
    found = [key.removesuffix(suffix) for suffix in suffixes for key in keys if key.endswith(suffix)]
    return sorted({text for text in found if text})
