"""C statements for generated tests: assertions on a decoded config, and assignments that fill a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codegen import naming, variants
from codegen.c_text import c_string, c_text
from codegen.json_values import Json, Number, duration_ms, json_text, timestamp_us
from codegen.model import JSON_TYPES, c_number, constants_of, flag_of, is_other, result_flag_of, type_of
from codegen.spec import Action, Field


def assertion(name: str, *arguments: str) -> str:
    return f"{name}({', '.join(arguments)});"


def assert_text(name: str, first: str, text: str) -> str:
    """An assertion on a text."""
    literals = c_text(text).replace("\n", "\n        ")
    return f"{name}({first}, {literals});" if "\n" not in literals else f"{name}({first},\n        {literals});"


def held(action: Action, fields: Sequence[Field], members: dict[str, Json], target: str) -> Iterator[str]:
    """Assertions on a struct read from an object."""
    for item in fields:
        if item.name in members:
            yield from held_field(action, item, members[item.name], target)
        else:
            yield from absent(action, item, target)


def held_field(action: Action, item: Field, value: Json, target: str) -> Iterator[str]:
    flag = flag_of(item)
    if flag is not None:
        yield assertion("cr_assert", target + flag)
    yield from held_value(action, item, value, target + item.c_name)


def absent(action: Action, item: Field, target: str) -> Iterator[str]:
    member, flag = target + item.c_name, flag_of(item)
    if item.default is not None:
        yield from held_value(action, item, item.default, member)
    elif flag is not None:
        yield assertion("cr_assert_not", target + flag)
    elif is_other(item):
        yield assertion("cr_assert_eq", member, naming.constant(action.name, item.tag, "other"))
    elif item.type in ("string", "decimal"):
        yield assertion("cr_assert_null", f"{member}{'.source' if item.secret else ''}.data")
    elif item.of is not None:
        yield assertion("cr_assert_eq", f"{member}.count", "0")
    else:
        yield assertion("cr_assert_eq", f"{member}.type", "JSON_NULL")


def held_value(action: Action, item: Field, value: Json, target: str) -> Iterator[str]:
    if item.type in JSON_TYPES or (item.type == "object" and item.fields is None):
        yield assert_text("expect_json", f"arena, &{target}", json_text(value))
    elif item.choice is not None:
        variant = variants.of_value(item, value)
        assert variant is not None
        assert isinstance(value, dict)
        yield from held_value(action, item.choice, variant.name, f"{target}.{item.choice.c_name}")
        members = {key: part for key, part in value.items() if key != item.choice.name}
        yield from held(action, variant.fields or (), members, f"{target}.as.{variant.c_name}.")
    elif item.type == "map" and item.of is not None:
        assert isinstance(value, dict)
        yield assertion("cr_assert_eq", f"{target}.count", str(len(value)))
        key, first = next(iter(value.items()))
        yield assert_text("expect_text", f"{target}.items[0].key", key)
        yield from held_value(action, item.of, first, target + held_at(item))
    elif isinstance(value, dict):
        assert item.fields is not None
        yield from held(action, item.fields, value, target + ".")
    elif isinstance(value, list):
        assert item.of is not None
        yield assertion("cr_assert_eq", f"{target}.count", str(len(value)))
        yield from held_value(action, item.of, value[0], target + held_at(item))
    elif item.secret:
        yield assert_text("expect_text", f"{target}.source", str(value))
        yield assertion("cr_assert" if item.template else "cr_assert_not", f"{target}.templates")
    elif item.type in ("string", "decimal"):
        text = value.plain if isinstance(value, Number) else value
        yield assert_text("expect_text", target, str(text))
    elif item.type == "uuid":
        yield assertion("cr_assert", f"uuid_equal({target}, {scalar(action, item, value)})")
    elif item.type == "boolean":
        yield assertion("cr_assert" if value else "cr_assert_not", target)
    else:
        yield assertion("cr_assert_eq", target, scalar(action, item, value))


def held_at(item: Field) -> str:
    """The first element of a list, or value of a map."""
    return ".items[0].value" if item.type == "map" else ".items[0]"


def scalar(action: Action, item: Field, value: Json) -> str:
    match item.type:
        case "string":
            return f"TEXT({c_string(str(value))})"
        case "boolean":
            return "true" if value else "false"
        case "uuid":
            return "test_uuid()"
        case "timestamp":
            return f"INT64_C({timestamp_us(str(value))})"
        case "duration":
            return str(duration_ms(str(value)))
        case "enum":
            constants = constants_of(action.name, item.tag, item.values)
            return next(constant.name for constant in constants if constant.text == value)
        case "scalar" | "any" | "object":
            return f"read_json(arena, {c_string(json_text(value))})"
    assert isinstance(value, Number)
    return f"TEXT({c_string(value.text)})" if item.type == "decimal" else c_number(item.type, value)


# Results.


@dataclass
class Filling:
    """Statements that fill a result with samples; lists are separate arrays."""

    action: Action
    lists: int = 0
    lines: list[str] = field(default_factory=list)

    def members(self, fields: Sequence[Field], values: dict[str, Json], target: str) -> None:
        for item in fields:
            flag = result_flag_of(item)
            if flag is not None:
                self.lines.append(f"{target}{flag} = true;")
            self.value(item, values[item.name], target + item.c_name)

    def value(self, item: Field, value: Json, target: str) -> None:
        if item.of is not None:
            self.elements(item, item.of, value, target)
        elif item.fields is not None:
            assert isinstance(value, dict)
            self.members(item.fields, value, target + ".")
        else:
            self.lines.append(f"{target} = {scalar(self.action, item, value)};")

    def elements(self, item: Field, element: Field, value: Json, target: str) -> None:
        assert isinstance(value, list | dict)
        keys = list(value) if isinstance(value, dict) else []
        self.lists += 1
        items = f"list_{self.lists}"
        type_ = type_of(self.action, element)
        if item.type == "map":
            type_ = f"struct {self.action.name}_{naming.entry(item.tag)}"
        self.lines.append(f"{type_} {items}[{len(value)}] = {{0}};")
        for index, part in enumerate(value.values() if isinstance(value, dict) else value):
            if item.type == "map":
                self.lines.append(f"{items}[{index}].key = TEXT({c_string(keys[index])});")
            self.value(element, part, f"{items}[{index}]{'.value' if item.type == 'map' else ''}")
        self.lines += [f"{target}.items = {items};", f"{target}.count = {len(value)};"]


def written(item: Field, value: Json) -> Json:
    """The output of the encoder for a sample."""
    if item.type == "decimal" and isinstance(value, Number):
        return Number(value.plain)
    if isinstance(value, list) and item.of is not None:
        return [written(item.of, element) for element in value]
    if isinstance(value, dict) and item.type == "map" and item.of is not None:
        return {key: written(item.of, element) for key, element in value.items()}
    if isinstance(value, dict) and item.fields is not None:
        return {field.name: written(field, value[field.name]) for field in item.fields}
    return value


def zero(item: Field) -> Json:
    """The output of the encoder for a member of zeros."""
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
        "map": {},
    }
    return item.values[0] if item.type == "enum" else zeros.get(item.type)
