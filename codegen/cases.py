"""Documents for the generated test of an action, and what its decoder must say of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from codegen.judge import judge
from codegen.model import ActionModel, c_string, constants_of
from codegen.pattern import Piece
from codegen.spec import Action, Field
from codegen.values import Json, Number, json_text, type_name

RANDOM_DOCUMENTS = 30
PRESENT = 0.85  # how often a field of a random document is there, and good
UUID = "5cf37266-3473-4006-984f-9325122678b7"
TIMESTAMP = ("2026-02-10T21:18:31.5Z", 1770758311500000)
DURATION = ("1h30m", 5400000)

Wrap = Callable[[Json], Json]


@dataclass(frozen=True)
class Document:
    title: str
    config: str
    checking: str | None
    performing: str | None


@dataclass(frozen=True)
class Cases:
    documents: tuple[Document, ...]
    full: str  # a config with every field
    decoded: tuple[str, ...]  # assertions on it
    result: tuple[str, ...]  # C initializers of a result with every field
    result_json: str
    empty_json: str  # of a result of zeros


def cases_of(model: ActionModel) -> Cases:
    action = model.spec
    found: list[Document] = []
    seen: set[str] = set()
    for title, config in documents(action):
        text = json_text(config)
        if text in seen:
            continue
        seen.add(text)
        checking, performing = judge(action, config), judge(action, config, checking=False)
        found.append(
            Document(title, text, "; ".join(checking) or None, "; ".join(performing) or None),
        )
    full = full_object(action.config)
    result = [(item, sample(item)) for item in action.result]
    output = f'"output": "{action.outputs[0][0]}"'
    return Cases(
        tuple(found),
        json_text(full),
        tuple(decoded(action, action.config, full, "config.")),
        tuple(f".{flagged(item)}{item.c_name} = {c_value(action, item, value)}" for item, value in result),
        compact({item.name: written(item, value) for item, value in result}, output),
        compact({item.name: zero(item) for item in action.result if item.required}, output),
    )


def compact(members: dict[str, Json], output: str) -> str:
    text = json_text(members)
    return f"{text[:-1]}{', ' if members else ''}{output}}}"


# Values that are good.


def sample(item: Field) -> Json:
    match item.type:
        case "string":
            return sample_text(item)
        case "integer":
            return Number(clamp(item, "7"))
        case "number":
            return Number(clamp(item, "2.5"))
        case "decimal":
            return Number(clamp(item, "12.50"))
        case "boolean":
            return True
        case "uuid":
            return UUID
        case "timestamp":
            return TIMESTAMP[0]
        case "duration":
            return DURATION[0]
        case "enum":
            return item.values[-1]
        case "list":
            assert item.of is not None
            return [sample(item.of)] * max(1, item.bounds.min_size or 0)
        case "object":
            return {"any": Number("1")} if item.fields is None else full_object(item.fields)
    return {"a": [Number("1"), "x", None]}


def sample_text(item: Field) -> str:
    if item.values:
        return item.values[-1]
    if item.format == "uuid":
        return UUID
    if item.pieces:
        return "".join(piece_text(piece) for piece in item.pieces)
    return sized(item.name, item.bounds.min_size or 0, item.bounds.max_size)


def piece_text(piece: Piece) -> str:
    letters = [char for char in range(0x21, 0x7F) if (char in piece.chars) != piece.inverted]
    return chr(letters[-1] if letters else 0x20) * (piece.minimum or 1)


def sized(text: str, low: int, high: int | None) -> str:
    longer = text + "x" * max(0, low - len(text))
    return longer if high is None else longer[:high]


def clamp(item: Field, number: str) -> str:
    if item.bounds.least is not None and Decimal(number) < Decimal(item.bounds.least):
        return item.bounds.least
    if item.bounds.most is not None and Decimal(number) > Decimal(item.bounds.most):
        return item.bounds.most
    return number


def full_object(fields: Sequence[Field]) -> dict[str, Json]:
    """An object with every field, as far as their conditions allow."""
    forced: dict[str, Json] = {}
    for item in fields:
        if item.when is not None:
            forced.setdefault(item.when.field, item.when.value)
    found: dict[str, Json] = {}
    for item in fields:
        if item.when is None or forced[item.when.field] == item.when.value:
            found[item.name] = forced[item.name] if item.name in forced else sample(item)
    return found


def least_object(fields: Sequence[Field], target: Field | None) -> dict[str, Json]:
    """An object with what is required, and with what `target` depends on."""
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
        elif item.required and holds(item, found, fields):
            found[item.name] = sample_least(item)
    return found


def sample_least(item: Field) -> Json:
    if item.type == "object" and item.fields is not None:
        some = [inner for inner in item.fields if inner.name in item.some_of]
        return {inner.name: sample_least(inner) for inner in some[:1]} | least_object(item.fields, None)
    if item.type == "list" and item.of is not None:
        return [sample_least(item.of)] * max(1, item.bounds.min_size or 0)
    return sample(item)


def holds(item: Field, found: dict[str, Json], fields: Sequence[Field]) -> bool:
    if item.when is None:
        return True
    other = next(field for field in fields if field.name == item.when.field)
    usual: Json = other.default if other.default is not None else False if other.type == "boolean" else None
    return found.get(other.name, usual) == item.when.value


# Documents.


def documents(action: Action) -> Iterator[tuple[str, Json]]:
    yield "nothing at all", {}
    yield "null", None
    yield "a list", []
    yield "every field", full_object(action.config)
    yield "a key that nobody knows", {**least_object(action.config, None), "no such key": [{}]}
    for path, item, wrap, base in places(action.config, lambda inner: inner, ""):
        for title, config in of_field(item, wrap, base):
            yield f"{path}: {title}", config
    chance = random.Random(action.name)
    for number in range(RANDOM_DOCUMENTS):
        yield f"by chance, {number}", random_object(action.config, chance)


def random_object(fields: Sequence[Field], chance: random.Random) -> Json:
    """An object in which every field is good, bad or absent."""
    return {item.name: random_value(item, chance) for item in fields if chance.random() < PRESENT}


def random_value(item: Field, chance: random.Random) -> Json:
    dice = chance.random()
    if dice < PRESENT and item.fields is not None:
        return random_object(item.fields, chance)
    if dice < PRESENT and item.of is not None:
        return [random_value(item.of, chance) for _ in range(chance.randrange(4))]
    return sample(item) if dice < PRESENT else chance.choice([value for _, value in values(item)])


def places(fields: Sequence[Field], wrap: Wrap, prefix: str) -> Iterator[tuple[str, Field, Wrap, dict[str, Json]]]:
    """Every field of an object, how the object is part of a document, and an object that has the field."""
    for item in fields:
        base = least_object(fields, item)
        yield prefix + item.name, item, wrap, base

        def around(value: Json, base: dict[str, Json] = base, item: Field = item) -> Json:
            return wrap({**base, item.name: value})

        yield from inner_places(item, around, prefix + item.name)


def inner_places(item: Field, wrap: Wrap, path: str) -> Iterator[tuple[str, Field, Wrap, dict[str, Json]]]:
    if item.fields is not None:
        yield from places(item.fields, wrap, path + ".")
    if item.of is not None:
        element, count = item.of, max(1, item.bounds.min_size or 0)

        def around(value: Json) -> Json:
            return wrap([value, *[sample_least(element)] * (count - 1)])

        if element.fields is None:
            # An element by itself, as if it were the field of an object.
            yield path + "[]", element, lambda members: around(_only(members)), {element.name: sample(element)}
        yield from inner_places(element, around, path + "[]")


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
    for title, value in values(item):
        yield title, wrap({**base, item.name: value})


def values(item: Field) -> Iterator[tuple[str, Json]]:
    """Values that the decoder has to judge, good and bad."""
    wrong: list[Json] = [True, Number("0"), "text", [], {}]
    for value in wrong:
        yield f"a {type_name(value)}", value
    if item.type in ("string", "enum", "uuid", "timestamp", "duration"):
        yield "empty", ""
        yield "not ASCII", "\u00e4\u20ac\U0001f600"
    if item.template:
        yield "a template", "{{name}}"
        yield "what a template may leave", "5"
        yield "true as text", " true "
    for value in (*item.values[:3], *item.values[-3:]):
        yield value, value
    if item.values:
        yield "a value in another case", item.values[0].swapcase()
    yield from sizes(item)
    yield from numbers(item)
    yield from forms(item)


def sizes(item: Field) -> Iterator[tuple[str, Json]]:
    low, high = item.bounds.min_size, item.bounds.max_size
    if item.type not in ("string", "list"):
        return

    def of_size(size: int) -> Json:
        if item.type == "string":
            return "\u00e4" * size
        assert item.of is not None
        return [sample_least(item.of)] * size

    for bound in {low, high} - {None}:
        assert bound is not None
        for size in (bound - 1, bound, bound + 1):
            if 0 <= size <= 2000:
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
    for bound in (item.bounds.least, item.bounds.most):
        for near in (-step, Decimal(0), step) if bound is not None else ():
            text = format(Decimal(bound or 0) + near, "f")
            yield f"{text}, near a bound", Number(text)
    if item.type == "decimal":
        for text in ("12.5", "1e3", "+1", "1.", "0x1", "1e401", "12,5"):
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
        ):
            yield text, text
    if item.type == "timestamp":
        for text in (
            "2026-02-10T21:18:31.123456789+01:00", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "2026-02-10",
            "2026-02-10 21:18:31Z", "2026-02-10T24:00:00Z", "2026-02-10T21:18:31", "2026-13-10T21:18:31Z",
        ):  # fmt: skip
            yield text, text
    if item.type == "duration":
        for text in ("90s", "1d2h3m4s5ms", "5", "m", "1m1h", "1m1m", "-5m", "1.5h", "0s", "999999999d", "1000000000d"):
            yield text, text
    if item.pieces:
        good = sample_text(item)
        for text in (good + good, good[:-1], " " + good, good + " ", good + "\n", good.upper(), good * 40):
            yield f"{json_text(text[:40])}, a pattern", text


# What the struct must hold.


def decoded(action: Action, fields: Sequence[Field], members: dict[str, Json], target: str) -> Iterator[str]:
    for item in fields:
        if item.name in members:
            yield from decoded_value(action, item, members[item.name], target + item.c_name)


def decoded_value(action: Action, item: Field, value: Json, target: str) -> Iterator[str]:
    if item.type in ("any",) or (item.type == "object" and item.fields is None):
        yield f"expect_json(arena, &{target}, {c_string(json_text(value))});"
    elif isinstance(value, dict):
        assert item.fields is not None
        yield from decoded(action, item.fields, value, target + ".")
    elif isinstance(value, list):
        assert item.of is not None
        yield f"cr_assert_eq({target}.count, {len(value)});"
        yield from decoded_value(action, item.of, value[0], f"{target}.items[0]")
    elif item.type in ("string", "decimal"):
        text = plain(value.text) if isinstance(value, Number) else value
        yield f"expect_text({target}, {c_string(str(text))});"
    elif item.type == "uuid":
        yield f"cr_assert(uuid_equal({target}, {c_value(action, item, value)}));"
    else:
        yield f"cr_assert_eq({target}, {c_value(action, item, value)});"


# Results.


def flagged(item: Field) -> str:
    plain_type = item.type in ("string", "decimal", "any", "list") or (item.type == "object" and item.fields is None)
    return "" if item.required or plain_type else f"has_{item.c_name} = true, ."


def plain(number: str) -> str:
    return format(Decimal(number).normalize(), "f")


def c_value(action: Action, item: Field, value: Json) -> str:
    tag = f"{action.name}_{item.tag}"
    match item.type:
        case "string":
            return f"TEXT({c_string(str(value))})"
        case "decimal":
            assert isinstance(value, Number)
            return f"TEXT({c_string(value.text)})"
        case "boolean":
            return "true" if value else "false"
        case "uuid":
            return "test_uuid()"
        case "timestamp":
            return str(TIMESTAMP[1])
        case "duration":
            return str(DURATION[1])
        case "enum":
            constants = constants_of(action.name, item.tag, item.values)
            return next(constant.name for constant in constants if constant.text == value)
        case "list":
            assert item.of is not None and isinstance(value, list)
            inner = ", ".join(c_value(action, item.of, element) for element in value)
            return f"{{.items = (const {c_type(action, item.of)}[]){{{inner}}}, .count = {len(value)}}}"
        case "object" if item.fields is not None:
            assert isinstance(value, dict)
            parts = (
                f".{flagged(field)}{field.c_name} = {c_value(action, field, value[field.name])}"
                for field in item.fields
            )
            return f"(struct {tag}){{{', '.join(parts)}}}"
        case "any" | "object":
            return f"read_json(arena, {c_string(json_text(value))})"
    assert isinstance(value, Number)
    return value.text


def c_type(action: Action, item: Field) -> str:
    simple = {
        "string": "struct text",
        "decimal": "struct text",
        "boolean": "bool",
        "uuid": "struct uuid",
        "number": "double",
        "any": "struct json_value",
    }
    if item.type in simple:
        return simple[item.type]
    if item.type in ("integer", "timestamp", "duration"):
        return "int64_t"
    if item.type == "object" and item.fields is None:
        return "struct json_value"
    return f"{'enum' if item.type == 'enum' else 'struct'} {action.name}_{item.tag}"


def written(item: Field, value: Json) -> Json:
    """What the encoder makes of a sample."""
    if item.type == "decimal" and isinstance(value, Number):
        return Number(plain(value.text))
    if isinstance(value, list) and item.of is not None:
        return [written(item.of, element) for element in value]
    if isinstance(value, dict) and item.fields is not None:
        return {field.name: written(field, value[field.name]) for field in item.fields}
    return value


def zero(item: Field) -> Json:
    """What the encoder makes of a member that is all zeros."""
    if item.type == "object" and item.fields is not None:
        return {field.name: zero(field) for field in item.fields if field.required}
    zeros: dict[str, Json] = {
        "string": "",
        "integer": Number("0"),
        "number": Number("0"),
        "decimal": Number("0"),
        "boolean": False,
        "uuid": "00000000-0000-0000-0000-000000000000",
        "timestamp": "1970-01-01T00:00:00Z",
        "duration": "0s",
        "list": [],
    }
    return item.values[0] if item.type == "enum" else zeros.get(item.type)
