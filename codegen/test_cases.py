"""Documents for the generated test of an action, and the expected results of its decoder."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from codegen.field_grammar import TIMES
from codegen.json_values import EPOCH, Json, Number, duration_ms, duration_text, json_text, timestamp_us, type_name
from codegen.model import ActionModel
from codegen.pattern import Piece
from codegen.reference_decoder import verdicts
from codegen.report import article
from codegen.spec import EMPTIES, Action, Field, Relation
from codegen.test_expectations import Filling, held, held_at, held_field, written, zero
from codegen.test_samples import (
    UUID,
    clamp,
    full_object,
    map_of,
    matching,
    minimal_object,
    minimal_sample,
    sample,
    sample_keys,
    sample_text,
    tagged,
)

RANDOM_DOCUMENTS = 16
LONG = 2000  # the longest text, list or map of a document
PRESENT = 0.85  # probability that a field of a random document is present and valid

URLS = (
    "http://example.com", "HTTPS://a.example:8443/x?y#z", "https://[::1]/", "https://", "https:///x", "ftp://example.com",
    "https://user@example.com", "https://example.com:", "https://example.com:123456", "https://-a",
    "https://a/b c", "https://a/\u00e4", "https://a b", "https://[::1", "example.com", " https://a", "https://a\n",
    "https://[]",
)  # fmt: skip
SECRETS = (
    "{{secret:A}}{{ secret.b_1\t}}", "{{{secret:A}}}", "{{secret:}}", "{{secret:1}}", "{{ secret.A | trim }}",
    "{{secret:A", "{{secret:A}", f"{{{{secret:{'k' * 64}}}}}", f"{{{{secret:{'k' * 65}}}}}", "{{secret}}",
    "{{ x.secret:A }}", "{{{{secret:",
)  # fmt: skip

Wrap = Callable[[Json], Json]


@dataclass(frozen=True)
class Document:
    title: str
    config: str
    checking: str | None
    pointers: str | None  # of the faults that checking reports
    performing: str | None


@dataclass(frozen=True)
class Reading:
    """A valid config, and assertions on what is read from it."""

    title: str
    config: str
    assertions: tuple[str, ...]


@dataclass(frozen=True)
class Cases:
    documents: tuple[Document, ...]
    full: str  # a config with every field
    readings: tuple[Reading, ...]
    filling: tuple[str, ...]  # statements that fill a result
    result_key: str  # the key of the result that the config names
    result_json: str
    empty_json: str  # the output for a result of zeros


@dataclass(frozen=True)
class Spot:
    """A field at its place in a config."""

    path: str
    target: str  # the struct with the field in C, and a dot
    item: Field
    wrap: Wrap  # builds a config around its object
    base: dict[str, Json]  # an object with the field


def cases_of(model: ActionModel) -> Cases:
    action = model.spec
    found: list[Document] = []
    seen: set[str] = set()
    for title, config in documents(action):
        text = json_text(config)
        if text not in seen:
            seen.add(text)
            found.append(Document(title, text, *verdicts(action, config)))
    result = {item.name: sample(item) for item in action.result}
    output = f'"output": "{action.outputs[0][0]}"'
    filling = Filling(action)
    filling.members(action.result, result, "full.")
    key = "" if action.key_field is None else sample_text(action.key_field)

    def named(item: Field) -> str:
        return item.name if item.key_from is None else key + item.suffix

    return Cases(
        tuple(found),
        json_text(full_object(action.config, action.relations)),
        tuple(readings(action)),
        tuple(filling.lines),
        key,
        compact({named(item): written(item, result[item.name]) for item in action.result}, output),
        compact({named(item): zero(item) for item in action.result if item.required}, output),
    )


def compact(members: dict[str, Json], output: str) -> str:
    text = json_text(members)
    return f"{text[:-1]}{', ' if members else ''}{output}}}"


def readings(action: Action) -> Iterator[Reading]:
    full, minimal = (
        full_object(action.config, action.relations),
        minimal_object(action.config, performing=True, relations=action.relations),
    )
    empty = minimal | {item.name: item.empty for item in action.config if item.name not in minimal}
    seen: set[str] = set()
    for title, config, counted in (
        ("every_field", full, full),
        ("only_what_is_required", minimal, minimal),
        ("empties", empty, minimal),
    ):
        text = json_text(config)
        if text not in seen:
            yield Reading(title, text, tuple(held(action, action.config, counted, "config.")))
        seen.add(text)
    yield from variant_readings(action)
    number = 0
    for spot in spots(action.config, relations=action.relations):
        for alias in spot.item.aliases:
            number += 1
            title = f"alias_{number}_{re.sub(r'[^A-Za-z0-9]+', '_', alias)}"
            through = json_text(spot.wrap(renamed(spot.base, spot.item.name, alias)))
            value = spot.base[spot.item.name]
            yield Reading(title, through, tuple(held_field(action, spot.item, value, spot.target)))


def variant_readings(action: Action) -> Iterator[Reading]:
    """Each variant of a field with all of its fields, and with its required fields only."""
    number = 0
    for spot in spots(action.config, relations=action.relations):
        for variant in spot.item.variants if spot.target else ():
            fields = variant.fields or ()
            for members in (full_object(fields), minimal_object(fields, performing=True)):
                number += 1
                value = tagged(spot.item, variant, members)
                text = json_text(spot.wrap({**spot.base, spot.item.name: value}))
                yield Reading(f"variant_{number}", text, tuple(held_field(action, spot.item, value, spot.target)))


def renamed(members: dict[str, Json], key: str, other: str) -> dict[str, Json]:
    return {other if name == key else name: value for name, value in members.items()}


# Documents.


def documents(action: Action) -> Iterator[tuple[str, Json]]:
    yield "nothing at all", {}
    yield "null", None
    yield "a list", []
    yield "every field", full_object(action.config, action.relations)
    yield "an unknown key", {**minimal_object(action.config, None, relations=action.relations), "no such key": [{}]}
    for spot in spots(action.config, relations=action.relations):
        for title, config in of_field(spot.item, spot.wrap, spot.base):
            yield f"{spot.path}: {title}", config
    least = minimal_object(action.config, relations=action.relations)
    for relation in action.relations:
        yield from of_relation(relation, action.config, least)
    chance = random.Random(action.name)
    for number in range(RANDOM_DOCUMENTS):
        yield f"random {number}", random_object(action.config, chance)


def of_relation(relation: Relation, fields: Sequence[Field], least: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Objects with each combination of the fields of a rule, and with an empty value for each."""
    named = [item for item in fields if item.name in relation.names]
    for chosen in itertools.product((False, True), repeat=min(len(named), 3)):
        some = {item.name: sample(item) for item, there in zip(named, chosen, strict=False) if there}
        others = {key: value for key, value in least.items() if key not in relation.names}
        yield f"{', '.join(some) or 'none'} of a rule", others | some
    for item in named:
        for empty in (*EMPTIES, "{{x}}"):
            yield f"{item.name} {json_text(empty)} in a rule", least | {item.name: empty}
    if relation.kind == "compare":
        pairs = zip(compared(named[0]), reversed(list(compared(named[-1]))), strict=False)
        yield from ((f"compared {n}", least | {named[0].name: a, named[-1].name: b}) for n, (a, b) in enumerate(pairs))


