"""Texts in C: the compiler reads the text that was written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codegen.c_text import PIECE, c_comment, c_string, c_text

TEXTS = [
    "",
    "plain",
    'a "quoted" \\ backslash\tand a tab',
    "??/ and ??' are trigraphs, ??? is not",
    "\u00e4\u20ac\U0001f6001 followed by a digit",
    "two lines\nand one without end",
    "x" * (PIECE - 1) + "\\" + "y" * PIECE,
    "?" * (PIECE + 5),
]


@pytest.mark.parametrize("options", [["-std=gnu17"], ["-std=c17"]], ids=" ".join)
def test_the_compiler_reads_the_same_text(options: list[str], tmp_path: Path) -> None:
    lines = [
        f"fwrite({form(text)}, 1, {len(text.encode()) + 1}, stdout);" for text in TEXTS for form in (c_string, c_text)
    ]
    comments = "\n".join(c_comment(text + " */ int broken; /* ??/\n") for text in TEXTS)
    source, program = tmp_path / "texts.c", tmp_path / "texts"
    source.write_text(f"#include <stdio.h>\n{comments}\nint main(void)\n{{\n" + "\n".join(lines) + "\nreturn 0;\n}\n")
    subprocess.run(["gcc", *options, "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    printed = subprocess.run([program], capture_output=True, check=True).stdout
    assert printed == b"".join(2 * (text.encode() + b"\0") for text in TEXTS)


def test_a_long_text_is_written_in_pieces() -> None:
    assert c_text("a\nb" * 2) == '"a\\n"\n"ba\\n"\n"b"'
    assert [len(line) for line in c_text("x" * 250).splitlines()] == [102, 102, 52]
