"""Reads YAML into nodes that know their place. What two readers of YAML could take for two things is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from codegen.report import Mark, Report

MAX_DEPTH = 60

CONTROL = re.compile(r"[^\t\n\r -~\x85\xa0-\ufffd\U00010000-\U0010ffff]")
NO_BLANK = re.compile(r"^ *([^\S \t\r\n])", re.MULTILINE)  # what indents a line to the eye alone
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# What YAML 1.1, 1.2 or a person would read in different ways, and what to write instead.
SURPRISES = [
    (re.compile(r"(?i:yes|on)"), "some readers take this for true; write true, if that is meant"),
    (re.compile(r"(?i:no|off)"), "some readers take this for false; write false, if that is meant"),
    (re.compile(r"True|TRUE|False|FALSE"), "write true or false in small letters"),
    (re.compile(r"Null|NULL"), "write null in small letters"),
    (re.compile(r"[-+]?[0-9]+(:[0-9]{1,2})+(\.[0-9]*)?"), "some readers take this for a number of base 60"),
    (re.compile(r"[-+]?0[0-9_]+"), "some readers take this for an octal number"),
    (re.compile(r"[-+]?0[xob][0-9a-fA-F_]+"), "only decimal numbers are numbers here"),
    (re.compile(r"[-+]?[0-9]+(_[0-9]+)+(\.[0-9_]*)?"), "some readers take this for a number"),
    (
        re.compile(r"\+(\.?[0-9]).*|-?\.[0-9]+([eE][-+]?[0-9]+)?|-?[0-9]+\.([eE][-+]?[0-9]+)?"),
        "write numbers as in JSON, like 0.5",
    ),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), "JSON has no such number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"), "some readers take this for a date"),
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
    whole: bool = True  # no entry was left out because its key could not be read

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
    """How to write a scalar that would be of a kind, if it were not for its quotes."""
    if isinstance(node, Scalar) and node.kind == "string":
        good = NUMBER.fullmatch(node.text) if kind == "number" else kind == "boolean" and node.text in ("true", "false")
        return f"; write {node.text} without quotes" if good else ""
    return f'; write "{node.text}"' if isinstance(node, Scalar) and node.text and kind == "string" else ""


def in_brackets(node: Node) -> str:
    """How to write a word where a list of it is wanted."""
    word = isinstance(node, Scalar) and node.kind == "string" and re.fullmatch(r"\w[\w.-]*", node.text)
    return f"; write [{node.text}]" if isinstance(node, Scalar) and word else ""


def not_a_text(node: Node) -> str:
    """What is wrong with an item of a list of texts."""
    found = "an empty one" if isinstance(node, Scalar) and node.kind == "string" else kind_of(node)
    return f"must hold texts, this is {found}{other_quotes(node, 'string')}"


def last_mark(node: Node) -> Mark:
    """Where the last of its parts begins."""
    match node:
        case Sequence() if node.items:
            return last_mark(node.items[-1])
        case Mapping() if node.entries:
            return last_mark(node.entries[-1][1])
    return node.mark


def shown_tag(tag: str) -> str:
    """As a person writes it."""
    return tag.replace("tag:yaml.org,2002:", "!!")


class _Stop(Exception):
    """The document cannot be read further; the report says why."""


class _Reader:
    """Builds nodes from the parser's events, so that anchors, tags and duplicates are seen."""

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
                self.error(self.mark(event), "a second document in one file; put it in a file of its own")
                raise _Stop

    def node(self, event: Any, depth: int) -> Node:
        mark = self.mark(event)
        if depth > MAX_DEPTH:
            self.error(mark, f"nested deeper than {MAX_DEPTH}")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self.error(mark, f"alias '*{event.anchor}': say it once in definitions, and '!ref {event.anchor}' here")
            return Scalar(mark, "null", "")
        if event.anchor is not None:
            self.error(
                mark,
                f"anchor '&{event.anchor}': say it once in definitions, and '!ref {event.anchor}' where it is used",
            )
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark)
        if event.tag is not None:
            self.error(mark, f"tag '{shown_tag(event.tag)}' is not known; only '!ref NAME' is")
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
            if following is not None and following.start_mark.index == event.end_mark.index:  # not even a colon
                advice = "; is it part of the text before the comma? Put that text in quotes" if entries else ""
                if not within:  # else there is more to say of that
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
                self.error(key.mark, "merge keys are not used here: say it once in definitions, and '!ref NAME'")
            elif key.text in entries:
                first = entries[key.text][0].mark
                self.error(key.mark, f"key '{key.text}' is here twice; the first is in line {first.line}")
            else:
                entries[key.text] = (key, value)
        return Mapping(mark, tuple(entries.values()), whole)

    def scalar(self, event: Any, mark: Mark) -> Node:
        text: str = event.value
        if event.tag == "!ref":
            return Reference(mark, text)
        if event.tag is not None and event.tag != "!":
            self.error(mark, f"tag '{shown_tag(event.tag)}' is not known; only '!ref NAME' is")
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
    """The one document of a file; None when there is none, or when the report says why it cannot be read."""
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
        said = f"character U+{ord(blank[1]):04X} looks like a blank and is none; use blanks"
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
    """What the parser says, where it says it; quotes or a bracket never closed are where they were opened."""
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