def compared(item: Field) -> Iterator[Json]:
    match item.type:
        case "duration":
            yield from ("1m", "59s", "60s", "1h")
        case "timestamp":
            yield from (
                "2026-02-10T21:18:31Z",
                "2026-02-10T22:18:31+01:00",
                "2026-02-10T21:18:30.999Z",
                "2026-02-11T00:00:00Z",
            )
        case _:
            yield from (Number("5"), Number("5.0"), Number("4"), Number("1e2"), " 5 ", "6")


def random_object(fields: Sequence[Field], chance: random.Random) -> Json:
    """A random object in which each field is valid, invalid or absent."""
    return {item.name: random_value(item, chance) for item in fields if chance.random() < PRESENT}


def random_value(item: Field, chance: random.Random) -> Json:
    dice = chance.random()
    if dice < PRESENT and item.fields is not None:
        return random_object(item.fields, chance)
    if dice < PRESENT and item.variants:
        variant = chance.choice(item.variants)
        members = random_object(variant.fields or (), chance)
        assert isinstance(members, dict)
        return tagged(item, variant, members)
    if dice < PRESENT and item.of is not None:
        elements = [random_value(item.of, chance) for _ in range(chance.randrange(4))]
        return map_of(item, elements) if item.type == "map" else elements
    return sample(item) if dice < PRESENT else chance.choice([value for _, value in values(item)])


