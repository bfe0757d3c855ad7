"""What is wrong with a spec, said as a compiler says it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
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
        super().__init__("\n".join(report.lines()))
        self.report = report


def shown(path: Path, root: Path) -> str:
    """A file as errors name it: from the root, where it is below."""
    resolved = path.resolve()
    return str(resolved.relative_to(root.resolve()) if resolved.is_relative_to(root.resolve()) else path)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean X?', or '' when nothing is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def one_of(words: Iterable[str]) -> str:
    """'a, b or c'."""
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
