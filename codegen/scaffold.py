"""Lists the bodies of actions and their tests, and writes templates of missing ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codegen import naming, render
from codegen.json_values import json_text
from codegen.orphans import Orphans
from codegen.report import shown
from codegen.source_tree import BODIES, SourceTree, part_of
from codegen.spec import Action, Service, Spec


def make(spec: Spec, tree: SourceTree) -> list[str]:
    """Writes the files that the tree lacks, never over existing ones. Returns lines about new and orphaned files."""
    lines: list[str] = []
    new: set[str] = set()
    jinja = render.environment()
    own = part_of(spec, tree)
    for action in (action for action in own.actions if action.has_handler):
        for template, path in (
            ("body.c.j2", BODIES / f"{action.name}.c"),
            ("body_test.c.j2", tree.tests / f"test_{action.name}.c"),
        ):
            if not (tree.root / path).exists():
                (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
                (tree.root / path).write_text(jinja.get_template(template).render(values_of(spec, action)))
                lines.append(f"{tree.named(path)}: written for action '{action.name}'; fill it in")
                new.add(action.name)
    for service in own.services:
        lines += make_service(service, tree)
    return lines + Orphans(spec, tree).report(new)


def values_of(spec: Spec, action: Action) -> dict[str, Any]:
    """The values that the templates of a body and its test need."""
    needed = [service for service in spec.services if service.name in action.needs]
    in_transaction = action.effects == "write" and any(service.transaction for service in needed)
    others = [service for service in needed if not (in_transaction and service.transaction)]
    config = next((example.config for example in action.examples if example.fault is None), {})
    return {"action": action, "services": others, "in_transaction": in_transaction, "config": json_text(config)}


def make_service(service: Service, tree: SourceTree) -> list[str]:
    """Writes header and body of a service in handlers/ if neither exists."""
    header, root = Path(service.header), tree.root
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
    made = map(tree.named, (header, header.with_suffix(".c")))
    return [f"{path}: written for service '{service.name}'; fill it in" for path in made]


def listing(spec: Spec, files: list[Path], trees: list[SourceTree]) -> list[str]:
    """For Meson, a kind and a path on each line: specs, generated and handwritten files, libraries."""
    names = [action.name for action in spec.actions]
    lines = [f"spec {shown(path, trees[0].root)}" for path in files]
    lines += [f"{part} {file}" for part in render.PARTS for file in render.files_of(part, names)]
    lines += [
        f"library {name}" for name in sorted({library.name for item in spec.services for library in item.libraries})
    ]
    for tree in trees:
        lines += by_hand(spec, tree)
    return lines


def by_hand(spec: Spec, tree: SourceTree) -> list[str]:
    """The handwritten files of a tree. The files of an added tree have separate kinds, and it has no other tests."""
    orphans = Orphans(spec, tree)
    own = part_of(spec, tree)
    bodies = [
        tree.named(path.relative_to(tree.root))
        for path in sorted((tree.root / BODIES).glob("*.c"))
        if orphans.is_built(path)
    ]
    if not tree.added:
        tests = {action.name: tree.tests / f"test_{action.name}.c" for action in own.actions}
        listed = [tests[a.name] for a in own.actions if a.has_handler or (tree.root / tests[a.name]).exists()]
        return [*(f"body {path}" for path in bodies), *(f"test {path}" for path in listed)]
    return [
        *(f"added_action {action.name}" for action in own.actions),
        *(f"added_body {path}" for path in bodies),
        *(f"added_test {path}" for path in sorted((tree.root / tree.tests).glob("*.c")) if not orphans.is_orphan(path)),
    ]