def spots(
    fields: Sequence[Field],
    wrap: Wrap = lambda members: members,
    prefix: str = "",
    target: str = "config.",
    relations: Sequence[Relation] = (),
) -> Iterator[Spot]:
    """Every field of an object."""
    for item in fields:
        base = minimal_object(fields, item, relations=relations)
        yield Spot(prefix + item.name, target, item, wrap, base)

        def around(value: Json, base: dict[str, Json] = base, item: Field = item) -> Json:
            return wrap({**base, item.name: value})

        yield from inner_spots(item, around, prefix + item.name, target + item.c_name)


def inner_spots(item: Field, wrap: Wrap, path: str, target: str) -> Iterator[Spot]:
    if item.fields is not None:
        yield from spots(item.fields, wrap, path + ".", target + ".", item.relations)
    for variant in item.variants:

        def as_variant(members: Json, variant: Field = variant) -> Json:
            return wrap(tagged(item, variant, members) if isinstance(members, dict) else members)

        yield from spots(variant.fields or (), as_variant, path + ".", f"{target}.as.{variant.c_name}.")
    if item.of is not None:
        element, count = item.of, max(1, item.bounds.min_size or 0)

        def around(value: Json) -> Json:
            elements = [value, *[minimal_sample(element)] * (count - 1)]
            return wrap(map_of(item, elements) if item.type == "map" else elements)

        path += item.every
        if element.fields is None:
            # An element alone, as if it were a field of an object.
            base = {element.name: sample(element)}
            yield Spot(path, "", element, lambda members: around(_only(members)), base)
        yield from inner_spots(element, around, path, target + held_at(item))


def _only(members: Json) -> Json:
    assert isinstance(members, dict)
    return next(iter(members.values()), None)


