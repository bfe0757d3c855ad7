"""Bodies of actions and their tests: lists them, and writes templates of missing ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codegen import naming, render
from codegen.json_values import json_text
from codegen.orphans import BODIES, TESTS, Orphans
from codegen.report import shown
from codegen.spec import Action, Service, Spec


def make(spec: Spec, root: Path) -> list[str]:
    """Writes missing files, never over existing ones. Returns lines about new and orphaned files."""
    lines: list[str] = []
    new: set[str] = set()
    jinja = render.environment()
    for action in (action for action in spec.actions if action.has_handler):
        for template, path in (
            ("body.c.j2", BODIES / f"{action.name}.c"),
            ("body_test.c.j2", TESTS / f"test_{action.name}.c"),
        ):
            if not (root / path).exists():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(jinja.get_template(template).render(values_of(spec, action)))
                lines.append(f"{path}: written for action '{action.name}'; fill it in")
                new.add(action.name)
    for service in spec.services:
        lines += make_service(service, root)
    return lines + Orphans(spec, root).report(new)


def values_of(spec: Spec, action: Action) -> dict[str, Any]:
    """What the templates of a body and its test need."""
    needed = [service for service in spec.services if service.name in action.needs]
    in_transaction = action.effects == "write" and any(service.transaction for service in needed)
    others = [service for service in needed if not (in_transaction and service.transaction)]
    config = next((example.config for example in action.examples if example.fault is None), {})
    return {"action": action, "services": others, "in_transaction": in_transaction, "config": json_text(config)}


def make_service(service: Service, root: Path) -> list[str]:
    """Writes header and body of a service in handlers/ if neither exists."""
    header = Path(service.header)
    if header.parent != BODIES or (root / header).exists() or (root / header).with_suffix(".c").exists():
        return []
    jinja = render.environment()
    struct = service.type if service.type.startswith("struct ") else f"struct {service.type}"
    values = {
        "service": service,
        "struct": struct,
        "declaration": struct if struct == service.type else f"typedef {struct} {service.type}",
        "guard": f"{naming.upper(service.header)}",
    }
    (root / header).parent.mkdir(parents=True, exist_ok=True)
    (root / header).write_text(jinja.get_template("service.h.j2").render(values))
    (root / header).with_suffix(".c").write_text(jinja.get_template("service.c.j2").render(values))
    return [f"{path}: written for service '{service.name}'; fill it in" for path in (header, header.with_suffix(".c"))]


def listing(spec: Spec, files: list[Path], root: Path) -> list[str]:
    """For Meson, a kind and a path on each line: specs, generated and handwritten files, libraries."""
    names = [action.name for action in spec.actions]
    lines = [f"spec {shown(path, root)}" for path in files]
    lines += [f"{part} {file}" for part in render.PARTS for file in render.files_of(part, names)]
    orphans = Orphans(spec, root)
    lines += [
        f"body {path.relative_to(root)}" for path in sorted((root / BODIES).glob("*.c")) if orphans.is_built(path)
    ]
    lines += [
        f"library {name}" for name in sorted({library.name for item in spec.services for library in item.libraries})
    ]
    tests = {action.name: TESTS / f"test_{action.name}.c" for action in spec.actions}
    lines += [f"test {tests[a.name]}" for a in spec.actions if a.has_handler or (root / tests[a.name]).exists()]
    return lines
