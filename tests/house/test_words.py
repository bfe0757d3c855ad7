"""Plain English: words that once had a private meaning here, or were translated from another language, stay away."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch

import pytest

from zarf.dev.process import ROOT

FOLDERS = ("src", "handlers", "codegen", "spec", "tests", "docs", "zarf", "examples")
FILES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "meson.build")
SUFFIXES = (".c", ".h", ".py", ".md", ".j2", ".yaml", ".build", "Makefile")
# Data, and this list.
NOT_READ = ("tests/replay/histories/*", "tests/codegen/golden/*", "tests/house/test_words.py")

# Word -> what to write instead.
WORDS = {
    r"\b(un)?told\b": "recorded, reported, printed, sent",
    r"\btells\b(?! .*\bapart\b)": "says, reports, writes",
    r"\bhas been told\b": "knows",
    r"(?<!there )\b(is|are) (?-i:none)\b(?! of\b)": "there is none; NULL when ...",
    r"\bpatience\b": "wait limit",
    r"\b\w*with_chance\b": "with_jitter",
    r"\bhooks?\b": "userdata",
    r"\bbeaten\b": "the heartbeat ended",
    r"\breach_\w+": "readiness_...",
    r"\barena_stock\b|\bstock of arenas\b": "arena cache",
    r"\bworker_ended_something\b": "janitor_run",
    r"\bworker/parts\.h": "..._internal.h",
    r"\bcomes? home\b": "ends, returns",
    r"\bgoes on with\b": "continues with",
    r"\basking again\b": "retrying",
    r"\bhonest word\b": "says exactly",
    r"\bcontract (engine|handlers|actions|schema)\b": "the reason itself",
    r"\b(engine|handlers|features|cstyle)\.md\b": "the reason itself",
    r"\bdesign part\b": "the reason itself",
}
# Where a word has another meaning: path -> words.
ALLOWED: dict[str, tuple[str, ...]] = {
    "src/base/json_file.c": (r"\bhooks?\b",),  # cJSON's own name
    "codegen/templates/*": (r"(?<!there )\b(is|are) (?-i:none)\b(?! of\b)",),  # Jinja's test
}
# What is promised to others, word by word.
PROMISED = ("nobody is told", "no patience")
# In these files a letter is not of the alphabet.
MAIL = ("src/smtp/*", "handlers/send_email.c", "tests/unit/smtp/*", "tests/handlers/test_send_email.c")


def read_files() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *FOLDERS, *FILES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if name.endswith(SUFFIXES) and path.is_file() and not any(fnmatch(name, pattern) for pattern in NOT_READ):
            yield name, path.read_text(errors="replace")


def allows(name: str, word: str) -> bool:
    return any(fnmatch(name, pattern) and word in words for pattern, words in ALLOWED.items())


def found_in(name: str, text: str, word: str) -> list[str]:
    if allows(name, word):
        return []
    for promised in PROMISED:
        text = text.replace(promised, "")
    lines = text.splitlines()
    return [f"{name}:{i + 1}: {line.strip()}" for i, line in enumerate(lines) if re.search(word, line, re.IGNORECASE)]


@pytest.fixture(scope="module")
def files() -> list[tuple[str, str]]:
    read = list(read_files())
    assert len(read) > 300
    return read


@pytest.mark.parametrize("word", WORDS)
def test_word_is_not_used(files: list[tuple[str, str]], word: str) -> None:
    found = [line for name, text in files for line in found_in(name, text, word)]
    assert found == [], f"write instead: {WORDS[word]}"


def test_mail_is_a_message(files: list[tuple[str, str]]) -> None:
    word = r"\bletters?\b(?!.*\b(digit|alphabet|ASCII|blank)\w*)"
    mail = [(name, text) for name, text in files if any(fnmatch(name, pattern) for pattern in MAIL)]
    assert len(mail) > 3
    assert [line for name, text in mail for line in found_in(name, text, word)] == [], "write instead: message"


@pytest.mark.parametrize("line", ["/* What the server is told. */", "/* A poll; NULL: none is. The list is none. */"])
def test_a_word_is_found(line: str) -> None:
    assert any(found_in("src/base/text.c", line, word) for word in WORDS)


@pytest.mark.parametrize("line", ["NULL when there is none", "it is none of the values", "cannot tell these apart"])
def test_plain_english_is_not(line: str) -> None:
    assert not any(found_in("src/base/text.c", line, word) for word in WORDS)