def of_field(item: Field, wrap: Wrap, base: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    without = {key: value for key, value in base.items() if key != item.name}
    yield "good", wrap(base)
    yield "absent", wrap(without)
    yield "null", wrap({**base, item.name: None})
    yield "key in upper case", wrap({**without, item.name.upper(): base[item.name]})
    for alias in item.aliases:
        yield f"as {alias}", wrap({**without, alias: base[item.name]})
        yield f"wrong as {alias}", wrap({**without, alias: "text" if item.type == "object" else {}})
    for title, value in values(item):
        yield title, wrap({**base, item.name: value})


def values(item: Field) -> Iterator[tuple[str, Json]]:
    """Valid and invalid values of a field."""
    wrong: list[Json] = [True, Number("0"), "text", [], {}]
    for value in wrong:
        yield article(type_name(value)), value
    if item.type in ("string", "enum", "uuid", "timestamp", "duration"):
        yield "empty", ""
        yield "not ASCII", "\u00e4\u20ac\U0001f600"
    if item.template:
        yield "a template", "{{name}}"
        yield "what a template may leave", clamp(item, "5") if item.type == "decimal" else "5"
        yield "true as text", " true "
    for value in (*item.values[:3], *item.values[-3:], *item.taken):
        yield value, value
    if item.values:
        yield "a value in another case", item.values[0].swapcase()
    if item.choice is not None:
        yield from tags(item, item.choice.name)
    yield from sizes(item)
    yield from numbers(item)
    yield from forms(item)


def tags(item: Field, key: str) -> Iterator[tuple[str, Json]]:
    """Objects of every variant, and objects with wrong tags."""
    for variant in item.variants:
        yield f"the variant {variant.name}", tagged(item, variant, minimal_object(variant.fields or ()))
        yield f"the variant {variant.name} alone", {key: variant.name}
    full = sample(item)
    assert isinstance(full, dict)
    wrong: tuple[Json, ...] = (None, "", "none of them", item.variants[0].name.upper() + "x", Number("1"), ["a"])
    yield from ((f"the tag {json_text(value)}", {**full, key: value}) for value in wrong)
    yield "no tag", {name: value for name, value in full.items() if name != key}


def sizes(item: Field) -> Iterator[tuple[str, Json]]:
    low, high = item.bounds.min_size, item.bounds.max_size
    if item.type not in ("string", "list", "map"):
        return

    def of_size(size: int) -> Json:
        if item.type == "string":
            return "\u00e4" * size
        assert item.of is not None
        elements = [minimal_sample(item.of)] * size
        return map_of(item, elements) if item.type == "map" else elements

    for bound in {low, high} - {None}:
        assert bound is not None
        for size in (bound - 1, bound, bound + 1):
            if 0 <= size <= LONG:
                yield f"size {size}", of_size(size)


def numbers(item: Field) -> Iterator[tuple[str, Json]]:
    if item.type not in ("integer", "number", "decimal"):
        return
    for text in (
        "-1", "1.0", "1e3", "1.5", "-0", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "1e300",
    ):  # fmt: skip
        yield text, Number(text)
    step = Decimal(1) if item.type == "integer" else Decimal("0.001")
    for bound in (item.bounds.min, item.bounds.max):
        for near in (-step, Decimal(0), step) if bound is not None else ():
            text = format(Decimal(bound or 0) + near, "f")
            yield f"{text}, near a bound", Number(text)
    if item.type == "decimal":
        for text in (clamp(item, "12.5"), "1e3", "+1", "1.", "0x1", "1e401", "12,5"):
            yield f"'{text}' as text", text


def forms(item: Field) -> Iterator[tuple[str, Json]]:
    if item.type == "uuid" or item.format == "uuid":
        for text in (
            UUID.upper(),
            f"urn:uuid:{UUID}",
            f"{{{UUID}}}",
            UUID.replace("-", ""),
            UUID[:-1],
            UUID + "0",
            "g" + UUID[1:],
            "00000000-0000-0000-0000-000000000000",
        ):
            yield text, text
    if item.format == "url":
        yield from ((text, text) for text in URLS)
    if item.type in TIMES:
        yield from around_bounds(item)
    if item.type == "timestamp":
        for text in (
            "2026-02-10T21:18:31.123456789+01:00", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "2026-02-10",
            "2026-02-10 21:18:31Z", "2026-02-10T24:00:00Z", "2026-02-10T21:18:31", "2026-13-10T21:18:31Z",
        ):  # fmt: skip
            yield text, text
    if item.type == "duration":
        for text in ("90s", "1d2h3m4s5ms", "5", "m", "1m1h", "1m1m", "-5m", "1.5h", "0s", "999999999d", "1000000000d"):
            yield text, text
    for text in SECRETS if item.secret else ():
        yield f"{json_text(text[:40])}, a secret", text
    for text in dict.fromkeys(pattern_texts(sample_text(item), item.pieces)) if item.pieces else ():
        yield f"{json_text(text[:40])}, a pattern", text
    if item.type == "map":
        yield from keys(item)


def around_bounds(item: Field) -> Iterator[tuple[str, Json]]:
    """Times at the bounds and just above and below them."""
    for bound in filter(None, (item.bounds.min, item.bounds.max)):
        for step in (-1, 0, 1):
            if item.type == "duration":
                text = duration_text(max(0, (duration_ms(bound) or 0) + step))
            else:
                moment = EPOCH + timedelta(microseconds=(timestamp_us(bound) or 0) + step)
                text = moment.isoformat().replace("+00:00", "Z")
            yield f"{text}, near a bound", text


def keys(item: Field) -> Iterator[tuple[str, Json]]:
    """Maps with one key of every kind, and with several."""
    assert item.of is not None
    value = minimal_sample(item.of)
    good = next(sample_keys(item))
    texts = ["", "a key", "Key", '~/\u00e4\U0001f600"', "k" * LONG]
    texts += pattern_texts(good, item.key_pieces) if item.key_pieces else []
    for text in dict.fromkeys(texts):
        yield f"the key {json_text(text[:40])}", {text: value}
    yield "a wrong value of a key to escape", {"~/": {"no": []} if item.of.type != "any" else None, good: value}
    yield "nothing for a key", {good: None}


def pattern_texts(good: str, pieces: Sequence[Piece]) -> Iterator[str]:
    """Texts that match each piece of a pattern, and texts that just fail to."""
    yield from (good + good, good[:-1], " " + good, good + " ", good + "\n", good.upper(), good * 40)
    for index, piece in enumerate(pieces):
        largest = piece.minimum + 40 if piece.maximum is None else piece.maximum
        counts = {piece.minimum - 1, piece.minimum, largest, largest + 1}
        for count in sorted(count for count in counts if 0 <= count <= LONG):
            yield matching(pieces, {index: count})
        before = matching(pieces[:index])
        after = matching(pieces[index:], {0: max(piece.minimum, 1) - 1})
        for char in edges(piece.pairs()):
            yield before + char + after


def edges(pairs: str) -> Iterator[str]:
    """The ends of each range of characters, and their neighbors."""
    for first, last in zip(pairs[::2], pairs[1::2], strict=True):
        for code in (ord(first) - 1, ord(first), ord(last), ord(last) + 1):
            yield chr(code)
