"""Shared fields and lists of values, and what refers to them."""

from __future__ import annotations

from codegen.reader import Mapping, Node, Reference, Scalar, Sequence, kind_of
from codegen.report import Mark, Report, did_you_mean


class Definitions:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.nodes: dict[str, Node] = {}
        self.marks: dict[str, Mark] = {}
        self.used: set[str] = set()

    def add(self, node: Mapping) -> None:
        for key, value in node.entries:
            if key.text in self.nodes:
                first = self.marks[key.text]
                self.report.error(key.mark, f"definition '{key.text}' is already in {first.file}:{first.line}")
                continue
            if not isinstance(value, Mapping | Sequence):
                self.report.error(
                    value.mark,
                    f"definition '{key.text}' must be a field or a list of values, this is {kind_of(value)}",
                )
                continue
            self.nodes[key.text] = value
            self.marks[key.text] = key.mark

    def report_unused(self) -> None:
        for name in self.nodes.keys() - self.used:
            self.report.error(self.marks[name], f"definition '{name}' is not used")

    def find(self, name: str, mark: Mark, what: str, chain: tuple[str, ...]) -> Node | None:
        if name in chain:
            loop = " -> ".join((*chain[chain.index(name) :], name))
            self.report.error(mark, f"{what}: definitions refer to each other in a circle: {loop}")
            return None
        self.used.add(name)
        node = self.nodes.get(name)
        if node is None:
            self.report.error(mark, f"{what}: there is no definition '{name}'{did_you_mean(name, self.nodes)}")
        return node

    def field(self, node: Node, what: str, chain: tuple[str, ...]) -> Mapping | None:
        """The mapping of a field, with what it refers to filled in; its own keys win."""
        if isinstance(node, Reference):
            found = self.find(node.name, node.mark, what, chain)
            if found is None:
                return None
            if isinstance(found, Sequence):
                self.report.error(node.mark, f"{what}: definition '{node.name}' is a list of values, no field")
                return None
            resolved = self.field(found, what, (*chain, node.name))
            return None if resolved is None else Mapping(node.mark, resolved.entries)
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"{what}: must be a mapping with 'type', this is {kind_of(node)}")
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
        return Mapping(node.mark, tuple(e for e in node.entries if e[0].text != "ref") + inherited)

    def values(self, node: Node, what: str, chain: tuple[str, ...]) -> list[str]:
        """A list of texts; references to other lists are filled in."""
        if isinstance(node, Reference):
            found = self.find(node.name, node.mark, what, chain)
            if found is None:
                return []
            if not isinstance(found, Sequence):
                self.report.error(node.mark, f"{what}: definition '{node.name}' is a field, no list of values")
                return []
            return self.values(found, what, (*chain, node.name))
        if not isinstance(node, Sequence):
            self.report.error(node.mark, f"{what} must be a list of texts, this is {kind_of(node)}")
            return []
        found_values: list[str] = []
        for item in node.items:
            if isinstance(item, Reference):
                found_values += self.values(item, what, chain)
            elif isinstance(item, Scalar) and item.kind == "string" and item.text:
                found_values.append(item.text)
            else:
                self.report.error(item.mark, f"{what} must hold texts, this is {kind_of(item)}")
        return found_values
