"""Names: what a spec may call things, and what they are called in C."""

from __future__ import annotations

import re

from codegen import taken

ACTION = re.compile(r"[a-z][a-z0-9_]{2,47}")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
C_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
OUTPUT = re.compile(r"[a-z][a-z0-9_]{0,47}")

_KEYWORDS = """
alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern false float
for goto if inline int long nullptr register restrict return short signed sizeof static static_assert struct switch
thread_local true typedef typeof union unsigned void volatile while
"""

KEYWORDS = frozenset(_KEYWORDS.split())


def c_name_of(key: str) -> str | None:
    """The C name of a key, or None when it needs one said."""
    return key if C_NAME.fullmatch(key) and not is_word(key) else None


def suggested(text: str) -> str | None:
    """A C name that is much like a text, or None when there is none."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return next((found for found in (name, f"{name}_value", f"the_{name}") if name and c_name_of(found)), None)


def is_word(name: str) -> bool:
    """Does it mean something wherever it stands in C?"""
    return name in KEYWORDS or name in taken.names().macros


def singular(name: str) -> str:
    """What one element of a list is called."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "shes", "ches", "xes")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 2:
        return name[:-1]
    return name + "_item"


def constant(action: str, tag: str, value: str) -> str:
    """The constant of a value of an enum."""
    return f"{upper(action)}_{upper(tag)}_{upper(value)}"


def upper(text: str) -> str:
    """A text as part of a name of a constant."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
