"""How C is laid out: filters for the templates. The style is that of .clang-format."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Sequence

WIDTH = 120
MANY = 5  # items of a list, from which on it may be laid out in columns
PLAIN = re.compile(r"[ !#->@-\[\]-~]*")  # what stands for itself in a literal
UNPRINTABLE = re.compile(r"[^ -~]+")
OCTAL = [f"\\{byte:03o}" for byte in range(256)]
WHOLE = re.compile(r"(?:\\[0-7]{3}|\\[^0-7]|[^\\])*")  # of escapes and of what stands for itself
QUESTION = re.compile(r"\?(?=\?)")


def c_string(text: str) -> str:
    """A C literal of any text: ASCII only, no trigraphs."""
    if PLAIN.fullmatch(text):
        return f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    if "??" in escaped:
        escaped = QUESTION.sub(r"?\\", escaped)
    if not (escaped.isascii() and escaped.isprintable()):
        escaped = UNPRINTABLE.sub(lambda match: "".join(map(OCTAL.__getitem__, match.group().encode())), escaped)
    return f'"{escaped}"'


def c_comment(text: str, indent: int = 0) -> str:
    """A comment of any text; its first line is not indented."""
    safe = text.replace("*/", "* /").replace("/*", "/ *").replace("\\\n", "\n")
    safe = "".join(char if char >= " " or char == "\n" else " " for char in safe).rstrip("\\ \n")
    lines: list[str] = []
    for paragraph in safe.split("\n"):
        lines += textwrap.wrap(paragraph, WIDTH - indent - 6, break_long_words=False, break_on_hyphens=False) or [""]
    while "??/" in (joined := ("\n" + " " * (indent + 3)).join(lines)):
        lines = [line.replace("??/", "? ?/") for line in lines]
    return f"/* {joined} */"


def c_lines(text: str, indent: int) -> list[str]:
    """Literals that together are the text: one for each of its lines, and more where a line is long."""
    literals: list[str] = []
    for line in text.splitlines(keepends=True) if "\n" in text else [text]:
        literals += cut_literal(c_string(line), WIDTH - indent - 1)
    return literals


@functools.cache  # what a fault says is said of many documents
def literals(text: str, indent: int) -> str:
    """Those literals below each other, of which the first begins in column `indent`."""
    return ("\n" + " " * indent).join(c_lines(text, indent))


def cut_literal(literal: str, width: int) -> list[str]:
    """Literals of that width at most which together are the same."""
    cut: list[str] = []
    start = 1
    while len(literal) - start > width - 1:
        room = start + width - 2
        end = literal.rfind(" ", start + 1, room) + 1 or _whole_end(literal, start, room)
        cut.append(f'"{literal[start:end]}"')
        start = end
    return [*cut, '"' + literal[start:]]


def cut_at(value: str, column: int, tail: str = ",") -> str:
    """A value that begins in that column, with a tail to come: a literal is cut where it is long."""
    if not value.startswith('"'):
        return value
    return ("\n" + " " * column).join(cut_literal(value, WIDTH - column - len(tail)))


def _whole_end(literal: str, start: int, end: int) -> int:
    """Where to cut so that no escape is cut in two."""
    match = WHOLE.match(literal, start, end)
    assert match is not None
    return match.end()


def call(head: str, arguments: Sequence[str], tail: str, indent: int = 0) -> str:
    """`head(arguments)tail`, filled to the width. `indent` is where the first line begins."""
    one = f"{head}({', '.join(arguments)}){tail}"
    if indent + len(one) <= WIDTH:
        return one
    column = indent + len(head) + 1
    if any(column + len(argument) + 1 > WIDTH for argument in arguments):
        column = indent + 4
        lines = [f"{head}(", " " * column]
    else:
        lines = [f"{head}("]
    for index, argument in enumerate(arguments):
        text = argument + (")" + tail if index + 1 == len(arguments) else ",")
        start = indent if len(lines) == 1 else 0
        if index and start + len(lines[-1]) + 1 + len(text) > WIDTH:
            lines.append(" " * column + text)
        else:
            blank = " " if index and lines[-1].strip() else ""
            lines[-1] += blank + text
    return "\n".join(lines)


def initializer(items: Sequence[str], head: str) -> str:
    """`head{items};` on one line, or in lines of items below."""
    one = f"{head}{{{', '.join(items)}}};"
    if len(one) <= WIDTH:
        return one
    return head + "{\n" + "".join(f"    {line}\n" for line in item_lines(items)) + "};"


def item_lines(items: Sequence[str]) -> list[str]:
    """Items with a comma after each, in columns, or each on a line of its own."""
    texts = [item + "," for item in items]
    sizes = column_sizes([len(text) for text in texts]) if len(texts) >= MANY else [0]
    count = len(sizes)
    rows = [texts[start : start + count] for start in range(0, len(texts), count)]
    return [" ".join(map(str.ljust, row, sizes)).rstrip() for row in rows]


def column_sizes(lengths: Sequence[int]) -> list[int]:
    """The widths of columns that make the fewest lines, without holes of more than ten blanks."""
    best: list[int] = [0]
    for count in range(1, min(len(lengths), WIDTH // 3) + 1):
        columns = [lengths[first::count] for first in range(count)]
        sizes = [max(column) for column in columns]
        holes = [max(column) - min(column) for column in columns[:-1]]
        fewer = -(-len(lengths) // count) < -(-len(lengths) // len(best))
        if fewer and max(holes, default=0) <= 10 and sum(sizes) + count - 1 <= WIDTH - 4:
            best = sizes
    return best


def deprecation(path: str, instead: str) -> str:
    """An item of a list: a path and what to use instead of what is there, which may be a long text."""
    head = f"{{.path = {c_string(path)},"
    one = f"{head} .instead = {c_string(instead)}}}"
    if len(one) + 5 <= WIDTH:
        return one
    return f"{head}\n     .instead = {literals(instead, 16)}}}"


def assignment(target: str, value: str, arguments: Sequence[str], indent: int) -> str:
    """`target = value(arguments);`, broken after = where it is long."""
    one = f"{target} = {value}({', '.join(arguments)});"
    if indent + len(one) <= WIDTH:
        return one
    return f"{target} =\n{' ' * (indent + 4)}{call(value, arguments, ';', indent + 4)}"


def set_to(target: str, value: str, indent: int = 4) -> str:
    """`target = value;`, broken after = where it is long, or a text in its midst."""
    one = f"{target} = {value};"
    if indent + len(one) <= WIDTH:
        return one
    if not value.startswith('TEXT("'):
        return f"{target} =\n{' ' * (indent + 4)}{value};"
    head = f"{target} = TEXT("
    return f"{head}{cut_at(value[5:-1], indent + len(head), ');')});"


def condition(parts: Sequence[str], tail: str = ")", indent: int = 4) -> str:
    """`if (a && b)`, broken after && where it is long."""
    lines = ["if ("]
    for index, part in enumerate(parts):
        text = part + (tail if index + 1 == len(parts) else " &&")
        start = indent if len(lines) == 1 else 0
        if index and start + len(lines[-1]) + 1 + len(text) > WIDTH:
            lines.append(" " * (indent + 4) + text)
        else:
            lines[-1] += (" " if index else "") + text
    return "\n".join(lines)


def c_text(text: str, head: str, indent: int = 4) -> str:
    """A text as an initializer after `head`: beside it where each of its literals has room there, else below."""
    column = len(head) + 1
    lines = c_lines(text, column) if "\n" not in text and len(text) < WIDTH else c_lines(text, indent)
    ends = [*map(len, lines[:-1]), len(lines[-1]) + 1]  # the last one with its ';'
    if column + max(ends) <= WIDTH:
        return " " + ("\n" + " " * column).join(lines)
    return "\n" + " " * indent + literals(text, indent)
