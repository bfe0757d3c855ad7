"""Faults of a spec, reported like those of a compiler."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass
class Report:
    """Collects errors."""

    errors: set[tuple[Mark, str]] = field(default_factory=set)
    unclear: set[Mark] = field(default_factory=set)
    advice: set[str] = field(default_factory=set)  # printed once, after the errors

    def error(self, mark: Mark, message: str) -> None:
        if mark not in self.unclear:
            self.errors.add((mark, one_line(message)))

    def error_unclear(self, mark: Mark, message: str) -> None:
        """Reports an error that makes other errors at the same place meaningless."""
        self.error(mark, message)
        self.unclear.add(mark)

    def __bool__(self) -> bool:
        return bool(self.errors)

    def lines(self) -> list[str]:
        return [f"{mark}: error: {message}" for mark, message in sorted(self.errors)]


def one_line(message: str) -> str:
    """The message with escapes for the line breaks and other unprintable characters that a quoted value may hold."""
    if message.isprintable():
        return message
    return "".join(byte if byte.isprintable() else byte.encode("unicode_escape").decode() for byte in message)


class SpecError(Exception):
    """The spec has errors; they are in the report."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n".join([*report.lines(), *sorted(report.advice)]))
        self.report = report


def shown(path: Path, root: Path) -> str:
    """The path of a file in errors: relative to the root if it is below."""
    resolved = path.resolve()
    return str(resolved.relative_to(root.resolve()) if resolved.is_relative_to(root.resolve()) else path)


# Words of other schema languages, with the words of this language that mean the same.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "array": ("list",),
    "bool": ("boolean",),
    "choices": ("values", "one_of"),
    "date": ("timestamp",),
    "description": ("summary", "title", "doc"),
    "dict": ("map",),
    "dictionary": ("map",),
    "enum": ("values", "one_of", "choice"),
    "float": ("number",),
    "guid": ("uuid",),
    "int": ("integer", "count"),
    "items": ("of",),
    "json": ("any",),
    "max": ("max", "max_length", "max_items"),
    "max_items": ("max_items", "max_length", "max"),
    "max_length": ("max_length", "max_items", "max"),
    "min": ("min", "min_length", "min_items"),
    "min_items": ("min_items", "min_length", "min"),
    "min_length": ("min_length", "min_items", "min"),
    "name": ("title", "summary"),
    "one_of": ("one_of", "values"),
    "properties": ("fields",),
    "regex": ("pattern",),
    "requires": ("needs",),
    "string": ("string", "text"),
    "text": ("string",),
    "values": ("values", "one_of"),
    "version": ("spec_version", "since"),
}


def synonym(word: str, known: Container[str]) -> str | None:
    """The known word with the same meaning."""
    return next((name for name in SYNONYMS.get(word.lower(), ()) if name in known), None)


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    listed = sorted(known)
    close = difflib.get_close_matches(word, listed, n=1, cutoff=0.6)
    return synonym(word, listed) or (close[0] if close else None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean X?', or '' without a similar word."""
    found = near(word, known)
    return f"; did you mean '{found}'?" if found else ""


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def one_of(words: Iterable[str]) -> str:
    """'a, b or c'."""
    return _listed(list(words), "or")


def all_of(words: Iterable[str]) -> str:
    """'a, b and c'."""
    return _listed(list(words), "and")


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
