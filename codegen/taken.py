"""Names that C has already: of its library, of those that the worker is linked with, and of our own headers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILE = HERE / "c_names.txt"
ROOT = HERE.parent
# Folders whose headers what is made from a spec, and handlers, include; with the others it is only linked.
SEEN = (
    "src/base",
    "src/settings",
    "src/action",
    "src/postgres",
    "src/smtp",
    "src/erp",
)  # also by what is made to be part of the worker
INCLUDED = (*SEEN, "tests/codegen", "tests/fuzz", "tests/handlers")

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\(?)", re.MULTILINE)
_ENUM = re.compile(r"\benum\b[^{};()]*\{([^}]*)\}")
_TAG = re.compile(r"\b(?:struct|union|enum)\s+(\w+)\s*\{")
_CONSTANT = re.compile(r"(?:^|,)\s*(\w+)")
_ATTRIBUTE = re.compile(r"\b__attribute__\s*\(\(.*\)\)")
_ONLY_TAG = re.compile(r"\s*(?:struct|union|enum)(?:\s+\w+)?\s*;")
_NAME = re.compile(r"\(\s*\*\s*(\w+)|(\w+)\s*[(\[;=]")


@dataclass
class Taken:
    """Each name with who has it, in words."""

    ordinary: dict[str, str] = field(default_factory=dict)  # functions, objects, types, constants
    tags: dict[str, str] = field(default_factory=dict)  # of structs, unions, enums
    macros: dict[str, str] = field(default_factory=dict)  # that stand for something wherever they stand


@functools.cache
def names() -> Taken:
    taken = Taken()
    for folder in dict.fromkeys((*INCLUDED, *(f"src/{path.name}" for path in sorted((ROOT / "src").iterdir())))):
        for header in sorted((ROOT / folder).glob("*.h")):
            _header(taken, header, folder in INCLUDED)
    words = {
        "macros": (taken.macros, "the C library has"),
        "types": (taken.ordinary, "the C library has"),
        "tags": (taken.tags, "the C library has"),
        "functions": (taken.ordinary, "a library of the worker has"),
        "constants": (taken.macros, "the C library has"),
    }
    for part in FILE.read_text(encoding="utf-8").split("\n[")[1:]:
        section, _, listed = part.partition("]")
        kept, what = words[section]
        kept |= dict.fromkeys(listed.split(), what)
    return taken


def _header(taken: Taken, path: Path, included: bool) -> None:
    where = path.relative_to(ROOT)
    text = _COMMENT.sub(" ", path.read_text(encoding="utf-8"))
    code = _DIRECTIVE.sub(" ", text)
    if included:
        for name, argument in _MACRO.findall(text):
            (taken.ordinary if argument else taken.macros)[name] = f"{where} has"
        for constants in _ENUM.findall(code):
            taken.ordinary |= dict.fromkeys(_CONSTANT.findall(constants), f"{where} has")
        taken.tags |= dict.fromkeys(_TAG.findall(code), f"{where} has")
    for declaration in _declarations(code):
        if "typedef" in declaration and not included:
            continue
        match = None if _ONLY_TAG.fullmatch(declaration) else _NAME.search(_ATTRIBUTE.sub("", declaration))
        if match:
            taken.ordinary[match[1] or match[2]] = f"{where} has"


def _declarations(code: str) -> Iterator[str]:
    """What is declared outside of braces, without what is in them."""
    depth, start = 0, 0
    kept: list[str] = []
    for index, char in enumerate(code):
        if char == "{":
            if depth == 0:
                kept.append(code[start:index])
            depth += 1
        elif char == "}":
            depth -= 1
            start = index + 1
            if depth == 0 and kept and ")" in kept[-1]:  # the body of a function
                yield "".join(kept)
                kept = []
        elif char == ";" and depth == 0:
            yield "".join(kept) + code[start : index + 1]
            kept, start = [], index + 1
