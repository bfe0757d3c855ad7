"""Names in a spec and their names in C.

Generated functions, types and constants carry a prefix or the name of the action and cannot collide with keywords of C.
Members of structs have no prefix; c_name() keeps them from being reserved words."""

from __future__ import annotations

import re

ACTION = re.compile(r"[a-z][a-z0-9_]{2,47}")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
C_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESULT_KEY = "^[A-Za-z_][A-Za-z0-9_]{0,63}$"  # pattern of a key that a config names
OUTPUT = re.compile(r"[a-z][a-z0-9_]{0,47}")

# Keywords of C, macros of its library that look like variables, and a keyword of C++ that clang-format would reformat.
_RESERVED = """
alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern false float
for goto if inline int long nullptr register restrict return short signed sizeof static static_assert struct switch
thread_local true typedef typeof union unsigned void volatile while
errno linux stderr stdin stdout unix
operator
"""
RESERVED = frozenset(_RESERVED.split())


def c_name(key: str) -> str:
    """The name of a key in C: lower case, with _ for other characters. A reserved word gets a trailing _."""
    name = key if C_NAME.fullmatch(key) else snake_case(key)
    return f"{name}_" if name in RESERVED else name


def snake_case(text: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def singular(name: str) -> str:
    """The name for one element of a list."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "shes", "ches", "xes")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 2:
        return name[:-1]
    return name + "_item"


def entry(tag: str) -> str:
    """The name for one entry of a map."""
    return f"{tag}_entry"


def constant(action: str, tag: str, value: str) -> str:
    """The constant of a value of an enum."""
    return f"{action}_{tag}_".upper() + upper(value)


def upper(text: str) -> str:
    """A text as part of the name of a constant."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
