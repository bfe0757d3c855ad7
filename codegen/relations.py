"""Reads `rules`: the rules across the fields of a config, or of an object in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from codegen import field_grammar
from codegen.key_reader import Keys
from codegen.reader import Mapping as MappingNode
from codegen.reader import kind_of
from codegen.report import Report, all_of, did_you_mean
from codegen.spec import Field, Relation

KINDS = ("requires", "excludes", "at_least_one_of", "compare")
COMPARISON = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*) *<= *([A-Za-z_][A-Za-z0-9_-]*)")
# Types whose values can be compared with one another.
CLASSES = (field_grammar.NUMBERS, ("timestamp",), ("duration",))
PLACEHOLDERS = ("{i}", "{key}")


def read(keys: Keys, fields: tuple[Field, ...], path: str, report: Report) -> tuple[Relation, ...]:
    """The rules of a mapping with fields."""
    node = keys.sequence("rules")
    by_name = {field.name: field for field in fields}
    found: list[Relation] = []
    for item in node.items if node else ():
        if not isinstance(item, MappingNode):
            keys.error(item.mark, f"'rules' must hold mappings, like {{compare: from <= to}}, this is {kind_of(item)}")
            continue
        relation = entry(Keys(item, f"{keys.what}: 'rules'", report), by_name, path)
        if relation is not None:
            found.append(relation)
    return tuple(found)


def entry(keys: Keys, fields: dict[str, Field], path: str) -> Relation | None:
    said = [kind for kind in KINDS if keys.has(kind)]
    keys.known.update(KINDS)
    names = compared(keys) if said == ["compare"] else listed(keys, said)
    text = keys.exactly("text")
    check_only = keys.choice("strict", ("always", "check")) == "check"
    keys.close()
    if len(said) != 1:
        keys.error(keys.mark, f"a rule has one of {all_of(map(repr, KINDS))}")
        return None
    if text is not None:
        placeholders(keys, text, path)
    if names is None:
        return None
    relation = Relation(keys.mark, said[0], names[0], names[1], text, check_only)
    return relation if all([good(keys, relation, name, fields) for name in relation.names]) else None


def listed(keys: Keys, said: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """The field of the condition, and the other fields."""
    with_field = said in (["requires"], ["excludes"])
    field = keys.string("field", required=with_field)
    if field and said in (["at_least_one_of"], ["compare"]):
        keys.error(keys.mark_of("field"), "'field' is for 'requires' and 'excludes'")
    others = [name.text for kind in said for name in keys.strings(kind)]
    if len(said) == 1 and not others and not any(keys.mark_of(said[0]) == mark for mark, _ in keys.missing.values()):
        keys.error(keys.mark_of(said[0]), f"'{said[0]}' must list fields")
        return None
    return None if with_field and field is None else (field or "", tuple(dict.fromkeys(others)))


def compared(keys: Keys) -> tuple[str, tuple[str, ...]] | None:
    text = keys.string("compare")
    match = COMPARISON.fullmatch(text) if text else None
    if text and match is None:
        keys.error(keys.mark_of("compare"), f"'compare' must be like 'from <= to', not '{text}'")
    return None if match is None else (match[1], (match[2],))


def placeholders(keys: Keys, text: str, path: str) -> None:
    rest = text
    for name in PLACEHOLDERS:
        rest = rest.replace(name, "")
    if "{" in rest or "}" in rest:
        keys.error(keys.mark_of("text"), f"'text' may hold {all_of(PLACEHOLDERS)} and no other braces")
    for name, every, place in (("{i}", "[]", "list"), ("{key}", "{}", "map")):
        if name in text and every not in path:
            keys.error(keys.mark_of("text"), f"'text': {name} is of a {place}, and the fields are in none")


def good(keys: Keys, relation: Relation, name: str, fields: dict[str, Field]) -> bool:
    """Whether a field can be part of the rule."""
    field, mark = fields.get(name), keys.mark_of(relation.kind)
    if field is None:
        keys.error(mark, f"'{relation.kind}': there is no field '{name}' beside it{did_you_mean(name, fields)}")
    elif field.type == "":
        return False
    elif field.when is not None:
        keys.error(mark, f"'{relation.kind}': field '{name}' has 'when' and may not count")
    elif relation.kind == "compare":
        return comparable(keys, relation, field, fields)
    elif field.required:
        keys.error(mark, f"'{relation.kind}': field '{name}' is required anyway")
    elif relation.kind != "at_least_one_of" and name == relation.field and name in relation.others:
        keys.error(mark, f"'{relation.kind}': field '{name}' is on both sides")
    else:
        return True
    return False


def comparable(keys: Keys, relation: Relation, field: Field, fields: dict[str, Field]) -> bool:
    kinds = next((kinds for kinds in CLASSES if field.type in kinds), ())
    if not kinds:
        keys.error(
            keys.mark_of("compare"), f"'compare': field '{field.name}' must be a number, a timestamp or a duration"
        )
        return False
    left = fields.get(relation.field)
    if left is not None and left is not field and left.type and left.type not in kinds:
        if any(left.type in other for other in CLASSES):
            keys.error(
                keys.mark_of("compare"),
                f"'compare': '{left.name}' is of type {left.type} and '{field.name}' of type {field.type}",
            )
        return False
    return True


def usual_text(relation: Relation, quote: Callable[[str], str] = str) -> str:
    """The rule in words."""
    field, others = quote(relation.field), list(map(quote, relation.others))
    match relation.kind:
        case "requires":
            return f"{all_of(others)} required where {field} is given"
        case "excludes":
            return f"{all_of(others)} absent where {field} is given"
        case "at_least_one_of":
            return f"at least one of {', '.join(others)} is required"
    return f"{field} is at most {others[0]}"


def everywhere(
    fields: tuple[Field, ...],
    relations: tuple[Relation, ...],
    quote: Callable[[str], str] = str,
    prefix: str = "",
) -> Iterator[str]:
    """Every rule of a config in words, with the object to which it belongs."""
    for relation in relations:
        words = usual_text(relation, quote)
        yield f"in {quote(prefix)}, {words}" if prefix else words
    for field in fields:
        path, inner = f"{prefix}.{field.name}" if prefix else field.name, field
        while inner.of is not None:
            inner, path = inner.of, path + inner.every
        for part in (inner, *inner.variants):
            yield from everywhere(part.fields or (), part.relations, quote, path)
