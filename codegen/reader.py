"""Reads YAML into nodes with marks. Rejects everything that YAML parsers read in different ways."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from codegen.report import Mark, Report

MAX_DEPTH = 60

CONTROL = re.compile(r"[^\t\n\r -~\x85\xa0-\ufffd\U00010000-\U0010ffff]")
NO_BLANK = re.compile(r"^ *([^\S \t\r\n])", re.MULTILINE)  # characters that only look like indentation
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# Plain scalars that YAML 1.1, YAML 1.2 or people read in different ways, with advice.
SURPRISES = [
    (re.compile(r"(?i:yes|on)"), "some parsers read this as true; write true if you mean it"),
    (re.compile(r"(?i:no|off)"), "some parsers read this as false; write false if you mean it"),
    (re.compile(r"True|TRUE|False|FALSE"), "write true or false in small letters"),
    (re.compile(r"Null|NULL"), "write null in small letters"),
    (re.compile(r"[-+]?[0-9]+(:[0-9]{1,2})+(\.[0-9]*)?"), "some parsers read this as a number of base 60"),
    (re.compile(r"[-+]?0[0-9_]+"), "some parsers read this as an octal number"),
    (re.compile(r"[-+]?0[xob][0-9a-fA-F_]+"), "only decimal numbers are allowed"),
    (re.compile(r"[-+]?[0-9]+(_[0-9]+)+(\.[0-9_]*)?"), "some parsers read this as a number"),
    (
        re.compile(r"\+(\.?[0-9]).*|-?\.[0-9]+([eE][-+]?[0-9]+)?|-?[0-9]+\.([eE][-+]?[0-9]+)?"),
        "write numbers as in JSON, like 0.5",
    ),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), "JSON has no such number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"), "some parsers read this as a date"),
]
SURPRISE = re.compile("|".join(pattern.pattern for pattern, _ in SURPRISES))


@dataclass(frozen=True)
class Scalar:
    mark: Mark
    kind: Literal["string", "number", "boolean", "null"]
    text: str  # as written for numbers, `true` or `false` for booleans


@dataclass(frozen=True)
class Reference:
    """`!ref name`."""

    mark: Mark
    name: str


@dataclass(frozen=True)
class Sequence:
    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    mark: Mark
    entries: tuple[tuple[Scalar, Node], ...]
    whole: bool = True  # False if an entry was left out because its key could not be read

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Reference | Sequence | Mapping


def kind_of(node: Node) -> str:
    """What a node is, for messages: 'a list', 'nothing'."""
    match node:
        case Scalar():
            return "nothing" if node.kind == "null" else f"a {node.kind}"
        case Reference():
            return "a reference"
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"


def other_quotes(node: Node, kind: str) -> str:
    """Advice for a scalar that is of the wrong kind only because of its quotes."""
    if isinstance(node, Scalar) and node.kind == "string":
        good = NUMBER.fullmatch(node.text) if kind == "number" else kind == "boolean" and node.text in ("true", "false")
        return f"; write {node.text} without quotes" if good else ""
    return f'; write "{node.text}"' if isinstance(node, Scalar) and node.text and kind == "string" else ""


def in_brackets(node: Node) -> str:
    """Advice for a word where a list is expected."""
    word = isinstance(node, Scalar) and node.kind == "string" and re.fullmatch(r"\w[\w.-]*", node.text)
    return f"; write [{node.text}]" if isinstance(node, Scalar) and word else ""


def not_a_text(node: Node) -> str:
    """The fault of an item in a list of texts."""
    found = "an empty one" if isinstance(node, Scalar) and node.kind == "string" else kind_of(node)
    return f"must hold texts, this is {found}{other_quotes(node, 'string')}"


def last_mark(node: Node) -> Mark:
    """The mark of the last part of a node."""
    match node:
        case Sequence() if node.items:
            return last_mark(node.items[-1])
        case Mapping() if node.entries:
            return last_mark(node.entries[-1][1])
    return node.mark


def shown_tag(tag: str) -> str:
    """A tag as people write it."""
    return tag.replace("tag:yaml.org,2002:", "!!")


class _Stop(Exception):
    """The rest of the document cannot be read; the report says why."""


class _Reader:
    """Builds nodes from the parser's events, so that it sees anchors, tags and duplicates."""

    def __init__(self, text: str, file: str, report: Report) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Any = yaml.parse(text, Loader=loader)
        self.file = file
        self.report = report
        self.within_key = False

    def mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def error(self, mark: Mark, message: str) -> None:
        self.report.error_unclear(mark, message)

    def document(self) -> Node | None:
        for event in self.events:
            if isinstance(event, yaml.StreamEndEvent):
                return None
            if isinstance(event, yaml.DocumentStartEvent):
                node = self.node(next(self.events), 0)
                self.end()
                return node
        return None

    def end(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.error(self.mark(event), "only one document per file; put the second in its own file")
                raise _Stop

    def node(self, event: Any, depth: int) -> Node:
        mark = self.mark(event)
        if depth > MAX_DEPTH:
            self.error(mark, f"nested deeper than {MAX_DEPTH}")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self.error(mark, f"alias '*{event.anchor}': define it in definitions and use '!ref {event.anchor}' here")
            return Scalar(mark, "null", "")
        if event.anchor is not None:
            self.error(
                mark,
                f"anchor '&{event.anchor}': define it in definitions and use '!ref {event.anchor}'",
            )
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark)
        if event.tag is not None:
            self.error(mark, f"tag '{shown_tag(event.tag)}' is unknown; only '!ref NAME' is allowed")
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return Sequence(mark, tuple(items))
        return self.mapping(mark, depth)

    def mapping(self, mark: Mark, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        within, whole = self.within_key, True
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            following = next(self.events) if isinstance(event, yaml.ScalarEvent) else None
            if following is not None and following.start_mark.index == event.end_mark.index:  # no colon
                advice = "; is it part of the text before the comma? Put that text in quotes" if entries else ""
                if not within:  # otherwise the outer key is reported
                    self.error(self.mark(event), f"no ':' after the key '{event.value}'{advice}")
                whole = False
                continue
            self.within_key = True
            key = self.node(event, depth + 1)
            self.within_key = within
            value = self.node(following or next(self.events), depth + 1)
            if not isinstance(key, Scalar) or key.kind != "string":
                advice = f'; quote it: "{key.text}"' if isinstance(key, Scalar) and key.text else ""
                if isinstance(key, Mapping):
                    advice = "; put a text that begins with '{' in quotes"
                self.error(key.mark, f"a key must be a string, this is {kind_of(key)}{advice}")
                whole = False
            elif key.text == "<<":
                self.error(key.mark, "merge keys are not allowed: use definitions and '!ref NAME'")
            elif key.text in entries:
                first = entries[key.text][0].mark
                self.error(key.mark, f"key '{key.text}' appears twice; the first is in line {first.line}")
            else:
                entries[key.text] = (key, value)
        return Mapping(mark, tuple(entries.values()), whole)

    def scalar(self, event: Any, mark: Mark) -> Node:
        text: str = event.value
        if event.tag == "!ref":
            return Reference(mark, text)
        if event.tag is not None and event.tag != "!":
            self.error(mark, f"tag '{shown_tag(event.tag)}' is unknown; only '!ref NAME' is allowed")
        if event.style or event.tag is not None:  # the style of a plain scalar is None or empty
            return Scalar(mark, "string", text)
        if text in ("", "~", "null"):
            return Scalar(mark, "null", "")
        if text in ("true", "false"):
            return Scalar(mark, "boolean", text)
        if NUMBER.fullmatch(text):
            return Scalar(mark, "number", text)
        for pattern, reason in SURPRISES if SURPRISE.fullmatch(text) else ():
            if pattern.fullmatch(text):
                self.error(mark, f"'{text}' without quotes: {reason}; for the text, write \"{text}\"")
        return Scalar(mark, "string", text)


def _mark_at(file: str, text: str, index: int) -> Mark:
    return Mark(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def read(data: bytes, file: str, report: Report) -> Node | None:
    """Reads the only document of a file. Returns None for an empty or unreadable file; the report says why."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        column = fault.start - (data.rfind(b"\n", 0, fault.start) + 1) + 1
        report.error(Mark(file, line, column), f"byte 0x{data[fault.start]:02x} is not valid UTF-8")
        return None
    if control := CONTROL.search(text):
        report.error(_mark_at(file, text, control.start()), f"control character 0x{ord(control[0]):02x}")
        return None
    if blank := NO_BLANK.search(text):
        said = f"character U+{ord(blank[1]):04X} looks like a space but is not; use spaces"
        report.error(_mark_at(file, text, blank.start(1)), said)
        return None
    try:
        return _Reader(text, file, report).document()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as broken:
        report.error(*yaml_error(broken, file))
        return None


def yaml_error(error: yaml.MarkedYAMLError, file: str) -> tuple[Mark, str]:
    """The message of the parser and its place."""
    at, start = error.problem_mark, error.context_mark
    where = start if at is None else at
    mark = Mark(file, 1, 1) if where is None else Mark(file, where.line + 1, where.column + 1)
    said = f"not valid YAML: {error.problem or error.context}"
    if (
        error.problem
        and error.context
        and start is not None
        and (start.line, start.column) != (mark.line - 1, mark.column - 1)
    ):
        said += f" ({error.context} in line {start.line + 1}, column {start.column + 1})"
    return mark, said
