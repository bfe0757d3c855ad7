"""Finds two entries of a spec that make the same name in C, or the same file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from codegen import naming
from codegen.report import Mark, Report
from codegen.spec import Action, Field, Service

OF_EVERY_SPEC = (
    *("services_settings()", "services_start()", "services_stop()", "services_health()"),
    *("struct services", "struct settings", "struct settings_list"),
    *("registry.c", "services.c"),
)
STRUCTS = ("config", "result", "services", "output")


class _Names:
    """Each name with the entry that makes it, in words."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.owners = dict.fromkeys(OF_EVERY_SPEC, "every spec")

    def take(self, mark: Mark, entry: str, name: str, advice: str = "rename it") -> bool:
        owner = self.owners.setdefault(name, entry)
        if owner == entry:
            return True
        self.report.error(mark, f"{entry}: makes '{name}' in C, as {owner} does; {advice}")
        return False


def check(names: Mapping[str, Mark], actions: Iterable[Action], services: Iterable[Service], report: Report) -> None:
    """`names` are those of all actions, also of those whose entry has faults."""
    taken = _Names(report)
    for name, mark in sorted(names.items()):
        entry = f"action '{name}'"
        for file in (f"{name}.c", f"test_{name}.c", f"fuzz_{name}.c"):
            taken.take(mark, entry, file)
        for part in STRUCTS:
            taken.take(mark, entry, f"struct {name}_{part}")
    for service in services:
        entry = f"service '{service.name}'"
        for function in dict.fromkeys((service.start, service.stop, service.health)):
            if function is not None:
                taken.take(service.mark, entry, f"{function}()")
        taken.take(service.mark, entry, f"{service.name}.c")
    for action in actions:
        for output, _ in action.outputs:
            constant = naming.constant(action.name, "output", output)
            taken.take(action.mark, f"action '{action.name}': output '{output}'", constant)
        for path, field in (*tagged(action.config), *tagged(action.result)):
            check_field(action, path, field, taken)


def check_field(action: Action, path: str, field: Field, taken: _Names) -> None:
    entry = f"action '{action.name}': field '{path}'"
    outer = "the list" if path.endswith("[]") else "it"
    advice = "give it a 'name'" if field.type in ("enum", "object") else f"give {outer} a 'c_name'"
    if taken.take(field.mark, entry, f"struct {action.name}_{field.tag}", advice) and field.type == "enum":
        texts = [*field.values, "other"] if field.check_only else field.values
        for constant in sorted({naming.constant(action.name, field.tag, text) for text in texts}):
            if not taken.take(field.mark, entry, constant, advice):
                break


def tagged(fields: Iterable[Field], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every field that makes a struct or an enum, with its path; inner ones first."""
    for field in fields:
        path, inner = prefix + field.name, field
        nested = [(path, field)]
        while inner.of is not None:
            inner, path = inner.of, path + "[]"
            nested.append((path, inner))
        if inner.fields is not None:
            yield from tagged(inner.fields, path + ".")
        for path, made in reversed(nested):
            if made.type in ("enum", "list") or made.fields is not None:
                yield path, made
