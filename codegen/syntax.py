"""What is wrong with a text that is no YAML, in words for who wrote it: the parser says what it expected."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

CLOSING = {"[": "]", "{": "}"}


class Place(NamedTuple):
    """A line and a column, from 0, as the parser counts them."""

    line: int
    column: int


class _Fault:
    """What the parser stumbled over: here, in what began at start."""

    def __init__(self, text: str, here: Place, start: Place) -> None:
        self.lines = text.split("\n")
        self.here = here
        self.start = start

    def line(self, place: Place) -> str:
        return self.lines[place.line].rstrip("\r") if place.line < len(self.lines) else ""

    def at(self, place: Place) -> str:
        """The character there; '' at the end of a line."""
        return self.line(place)[place.column : place.column + 1]

    def before(self, place: Place) -> str:
        """What stands before it in its line."""
        return self.line(place)[: place.column]

    def above(self, place: Place | None = None) -> str:
        """The last line above that says something."""
        place = place or self.here
        said = (line.strip() for line in reversed(self.lines[: place.line]))
        return next((line for line in said if line and not line.startswith("#")), "")

    def quote(self) -> tuple[Place, str]:
        return self.start, f"the quote {self.at(self.start)} is opened here and never closed"

    def bracket(self) -> tuple[Place, str]:
        opening, found = self.at(self.start), self.at(self.here)
        closing = CLOSING.get(opening, "]")
        if self.here.line == self.start.line and found == ":":
            return self.here, "a colon in a text without quotes; put the text in quotes"
        last = self.before(self.here).rstrip()[-1:]
        if found and last and last in "]}" and found not in ":\"'[{]}":
            return self.here, f"what began with a bracket ended with the '{last}' before this; put a text in quotes"
        if found and found in "[{" and last.isalnum():
            return self.here, f"a text cannot hold '{found}' here without quotes; put the text in quotes"
        if found and found in "]}":
            return self.here, f"'{found}' closes the '{opening}' of line {self.start.line + 1}; that needs '{closing}'"
        if self.here.line == self.start.line:
            return self.here, f"',' or '{closing}' must stand here, after what began with '{opening}'"
        if not any(line.strip() for line in self.lines[self.here.line :]):
            return self.start, f"'{opening}' is opened here and never closed"
        return (
            self.start,
            f"'{opening}' is opened here and not closed: there is neither ',' nor '{closing}'"
            f" in front of line {self.here.line + 1}, column {self.here.column + 1}",
        )

    def colon(self) -> tuple[Place, str]:
        before = self.before(self.here)
        if re.search(r":(\s|$)", before):
            return self.here, "a colon in a text without quotes; put the text in quotes"
        first = Place(self.here.line, len(before) - len(before.lstrip()))
        above = self.above()
        if re.search(r":(\s|$)", above):
            return (
                first,
                "this line stands deeper than the one above, whose key has a value already; begin it below that key",
            )
        if above and before.strip():
            return first, f"the line above has no ':' after its key: '{above}'"
        return self.here, "a colon that no key stands before"

    def key(self) -> tuple[Place, str]:
        found, before = self.at(self.here), self.before(self.here)
        if found and found in "]}":
            return self.here, f"'{found}' closes nothing"
        if not before.strip():
            if re.match(r"-(\s|$)", self.line(self.here)[self.here.column :]):
                return self.here, "an item of a list among keys; a list stands below a key of its own"
            return self.here, self.columns("the keys that it could belong to")
        last = before.rstrip()[-1]
        if last in "\"'":
            opened = self.opened()
            if opened.line < self.here.line:
                return opened, f"the quote {last} that is opened here is closed in line {self.here.line + 1} only"
            advice = "a quote inside is written '' between '...', and \\\" between \"...\""
            return self.here, f"the text ended with the quote before this; {advice}"
        if last in "]}":
            return self.here, f"what began with a bracket ended with the '{last}' before this; put a text in quotes"
        return (
            self.here,
            f"'{self.line(self.here)[self.here.column :].strip()}' cannot stand here; put a text in quotes",
        )

    def opened(self) -> Place:
        """Where the last text in quotes before the fault begins."""
        place = self.here
        with contextlib.suppress(yaml.YAMLError):
            for token in yaml.scan("\n".join(self.lines), Loader=yaml.SafeLoader):
                mark = token.start_mark
                if isinstance(token, yaml.ScalarToken) and token.style and Place(mark.line, mark.column) < self.here:
                    place = Place(mark.line, mark.column)
        return place

    def dash(self) -> tuple[Place, str]:
        if self.here.column == self.start.column:
            return (
                self.here,
                f"a key among the items of the list that began in line {self.start.line + 1}; an item begins with '- '",
            )
        return self.here, self.columns("the list that it could belong to")

    def columns(self, what: str) -> str:
        return (
            f"this line begins in column {self.here.column + 1}, as nothing above that is still open does;"
            f" {what} began in line {self.start.line + 1}, column {self.start.column + 1}"
        )

    def no_colon(self) -> tuple[Place, str]:
        line = self.line(self.start)[self.start.column :]
        if re.match(r"-\S", line):
            return self.start, "a blank must stand after '-'"
        glued = re.match(r"[\w-]+:\S", line)
        if glued:
            return self.start, "a blank must stand after ':'"
        if re.search(r"[:-]\s+[|>][+-]?$", self.above(self.start)):
            return self.start, "the text after '|' or '>' must stand deeper than its key"
        return self.start, f"no ':' after the key '{line.strip()}'"

    def inline_list(self) -> tuple[Place, str]:
        return self.here, "a list cannot begin in the line of its key; write it below, or as [a, b]"

    def escape(self) -> tuple[Place, str]:
        line = self.line(self.here)
        column = line.rfind("\\", 0, self.here.column + 1)
        return (
            Place(self.here.line, column),
            f"'{line[column : column + 2]}' between double quotes is no character;"
            r" write \\ for a backslash, or put the text in single quotes",
        )

    def beginning(self) -> tuple[Place, str]:
        return self.here, f"a text cannot begin with '{self.at(self.here)}' without quotes"

    def colon_at_end(self) -> tuple[Place, str]:
        return self.here, "a blank must stand after this ':', and a value"

    def nothing(self) -> tuple[Place, str]:
        found = self.at(self.here)
        return self.here, f"'{found}' closes nothing" if found in "]}" else f"nothing stands before this '{found}'"

    def document(self) -> tuple[Place, str]:
        if self.above().startswith("%"):
            return self.here, "after a line with '%' one with '---' must come; neither is needed"
        return self.here, "what the file holds ended before this line; all keys of a spec begin in the same column"

    def header(self) -> tuple[Place, str]:
        return self.here, f"after '{self.at(self.start)}' the line must end; the text begins in the next one"

    def name(self) -> tuple[Place, str]:
        return self.start, f"a text cannot begin with '{self.at(self.start)}' without quotes"

    def tag(self) -> tuple[Place, str]:
        return self.start, "'!' begins a tag, and only '!ref NAME' is one; put a text in quotes"

    def directive(self) -> tuple[Place, str]:
        return self.start, "a line with '%' at its beginning; a spec needs none"


# What libyaml and its twin in Python say, and who puts it in other words.
REASONS: list[tuple[str, Callable[[_Fault], tuple[Place, str]]]] = [
    (r"unexpected (end of stream|document).*quoted", _Fault.quote),
    (r"expected ',' or '[]}]'", _Fault.bracket),
    (r"mapping values are not allowed", _Fault.colon),
    (r"expected (key|<block end>).*block mapping", _Fault.key),
    (r"expected ('-' indicator|<block end>).*block collection", _Fault.dash),
    (r"could not find expected ':'", _Fault.no_colon),
    (r"sequence entries are not allowed", _Fault.inline_list),
    (r"quoted|escape", _Fault.escape),
    (r"cannot start any token|mapping keys are not allowed", _Fault.beginning),
    (r"unexpected ':'", _Fault.colon_at_end),
    (r"node content", _Fault.nothing),
    (r"document start", _Fault.document),
    (r"block scalar", _Fault.header),
    (r"(alias|anchor)\)$", _Fault.name),
    (r"\btag\b", _Fault.tag),
    (r"directive|incompatible YAML", _Fault.directive),
]


def explain(fault: yaml.MarkedYAMLError, text: str) -> tuple[Place, str]:
    """Where it is wrong, and what."""
    marks = [Place(mark.line, mark.column) for mark in (fault.problem_mark, fault.context_mark) if mark is not None]
    here = marks[0] if marks else Place(0, 0)
    start = Place(fault.context_mark.line, fault.context_mark.column) if fault.context_mark is not None else here
    found = _Fault(text, here, start)
    if found.at(here) == "\t" and not found.before(here).strip():
        return here, "a tab cannot indent a line; use blanks"
    said = f"{fault.problem} ({fault.context})"
    for pattern, words in REASONS:
        if re.search(pattern, said):
            return words(found)
    return here, f"it cannot be read here: {fault.problem}"
