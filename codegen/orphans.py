"""Finds the files of removed actions and services. Such files are reported and not built, but never deleted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from codegen.source_tree import BODIES, SourceTree
from codegen.spec import Spec

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
GENERATED = re.compile(r"generated/([a-z0-9_]+)\.h")
START = re.compile(r"^enum status (\w+)\(const struct settings \*", re.MULTILINE)  # every service declares it
COMMON = ("registry", "services")


class Orphans:
    def __init__(self, spec: Spec, tree: SourceTree) -> None:
        self.tree, root = tree, tree.root
        self.bodies, self.tests = (root / BODIES).resolve(), (root / tree.tests).resolve()
        self.actions = {action.name for action in spec.actions}
        self.headers = {(root / service.header).resolve() for service in spec.services}
        self.starts = {service.start for service in spec.services}
        self.files = [path for folder in (self.bodies, self.tests) for path in sorted(folder.glob("*.[ch]"))]
        texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in self.files}
        self.includes = {path: INCLUDE.findall(text) for path, text in texts.items()}
        self.services = {path: name for path in self.files if (name := self.service(path, texts[path])) is not None}
        found = {name for path in self.files for name in self.reached(path)}
        alive = [path for path in self.files if path.stem.removeprefix("test_") in self.actions]
        self.used = {file for path in alive for file in self.with_included(path)}
        self.gone = (found | {name for name, _ in spec.removed}) - self.actions - {*COMMON}

    def service(self, path: Path, text: str) -> str | None:
        """The name of a service that a header declares and no spec contains."""
        found = START.search(text) if path.suffix == ".h" and path not in self.headers else None
        return found[1].removesuffix("_start") if found and found[1] not in self.starts else None

    def with_included(self, path: Path, seen: set[Path] | None = None) -> set[Path]:
        """A file and the handwritten files that it includes, directly or not."""
        seen = set() if seen is None else seen
        seen.add(path)
        for name in self.includes.get(path, ()):
            for folder in (self.tree.root.resolve(), path.parent):
                other = (folder / name).resolve()
                if other in self.includes and other not in seen:
                    self.with_included(other, seen)
        return seen

    def reached(self, path: Path) -> Iterator[str]:
        """Actions whose header a file includes, directly or not."""
        for file in self.with_included(path):
            for name in self.includes[file]:
                match = GENERATED.fullmatch(name)
                if match:
                    yield match[1]

    def of_action(self, path: Path) -> str | None:
        """The removed action to which a file belongs: the file includes the action's header or has its name."""
        names = set(self.reached(path))
        if names & self.gone:
            return min(names & self.gone)
        if names & self.actions or self.used & {path, path.with_suffix(".h")}:
            return None
        stem = path.stem.removeprefix("test_")
        owners = [name for name in self.actions | self.gone if stem == name or stem.startswith(name + "_")]
        owner = max(owners, key=len, default=None)
        return owner if owner in self.gone else None

    def of_service(self, path: Path) -> str | None:
        return min((name for file, name in self.services.items() if file in self.with_included(path)), default=None)

    def is_body(self, path: Path) -> bool:
        return path.stem in self.actions and path.parent == self.bodies

    def is_built(self, path: Path) -> bool:
        """Whether a file of handlers/ is built. Bodies of actions always are: the compiler reports what is missing."""
        resolved = path.resolve()
        lacks = self.of_service(resolved) is not None or any(name in self.gone for name in self.reached(resolved))
        return self.is_body(resolved) or not lacks

    def is_orphan(self, path: Path) -> bool:
        return self.of_action(path.resolve()) is not None or self.of_service(path.resolve()) is not None

    def report(self, new: set[str]) -> list[str]:
        """One line for each orphaned file. `new` are actions whose body has just been written."""
        listed = self.tree.root / self.tree.tests / "meson.build"
        by_hand = listed.read_text(encoding="utf-8") if listed.exists() else ""
        lines: list[str] = []
        for path in self.files:
            what = self.what(path, new)
            if what is not None:
                named = f"; {self.tree.tests / 'meson.build'} names it" if f"'{path.name}'" in by_hand else ""
                name = self.tree.named(path.relative_to(self.tree.root.resolve()))
                lines.append(f"{name}: {what}{named}")
        return lines

    def what(self, path: Path, new: set[str]) -> str | None:
        action, service = self.of_action(path), self.of_service(path)
        if action is None and service is None:
            return None
        gone = f"service '{service}'" if action is None else f"action '{action}'"
        hint = "" if action is None else renamed(action, new)
        if self.is_body(path):
            return f"needs the header of {gone}, which was removed"
        test = path.name.startswith("test_") and path.parent == self.tests
        if path.suffix == ".c" and (test or (path.parent == self.bodies and not self.is_built(path))):
            return f"not built: {gone} was removed{hint}"
        return f"belongs to {gone}, which was removed{hint}"


def renamed(name: str, new: set[str]) -> str:
    """A hint that names the new action with a similar name."""
    near = difflib.get_close_matches(name, sorted(new), n=1, cutoff=0.5)
    return f"; if it was renamed to '{near[0]}', move the code there" if near else ""
