"""Checks what a spec refers to: bodies, headers of the project, installed libraries."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from codegen.orphans import BODIES
from codegen.report import Mark, Report, SpecError, did_you_mean, shown
from codegen.spec import Spec

BODY = re.compile(r"^enum action_outcome handle_(\w+)\([^;{]*\)\s*\{", re.MULTILINE)


def check(spec: Spec, root: Path) -> None:
    """Raises SpecError for what is missing."""
    report = Report()
    headers(spec, root, report)
    libraries(spec, report)
    if report:
        raise SpecError(report)


def bodies(spec: Spec, root: Path) -> None:
    """Raises SpecError for bodies in files with other names; otherwise a second body would be written."""
    report = Report()
    names = {action.name for action in spec.actions}
    for path in sorted((root / BODIES).rglob("*.c")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in BODY.finditer(text):
            place = BODIES / f"{match[1]}.c"
            if match[1] in names and path != root / place:
                mark = Mark(shown(path, root), text.count("\n", 0, match.start()) + 1, 1)
                report.error(mark, f"the body of action '{match[1]}' belongs in {place}; move it there")
    if report:
        raise SpecError(report)


def headers(spec: Spec, root: Path, report: Report) -> None:
    """Checks the headers of services in the include paths."""
    if not (root / "src").is_dir():
        return
    for service in spec.services:
        if not any((root / folder / service.header).exists() for folder in (".", "src")):
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
