"""Finds changes of an action that would break saved rules."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from codegen import lock_schema, pattern
from codegen.document import shown
from codegen.field_grammar import COLLECTIONS
from codegen.fields import in_order
from codegen.json_values import Number, duration_ms
from codegen.relations import usual_text
from codegen.report import Mark
from codegen.spec import Field, Relation

# For each type, the other types that accept all of its values.
WIDER = {
    "string": ("scalar",),
    "integer": ("number", "decimal", "scalar"),
    "number": ("decimal", "scalar"),
    "decimal": ("scalar",),
    "boolean": ("scalar",),
    "enum": ("string", "scalar"),
    "uuid": ("string", "scalar"),
    "timestamp": ("string", "scalar"),
    "duration": ("string", "scalar"),
    "map": ("object",),
    "variant": ("object",),
}
# For each type of a result field, the other types whose values all belong to it.
NARROWER = {
    "string": ("enum", "uuid", "timestamp", "duration"),
    "number": ("integer",),
    "scalar": ("string", "integer", "number", "decimal", "boolean", "uuid", "timestamp", "duration", "enum"),
    "object": ("map",),
}
SIZES_OF_UUID = (32, 45)  # the lengths that uuid_parse() accepts


class Compared:
    def __init__(self) -> None:
        self.breaks: list[tuple[Mark, str, str]] = []  # place, change, remedy

    def broken(self, mark: Mark, what: str, remedy: str = "") -> None:
        self.breaks.append((mark, what, remedy))

    # Configs.

    def config(self, old: dict[str, Any], fields: tuple[Field, ...], path: str, mark: Mark) -> None:
        by_key = {key.lower(): item for item in fields for key in (item.name, *item.aliases)}
        known: set[str] = set()
        for name, was in old.items():
            item = by_key.get(name.lower())
            if item is None:
                new = [
                    other
                    for other in fields
                    if other.name not in old and takes_type(was, lock_schema.config_field(other))
                ]
                heir = f"'{path}{new[0].name}'" if len(new) == 1 else "another field"
                remedy = f"; if it is {heir} now, add `aliases: [{name}]` there" if fields else ""
                self.broken(mark, f"field '{path}{name}' is gone", remedy)
                continue
            known.add(item.name)
            for alias in was.get("aliases", ()):
                if by_key.get(alias.lower()) is not item:
                    self.broken(item.mark, f"alias '{alias}' of field '{path}{item.name}' is gone")
            self.field(was, item, path + item.name)
        for item in fields:
            if item.required and item.name not in known:
                self.broken(item.mark, f"field '{path}{item.name}' is new and required")

    def field(self, was: dict[str, Any], item: Field, path: str) -> None:
        what = f"field '{path}'"
        now: dict[str, Any] = lock_schema.config_field(item)
        if not takes_type(was, now):
            self.broken(item.mark, f"{what} was of type {was['type']} and is of type {now['type']}")
            return
        for said in (
            *requirements(was, now),
            *defaults(was, now),
            *values(was, now),
            *forms(was, now),
            *bounds(was, now),
            *references(was, now),
        ):
            self.broken(item.mark, f"{what} {said}")
        if item.of is not None and "of" in was:
            self.field(was["of"], item.of, path + item.every)
        if item.choice is not None and "tag" in was:
            self.variants(was, item, item.choice, path)
        if item.fields is not None:
            self.config(was.get("fields", {}), item.fields, path + ".", item.mark)
            if "fields" in was:
                self.relations(was.get("rules", []), was["fields"], item.relations, path + ": ")
            if "fields" not in was and item.fields:
                self.broken(item.mark, f"{what} was any object and has 'fields' now")

    def variants(self, was: dict[str, Any], item: Field, choice: Field, path: str) -> None:
        if was["tag"] != choice.name:
            self.broken(item.mark, f"field '{path}' had the tag '{was['tag']}' and has '{choice.name}'")
        now = {variant.name: variant for variant in item.variants}
        for name, fields in was.get("variants", {}).items():
            if name in now:
                self.config(fields, now[name].fields or (), path + ".", now[name].mark)
            else:
                self.broken(item.mark, f"field '{path}' does not take {name} any more")

    def relations(self, old: list[Any], fields: dict[str, Any], relations: tuple[Relation, ...], path: str) -> None:
        """Compares rules across fields. Saved rules obey the old ones and have no value for a new field."""
        for relation in relations:
            if not any(implies(was, relation) for was in old) and can_break(relation, fields):
                self.broken(relation.mark, f"{path}a rule is new: {usual_text(relation)}")

    # Results.

    def result(self, old: dict[str, Any], fields: tuple[Field, ...], path: str, mark: Mark) -> None:
        by_name = {item.name: item for item in fields}
        for name, was in old.items():
            item = by_name.get(name)
            if item is None:
                self.broken(mark, f"result field '{path}{name}' is gone")
            else:
                self.result_field(was, item, path + name)

    def result_field(self, was: dict[str, Any], item: Field, path: str) -> None:
        if was["type"] not in (item.type, "any") and item.type not in NARROWER.get(was["type"], ()):
            self.broken(item.mark, f"result field '{path}' was of type {was['type']} and is of type {item.type}")
            return
        if (was.get("key_from"), was.get("suffix", "")) != (item.key_from, item.suffix):
            self.broken(item.mark, f"result field '{path}' has another key now")
        new = [value for value in item.values if value not in was.get("values", item.values)]
        if new:
            self.broken(item.mark, f"result field '{path}' may be {', '.join(new)} now, which no rule handles")
        if not was.get("optional") and not item.required:
            self.broken(item.mark, f"result field '{path}' is not always present any more")
        if item.of is not None and "of" in was:
            self.result_field(was["of"], item.of, path + item.every)
        if "fields" in was:
            self.result(was["fields"], item.fields or (), path + ".", item.mark)


def implies(was: Any, now: Relation) -> bool:
    """Whether every config that obeys the old rule obeys the new one."""
    if not isinstance(was, dict) or was.get("kind") != now.kind or was.get("field") != now.field:
        return False
    if "strict" in was and not now.check_only:
        return False
    old, new = set(was.get("others", ())), set(now.others)
    return old <= new if now.kind == "at_least_one_of" else new <= old


def can_break(now: Relation, fields: dict[str, Any]) -> bool:
    """Whether a config without a new field may break the rule."""
    match now.kind:
        case "requires":
            return now.field in fields
        case "excludes":
            return now.field in fields and any(name in fields for name in now.others)
        case "compare":
            return any(name in fields for name in now.names)
    return True


def takes_type(was: dict[str, Any], now: dict[str, Any]) -> bool:
    old, new = was["type"], now["type"]
    if old == "string" and new == "enum":
        return "values" in was
    if old == "string" and new == "uuid":
        return was.get("format") == "uuid"
    if old in ("map", "variant") and new == "object" and "fields" in now:
        return False
    return new in (old, "any") or new in WIDER.get(old, ())


def requirements(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if now.get("required") and not was.get("required"):
        found.append("is required now")
    if "strict" in was and "strict" not in now:
        found.append("is enforced at run time now")
    if was.get("when") != now.get("when"):
        found.append("counts under another condition now ('when')")
    some = now.get("some_of", [])
    if some and not ("some_of" in was and set(was["some_of"]) <= set(some)):
        found.append(f"must have something in {' or '.join(some)} now")
    return found


def defaults(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    absent = False if now["type"] == was["type"] == "boolean" else None  # a boolean that is absent is false
    if same(was.get("default", absent), now.get("default", absent), was["type"] == now["type"] == "duration"):
        return []
    if "default" not in was:
        always_there = was.get("required") and "strict" not in was
        return [] if always_there else [f"has the default {shown(now['default'])} now, and had none"]
    if "default" not in now:
        return [f"has no default any more; it was {shown(was['default'])}"]
    return [f"had the default {shown(was['default'])} and has {shown(now['default'])}"]


def same(one: Any, other: Any, duration: bool) -> bool:
    """Whether two values are equal, even if numbers or durations are written differently."""
    if isinstance(one, Number) and isinstance(other, Number):
        return one.decimal == other.decimal
    if duration and isinstance(one, str) and isinstance(other, str):
        return duration_ms(one) == duration_ms(other)
    return type(one) is type(other) and bool(one == other)


def values(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if "values" not in now:
        return []
    if "values" not in was:
        return ["takes only certain values now"]
    gone = [value for value in was["values"] if value not in now["values"]]
    return [f"does not take {', '.join(gone)} any more"] if gone else []


def forms(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if "pattern" in now and not matches(was, now["pattern"]):
        found.append(f"must match {'another' if 'pattern' in was else 'a'} pattern now")
    new = [text for text in now.get("taken", ()) if text not in was.get("taken", ()) and may_be(was, text)]
    if new:
        found.append(f"may not be {', '.join(new)} any more")
    if "key_pattern" in now and not keys_match(was, now["key_pattern"]):
        found.append(f"must have keys that match {'another' if 'key_pattern' in was else 'a'} pattern now")
    if "format" in now and now["format"] not in (was.get("format"), was["type"]):
        found.append(f"must be a {now['format']} now")
    return found


def matches(was: dict[str, Any], wanted: str) -> bool:
    """Whether every text that was valid matches a pattern. False if that cannot be determined."""
    if "pattern" in was:
        return pattern.covers(pattern.parse(wanted), pattern.parse(was["pattern"]))
    return "values" in was and all(re.fullmatch(wanted[1:-1], value) for value in was["values"])


def may_be(was: dict[str, Any], text: str) -> bool:
    """Whether a text was valid. True if that cannot be determined."""
    return "pattern" not in was or re.fullmatch(was["pattern"][1:-1], text) is not None


def keys_match(was: dict[str, Any], wanted: str) -> bool:
    """Whether every key of a map that was valid matches a pattern. False if that cannot be determined."""
    return "key_pattern" in was and pattern.covers(pattern.parse(wanted), pattern.parse(was["key_pattern"]))


def bounds(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    low, high = bound(now, "min"), bound(now, "max")
    old_low, old_high = bound(was, "min"), bound(was, "max")
    if low is not None and (old_low is None or low > old_low):
        found.append(f"must be at least {shown(now['min'])} now")
    if high is not None and (old_high is None or high < old_high):
        found.append(f"must be at most {shown(now['max'])} now")
    unit = "item" if now["type"] in COLLECTIONS else "character"
    asked = Decimal(1 if now.get("required") and not was.get("required") else 0)  # reported already
    low, high = known_sizes(was)
    if smallest_size(now) > max(smallest_size(was), asked, low):
        found.append(f"must have at least {amount(smallest_size(now), unit)} now")
    if "max_size" in now and (high is None or now["max_size"].decimal < high):
        found.append(f"must have at most {amount(now['max_size'].decimal, unit)} now")
    return found


def bound(field: dict[str, Any], key: str) -> Decimal | None:
    """A bound as a number."""
    value = field.get(key)
    if value is None:
        return None
    return in_order(field["type"], value.text if isinstance(value, Number) else value)


def known_sizes(was: dict[str, Any]) -> tuple[Decimal, Decimal | None]:
    """The smallest and largest number of characters, or of items, that other keys allow."""
    found: list[tuple[int, int | None]] = []
    if "max_size" in was:
        found.append((0, int(was["max_size"].decimal)))
    if "values" in was:
        found.append((min(map(len, was["values"])), max(map(len, was["values"]))))
    if "pattern" in was:
        found.append(pattern.sizes(pattern.parse(was["pattern"])))
    if "uuid" in (was["type"], was.get("format")):
        found.append(SIZES_OF_UUID)
    highest = [high for _, high in found if high is not None]
    return Decimal(max((low for low, _ in found), default=0)), Decimal(min(highest)) if highest else None


def amount(count: Decimal, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def smallest_size(field: dict[str, Any]) -> Decimal:
    """At least 1 if required: an empty text, list or map counts as absent."""
    said: Number | None = field.get("min_size")
    if said is not None:
        return said.decimal
    return Decimal(1 if field.get("required") and field["type"] in ("string", *COLLECTIONS) else 0)


def references(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if was.get("template") and not now.get("template"):
        found.append("may not hold templates any more")
    elif was.get("template") and was["template"] != now["template"]:
        found.append("gives a template " + ("its own type now" if now["template"] == "typed" else "as text now"))
    if was.get("secret") and not now.get("secret"):
        found.append("may not hold secrets any more")
    if bool(was.get("context_key")) != bool(now.get("context_key")):
        found.append(
            "names a key of the context now" if now.get("context_key") else "names no key of the context any more"
        )
    return found
