"""The folders with handwritten files: this repository, and a folder of actions outside of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from codegen.report import Mark, Report, SpecError
from codegen.spec import Spec

BODIES = Path("handlers")
SPECS = Path("spec")
LOCK = SPECS / "actions.lock.json"


@dataclass(frozen=True)
class SourceTree:
    root: Path
    tests: Path = Path("tests/handlers")
    added: bool = False  # outside of this repository
    beside: Path | None = None  # in the tree of this repository: the root of the added tree

    def named(self, path: Path) -> str:
        """The name, for messages and for Meson, of a file that is given by its path below the root of the tree. A file
        outside of this repository is named by its absolute path."""
        return str(self.root / path if self.added else path)

    def place(self, name: str) -> str | None:
        """The path below the root of a spec file that is named as in errors; None if it is in the other tree."""
        if self.added:
            return str(Path(name).relative_to(self.root)) if Path(name).is_relative_to(self.root) else None
        return None if self.beside is not None and Path(name).is_relative_to(self.beside) else name


def added_tree(folder: Path, project: Path) -> SourceTree:
    """The tree of a folder of actions. Raises SpecError when the project cannot use the folder."""
    report = Report()
    root = folder.resolve()
    if root.is_relative_to(project.resolve()):
        report.error(Mark(str(root), 1, 1), f"a folder of actions must be outside of {project.resolve()}")
    elif not (root / SPECS).is_dir():
        report.error(Mark(str(root), 1, 1), "no folder of actions: it has no folder spec/")
    elif any(character.isspace() for character in str(root)):
        report.error(Mark(str(root), 1, 1), "the path of a folder of actions must not contain blanks")
    elif (root / SPECS / "settings.yaml").exists():
        report.error(
            Mark(str(root / SPECS / "settings.yaml"), 1, 1), "not read: settings belong in the entry of their service"
        )
    if report:
        raise SpecError(report)
    return SourceTree(root, Path("tests"), added=True)


def trees_of(project: Path, actions: Path | None) -> list[SourceTree]:
    """The trees of the project and of a folder of actions, if any. Raises SpecError: see added_tree, check_headers."""
    if actions is None:
        return [SourceTree(project)]
    added = added_tree(actions, project)
    trees = [SourceTree(project, beside=added.root), added]
    check_headers(trees)
    return trees


def part_of(spec: Spec, tree: SourceTree) -> Spec:
    """The actions and services of the spec files in the tree; the files are named by their paths below its root. Names
    of removed actions belong to all trees."""
    names = {name: path for name in spec.files if (path := tree.place(name)) is not None}
    return dataclasses.replace(
        spec,
        files=tuple(names.values()),
        services=tuple(service for service in spec.services if service.mark.file in names),
        actions=tuple(action for action in spec.actions if action.file in names),
        unavailable=() if tree.added else spec.unavailable,
    )


def check_headers(trees: Iterable[SourceTree]) -> None:
    """Raises SpecError for headers with the same name in two trees: an include would find only one of them."""
    report = Report()
    known: dict[Path, str] = {}
    for tree in trees:
        for path in sorted((tree.root / BODIES).glob("*.h")):
            name = path.relative_to(tree.root)
            if name in known:
                report.error(Mark(tree.named(name), 1, 1), f"{known[name]} has the same name; rename one of them")
            known.setdefault(name, str(tree.root / name))
    if report:
        raise SpecError(report)
