"""The command: `python -m codegen --list SPEC...` and `python -m codegen --out FOLDER SPEC...`. A SPEC is a file or a
folder, which stands for every *.yaml in it."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if not __package__:  # Meson runs this file by path
    sys.path[0] = str(ROOT)

from codegen import checker, document, lock, prerequisites, render, scaffold, spec_schema  # noqa: E402
from codegen.report import SpecError  # noqa: E402
from codegen.source_tree import LOCK, SPECS, part_of, trees_of  # noqa: E402


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="codegen", description="Generates C, documents and tests from specs of actions."
    )
    parser.add_argument("specs", nargs="*", type=Path, metavar="SPEC")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the generated files there")
    parser.add_argument("--part", choices=render.PARTS, action="append", help="write only these files")
    parser.add_argument("--list", action="store_true", help="print the generated files and those written by hand")
    parser.add_argument("--scaffold", action="store_true", help="write templates for bodies and tests that are missing")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="refuse changes that would break saved rules")
    parser.add_argument("--update-lock", action="store_true", help="update the lock")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="write the reference page of the actions")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of handlers/ and tests/")
    parser.add_argument(
        "--actions",
        type=Path,
        metavar="FOLDER",
        help="actions outside of this repository: a folder with spec/, handlers/, tests/ and its own lock in spec/;"
        " --docs and --update-lock then write those of that folder",
    )
    parser.add_argument(
        "--spec-schema", action="store_true", help="print the JSON Schema of specs (spec/actions.schema.json)"
    )
    options = parser.parse_args(arguments)
    notices: list[str] = []
    if options.spec_schema:
        print(spec_schema.text(), end="")
        return 0
    try:
        trees = trees_of(options.root, options.actions)
        files = checker.files_of([*options.specs, *(tree.root / SPECS for tree in trees[1:])])
        spec = checker.load(files, options.root)
        if options.lock is not None:
            for tree, path in zip(trees, [options.lock, *(tree.root / LOCK for tree in trees[1:])], strict=True):
                found = lock.check(part_of(spec, tree), path, options.root)
                notices += found if not (options.update_lock and tree is trees[-1]) else []
    except SpecError as fault:
        print(fault, file=sys.stderr)
        return 1
    own = part_of(spec, trees[-1])
    if options.update_lock:
        path = trees[-1].root / LOCK if trees[-1].added else options.lock
        path.write_text(lock.text_of(own), encoding="utf-8")
    if options.docs is not None:
        options.docs.parent.mkdir(parents=True, exist_ok=True)
        options.docs.write_text(document.markdown(own), encoding="utf-8")
    if options.scaffold:
        try:
            for tree in trees:
                prerequisites.bodies(spec, tree)
            for tree in trees:
                for line in scaffold.make(spec, tree):
                    print(line, file=sys.stderr)
            for tree in trees:
                prerequisites.check(spec, tree, options.root)
        except SpecError as fault:
            print(fault, file=sys.stderr)
            return 1
    for line in notices:
        print(line, file=sys.stderr)
    if options.list:
        print("\n".join(scaffold.listing(spec, files, trees)))
    if options.out is not None:
        render.write(render.render(spec, options.part or render.PARTS), options.out)
    return 0


if __name__ == "__main__":
    gc.disable()  # all objects live until exit, so collection only costs time (5 %)
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as fault:
        sys.exit(f"codegen: {fault.filename}: {fault.strerror}")
