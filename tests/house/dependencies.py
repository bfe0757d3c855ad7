"""Finds which source files use which others, by the symbols of the object files of a build folder."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zarf.dev.process import ROOT

Arrows = Mapping[str, set[str]]  # file -> files whose symbols it uses


def build_folder() -> Path:
    """WORKER_BUILD, or `build`."""
    return (ROOT / os.environ.get("WORKER_BUILD", "build")).resolve()


@dataclass
class Object:
    """One object file: the symbols that it defines for others, and the symbols that it takes from others."""

    source: str
    defined: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)


def sources_of(build: Path) -> dict[Path, str]:
    """Object file -> source file, relative to the root (generated ones: as generated/NAME)."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = (build / entry["file"]).resolve()
        folder = build if source.is_relative_to(build) else ROOT
        if source.is_relative_to(folder):
            found[build / entry["output"]] = str(source.relative_to(folder))
    return found


def read_objects(objects: Mapping[Path, str]) -> list[Object]:
    """Reads the symbols of the existing object files."""
    there = [path for path in objects if path.exists()]
    read = {path: Object(objects[path]) for path in there}
    if not there:
        return []
    listed = subprocess.run(
        ["nm", "--format=posix", "--extern-only", "--print-file-name", *map(str, there)],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in listed.stdout.splitlines():
        path, _, symbol = line.partition(": ")
        name, kind = symbol.split()[:2]
        found = read[Path(path)]
        (found.used if kind in "Uwv" else found.defined).add(name)
    return list(read.values())


def arrows(objects: list[Object]) -> dict[str, set[str]]:
    """Which file uses whose symbols. A symbol that several files define (tests replace files) belongs to each."""
    homes = defaultdict(set)
    for item in objects:
        for name in item.defined:
            homes[name].add(item.source)
    found: dict[str, set[str]] = {}
    for item in objects:
        uses = {home for name in item.used for home in homes[name]} - {item.source}
        found.setdefault(item.source, set()).update(uses)
    return found


def circles(uses: Arrows) -> list[list[str]]:
    """The groups of files that use one another, directly or indirectly."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        open_ = [start]
        while open_:
            for other in uses.get(open_.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    open_.append(other)
        return seen

    reached = {name: reach(name) for name in uses}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in uses
        if name in reached[name]
    }
    return sorted(map(list, groups))


def describe(circle: list[str], uses: Arrows) -> str:
    """Each file of a circle with the files of the circle that it uses."""
    return "; ".join(f"{name} -> {', '.join(sorted(uses[name] & set(circle)))}" for name in circle)
