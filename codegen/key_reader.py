"""Reads the keys of a mapping one by one, each with its kind; keys that are never read are errors."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codegen.json_values import duration_ms
from codegen.reader import Mapping, Node, Reference, Scalar, Sequence, in_brackets, kind_of, not_a_text, other_quotes
from codegen.report import Mark, Report, all_of, did_you_mean, near, one_of, synonym

VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class Keys:
    def __init__(self, node: Mapping, what: str, report: Report, mark: Mark | None = None) -> None:
        """`mark` is the place where missing keys are reported, by default the mapping itself."""
        self.node = node
        self.what = what
        self.report = report
        self.mark = mark or node.mark
        self.known: set[str] = set()
        self.missing: dict[str, tuple[Mark, str]] = {}

    def error(self, mark: Mark, message: str) -> None:
        self.report.error(mark, f"{self.what}: {message}")

    def mark_of(self, key: str) -> Mark:
        return next((name.mark for name, _ in self.node.entries if name.text == key), self.mark)

    def has(self, key: str) -> bool:
        return self.node.get(key) is not None

    def take(self, key: str, required: bool = False) -> Node | None:
        self.known.add(key)
        node = self.node.get(key)
        if node is None and required:
            self.miss(key)
        return node

    def miss(self, key: str, advice: str = "", mark: Mark | None = None) -> None:
        """Notes a missing key. close() reports it, unless it was misspelled."""
        self.missing[key] = (mark or self.mark, f"'{key}' is missing{advice}")

    def close(self, others: Iterable[str] = (), reason: str = "") -> set[str]:
        """Reports unknown and missing keys. `others` are keys that exist, but not here. Returns the keys that the
        unknown ones probably stand for."""
        unknown = [key for key, _ in self.node.entries if key.text not in self.known]
        meant = {key.text: self.meant(key.text, key.text in others) for key in unknown}
        likely = {name for name in meant.values() if name}
        if len(unknown) == len(self.node.entries) > 1 and len(self.missing) > 1 and not likely:
            has = all_of(repr(key.text) for key in unknown)
            self.error(self.mark, f"must have {all_of(map(repr, self.missing))}; {has} are unknown here")
            return set()
        for key in unknown:
            other = meant[key.text]
            if key.text in others:
                self.error(key.mark, f"'{key.text}' {reason}{f'; use {other!r}' if other else ''}")
            else:
                self.error(key.mark, f"unknown key '{key.text}'" + (f"; did you mean '{other}'?" if other else ""))
        for name, (mark, message) in self.missing.items():
            if name not in likely and "ref" not in likely and self.node.whole:
                self.error(mark, message)
        return likely

    def meant(self, word: str, exists: bool) -> str | None:
        """The key that was probably meant, preferably a missing one. A key that exists elsewhere is not a typo."""
        return synonym(word, self.missing) or (synonym if exists else near)(word, self.known)

    def wrong(self, node: Node, key: str, expected: str) -> None:
        self.error(node.mark, f"'{key}' must be {expected}, this is {kind_of(node)}")

    def scalar(self, key: str, kind: str, expected: str, required: bool = False) -> Scalar | None:
        node = self.take(key, required)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.kind == kind:
            return node
        advice = "" if kind == "string" else other_quotes(node, kind)
        self.error(node.mark, f"'{key}' must be {expected}, this is {kind_of(node)}{advice}")
        return None

    def string(self, key: str, required: bool = False) -> str | None:
        node = self.scalar(key, "string", "a text", required)
        if node is not None and not node.text.strip():
            self.error(node.mark, f"'{key}' is empty")
        return None if node is None else node.text.strip()

    def exactly(self, key: str) -> str | None:
        """A text with its spaces; some texts of the ERP end in a space."""
        node = self.node.get(key)
        return node.text if self.string(key) is not None and isinstance(node, Scalar) else None

    def boolean(self, key: str, required: bool = False) -> bool | None:
        node = self.scalar(key, "boolean", "true or false", required)
        return None if node is None else node.text == "true"

    def whole(self, key: str, minimum: int = 0, maximum: int = 1_000_000_000, required: bool = False) -> int | None:
        node = self.scalar(key, "number", "a whole number", required)
        if node is None:
            return None
        if not node.text.isdecimal() or not minimum <= int(node.text) <= maximum:
            self.error(node.mark, f"'{key}' must be a whole number from {minimum} to {maximum}, not {node.text}")
            return None
        return int(node.text)

    def duration(self, key: str) -> int | None:
        node = self.scalar(key, "string", "a duration like 90s or 1h30m")
        if node is None:
            return None
        milliseconds = duration_ms(node.text)
        if milliseconds is None or not 0 < milliseconds <= 366 * 86_400_000:
            self.error(
                node.mark, f"'{key}' must be a duration like 90s, 1h30m or 7d, at most a year, not '{node.text}'"
            )
            return None
        return milliseconds

    def version(self, key: str) -> str | None:
        """A version of the worker."""
        node = self.take(key)
        if node is None:
            return None
        if not (isinstance(node, Scalar) and VERSION.fullmatch(node.text)):
            self.wrong(node, key, "a version like 1.2.0")
            return None
        return node.text

    def choice(self, key: str, words: Iterable[str], required: bool = False) -> str | None:
        listed = list(words)
        node = self.take(key)
        if node is None:
            if required:
                self.miss(key, f": {one_of(listed)}")
            return None
        if not (isinstance(node, Scalar) and node.kind == "string" and node.text.strip()):
            self.wrong(node, key, one_of(listed))
            return None
        text = node.text.strip()
        if text in listed:
            return text
        self.error(node.mark, f"'{key}' must be {one_of(listed)}, not '{text}'{did_you_mean(text, listed)}")
        return None

    def mapping(self, key: str, required: bool = False) -> Mapping | None:
        node = self.take(key, required)
        if node is None or isinstance(node, Mapping):
            return node
        first = node.items[0] if isinstance(node, Sequence) and node.items else None
        advice = f"; write {{{first.text}: ...}}" if isinstance(first, Scalar) and first.kind == "string" else ""
        self.error(node.mark, f"'{key}' must be a mapping, this is {kind_of(node)}{advice}")
        return None

    def sequence(self, key: str, required: bool = False) -> Sequence | None:
        node = self.take(key, required)
        if node is None or isinstance(node, Sequence):
            return node
        self.error(node.mark, f"'{key}' must be a list, this is {kind_of(node)}{in_brackets(node)}")
        return None

    def strings(self, key: str, required: bool = False) -> list[Scalar]:
        """A list of texts."""
        node = self.sequence(key, required)
        found: list[Scalar] = []
        for item in node.items if node else ():
            if isinstance(item, Scalar) and item.kind == "string" and item.text:
                found.append(item)
            elif not isinstance(item, Reference):
                self.error(item.mark, f"'{key}' {not_a_text(item)}")
        return found


def nameless(node: Mapping, kind: str, keys: tuple[str, ...], report: Report) -> bool:
    """Whether the mapping holds the keys of a single entry where named entries are expected. Reports that fault."""
    found = [name for name, _ in node.entries if name.text in keys]
    if len(found) < len(keys):
        return False
    report.error(node.mark, f"the name of the {kind} is missing; it goes above its keys, which are indented")
    return True
