"""What changed of the shape of an action that would break rules saved before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from codegen import shape
from codegen.document import shown
from codegen.report import Mark
from codegen.spec import Field
from codegen.values import Number

# What takes all that another type takes.
WIDER = {
    "integer": ("number", "decimal"),
    "number": ("decimal",),
    "enum": ("string",),
    "uuid": ("string",),
    "timestamp": ("string",),
    "duration": ("string",),
}


class Compared:
    def __init__(self) -> None:
        self.breaks: list[tuple[Mark, str]] = []

    def broken(self, mark: Mark, what: str) -> None:
        self.breaks.append((mark, what))

    # What a config may hold.

    def config(self, old: dict[str, Any], fields: tuple[Field, ...], path: str, mark: Mark) -> None:
        by_key = {key.lower(): item for item in fields for key in (item.name, *item.aliases)}
        known: set[str] = set()
        for name, was in old.items():
            item = by_key.get(name.lower())
            if item is None:
                advice = "; an alias of the field that took its place would do" if fields else ""
                self.broken(mark, f"field '{path}{name}' is gone{advice}")
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
        now: dict[str, Any] = shape.config_field(item)
        if was["type"] != now["type"] and now["type"] != "any" and now["type"] not in WIDER.get(was["type"], ()):
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
            self.field(was["of"], item.of, path + "[]")
        if item.fields is not None:
            self.config(was.get("fields", {}), item.fields, path + ".", item.mark)
            if "fields" not in was and item.fields:
                self.broken(item.mark, f"{what} was any object and has 'fields' now")

    # What a result holds.

    def result(self, old: dict[str, Any], fields: tuple[Field, ...], path: str, mark: Mark) -> None:
        by_name = {item.name: item for item in fields}
        for name, was in old.items():
            item = by_name.get(name)
            if item is None:
                self.broken(mark, f"result field '{path}{name}' is gone")
            else:
                self.result_field(was, item, path + name)

    def result_field(self, was: dict[str, Any], item: Field, path: str) -> None:
        if was["type"] != item.type:
            self.broken(item.mark, f"result field '{path}' was of type {was['type']} and is of type {item.type}")
            return
        if not was.get("optional") and not item.required:
            self.broken(item.mark, f"result field '{path}' is not always there any more")
        if item.of is not None and "of" in was:
            self.result_field(was["of"], item.of, path + "[]")
        if "fields" in was:
            self.result(was["fields"], item.fields or (), path + ".", item.mark)


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
    if "default" not in was or was["default"] == now.get("default"):
        return []
    if "default" not in now:
        return [f"has no default any more; it was {shown(was['default'])}"]
    return [f"had the default {shown(was['default'])} and has {shown(now['default'])}"]


def values(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if "values" not in now:
        return []
    if "values" not in was:
        return ["takes only certain values now"]
    gone = [value for value in was["values"] if value not in now["values"]]
    return [f"does not take {', '.join(gone)} any more"] if gone else []


def forms(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if "pattern" in now and was.get("pattern") != now["pattern"]:
        found.append(f"must match {'another' if 'pattern' in was else 'a'} pattern now")
    if "format" in now and now["format"] not in (was.get("format"), was["type"]):
        found.append(f"must be a {now['format']} now")
    return found


def bounds(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if "min" in now and ("min" not in was or now["min"].decimal > was["min"].decimal):
        found.append(f"must be at least {now['min'].text} now")
    if "max" in now and ("max" not in was or now["max"].decimal < was["max"].decimal):
        found.append(f"must be at most {now['max'].text} now")
    unit = "item" if now["type"] == "list" else "character"
    asked = Decimal(1 if now.get("required") and not was.get("required") else 0)  # told already
    if least_size(now) > max(least_size(was), asked):
        found.append(f"must have at least {amount(least_size(now), unit)} now")
    if "max_size" in now and ("max_size" not in was or now["max_size"].decimal < was["max_size"].decimal):
        found.append(f"must have at most {amount(now['max_size'].decimal, unit)} now")
    return found


def amount(count: Decimal, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def least_size(field: dict[str, Any]) -> Decimal:
    """Of what is required, something: an empty text or list is as good as none."""
    said: Number | None = field.get("min_size")
    if said is not None:
        return said.decimal
    return Decimal(1 if field.get("required") and field["type"] in ("string", "list") else 0)


def references(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if was.get("template") and not now.get("template"):
        found.append("may not hold templates any more")
    if was.get("context_key") and not now.get("context_key"):
        found.append("names no key of the context any more")
    return found
