"""Valid values, and objects of them, for the documents of generated tests."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from codegen.fields import in_order
from codegen.json_values import Json, Number, duration_ms, timestamp_us
from codegen.pattern import Piece
from codegen.spec import Field, Relation

UUID = "5cf37266-3473-4006-984f-9325122678b7"
TIMESTAMP = "2026-02-10T21:18:31.5Z"
DURATION = "1h30m"


def sample(item: Field) -> Json:
    """A valid value, different from the default if possible."""
    match item.type:
        case "string":
            return sample_text(item)
        case "integer":
            return sample_number(item, ("7", "8"))
        case "number":
            return sample_number(item, ("2.5", "3.5"))
        case "decimal":
            return sample_number(item, ("12.50", "13.50"))
        case "boolean":
            return item.default is not True
        case "uuid":
            return UUID
        case "timestamp":
            return within(item, TIMESTAMP, timestamp_us)
        case "duration":
            return within(item, DURATION, duration_ms)
        case "enum":
            return item.values[0] if item.default == item.values[-1] else item.values[-1]
        case "list":
            assert item.of is not None
            return [sample(item.of)] * max(1, item.bounds.min_size or 0)
        case "map":
            assert item.of is not None
            return map_of(item, [sample(item.of)] * max(1, item.bounds.min_size or 0))
        case "object":
            return {"any": Number("1")} if item.fields is None else full_object(item.fields, item.relations)
        case "variant":
            return tagged(item, item.variants[0], full_object(item.variants[0].fields or ()))
        case "scalar":
            return "plain"
    return {"a": [Number("1"), "x", None]}


def sample_text(item: Field) -> str:
    if item.values:
        return item.values[0] if item.default == item.values[-1] else item.values[-1]
    if item.format == "uuid":
        return UUID
    if item.format == "url":
        return "https://example.com/a?b=c"
    if item.secret:
        return f"{item.name} {{{{secret:TOKEN}}}}"
    if item.pieces:
        return matching(item.pieces, fitting(item.pieces, item.bounds.min_size or 0, item.bounds.max_size))
    text = sized(item.name, item.bounds.min_size or 0, item.bounds.max_size)
    return text if text != item.default else "y" * len(text)


def map_of(item: Field, values: Sequence[Json]) -> dict[str, Json]:
    """A map with as many keys as there are values, or as its pattern allows."""
    return dict(zip(sample_keys(item), values, strict=False))


def sample_keys(item: Field) -> Iterator[str]:
    """Different keys that a map may have. The first is the sample text of a string; in the others its characters vary,
    starting with the last one."""
    if not item.key_pieces:
        yield item.name
        yield from (f"{item.name}_{number}" for number in itertools.count(2))
        return
    sets = [printable(piece) for piece in item.key_pieces for _ in range(piece.minimum or 1)]
    yield from map("".join, itertools.product(*(reversed(chars) for chars in sets)))


def matching(pieces: Sequence[Piece], counts: dict[int, int] | None = None) -> str:
    """A matching text. Each piece occurs as often as required, but at least once, or as often as `counts` says."""
    said = counts or {}
    return "".join(piece_char(piece) * said.get(index, piece.minimum or 1) for index, piece in enumerate(pieces))


def fitting(pieces: Sequence[Piece], low: int, high: int | None) -> dict[int, int]:
    """How often each piece occurs in a matching text of that length."""
    counts = {index: piece.minimum or 1 for index, piece in enumerate(pieces)}
    for index, piece in enumerate(pieces):
        size = sum(counts.values())
        if high is not None and size > high:
            counts[index] = piece.minimum
        elif size < low:
            largest = low if piece.maximum is None else piece.maximum
            counts[index] = min(largest, counts[index] + low - size)
    return counts


@functools.cache
def printable(piece: Piece) -> str:
    """The printable characters that the piece matches."""
    return "".join(chr(char) for char in range(0x21, 0x7F) if (char in piece.chars) != piece.inverted) or " "


def piece_char(piece: Piece) -> str:
    """The last printable character that the piece matches."""
    return printable(piece)[-1]


def sized(text: str, low: int, high: int | None) -> str:
    longer = text + "x" * max(0, low - len(text))
    return longer if high is None else longer[:high]


def sample_number(item: Field, texts: tuple[str, str]) -> Number:
    for text in (*texts, item.bounds.max or texts[0], item.bounds.min or texts[0]):
        found = Number(clamp(item, text))
        if not isinstance(item.default, Number) or found.decimal != item.default.decimal:
            return found
    return Number(clamp(item, texts[0]))


def within(item: Field, text: str, read: Callable[[str], int | None]) -> str:
    """The time, or the bound that it exceeds."""
    low, high, value = item.bounds.min, item.bounds.max, read(text) or 0
    if low is not None and value < (read(low) or 0):
        return low
    return high if high is not None and value > (read(high) or 0) else text


def clamp(item: Field, number: str) -> str:
    if item.bounds.min is not None and Decimal(number) < Decimal(item.bounds.min):
        return item.bounds.min
    if item.bounds.max is not None and Decimal(number) > Decimal(item.bounds.max):
        return item.bounds.max
    return number


def obey(
    fields: Sequence[Field], relations: Sequence[Relation], found: dict[str, Json], kept: Field | None = None
) -> dict[str, Json]:
    """The object with the fields that its rules require and without those that they forbid, except `kept`."""
    by_name = {item.name: item for item in fields}
    for relation in relations:
        field, others = relation.field, relation.others
        if relation.kind == "excludes" and field in found:
            gone = [name for name in others if name in found]
            if kept is not None and kept.name in gone:
                gone = [field]
            found = {name: value for name, value in found.items() if name not in gone}
        elif relation.kind == "requires" and field in found:
            found |= {name: sample(by_name[name]) for name in others if name not in found}
        elif relation.kind == "at_least_one_of" and not any(name in found for name in others):
            found[others[0]] = sample(by_name[others[0]])
        elif relation.kind == "compare" and field in found:
            found[field] = lesser(by_name[field], found[field], by_name[others[0]], found.get(others[0]))
    return {item.name: found[item.name] for item in fields if item.name in found}


def lesser(left: Field, value: Json, right: Field, other: Json) -> Json:
    """The lesser of two values."""
    bound = right.default if other is None else other
    texts = [part.text if isinstance(part, Number) else part for part in (value, bound)]
    if not isinstance(texts[0], str) or not isinstance(texts[1], str):
        return value
    return bound if in_order(left.type, texts[0]) > in_order(right.type, texts[1]) else value


def full_object(fields: Sequence[Field], relations: Sequence[Relation] = ()) -> dict[str, Json]:
    """An object with every field that the conditions and rules allow."""
    forced: dict[str, Json] = {}
    for item in fields:
        if item.when is not None:
            forced.setdefault(item.when.field, item.when.value)
    found: dict[str, Json] = {}
    for item in fields:
        if item.when is None or forced[item.when.field] == item.when.value:
            found[item.name] = forced[item.name] if item.name in forced else sample(item)
    return obey(fields, relations, found)


def tagged(item: Field, variant: Field, members: dict[str, Json]) -> dict[str, Json]:
    """An object of a variant."""
    assert item.choice is not None
    return {item.choice.name: variant.name, **members}


def minimal_object(
    fields: Sequence[Field],
    target: Field | None = None,
    performing: bool = False,
    relations: Sequence[Relation] = (),
) -> dict[str, Json]:
    """An object with the required fields (for performing, if requested) and the fields on which `target` depends."""
    found: dict[str, Json] = {}
    wanted: dict[str, Json] = {}
    link = target
    while link is not None and link.when is not None:
        gate = link.when
        wanted[gate.field] = gate.value
        link = next(item for item in fields if item.name == gate.field)
    for item in fields:
        if item.name in wanted:
            found[item.name] = wanted[item.name]
        elif item is target:
            found[item.name] = sample(item)
        elif item.required and not (performing and item.check_only) and holds(item, found, fields):
            found[item.name] = minimal_sample(item, performing)
    return obey(fields, [relation for relation in relations if not (performing and relation.check_only)], found, target)


def minimal_sample(item: Field, performing: bool = False) -> Json:
    if item.type == "object" and item.fields is not None:
        some = [inner for inner in item.fields if inner.name in item.some_of]
        one = {inner.name: minimal_sample(inner, performing) for inner in some[:1]}
        return one | minimal_object(item.fields, performing=performing, relations=item.relations)
    if item.choice is not None:
        least = item.variants[-1]
        return tagged(item, least, minimal_object(least.fields or (), performing=performing))
    if item.of is not None:
        elements = [minimal_sample(item.of, performing)] * max(1, item.bounds.min_size or 0)
        return map_of(item, elements) if item.type == "map" else elements
    return sample(item)


def holds(item: Field, found: dict[str, Json], fields: Sequence[Field]) -> bool:
    if item.when is None:
        return True
    other = next(field for field in fields if field.name == item.when.field)
    usual: Json = other.default if other.default is not None else False if other.type == "boolean" else None
    return found.get(other.name, usual) == item.when.value
