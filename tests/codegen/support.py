"""What tests of the generator share."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema

from codegen import checker, render, spec_schema
from codegen.__main__ import main
from codegen.checker import files_of
from codegen.json_values import json_from_node, json_text
from codegen.reader import Mapping, Node, Reference, Sequence
from codegen.report import Report
from codegen.spec import Spec

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ACTIONS = ROOT / "spec/actions.yaml"
KITCHEN = HERE / "kitchen"  # two files
PAIRS = KITCHEN / "pairs"  # every type with every key; built with the kitchen
BELL = HERE / "specs/bell.yaml"
SMALL = {path.stem: path for path in sorted((HERE / "specs").glob("*.yaml"))}
BAD = sorted((HERE / "bad").glob("*.yaml"))
GOOD = {"actions": ROOT / "spec", "kitchen": KITCHEN, "pairs": PAIRS, **SMALL}


def load(path: Path) -> Spec:
    """Loads a file, or all files of a folder."""
    return checker.load(files_of([path]), path if path.is_dir() else path.parent)


def generate(path: Path, *parts: str) -> dict[str, str]:
    return render.render(load(path), parts or render.PARTS)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Calls the generator in the root as the command does."""
    out, err = io.StringIO(), io.StringIO()
    listed = [str(argument) for argument in arguments]
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(listed)
    return subprocess.CompletedProcess(listed, code, out.getvalue(), err.getvalue())


def process(*arguments: str | Path, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    """Runs the generator as a separate process."""
    return subprocess.run(
        [sys.executable, "-B", ROOT / "codegen/__main__.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        text=True,
        capture_output=True,
        check=False,
    )


def as_editors_see(node: Node) -> Any:
    """To editors `!ref name` is the name, because of the custom tag of docs/spec.md."""
    match node:
        case Reference():
            return node.name
        case Mapping():
            return {key.text: as_editors_see(value) for key, value in node.entries}
        case Sequence():
            return [as_editors_see(item) for item in node.items]
    return json.loads(json_text(json_from_node(node, Report())))


@functools.cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(spec_schema.whole())


def schema_faults(node: Node) -> list[str]:
    """The faults that spec/actions.schema.json finds in a spec."""
    return [error.message for error in validator().iter_errors(as_editors_see(node))]
