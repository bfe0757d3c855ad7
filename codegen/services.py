"""Checks the services of a spec."""

from __future__ import annotations

import re

from codegen import naming, settings
from codegen.key_reader import Keys, nameless
from codegen.reader import Mapping, Node, Scalar, kind_of
from codegen.report import Report, did_you_mean
from codegen.settings import Settings
from codegen.spec import Library, Service, Transaction

MAX_SERVICES = 32
C_NAME = "of small letters, digits and _, not a reserved word"


def is_c_name(text: str) -> bool:
    return naming.C_NAME.fullmatch(text) is not None and text not in naming.RESERVED


class Services:
    def __init__(self, beside: Settings | None, report: Report) -> None:
        """`beside` are the settings of the worker itself, if known."""
        self.settings = list(beside.settings) if beside else []
        self.groups = [name for name, _ in beside.groups] if beside else []
        self.report = report
        self.found: dict[str, Service] = {}
        self.names: set[str] = set()  # including services with faults
        self.complete = True  # False: a part that cannot be read may hold other services

    def open(self, keys: Keys) -> None:
        """Reads the services of one file."""
        node = keys.take("services")
        if isinstance(node, Mapping):
            self.complete &= node.whole
            if nameless(node, "service", ("header", "type", "doc"), self.report):
                self.complete = False
                return
            for name, value in node.entries:
                self.names.add(name.text)
                self.add(name, value)
        elif node is not None:
            keys.wrong(node, "services", "a mapping")
            self.complete = False

    def add(self, name: Scalar, node: Node) -> None:
        what = f"service '{name.text}'"
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"{what}: must be a mapping, this is {kind_of(node)}")
            return
        if node.get("summary") and not node.get("header"):
            self.report.error(name.mark, f"{what}: has the keys of an action; actions belong below 'actions:'")
            return
        keys = Keys(node, what, self.report, name.mark)
        if not is_c_name(name.text):
            keys.error(name.mark, f"the name must be a name in C, {C_NAME}")
        header, kind = self.header(keys, name.text), self.type(keys)
        doc = keys.string("doc", required=True) or ""
        if kind == name.text:  # a parameter of that name would hide the type
            keys.error(keys.mark_of("type"), f"'type' cannot be '{kind}' alone; did you mean 'struct {kind}'?")
        service = Service(
            name.mark,
            name.text,
            header,
            kind,
            doc,
            settings=self.group(name, keys),
            start=self.word(keys, "start") or f"{name.text}_start",
            stop=self.word(keys, "stop") or f"{name.text}_stop",
            health=self.word(keys, "health"),
            transaction=self.transaction(name, keys),
            libraries=self.libraries(keys),
        )
        keys.close()
        if service.health in (service.start, service.stop) or service.start == service.stop:
            keys.error(
                keys.mark_of("health" if service.health else "stop"),
                "'start', 'stop' and 'health' must be different functions",
            )
        if name.text in self.found:
            first = self.found[name.text].mark
            self.report.error(name.mark, f"{what} is already in {first.file}:{first.line}")
        elif len(self.found) == MAX_SERVICES:
            keys.error(name.mark, f"more than {MAX_SERVICES} services")
        else:
            self.found[name.text] = service

    def header(self, keys: Keys, name: str) -> str:
        header = keys.string("header", required=True) or ""
        if header and not re.fullmatch(r"[A-Za-z0-9_./-]+\.h", header):
            keys.error(keys.mark_of("header"), f"'header' must be like handlers/{name}.h, not '{header}'")
        return header

    def type(self, keys: Keys) -> str:
        kind = keys.string("type", required=True) or ""
        if kind and not re.fullmatch(r"(struct )?[a-z_][a-z0-9_]*", kind):
            keys.error(keys.mark_of("type"), f"'type' must be like 'struct NAME', not '{kind}'")
        return kind

    def transaction(self, service: Scalar, keys: Keys) -> Transaction | None:
        node = keys.mapping("transaction")
        if node is None:
            return None
        inner = Keys(node, f"service '{service.text}': 'transaction'", self.report, keys.mark_of("transaction"))
        header, kind = self.header(inner, service.text), self.type(inner)
        perform = self.word(inner, "perform", required=True) or ""
        inner.close()
        return Transaction(header, kind, perform)

    def group(self, service: Scalar, keys: Keys) -> str | None:
        node = keys.take("settings")
        if isinstance(node, Mapping):
            if service.text not in self.found:
                self.settings += settings.of_service(service, node, self.groups, self.report)
            return service.text
        if node is not None and not (isinstance(node, Scalar) and node.kind == "string"):
            keys.wrong(node, "settings", "a mapping of settings, or the name of a group of them")
            return None
        group = keys.string("settings")
        if group and self.groups and group not in self.groups:
            near = did_you_mean(group, self.groups)
            keys.error(keys.mark_of("settings"), f"'settings': spec/{settings.FILE} has no group '{group}'{near}")
        elif group and not is_c_name(group):
            keys.error(
                keys.mark_of("settings"), f"'settings': '{group}' is not a name of a group of settings, like mail"
            )
        return group

    def word(self, keys: Keys, key: str, required: bool = False) -> str | None:
        """A name in C."""
        text = keys.string(key, required)
        if text and not is_c_name(text):
            keys.error(keys.mark_of(key), f"'{key}' must be a name in C, {C_NAME}, not '{text}'")
        return text

    def libraries(self, keys: Keys) -> tuple[Library, ...]:
        found = keys.strings("libraries")
        for library in found:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", library.text):
                keys.error(library.mark, f"'libraries': '{library.text}' is not a name of a library, like hiredis")
        return tuple(Library(library.mark, library.text) for library in found)
