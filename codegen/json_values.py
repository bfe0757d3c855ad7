"""JSON values as the spec writes them. Numbers keep every digit."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from json.encoder import encode_basestring

from codegen.reader import Mapping, Node, Reference, Scalar
from codegen.report import Report


@dataclass(frozen=True)
class Number:
    """A JSON number as written."""

    text: str

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.text)

    @property
    def plain(self) -> str:
        """The number as decimal_plain() in C writes it: without an exponent and without superfluous zeros."""
        text = format(self.decimal, "f")
        return "0" if self.decimal == 0 else text.rstrip("0").rstrip(".") if "." in text else text


PRETTY_WIDTH = 88
Json = None | bool | Number | str | SequenceType["Json"] | MappingType[str, "Json"]


def json_from_node(node: Node, report: Report) -> Json:
    """The JSON value of a node."""
    if isinstance(node, Reference):
        report.error(node.mark, f"'!ref {node.name}' in a value; only fields and lists of values are referred to")
        return None
    if isinstance(node, Mapping):
        return {key.text: json_from_node(value, report) for key, value in node.entries}
    if isinstance(node, Scalar):
        match node.kind:
            case "null":
                return None
            case "boolean":
                return node.text == "true"
            case "number":
                return Number(node.text)
            case "string":
                return node.text
    return [json_from_node(item, report) for item in node.items]


def json_text(value: Json) -> str:
    """The value as JSON text on one line."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, Number):
        return value.text
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (dict, MappingType)):
        return "{" + ", ".join([f"{encode_basestring(key)}: {json_text(item)}" for key, item in value.items()]) + "}"
    items: list[str] = []
    before: object = items  # equal to no element
    for item in value:  # the elements of tests are often identical
        items.append(items[-1] if item is before else json_text(item))
        before = item
    return f"[{', '.join(items)}]"


def json_lines(value: Json, indent: int, level: int = 0, deep: int = 0, width: int = PRETTY_WIDTH) -> str:
    """The value as JSON text, with line breaks where a line would exceed `width` and at every level below `deep`."""
    one = json_text(value)
    short = level >= deep and len(one) + indent * level <= width
    if short or not value or not isinstance(value, (dict, list, MappingType)):
        return one
    inner = (indent, level + 1, deep, width)
    if isinstance(value, list):
        parts = [json_lines(item, *inner) for item in value]
    else:
        parts = [f"{encode_basestring(key)}: {json_lines(item, *inner)}" for key, item in value.items()]
    blank = "\n" + " " * (indent * (level + 1))
    return one[0] + blank + ("," + blank).join(parts) + "\n" + " " * (indent * level) + one[-1]


def type_name(value: Json) -> str:
    """The name of the type, as json_type_name() in C returns it."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Number():
            return "number"
        case str():
            return "string"
    return "object" if isinstance(value, MappingType) else "array"


DURATION = re.compile(r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?")


def duration_ms(text: str) -> int | None:
    """The milliseconds of a duration such as 5m, 1h30m, 7d or 250ms; None if the text is not a duration."""
    match = DURATION.fullmatch(text)
    if not match or not text:
        return None
    days, hours, minutes, seconds, milliseconds = (int(part or 0) for part in match.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds


FRACTION = re.compile(r"\.([0-9]+)")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp_us(text: str) -> int | None:
    """The microseconds since 1970 of a timestamp such as 2006-01-02T15:04:05.5Z; None for anything else."""
    try:
        moment = datetime.fromisoformat(FRACTION.sub("", text))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    fraction = FRACTION.search(text)
    return (moment - EPOCH) // timedelta(microseconds=1) + int(fraction[1][:6].ljust(6, "0") if fraction else 0)


def duration_text(milliseconds: int) -> str:
    """The shortest text of a duration."""
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)):
        amount, milliseconds = divmod(milliseconds, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"
