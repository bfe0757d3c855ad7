"""What a spec names and does not bring: headers of the project, libraries of the machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from codegen.report import Report, SpecError, did_you_mean
from codegen.spec import Spec


def check(spec: Spec, root: Path) -> None:
    """SpecError tells what is not there."""
    report = Report()
    headers(spec, root, report)
    libraries(spec, report)
    if report:
        raise SpecError(report)


def headers(spec: Spec, root: Path, report: Report) -> None:
    """Those of services, where the C of a project looks for them."""
    if not (root / "src").is_dir():
        return
    for service in spec.services:
        if not any((root / folder / service.header).exists() for folder in (".", "src")):
            report.error(
                service.mark, f"service '{service.name}': no header '{service.header}', neither here nor in src/"
            )


def libraries(spec: Spec, report: Report) -> None:
    program = shutil.which("pkg-config")
    if program is None:
        return  # Meson has ways of its own
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
