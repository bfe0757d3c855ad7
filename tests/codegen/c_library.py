"""Names of the C library as this machine has it: `python -m tests.codegen.c_library` writes codegen/c_names.txt."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

from codegen import taken
from tests.codegen.support import ROOT

NAME = re.compile(r"[a-z][a-z0-9_]{2,47}")  # that an action can have
CONSTANT = re.compile(r"[A-Z][A-Z0-9]{2,}_[A-Z0-9]+_[A-Z0-9_]+")  # ACTION_FIELD_VALUE
FOREIGN = re.compile(r"^(grpc|cjson|libpq|curl|microhttpd|openssl|protobuf)")
INCLUDE = re.compile(r"^#include <(.+)>", re.MULTILINE)
# What is defined twice, or hides the other, when a function of ours has the name.
LIBRARIES = ("c", "m", "z", "crypto", "ssl", "pq", "curl", "cjson", "microhttpd", "grpc", "gpr", "cares", "protobuf-c")
HEAD = """\
# Names of the C library and of the libraries that the worker is linked with: what C made from a spec may not be called.
# `python -m tests.codegen.c_library` writes this file anew.
"""


def gcc(folder: Path, *arguments: str) -> str:
    """What it prints of a file that includes every header of the C library that the worker does."""
    texts = [path.read_text() for part in ("src", "handlers") for path in (ROOT / part).rglob("*.[ch]")]
    headers = sorted({name for text in texts for name in INCLUDE.findall(text) if not FOREIGN.match(name)})
    source = folder / "headers.c"
    source.write_text("".join(f"#include <{name}>\n" for name in headers))
    command = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-o", "-", *arguments, str(source)]
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def exported(library: str) -> set[str]:
    """What a shared library exports."""
    path = subprocess.run(
        ["gcc", f"-print-file-name=lib{library}.so.6" if library in "cm" else f"-print-file-name=lib{library}.so"],
        text=True,
        capture_output=True,
        check=True,
    ).stdout.strip()
    listed = subprocess.run(["nm", "-D", "--defined-only", path], text=True, capture_output=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in listed.splitlines()}


def found(folder: Path) -> dict[str, set[str]]:
    """The names by the sections of codegen/c_names.txt."""
    macros = gcc(folder, "-E", "-dM")
    text = gcc(folder, "-E", "-P")
    prototypes = folder / "prototypes"
    gcc(folder, "-S", "-aux-info", str(prototypes))
    constants = re.findall(r"^#define (\w+)", macros, re.MULTILINE) + re.findall(r"\b[A-Z]\w+", text)
    functions = {name for line in prototypes.read_text().splitlines() for name in re.findall(r"(\w+) \(", line)[:1]}
    called = set(re.findall(r"^#define (\w+)\(", macros, re.MULTILINE))
    for library in LIBRARIES:
        functions |= exported(library)
    sections = {
        "macros": set(re.findall(r"^#define (\w+) ", macros, re.MULTILINE)),
        "types": set(re.findall(r"\b(\w+)(?:\[\w*\])?;", "".join(re.findall(r"\btypedef\b[^;]*?;", text)))),
        "tags": set(re.findall(r"\b(?:struct|union|enum) (\w+)\b", text)),
        "functions": functions | called,
    }
    sections["types"] |= set(re.findall(r"\} (\w+)(?: __attribute__[^;]*)?;", text))
    made = {section: {name for name in names if NAME.fullmatch(name)} for section, names in sections.items()}
    return made | {"constants": {name for name in constants if CONSTANT.fullmatch(name)}}


def text_of(sections: dict[str, set[str]]) -> str:
    parts = [
        f"[{section}]\n" + textwrap.fill(" ".join(sorted(names)), 120, break_on_hyphens=False) + "\n"
        for section, names in sections.items()
    ]
    return HEAD + "\n".join(parts)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        taken.FILE.write_text(text_of(found(Path(scratch))))
