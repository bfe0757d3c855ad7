"""Checks that what a spec refers to exists: bodies, headers of the project, installed libraries."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from codegen.report import Mark, Report, SpecError, did_you_mean
from codegen.source_tree import BODIES, SourceTree, part_of
from codegen.spec import Spec

BODY = re.compile(r"^enum action_outcome handle_(\w+)\([^;{]*\)\s*\{", re.MULTILINE)


def check(spec: Spec, tree: SourceTree, project: Path) -> None:
    """Raises SpecError for everything that the tree lacks."""
    report = Report()
    own = part_of(spec, tree)
    headers(own, tree, project, report)
    libraries(own, report)
    if report:
        raise SpecError(report)


def bodies(spec: Spec, tree: SourceTree) -> None:
    """Raises SpecError for bodies in files with other names; otherwise a second body would be written."""
    report = Report()
    names = {action.name for action in part_of(spec, tree).actions}
    for path in sorted((tree.root / BODIES).rglob("*.c")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in BODY.finditer(text):
            place = BODIES / f"{match[1]}.c"
            if match[1] in names and path != tree.root / place:
                mark = Mark(tree.named(path.relative_to(tree.root)), text.count("\n", 0, match.start()) + 1, 1)
                report.error(mark, f"the body of action '{match[1]}' belongs in {place}; move it there")
    if report:
        raise SpecError(report)


def headers(spec: Spec, tree: SourceTree, project: Path, report: Report) -> None:
    """Checks the headers of services in the include paths."""
    if not (project / "src").is_dir():
        return
    for service in spec.services:
        if not any((folder / service.header).exists() for folder in (tree.root, project, project / "src")):
            advice = f"; with 'handlers/{Path(service.header).name}' a template of it is written"
            report.error(
                service.mark,
                f"service '{service.name}': no header '{service.header}' in the project or in src/{advice}",
            )


def libraries(spec: Spec, report: Report) -> None:
    program = shutil.which("pkg-config")
    if program is None:
        return  # Meson reports missing libraries
    for service in spec.services:
        for library in service.libraries:
            if subprocess.run([program, "--exists", library.name], check=False).returncode != 0:
                listed = subprocess.run([program, "--list-package-names"], text=True, capture_output=True, check=False)
                near = did_you_mean(library.name, listed.stdout.split())
                report.error(
                    library.mark,
                    f"service '{service.name}': 'libraries': pkg-config finds no '{library.name}'"
                    + (near or "; install it with its headers, or set PKG_CONFIG_PATH"),
                )
