"""What is wrong with a spec, said as a compiler says it."""

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
    """Collects the errors of a whole run."""

    errors: set[tuple[Mark, str]] = field(default_factory=set)
    unclear: set[Mark] = field(default_factory=set)
    advice: set[str] = field(default_factory=set)  # said once, after them

    def error(self, mark: Mark, message: str) -> None:
        if mark not in self.unclear:
            self.errors.add((mark, message))

    def error_unclear(self, mark: Mark, message: str) -> None:
        """An error that leaves open what stands there: nothing else will be said of that place."""
        self.error(mark, message)
        self.unclear.add(mark)

    def __bool__(self) -> bool:
        return bool(self.errors)

    def lines(self) -> list[str]:
        return [f"{mark}: error: {message}" for mark, message in sorted(self.errors)]


class SpecError(Exception):
    """The spec has errors; they are in the report."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n".join([*report.lines(), *sorted(report.advice)]))
        self.report = report


def shown(path: Path, root: Path) -> str:
    """A file as errors name it: from the root, where it is below."""
    resolved = path.resolve()
    return str(resolved.relative_to(root.resolve()) if resolved.is_relative_to(root.resolve()) else path)


# What other languages of this kind call it, and what it may be here.
SYNONYMS: dict[str, tuple[str, ...]] = {
    name: meant
    for names, meant in (
        ("str text varchar char string", ("string", "texts", "text")),
        ("int long int64 int32 bigint integer number port", ("integer", "count")),
        ("float double real", ("number",)),
        ("money numeric currency bigdecimal", ("decimal",)),
        ("bool flag yesno", ("boolean",)),
        ("guid", ("uuid",)),
        ("date datetime time instant", ("timestamp",)),
        ("interval period timespan", ("duration",)),
        ("select choice", ("enum",)),
        ("url uri", ("relay", "address")),
        ("file folder directory", ("path",)),
        ("email mail", ("sender",)),
        ("size", ("bytes",)),
        ("array sequence set tuple", ("list",)),
        ("map dict struct record mapping hash", ("object",)),
        ("json anything variant", ("any",)),
        ("description desc help comment documentation", ("summary", "title", "doc")),
        ("title label name", ("summary", "title")),
        ("mandatory obligatory needed", ("required",)),
        ("nullable", ("optional",)),
        ("choices options allowed allowed_values", ("values", "one_of")),
        ("enum", ("values", "one_of", "choice")),
        ("initial_value fallback", ("default",)),
        ("items item element elements element_type", ("of",)),
        ("properties members children", ("fields",)),
        ("minimum at_least gte", ("min",)),
        ("maximum at_most lte", ("max",)),
        ("minlength min_len", ("min_length",)),
        ("maxlength max_len length", ("max_length",)),
        ("minitems min_size", ("min_items",)),
        ("maxitems max_size", ("max_items",)),
        ("regex regexp matches", ("pattern",)),
        ("kind datatype", ("type",)),
        ("alias synonyms old_names", ("aliases",)),
        ("if condition depends_on", ("when",)),
        ("input inputs parameters params arguments args", ("config",)),
        ("return returns response", ("result",)),
        ("exits branches", ("outputs",)),
        ("services requires dependencies uses", ("needs",)),
        ("faults failures", ("errors",)),
        ("error errors expect expected message", ("fault", "errors")),
        ("retries retry_policy", ("retry",)),
        ("max_attempts maximum_attempts", ("attempts",)),
        ("libs packages", ("libraries",)),
        ("version", ("spec_version", "since")),
        ("definition defs types shared", ("definitions",)),
        ("action", ("actions",)),
        ("service", ("services",)),
        ("include", ("header",)),
        # What is said of one type, and what is said of another.
        ("values one_of", ("values", "one_of")),
        ("min", ("min", "min_length", "min_items")),
        ("max", ("max", "max_length", "max_items")),
        ("min_length min_items", ("min_length", "min_items", "min")),
        ("max_length max_items", ("max_length", "max_items", "max")),
    )
    for name in names.split()
}


def synonym(word: str, known: Container[str]) -> str | None:
    """What of the known words means the same."""
    return next((name for name in SYNONYMS.get(word.lower(), ()) if name in known), None)


def near(word: str, known: Iterable[str]) -> str | None:
    """What of the known words was likely meant."""
    listed = sorted(known)
    close = difflib.get_close_matches(word, listed, n=1, cutoff=0.6)
    return synonym(word, listed) or (close[0] if close else None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean X?', or '' when nothing is near."""
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
