"""Lets ninja notice that a spec file, or a file written by hand for an action, was added or removed.

Meson runs again when a file has changed that it read; it has no way to say so of what a folder holds. So, after Meson
has written build.ninja, this adds to it a list of what the folders hold, which ninja makes again whenever one of them
changed, and which build.ninja then depends on. The list is written only when it is another: what editors leave in a
folder for a while does not make Meson run."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

LIST = "watched_files.list"
LISTED = (".yaml", ".yml", ".json", ".c")
REGENERATE = "build build.ninja: REGENERATE_BUILD "


def escaped(text: str) -> str:
    """As paths are written in build.ninja."""
    return text.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def write_list(folders: list[Path], output: Path) -> None:
    files = [path for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix in LISTED]
    text = "".join(f"{path.parent.name}/{path.name}\n" for path in files)
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        output.write_text(text, encoding="utf-8")


def watch(folders: list[Path], build: Path) -> None:
    """Adds the list to build.ninja."""
    path = build / "build.ninja"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if REGENERATE not in text:
        print("a file that is added will only be noticed when Meson is run again", file=sys.stderr)
        return
    write_list(folders, build / LIST)
    command = shlex.join([sys.executable, "-B", str(Path(__file__).resolve()), "--list"]).replace("$", "$$")
    rule = f"rule LIST_FILES\n command = {command} $in $out\n restat = 1\n description = Looking for specs\n\n"
    inputs = " ".join(escaped(os.path.relpath(folder, build)) for folder in folders)
    rule += f"build {LIST}: LIST_FILES {inputs}\n\n"
    written = path.with_suffix(".new")
    written.write_text(text.replace(REGENERATE, f"{rule}{REGENERATE}{LIST} ", 1), encoding="utf-8")
    written.replace(path)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["--list", *folders, output] if folders:
            write_list([Path(folder) for folder in folders], Path(output))
        case ["--watch", *folders] if folders:
            watch([Path(folder) for folder in folders], Path(os.environ["MESON_BUILD_ROOT"]))
        case _:
            sys.exit("usage: watch.py --list FOLDER... OUTPUT | --watch FOLDER...")


if __name__ == "__main__":
    main(sys.argv[1:])
