"""Compares the failure messages of handlers with the `errors` of the spec. The build runs it:

    python3 codegen/failures.py --stamp FILE [--actions FOLDER] SPEC...

Errors are printed in the format of a compiler. An action whose body is still the template is skipped."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if not __package__:  # Meson runs this file by path
    sys.path[0] = str(ROOT)

from codegen import checker  # noqa: E402
from codegen.report import Mark, SpecError  # noqa: E402
from codegen.source_tree import BODIES, SourceTree, part_of, trees_of  # noqa: E402
from codegen.spec import Action, Spec  # noqa: E402

LITERAL = r'((?:"(?:[^"\\]|\\.)*"\s*|PRI\w+\s*)+)'
# The text of an outcome: the handler's own text, or the text in front of the message of the database or of a missing
# user.
SAID = re.compile(
    rf"action_(?:refuse|retry)\(\s*call,\s*{LITERAL}"
    r'|action_database_\w+\(\s*call,[^;"]*"([^"]*)"'
    r'|action_user\(\s*call,\s*"([^"]*)"'
)
# The texts that handlers of this repository pass to the code of the ERP's tables.
HANDED = re.compile(r'doing = "([^"]*)"|\.name = "([^"]*)"')
FORMAT = re.compile(r"%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|\{\w+\}")
NO_USER = "no user: the event names none"  # the message of action_user
OF_EVERY_ACTION = "out of the memory budget of this task"
TEMPLATE = "is not implemented yet"


@dataclass(frozen=True)
class Said:
    path: Path
    line: int
    text: str  # with `%` for each variable part


@cache
def code_of(path: Path) -> str:
    """The code without the marks around texts that a log may show."""
    code = path.read_text(encoding="utf-8", errors="replace")
    return re.sub(r'PUBLIC\(((?:"(?:[^"\\]|\\.)*"\s*|PRI\w+\s*)+)\)', r"\1", code)


def literal(text: str) -> str:
    joined = re.sub(r"PRI\w+", '"s"', text)
    return re.sub(r"\\(.)", r"\1", "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', joined)))


def shape(text: str) -> str:
    return FORMAT.sub("%", text.replace("%%", "\0")).replace("\0", "%")


def texts_in(path: Path, handed: bool) -> Iterator[Said]:
    code = code_of(path)
    for match in SAID.finditer(code):
        own, database, user = match.groups()
        text = literal(own) if own else f"{user}: {NO_USER}" if user else f"{database}: %s"
        yield Said(path, code.count("\n", 0, match.start()) + 1, shape(text))
    for match in HANDED.finditer(code) if handed else ():
        doing, decision = match.groups()
        text = f"{decision}: {NO_USER}" if decision else f"{doing}: %s"
        yield Said(path, code.count("\n", 0, match.start()) + 1, shape(text))


def bodies(action: Action, spec: Spec, tree: SourceTree) -> list[Path]:
    """The files of the handler: their names are or begin with the action's name, and belong to no other action."""
    names = {other.name for other in spec.actions} - {action.name}
    longer = tuple(name for name in names if name.startswith(f"{action.name}_"))
    found = sorted((tree.root / BODIES).glob(f"{action.name}*.c"))
    return [
        path
        for path in found
        if path.stem == action.name
        or (path.stem.startswith(f"{action.name}_") and not any(is_of(path.stem, name) for name in longer))
    ]


def is_of(stem: str, name: str) -> bool:
    return stem == name or stem.startswith(f"{name}_")


def used(paths: list[Path], tree: SourceTree) -> list[Path]:
    """The code of src and of handlers/ that the files include, directly or indirectly."""
    found: dict[str, Path] = {}
    names = [name for path in paths for name in included(code_of(path))]
    while names:
        name = names.pop()
        path = ROOT / "src" / f"{name}.c" if not name.startswith("handlers/") else tree.root / f"{name}.c"
        if name in found or not path.exists():
            continue
        found[name] = path
        header = path.with_suffix(".h")
        names += included(code_of(path) + (code_of(header) if header.exists() else ""))
    return list(found.values())


def included(code: str) -> list[str]:
    return re.findall(r'#include "((?:erp|http|secrets|smtp|handlers)/\w+)\.h"', code)


def same(declared: str, text: str) -> bool:
    """Whether a declared text covers the text in the code. A variable part may cover any text that is not empty."""
    pattern = ".+".join(re.escape(part) for part in FORMAT.split(declared))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def undeclared(action: Action, paths: list[Path], handed: bool) -> Iterator[str]:
    declared = [error.text for error in action.errors]
    for path in paths:
        for said in texts_in(path, handed):
            if OF_EVERY_ACTION in said.text or not said.text.replace("%", "").strip():
                continue
            if not any(same(one, said.text) for one in declared):
                yield (
                    f"{named(path)}:{said.line}:1: error: action '{action.name}' fails with '{said.text}', which its"
                    f" 'errors' in {action.file} do not have; add it there"
                )


def unsaid(action: Action, paths: list[Path], tree: SourceTree) -> Iterator[str]:
    others = used(paths, tree)
    texts = [said.text for path in (*paths, *others) for said in texts_in(path, not tree.added or path in others)]
    known = re.sub(r'"\s*(?:PRI\w+\s*)?\n?\s*"', "", "".join(map(code_of, (*paths, *others)))).replace('\\"', '"')
    for error in action.errors:
        if any(same(error.text, text) for text in texts) or all(
            part.removesuffix(": ") in known for part in FORMAT.split(error.text)
        ):
            continue
        yield (
            f"{place(error.mark)}: error: action '{action.name}': no code of its handler says the error '{error.text}';"
            " remove it, or fail with this text"
        )


def place(mark: Mark) -> str:
    return f"{mark.file}:{mark.line}:{mark.column}"


def named(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def faults_of(action: Action, spec: Spec, tree: SourceTree) -> list[str]:
    paths = bodies(action, spec, tree)
    if not paths or any(f'"{action.name} {TEMPLATE}"' in code_of(path) for path in paths):
        return []
    return [*undeclared(action, paths, not tree.added), *unsaid(action, paths, tree)]


def faults(spec: Spec, trees: list[SourceTree]) -> list[str]:
    return [
        fault
        for tree in trees
        for action in part_of(spec, tree).actions
        if action.has_handler
        for fault in faults_of(action, spec, tree)
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="failures", description=__doc__)
    parser.add_argument("--stamp", type=Path, required=True)
    parser.add_argument("--actions", type=Path)
    parser.add_argument("specs", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    try:
        trees = trees_of(ROOT, options.actions)
        spec = checker.load(checker.files_of(options.specs), ROOT)
    except SpecError as fault:
        print(fault, file=sys.stderr)
        return 1
    found = faults(spec, trees)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    if not found:
        options.stamp.write_text("")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
