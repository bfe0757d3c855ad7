"""Shared fields and lists of values, and references to them."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.field_grammar import TYPES
from codegen.key_reader import Keys
from codegen.reader import Mapping, Node, Reference, Scalar, Sequence, in_brackets, kind_of, not_a_text
from codegen.report import Mark, Report, did_you_mean


class Definitions:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.nodes: dict[str, Node] = {}
        self.marks: dict[str, Mark] = {}
        self.users: list[Node] = []
        self.complete = True  # False: a part that cannot be read may hold other definitions

    def open(self, keys: Keys) -> None:
        """Reads the definitions of one file."""
        node = keys.take("definitions")
        if isinstance(node, Mapping):
            self.add(node)
            self.complete &= node.whole
        elif node is not None:
            keys.wrong(node, "definitions", "a mapping")
            self.complete = False

    def add(self, node: Mapping) -> None:
        for key, value in node.entries:
            if key.text in self.nodes:
                first = self.marks[key.text]
                self.report.error(key.mark, f"definition '{key.text}' is already in {first.file}:{first.line}")
                continue
            if not is_good(value):
                self.report.error(
                    value.mark,
                    f"definition '{key.text}' must be a field or a list of values, this is {kind_of(value)}",
                )
            self.nodes[key.text] = value
            self.marks[key.text] = key.mark

    def use(self, node: Node) -> None:
        """Counts the references of a part of the spec as uses, even if that part has faults."""
        self.users.append(node)

    def reached(self, node: Node) -> Iterator[Node]:
        """Every definition that a node refers to, directly or not."""
        names = list(references(node))
        seen: set[str] = set()
        while names:
            name = names.pop()
            if name not in seen and name in self.nodes:
                seen.add(name)
                yield self.nodes[name]
                names += references(self.nodes[name])

    def report_unused(self) -> None:
        if not self.complete:
            return
        used = {id(node) for user in self.users for node in self.reached(user)}
        for name in (name for name, node in self.nodes.items() if id(node) not in used and is_good(node)):
            self.report.error(self.marks[name], f"definition '{name}' is not used")

    def find(self, name: str, mark: Mark, what: str, chain: tuple[str, ...]) -> Node | None:
        if name in chain:
            loop = " -> ".join((*chain[chain.index(name) :], name))
            self.report.error(mark, f"{what}: definitions refer to each other in a circle: {loop}")
            return None
        node = self.nodes.get(name)
        if node is None and self.complete:
            self.report.error(mark, f"{what}: there is no definition '{name}'{did_you_mean(name, self.nodes)}")
        return node

    def field(self, node: Node, what: str, chain: tuple[str, ...]) -> Mapping | None:
        """The mapping of a field with references resolved; its own keys take precedence."""
        if isinstance(node, Reference):
            found = self.find(node.name, node.mark, what, chain)
            if found is None:
                return None
            if not is_good(found):
                return None  # reported elsewhere
            if isinstance(found, Sequence):
                self.report.error(node.mark, f"{what}: definition '{node.name}' is a list of values, not a field")
                return None
            resolved = self.field(found, what, (*chain, node.name))
            return None if resolved is None else Mapping(node.mark, resolved.entries, resolved.whole)
        if not isinstance(node, Mapping):
            advice = f"; write {{type: {node.text}}}" if isinstance(node, Scalar) and node.text in TYPES else ""
            self.report.error(node.mark, f"{what}: must be a mapping with 'type', this is {kind_of(node)}{advice}")
            return None
        name = node.get("ref")
        if name is None:
            return node
        if not isinstance(name, Scalar) or name.kind != "string":
            self.report.error(name.mark, f"{what}: 'ref' must be the name of a definition, this is {kind_of(name)}")
            return None
        base = self.field(Reference(name.mark, name.text), what, chain)
        if base is None:
            return None
        own = {key.text for key, _ in node.entries}
        inherited = tuple(entry for entry in base.entries if entry[0].text not in own)
        entries = tuple(entry for entry in node.entries if entry[0].text != "ref")
        return Mapping(node.mark, entries + inherited, node.whole and base.whole)

    def values(self, node: Node, what: str, chain: tuple[str, ...]) -> list[str]:
        """A list of texts with references resolved."""
        if isinstance(node, Reference):
            found = self.find(node.name, node.mark, what, chain)
            if found is None:
                return []
            if not is_good(found):
                return []  # reported elsewhere
            if not isinstance(found, Sequence):
                self.report.error(node.mark, f"{what}: definition '{node.name}' is a field, not a list of values")
                return []
            return self.values(found, what, (*chain, node.name))
        if not isinstance(node, Sequence):
            self.report.error(node.mark, f"{what} must be a list of texts, this is {kind_of(node)}{in_brackets(node)}")
            return []
        found_values: list[str] = []
        good = True
        for item in node.items:
            if isinstance(item, Reference):
                found_values += self.values(item, what, chain)
            elif isinstance(item, Scalar) and item.kind == "string" and item.text:
                found_values.append(item.text)
            else:
                self.report.error(item.mark, f"{what} {not_a_text(item)}")
                good = False
        return found_values if good else []  # incomplete


def is_good(node: Node) -> bool:
    """Whether a node can be a definition."""
    return isinstance(node, Mapping | Sequence)


def references(node: Node) -> Iterator[str]:
    """Names of the definitions to which a part of the spec refers, except in examples."""
    if isinstance(node, Reference):
        yield node.name
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from references(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            if key.text in ("ref", "$ref") and isinstance(value, Scalar):  # `$ref` is a mistake, reported elsewhere
                yield value.text
            elif key.text != "examples" or not isinstance(value, Sequence):
                yield from references(value)
