"""The rules of the generated decoders, in Python. The checker judges examples by them, and generated tests compare the
decoders in C with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from codegen import schema
from codegen.json_values import Json, Number, duration_ms, timestamp_us, type_name
from codegen.spec import EMPTIES, Action, Field, Relation

VALUE_SHOWN = 200  # LIMIT_FAULT_VALUE
VALUES_LISTED = 12
UUID, DECIMAL, TIMESTAMP, URL = (
    re.compile(form[1:-1]) for form in (schema.UUID, schema.DECIMAL, schema.TIMESTAMP, schema.URL)
)
BAD_SECRET = re.compile(schema.BAD_SECRET)
UNSET: Any = object()
NUMBERS = ("integer", "number", "decimal")
EXPANDED = (*NUMBERS, "boolean")  # types for which a template may produce a text


class Place(NamedTuple):
    path: str = ""
    position: int = 0  # in the innermost list
    key: str = ""  # in the innermost map
    pointer: Pointer | None = None  # None outside of maps, where the path is enough

    def member(self, key: str) -> Place:
        pointer = None if self.pointer is None else self.pointer.add(key)
        return Place(f"{self.path}.{key}" if self.path else key, self.position, self.key, pointer)

    def element(self, index: int) -> Place:
        pointer = None if self.pointer is None else self.pointer.add(str(index))
        return Place(f"{self.path}[{index}]", index, self.key, pointer)

    def entry(self, key: str) -> Place:
        pointer = pointer_of(self).add(key)
        return Place(f"{self.path}.{shown(key)}", self.position, key, pointer)


class Pointer(NamedTuple):
    text: str
    whole: bool = True  # False: it ends early, at a map with a key that is too long

    def add(self, key: str) -> Pointer:
        if not self.whole or len(key.encode()) > VALUE_SHOWN:
            return Pointer(self.text, False)
        return Pointer(f"{self.text}/{key.replace('~', '~0').replace('/', '~1')}")


def pointer_of(place: Place) -> Pointer:
    """The pointer to a field. Keys of fields need no escaping in it."""
    if place.pointer is not None:
        return place.pointer
    return Pointer("".join(f"/{part}" for part in re.findall(r"[^.\[\]]+", place.path)))


def is_nil(item: Field, value: Json) -> bool:
    """Whether a value is the nil UUID in a field where that counts as absent."""
    if not item.nil_is_absent or not isinstance(value, str) or not UUID.fullmatch(value):
        return False
    return not value.lower().removeprefix("urn:uuid:").strip("{-0}")


class Fault(NamedTuple):
    place: Place
    message: str
    unreadable: bool  # wrong JSON type, or not a UUID


class Verdicts(NamedTuple):
    """The faults, joined by "; "; None without faults."""

    checking: str | None
    pointers: str | None  # of the faults when checking
    performing: str | None


@dataclass
class _Decoding:
    checking: bool
    faults: list[Fault] = field(default_factory=list)
    other_way: bool = False  # checking and performing may differ

    def wrong_type(self, place: Place, expected: str, found: str) -> None:
        message = f"{place.path or 'config'}: expected {expected}, found {shown(found)}"
        self.faults.append(Fault(place, message, True))

    def counts(self, item: Field) -> bool:
        """Whether a fault of the field counts."""
        if not item.check_only:
            return True
        self.other_way = True
        return self.checking

    def broken(self, item: Field, place: Place, found: str, usual: str, unreadable: bool = False) -> None:
        own = item.texts.invalid
        message = f"{place.path}: {usual}" if own is None else fill(own, place, found)
        self.faults.append(Fault(place, message, unreadable and own is None))

    def missing(self, item: Field, place: Place) -> None:
        own = item.texts.missing
        message = f"{place.path} is required" if own is None else fill(own, place, "")
        self.faults.append(Fault(place, message, False))

    def wrong_key(self, item: Field, place: Place, key: str) -> None:
        own = item.texts.key
        usual = f'{place.path}: keys must match {item.key_pattern}, found "{shown(key)}"'
        entry = place.entry(key)
        self.faults.append(Fault(entry, usual if own is None else fill(own, entry, ""), False))

    def object(
        self, fields: tuple[Field, ...], value: Json, place: Place, relations: tuple[Relation, ...] = ()
    ) -> None:
        found: dict[str, Any] = {}
        members = value if isinstance(value, dict) else {}
        in_lower: dict[str, Json] = {}
        for key in members:
            in_lower.setdefault(key.lower(), members[key])
        for item in fields:
            if item.when is not None and found[item.when.field] != item.when.value:
                continue
            member = self.member(item, members, in_lower)
            unset = item.default if item.default is not None else False if item.type == "boolean" else None
            found[item.name] = unset
            if member is UNSET:
                if item.required and self.counts(item):
                    self.missing(item, place.member(item.name))
                continue
            decoded = self.value(item, member, place.member(item.name))
            if decoded is not UNSET:
                found[item.name] = decoded
        by_name = {item.name: (item, self.member(item, members, in_lower)) for item in fields if relations}
        for relation in relations:
            if self.checking or not relation.check_only:
                self.relation(relation, by_name, place)
            self.other_way = self.other_way or relation.check_only

    def relation(self, relation: Relation, found: dict[str, tuple[Field, Any]], place: Place) -> None:
        given = [name for name in relation.names if is_given(found[name][1])]
        others = [name for name in relation.others if (name in given) == (relation.kind == "excludes")]
        at, usual = place, None
        if relation.kind == "at_least_one_of" and not given:
            usual = f"{place.path or 'config'}: one of {', '.join(relation.others)} is required"
        elif relation.kind == "compare":
            at = place.member(relation.field)
            usual = unordered(at.path, relation, found)
        elif relation.kind in ("requires", "excludes") and relation.field in given and others:
            at = place.member(others[0])
            said = " is required" if relation.kind == "requires" else ": must be absent"
            usual = f"{at.path}{said} where {relation.field} is given"
        if usual is not None:
            self.faults.append(Fault(at, usual if relation.text is None else fill(relation.text, at, ""), False))

    def member(self, item: Field, members: Mapping[str, Json], in_lower: Mapping[str, Json]) -> Any:
        for name, lower in item.keys:
            exact: Any = members.get(name, UNSET)
            if exact is UNSET:
                exact = in_lower.get(lower, UNSET)
            if exact is not UNSET and exact is not None and exact != item.empty and not is_nil(item, exact):
                return exact
        return UNSET

    def value(self, item: Field, value: Json, place: Place) -> Any:
        """The value, if other fields depend on it."""
        if item.type == "any":
            return value
        if item.type == "list":
            return self.list(item, value, place)
        if item.type == "map":
            return self.map(item, value, place)
        if item.type == "object":
            return self.inner(item, value, place)
        if item.type == "variant":
            return self.variant(item, value, place)
        if item.type == "scalar":
            if isinstance(value, (list, dict)):
                self.wrong_type(place, "string, number or boolean", type_name(value))
            return value
        if item.secret:
            return self.secret(item, value, place)
        if item.template and isinstance(value, str):
            if "{{" in value:
                self.other_way = True
                if self.checking:
                    return value if item.type == "string" else UNSET
            self.other_way = self.other_way or item.type in EXPANDED
        if item.type in NUMBERS:
            return self.number(item, value, place)
        if item.type == "boolean":
            return self.boolean(item, value, place)
        if not isinstance(value, str):
            self.wrong_type(place, "string", type_name(value))
            return UNSET
        return self.text(item, value, place)

    def secret(self, item: Field, value: Json, place: Place) -> Any:
        if not isinstance(value, str):
            self.wrong_type(place, "string", type_name(value))
        elif BAD_SECRET.search(value):
            self.broken_if_counts(item, place, "", "a secret is named like {{secret:NAME}}")
        return UNSET

    def expanded(self, item: Field, value: Json) -> bool:
        """Whether a value is a text that a template produced for another type."""
        return not self.checking and item.template and isinstance(value, str)

    def boolean(self, item: Field, value: Json, place: Place) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and self.expanded(item, value):
            if value.strip() in ("true", "false"):
                return value.strip() == "true"
            self.broken_if_counts(item, place, value, f'expected boolean, found "{shown(value)}"')
            return UNSET
        self.wrong_type(place, "boolean", type_name(value))
        return UNSET

    def broken_if_counts(self, item: Field, place: Place, found: str, usual: str) -> None:
        if self.counts(item):
            self.broken(item, place, found, usual)

    def list(self, item: Field, value: Json, place: Place) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.wrong_type(place, "array", type_name(value))
            return UNSET
        self.size(item, len(value), place, "list", "items")
        assert item.of is not None
        before, good = UNSET, False
        for index, element in enumerate(value):
            if element is before and good:
                continue
            faults = len(self.faults)
            self.value(item.of, element, place.element(index))
            before, good = element, len(self.faults) == faults
        return value

    def map(self, item: Field, value: Json, place: Place) -> Any:
        if not isinstance(value, dict):
            self.wrong_type(place, "object", type_name(value))
            return UNSET
        self.size(item, len(value), place, "map", "items")
        assert item.of is not None
        for key, element in value.items():
            if item.key_pattern and not re.fullmatch(item.key_pattern[1:-1], key, re.DOTALL) and self.counts(item):
                self.wrong_key(item, place, key)
            self.value(item.of, element, place.entry(key))
        return value

    def inner(self, item: Field, value: Json, place: Place) -> Any:
        if item.template_in_place and isinstance(value, str) and "{{" in value:
            self.other_way = True
            if self.checking:
                return UNSET
        if not isinstance(value, dict):
            self.wrong_type(place, "object", type_name(value))
            return UNSET
        if item.some_of and not holds_one(item.some_of, value) and self.counts(item):
            self.missing(item, place)
        if item.fields is not None:
            self.object(item.fields, value, place, item.relations)
        return value

    def variant(self, item: Field, value: Json, place: Place) -> Any:
        if not isinstance(value, dict):
            self.wrong_type(place, "object", type_name(value))
            return UNSET
        assert item.choice is not None
        before = len(self.faults)
        self.object((item.choice,), value, place)
        in_lower = {key.lower(): member for key, member in reversed(value.items())}
        name = self.member(item.choice, value, in_lower)
        for variant in item.variants if len(self.faults) == before else ():
            if variant.name == name:
                self.object(variant.fields or (), value, place)
        return value

    def size(self, item: Field, size: int, place: Place, found: str, unit: str) -> bool:
        low, high = item.bounds.min_size, item.bounds.max_size
        if low and size < low:
            usual = f"must have at least {low} {unit}, found {size}"
        elif high and size > high:
            usual = f"must have at most {high} {unit}, found {size}"
        else:
            return True
        if not self.counts(item):
            return True
        self.broken(item, place, found, usual)
        return False

    def number(self, item: Field, value: Json, place: Place) -> Any:
        if isinstance(value, str) and item.type == "decimal":
            if not is_decimal(value):
                self.broken_if_counts(item, place, value, f'expected decimal, found "{shown(value)}"')
                return UNSET
            digits = value
        elif isinstance(value, str) and self.expanded(item, value):
            digits = value.strip()
            if not is_decimal(digits):
                self.broken_if_counts(item, place, value, f'expected {item.type}, found "{shown(value)}"')
                return UNSET
        elif isinstance(value, Number):
            digits = value.text
        else:
            self.wrong_type(place, item.type, type_name(value))
            return UNSET
        exact = Decimal(digits)
        if item.type == "integer" and (exact != exact.to_integral_value() or not -(2**63) <= exact < 2**63):
            self.wrong_type(place, "integer", digits)
            return UNSET
        if item.bounds.min is not None and exact < Decimal(item.bounds.min):
            usual = f"must be at least {item.bounds.min}, found {shown(digits)}"
        elif item.bounds.max is not None and exact > Decimal(item.bounds.max):
            usual = f"must be at most {item.bounds.max}, found {shown(digits)}"
        else:
            return exact
        if not self.counts(item):
            return exact
        self.broken(item, place, digits, usual)
        return UNSET

    def text(self, item: Field, value: str, place: Place) -> Any:
        usual = text_fault(item, value) or time_fault(item, value)
        if usual is None:
            good = item.type != "string" or self.size(item, len(value), place, value, "characters")
            return value if good else UNSET
        if not self.counts(item):
            return value if item.type == "string" else UNSET
        self.broken(item, place, value, usual, item.type == "uuid")
        return UNSET


def is_given(value: Any) -> bool:
    return value is not UNSET and value not in EMPTIES


def unordered(path: str, relation: Relation, found: dict[str, tuple[Field, Any]]) -> str | None:
    """The message for two values of which the first is greater than the second."""
    values = []
    for name in relation.names:
        item, value = found[name]
        said = item.default if value is UNSET else value
        text = said.text if isinstance(said, Number) else said
        if not isinstance(text, str) or (number := as_number(item, text)) is None:
            return None
        values.append((number, shown(text)))
    (left, left_text), (right, right_text) = values
    if left <= right:
        return None
    return f"{path}: must be at most {relation.others[0]}, found {left_text} and {right_text}"


def as_number(item: Field, text: str) -> Decimal | int | None:
    if item.type == "duration":
        return duration_ms(text)
    if item.type == "timestamp":
        return timestamp_us(text) if is_timestamp(text) else None
    return Decimal(text.strip()) if is_decimal(text.strip()) else None


def holds_one(names: Sequence[str], value: Mapping[str, Json]) -> bool:
    lower: dict[str, Json] = {}
    for key, member in value.items():
        lower.setdefault(key.lower(), member)
    return any(value.get(name, lower.get(name.lower())) not in (None, []) for name in names)


def text_fault(item: Field, value: str) -> str | None:
    """The default message for the rule that a text breaks, except for rules on sizes."""
    if item.values and value not in item.values:
        if len(item.values) > VALUES_LISTED:
            return f'"{shown(value)}" is not one of the {len(item.values)} allowed values'
        return f'must be one of {", ".join(item.values)}, found "{shown(value)}"'
    if item.pattern is not None and not re.fullmatch(item.pattern[1:-1], value, re.DOTALL):
        return f'must match {item.pattern}, found "{shown(value)}"'
    if value in item.taken:
        return f'"{shown(value)}" is the name of another key of the result'
    if (item.format == "uuid" or item.type == "uuid") and not UUID.fullmatch(value):
        return f'expected UUID, found "{shown(value)}"'
    if item.format == "url" and not URL.fullmatch(value):
        return f'expected URL like https://example.com/path, found "{shown(value)}"'
    if item.type == "timestamp" and not is_timestamp(value):
        return f'expected timestamp like 2006-01-02T15:04:05Z, found "{shown(value)}"'
    if item.type == "duration" and duration_ms(value) is None:
        return f'expected duration like 1h30m, found "{shown(value)}"'
    return None


def time_fault(item: Field, value: str) -> str | None:
    """The default message for a time that is out of bounds."""
    read = {"duration": duration_ms, "timestamp": timestamp_us}.get(item.type)
    found = None if read is None else read(value)
    if read is None or found is None:
        return None
    for bound, sign, word in ((item.bounds.min, 1, "least"), (item.bounds.max, -1, "most")):
        if bound is not None and found * sign < (read(bound) or 0) * sign:
            return f"must be at {word} {bound}, found {shown(value)}"
    return None


def is_decimal(text: str) -> bool:
    return DECIMAL.fullmatch(text) is not None


def is_timestamp(text: str) -> bool:
    if not TIMESTAMP.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    except ValueError:
        return False
    return True


def fill(text: str, place: Place, value: str) -> str:
    parts = re.split(r"(\{i\}|\{key\}|\{value\}|\{why\})", text)
    known = {"{i}": str(place.position), "{key}": shown(place.key), "{value}": shown(value), "{why}": uuid_fault(value)}
    return "".join(known.get(part, part) for part in parts)


def uuid_fault(text: str) -> str:
    """The reason why a text is not a UUID."""
    data, urn = text.encode(), "urn:uuid:"
    front = data[: len(urn)].decode(errors="replace")
    if len(data) == 36 + len(urn) and front.lower() != urn:
        return f'invalid urn prefix: "{front}"'
    return "invalid UUID format" if len(data) in (32, 36, 38, 36 + len(urn)) else f"invalid UUID length: {len(data)}"


def shown(text: str) -> str:
    data = text.encode()
    return text if len(data) <= VALUE_SHOWN else data[:VALUE_SHOWN].decode(errors="ignore") + "..."


def faults_of(action: Action, config: Json) -> list[str]:
    """Every fault that checking reports, in order."""
    return _messages(_decode(action, config, True).faults, f"{action.malformed}: ")


def verdicts(action: Action, config: Json) -> Verdicts:
    checked = _decode(action, config, True)
    performed = _decode(action, config, False) if checked.other_way else checked
    pointers = [pointer_of(fault.place).text for fault in checked.faults]
    return Verdicts(
        "; ".join(_messages(checked.faults, f"{action.malformed}: ")) or None,
        "; ".join(pointers) if pointers else None,
        "; ".join(_messages(performed.faults, "")) or None,
    )


def _decode(action: Action, config: Json, checking: bool) -> _Decoding:
    judging = _Decoding(checking)
    if config is not None and not isinstance(config, dict):
        judging.wrong_type(Place(), "object", type_name(config))
    else:
        judging.object(action.config, config, Place(), action.relations)
    return judging


def _messages(faults: Sequence[Fault], malformed: str) -> list[str]:
    """`malformed` precedes faults of a wrong JSON type."""
    return [malformed + fault.message if fault.unreadable else fault.message for fault in faults]
