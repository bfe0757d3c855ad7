"""Writes requirements.txt from requirements.in: every direct and indirect package, pinned, with its wheels' hashes.

    python3 zarf/dev/pin.py PIP_PYTHON

Asks pip what it would install on each supported machine and Python; nothing is installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MACHINES = ("x86_64", "aarch64")
PYTHONS = ("3.11", "3.12", "3.13")


def resolve(pip_python: str, machine: str, python: str, wanted: Path) -> list[tuple[str, str, str]]:
    """(name, version, sha256) of each wheel that pip would install on that machine."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(12, 37)] + [f"manylinux2014_{machine}"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [pip_python, "-m", "pip", "install", "--quiet", "--dry-run", "--report", str(report)]
        command += ["--ignore-installed", "--only-binary=:all:", "--target", folder, "--python-version", python]
        for platform in platforms:
            command += ["--platform", platform]
        subprocess.run([*command, "-r", str(wanted)], check=True, stdout=subprocess.DEVNULL)
        found = json.loads(report.read_text())["install"]
    return [
        (
            item["metadata"]["name"],
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in found
    ]


def main() -> int:
    pip_python = sys.argv[1]
    pins: dict[str, set[str]] = {}
    versions: dict[str, str] = {}
    wanted = HERE / "requirements.in"
    for machine in MACHINES:
        for python in PYTHONS:
            print(f"asking pip for {machine}, Python {python}", flush=True)
            for name, version, digest in resolve(pip_python, machine, python, wanted):
                if versions.setdefault(name, version) != version:
                    print(f"{name}: {versions[name]} here, {version} on {machine} {python}", file=sys.stderr)
                    return 1
                pins.setdefault(name, set()).add(digest)
    lines = ["# Made by `make pin` from requirements.in; edit that."]
    for name in sorted(pins, key=str.lower):
        hashes = " \\\n".join(f"    --hash=sha256:{digest}" for digest in sorted(pins[name]))
        lines.append(f"{name}=={versions[name]} \\\n{hashes}")
    (HERE / "requirements.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(pins)} packages pinned in zarf/dev/requirements.txt")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
