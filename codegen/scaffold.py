"""Bodies of actions and their tests: which there are, and a first form of those that are missing."""

from __future__ import annotations

from pathlib import Path

from codegen import naming, render
from codegen.orphans import BODIES, TESTS, Leftovers
from codegen.report import shown
from codegen.spec import Service, Spec


def make(spec: Spec, root: Path) -> list[str]:
    """Writes what is missing, never over what is there; tells what it wrote, and what is left over."""
    told: list[str] = []
    new: set[str] = set()
    jinja = render.environment()
    for action in spec.actions:
        for template, path in (
            ("body.c.j2", BODIES / f"{action.name}.c"),
            ("body_test.c.j2", TESTS / f"test_{action.name}.c"),
        ):
            if not (root / path).exists():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(jinja.get_template(template).render(action=action))
                told.append(f"{path}: written for action '{action.name}'; fill it in")
                new.add(action.name)
    for service in spec.services:
        told += make_service(service, root)
    return told + Leftovers(spec, root).told(new)


def make_service(service: Service, root: Path) -> list[str]:
    """The header and the body of a service whose header would lie among the handlers, when neither is there."""
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
    """For Meson, a word and a path a line: the specs, what is made, and what is written by hand."""
    names = [action.name for action in spec.actions]
    lines = [f"spec {shown(path, root)}" for path in files]
    lines += [f"{part} {file}" for part in render.PARTS for file in render.files_of(part, names)]
    left = Leftovers(spec, root)
    lines += [f"body {path.relative_to(root)}" for path in sorted((root / BODIES).glob("*.c")) if left.is_built(path)]
    lines += [
        f"library {name}" for name in sorted({library.name for item in spec.services for library in item.libraries})
    ]
    lines += [f"test {TESTS / f'test_{name}.c'}" for name in names]
    return lines
