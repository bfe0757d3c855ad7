"""Texts in C: literals and comments."""

from __future__ import annotations

import functools
import re
import textwrap

PIECE = 100  # number of characters of a text in one literal
PLAIN = re.compile(r"[ !#->@-\[\]-~]*")  # characters that need no escape
UNPRINTABLE = re.compile(r"[^ -~]+")
OCTAL = [f"\\{byte:03o}" for byte in range(256)]
QUESTION = re.compile(r"\?(?=\?)")


def c_string(text: str) -> str:
    """A text as a C literal: ASCII only, no trigraphs."""
    if PLAIN.fullmatch(text):
        return f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    if "??" in escaped:
        escaped = QUESTION.sub(r"?\\", escaped)
    if not (escaped.isascii() and escaped.isprintable()):
        escaped = UNPRINTABLE.sub(lambda match: "".join(map(OCTAL.__getitem__, match.group().encode())), escaped)
    return f'"{escaped}"'


@functools.cache  # many documents of a test produce the same fault
def c_text(text: str) -> str:
    """A text as literals on several lines: at least one for each line of the text."""
    lines = text.splitlines(keepends=True) or [""]
    return "\n".join(c_string(line[at : at + PIECE]) for line in lines for at in range(0, len(line) or 1, PIECE))


def c_comment(text: str) -> str:
    """A text as a comment."""
    safe = text.replace("*/", "* /").replace("/*", "/ *").replace("\\\n", "\n").replace("??/", "? ?/")
    safe = "".join(char if char >= " " or char == "\n" else " " for char in safe).rstrip("\\ \n")
    lines: list[str] = []
    for paragraph in safe.split("\n"):
        lines += textwrap.wrap(paragraph, 100, break_long_words=False, break_on_hyphens=False) or [""]
    return "/* " + "\n".join(f"   {line}".rstrip() for line in lines)[3:] + " */"
