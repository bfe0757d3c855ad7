"""Within a room no two files use each other, and no room uses a room above it. The symbols of the object files show it.

Runs on an existing build folder: WORKER_BUILD, or `build`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.house.dependencies import arrows, build_folder, circles, describe, read_objects, sources_of
from tests.house.test_layers import ROOMS, below
from zarf.dev.process import ROOT

# The rooms that handlers may use.
HANDLERS_USE = {"base", "settings", "action", "secrets", "postgres", "smtp", "http", "erp"}
# The rooms that know the actions through the registry.
REGISTRY_USED_BY = ("runs", "authoring", "agents", "cli")


@pytest.fixture(scope="module")
def uses() -> dict[str, set[str]]:
    build = build_folder()
    assert (build / "compile_commands.json").exists(), f"{build} is no build folder"
    ours = {path: source for path, source in sources_of(build).items() if room_of(source) is not None}
    objects = read_objects(ours)
    missing = sorted(set(ours.values()) - {item.source for item in objects})
    assert missing == [], "not compiled yet: run `ninja -C build`"
    return arrows(objects)


def room_of(source: str) -> str | None:
    parts = Path(source).parts
    if parts[0] == "src" and len(parts) > 2 and parts[1] in ROOMS and not source.endswith(".pb-c.c"):
        return parts[1]
    return parts[0] if parts[0] in ("handlers", "generated") else None


def within(uses: dict[str, set[str]], room: str) -> dict[str, set[str]]:
    files = {name for name in uses if room_of(name) == room}
    return {name: uses[name] & files for name in files}


def reaching_up(uses: dict[str, set[str]]) -> list[str]:
    found = []
    for name, others in uses.items():
        room = room_of(name)
        if room is None or room == "generated":
            continue
        allowed = HANDLERS_USE | {"handlers", "generated"} if room == "handlers" else below(room)
        if room in REGISTRY_USED_BY:
            allowed = allowed | {"handlers", "generated"}
        found += [f"{name} uses {other}" for other in sorted(others) if room_of(other) not in allowed]
    return sorted(found)


@pytest.mark.parametrize("room", [*ROOMS, "handlers"])
def test_no_circle_of_files(uses: dict[str, set[str]], room: str) -> None:
    inside = within(uses, room)
    assert inside, f"no object files of {room}"
    assert [describe(circle, inside) for circle in circles(inside)] == []


def test_no_arrow_up(uses: dict[str, set[str]]) -> None:
    assert reaching_up(uses) == []


def compiled(folder: Path, files: dict[str, str]) -> dict[str, set[str]]:
    """The arrows of these sources: path -> text."""
    objects = {}
    for name, text in files.items():
        source = folder / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        output = folder / (name.replace("/", "_") + ".o")
        subprocess.run(["cc", "-c", str(source), "-o", str(output)], check=True, cwd=ROOT)
        objects[output] = name
    return arrows(read_objects(objects))


def test_a_circle_is_found(tmp_path: Path) -> None:
    uses = compiled(
        tmp_path,
        {
            "src/base/one.c": "void two(void); void one(void) { two(); }",
            "src/base/two.c": "void three(void); void two(void) { three(); }",
            "src/base/three.c": "void one(void); void three(void) { one(); }",
            "src/base/four.c": "void one(void); void four(void) { one(); }",
        },
    )
    inside = within(uses, "base")
    assert circles(inside) == [["src/base/one.c", "src/base/three.c", "src/base/two.c"]]
    assert "src/base/two.c -> src/base/three.c" in describe(circles(inside)[0], inside)


def test_namesakes_within_files_are_no_circle(tmp_path: Path) -> None:
    uses = compiled(
        tmp_path,
        {
            "src/base/one.c": "static int two(void) { return 0; } int one(void) { return two(); }",
            "src/base/two.c": "int one(void); int two(void) { return one(); }",
        },
    )
    assert circles(uses) == []


def test_an_arrow_up_is_found(tmp_path: Path) -> None:
    uses = compiled(
        tmp_path,
        {
            "src/temporal/low.c": "void high(void); void low(void) { high(); }",
            "src/worker/high.c": "void low(void); void high(void) { low(); }",
            "handlers/body.c": "void high(void); void body(void) { high(); }",
        },
    )
    assert reaching_up(uses) == [
        "handlers/body.c uses src/worker/high.c",
        "src/temporal/low.c uses src/worker/high.c",
    ]
