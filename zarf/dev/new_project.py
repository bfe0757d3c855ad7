"""`make new-project DIR=FOLDER`: writes a first project with actions of its own, outside of this repository.

    python3 -m zarf.dev.new_project FOLDER

The folder must be new or empty.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from zarf.dev.process import ROOT
from zarf.dev.terminal import bold, red

TEMPLATE = ROOT / "zarf" / "new-project"
# Files whose names in the project would have an effect in this repository.
NAMES = {
    "gitignore": ".gitignore",
    "vscode-settings.json": ".vscode/settings.json",
    "ci.yml": ".github/workflows/ci.yml",
}


class ProjectError(Exception):
    """The project cannot be written there; the message says why."""


def check(folder: Path) -> None:
    if folder.is_relative_to(ROOT):
        raise ProjectError(f"{folder} is inside of {ROOT}: choose a folder outside of it")
    if re.search(r"\s", str(folder)):
        raise ProjectError(f"{folder} has blanks in its path, which make cannot read")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder} exists and is not empty")


def write(folder: Path) -> list[str]:
    """Writes the project; returns the names of its files."""
    check(folder)
    written = []
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
        name = str(source.relative_to(TEMPLATE))
        target = folder / NAMES.get(name, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        target.write_text(text.replace("@NAME@", folder.name).replace("@WORKER@", str(ROOT)), encoding="utf-8")
        written.append(str(target.relative_to(folder)))
    shutil.copy(ROOT / ".clang-format", folder)
    return [*written, ".clang-format"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make new-project", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER")
    options = parser.parse_args()
    if not options.folder:
        print(red("make new-project: say where: make new-project DIR=../parcels"), file=sys.stderr)
        return 2
    folder = Path(options.folder).resolve()
    try:
        written = write(folder)
    except ProjectError as fault:
        print(red(f"make new-project: {fault}"), file=sys.stderr)
        return 1
    print(f"{bold(str(folder))}: {', '.join(written)}")
    print(f"Next: cd {folder} && make test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
