"""A room uses only rooms below it, and each library is known in only one room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from zarf.dev.process import ROOT

# From the lowest room to the highest.
ROOMS = (
    "base",
    "settings",
    "graph",
    "action",
    "secrets",
    "postgres",
    "smtp",
    "http",
    "erp",
    "check",
    "engine",
    "rule",
    "picture",
    "temporal",
    "worker",
    "ops",
    "mcp",
    "console",
    "runs",
    "authoring",
    "agents",
    "cli",
)
# Pairs of rooms that must not use each other although one is above the other.
STRANGERS = {
    "graph": {"settings"},
    "action": {"graph", "settings"},
    "secrets": {"graph"},
    "postgres": {"graph", "action", "secrets"},
    "smtp": {"graph", "action", "secrets", "postgres"},
    "http": {"graph", "postgres", "smtp"},
    "erp": {"graph", "secrets", "smtp", "http"},
    "check": {"settings", "secrets", "postgres", "smtp", "http", "erp"},
    "engine": {"settings", "secrets", "postgres", "smtp", "http", "erp", "check"},
    "rule": {"settings", "secrets", "postgres", "smtp", "http", "erp"},
    "picture": {"settings", "secrets", "postgres", "smtp", "http", "erp", "check", "rule"},
    "temporal": {"check", "rule", "picture"},
    "worker": {"check", "rule"},
    "ops": {"worker", "temporal", "picture", "rule", "engine", "check", "secrets", "postgres", "smtp", "http", "erp"},
    "mcp": set(ROOMS) - {"base", "action", "mcp"},
    "console": set(ROOMS) - {"base", "settings", "postgres", "http", "erp", "picture", "console"},
    "runs": {"graph", "secrets", "http", "erp", "check", "worker", "ops", "mcp"},
    "authoring": {"settings", "secrets", "smtp", "http", "erp", "check", "picture", "worker", "ops", "mcp", "runs"},
    "agents": {"settings", "secrets", "postgres", "smtp", "http", "erp", "check", "worker", "ops"},
}
# The interpreter is pure: it has no network, clock, log, randomness, threads or I/O.
PURE = ("graph", "action", "check", "engine", "rule", "picture")
IMPURE_HEADERS = re.compile(
    r"base/(clock|log|random)|grpc/|libpq|pthread|time\.h|unistd\.h|sys/|curl/|microhttpd|threads\.h|signal\.h"
)
# Libraries and the only files that may know them.
LIBRARIES = {
    r"grpc/.*": ["src/temporal/channel*.c"],
    r"cjson/.*|cJSON\.h": ["src/base/json*.c"],
    r"libpq-fe\.h|postgresql/.*": ["src/postgres/*"],
    r"curl/.*": ["src/smtp/*", "src/http/*"],
    r"microhttpd\.h": ["src/ops/*.c"],
    r"dlfcn\.h": ["src/authoring/graphviz.c"],
    r"protobuf-c/.*": ["src/temporal/*"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.[ch]"))


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text())


def below(room: str) -> set[str]:
    return set(ROOMS[: ROOMS.index(room) + 1]) - STRANGERS.get(room, set())


def reaches_up() -> Iterator[str]:
    for room in ROOMS:
        for path in sources(f"src/{room}"):
            for name in includes(path):
                other = name.split("/")[0]
                if "/" in name and other in ROOMS and other not in below(room):
                    yield f"{path.relative_to(ROOT)} includes {name}"


def test_there_is_a_house() -> None:
    assert {path.name for path in (ROOT / "src").iterdir() if path.is_dir()} == set(ROOMS)
    assert len(sources("src")) > 50


def test_no_room_reaches_up() -> None:
    assert list(reaches_up()) == []


@pytest.mark.parametrize("room", PURE)
def test_the_interpreter_is_pure(room: str) -> None:
    found = [(str(path.relative_to(ROOT)), name) for path in sources(f"src/{room}") for name in includes(path)]
    assert [pair for pair in found if IMPURE_HEADERS.match(pair[1])] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_in_one_place(library: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in sources("src", "handlers")
        if any(re.fullmatch(library, name) for name in includes(path))
        and not any(path.relative_to(ROOT).match(allowed) for allowed in LIBRARIES[library])
    ]
    assert strangers == []


def test_handlers_know_neither_temporal_nor_json_text() -> None:
    allowed = {"base", "settings", "action", "secrets", "postgres", "smtp", "http", "erp"}
    for path in sources("handlers"):
        for name in includes(path):
            room = name.split("/")[0]
            assert room not in set(ROOMS) - allowed, f"{path.name} includes {name}"


@pytest.mark.parametrize("folder", ["src", "handlers", "codegen", "zarf", "tests"])
def test_one_subject_a_file(folder: str) -> None:
    kept = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".h", ".py", ".j2")]
    assert [path for path in kept if len(path.read_text().splitlines()) > 800] == []


def test_each_program_of_tests_says_how_long_it_may_take() -> None:
    """Meson's default of 30 s is too short on a slow machine."""
    found = 0
    for path in (ROOT / "tests").rglob("meson.build"):
        text = path.read_text()
        programs = len(re.findall(r"\btest\(", text))
        assert programs == text.count("timeout: "), path
        found += programs
    assert found > 10


def test_lines_of_comments_are_as_wide_as_code() -> None:
    """clang-format does not wrap comments."""
    for path in sources("src", "handlers"):
        wide = [number for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > 120]
        assert wide == [], path


def test_names_of_c_that_are_not_used() -> None:
    """C functions that have no bounds or depend on the locale."""
    banned = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|setlocale)\s*\(")
    for path in sources("src", "handlers"):
        code = re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", "", path.read_text(), flags=re.DOTALL)
        assert banned.findall(code) == [], path
