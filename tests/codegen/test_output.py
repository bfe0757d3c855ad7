"""The output for good specs: equal to the goldens, the same each time, and written only when it changed.

UPDATE_GOLDENS=1 rewrites the goldens; read the difference before you commit it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codegen import render, settings
from tests.codegen.support import BELL, GOOD, HERE, ROOT, SMALL, command, generate, load, process

FEATURES = {path.stem: path for path in sorted((HERE / "features").glob("*.yaml"))}


def reviewed(name: str) -> dict[str, str]:
    """The output that the goldens hold: for a feature only the header and the code for its fields, not texts that other
    goldens show."""
    if name in SMALL:
        return generate(SMALL[name], "code")
    made = generate(FEATURES[name], "code")
    action = load(FEATURES[name]).actions[0].name
    code, _, rest = made[f"{action}.c"].partition(f"\nbool {action}_config_read(")
    code = code.partition("_outputs[]")[2].partition("};\n\n")[2]
    writers = rest.partition("\n}\n\n")[2].partition(f"\nenum status {action}_result_write(")[0]
    return {f"{action}.h": made[f"{action}.h"].partition(f"struct {action}_services")[0], f"{action}.c": code + writers}


FILES = [(name, file) for name in (*SMALL, *FEATURES) for file in sorted(reviewed(name))]


@pytest.mark.parametrize(("name", "file"), FILES, ids=str)
def test_is_as_reviewed(name: str, file: str) -> None:
    made = reviewed(name)[file]
    golden = HERE / "golden" / name / f"{file}.golden"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


def test_every_golden_is_still_made() -> None:
    found = {(path.parent.name, path.name.removesuffix(".golden")) for path in (HERE / "golden").glob("*/*.golden")}
    assert found == set(FILES)


@pytest.mark.parametrize("name", GOOD)
def test_is_the_same_whatever_the_order_of_sets(name: str, tmp_path: Path) -> None:
    made: list[dict[str, bytes]] = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        assert process("--out", folder, GOOD[name], hash_seed=seed).returncode == 0
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1]
    assert made[0]


def test_is_written_only_when_it_changed(tmp_path: Path) -> None:
    made = generate(BELL)
    assert render.write(made, tmp_path) == sorted(made)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert render.write(made, tmp_path) == []
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == times
    (tmp_path / "ring_bell.h").write_text("other")
    assert render.write(made, tmp_path) == ["ring_bell.h"]


@pytest.mark.parametrize("name", GOOD)
def test_files_end_with_one_newline_and_code_is_ascii(name: str) -> None:
    for file, text in generate(GOOD[name]).items():
        assert text.endswith("\n") and not text.endswith("\n\n"), file
        assert text.isascii() or not file.endswith(".c"), file


TOWER = """
#include "settings/settings.h"
struct tower;
enum status tower_start(const struct settings *settings, struct tower **tower, struct error *error);
void tower_stop(struct tower *tower);
"""
WARNINGS = "-Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -Wundef"


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiles_without_a_warning(name: str, compiler: str, tmp_path: Path) -> None:
    expect_no_warning(SMALL[name], compiler, tmp_path)


def test_the_type_of_a_service_may_be_a_typedef(tmp_path: Path) -> None:
    (tmp_path / "letters.yaml").write_text(SMALL["letters"].read_text().replace("struct telegraph", "wire_ends"))
    expect_no_warning(tmp_path / "letters.yaml", "gcc", tmp_path)


def expect_no_warning(spec: Path, compiler: str, tmp_path: Path) -> None:
    """Compiles the output for a spec, and the templates of the missing files, without a warning."""
    command("--scaffold", "--root", tmp_path, "--out", tmp_path / "generated", spec)
    (tmp_path / "tower.h").write_text(TOWER)
    (tmp_path / "settings").mkdir()
    values = settings.header(settings.load(ROOT / "spec/settings.yaml"))
    (tmp_path / "settings/settings_values.h").write_text(values)
    options = [*WARNINGS.split(), "-Werror", "-Wno-missing-field-initializers", "-D_GNU_SOURCE", "-std=gnu17"]
    includes = [f"-I{path}" for path in (tmp_path, ROOT / "src", ROOT / "tests", ROOT)]
    sources = [path for path in sorted(tmp_path.rglob("*.c")) if not path.name.startswith("fuzz_")]
    assert len(sources) >= 2
    done = subprocess.run([compiler, "-fsyntax-only", *options, *includes, *sources], text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_list_names_what_is_made(tmp_path: Path) -> None:
    done = command("--list", "--root", tmp_path, "--out", tmp_path, BELL)
    listed = [line.split()[1] for line in done.stdout.splitlines() if line.split()[0] in render.PARTS]
    assert sorted(listed) == sorted(generate(BELL))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(listed)


def test_a_folder_stands_for_the_specs_in_it(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/bell.yaml").write_text(BELL.read_text())
    (tmp_path / "spec/none.yaml").write_text("spec_version: 1\nactions: {}\n")
    (tmp_path / "spec/bell.yaml~").write_text("what an editor keeps")
    done = command("--list", "--root", tmp_path, tmp_path / "spec")
    assert done.stdout.splitlines()[:2] == ["spec spec/bell.yaml", "spec spec/none.yaml"]
    assert "code ring_bell.c" in done.stdout.splitlines()


@pytest.fixture(autouse=True)
def hiredis(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes pkg-config find the library of a service."""
    folder = tmp_path_factory.mktemp("pkgconfig")
    (folder / "hiredis.pc").write_text("Name: hiredis\nDescription: Of tests.\nVersion: 1\n")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(folder))
    return folder


def test_a_library_that_is_not_installed_is_an_error(tmp_path: Path, hiredis: Path) -> None:
    spec = tmp_path / "letters.yaml"
    spec.write_text(SMALL["letters"].read_text().replace("[hiredis]", "[hirdis, hiredis]"))
    said = "letters.yaml:10:17: error: service 'telegraph': 'libraries': pkg-config finds no 'hirdis'"
    done = command("--scaffold", "--root", tmp_path, spec)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"{said}; did you mean 'hiredis'?")
    (hiredis / "hiredis.pc").unlink()
    spec.write_text(SMALL["letters"].read_text())
    done = command("--scaffold", "--root", tmp_path, spec)
    advice = "install it with its headers, or set PKG_CONFIG_PATH"
    assert (done.returncode, done.stderr) == (1, f"{said.replace('hirdis', 'hiredis')}; {advice}\n")


@pytest.mark.parametrize("name", ["two words.yaml", "dollar$.yaml"])
def test_a_name_that_meson_would_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(BELL.read_text())
    done = command("--list", "--root", tmp_path, tmp_path)
    said = "the name of a spec must consist of letters, digits, _, - and ."
    assert (done.returncode, done.stderr) == (1, f"{name}:1:1: error: '{name}': {said}\n")


@pytest.mark.parametrize("name", ["ours.yml", "ours.YAML", "ours.YML"])
def test_another_extension_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(BELL.read_text())
    (tmp_path / "other.yaml").write_text(BELL.read_text().partition("services:")[0] + "actions: {}\n")
    (tmp_path / ".hidden.yaml").write_text("of an editor\n")
    done = command("--list", "--root", tmp_path, tmp_path)
    assert (done.returncode, done.stderr) == (1, f"{name}:1:1: error: {YAML}\n")


YAML = "not read: the name of a spec must end in .yaml; rename it"


def test_advice_about_the_lock_comes_last_and_once(tmp_path: Path) -> None:
    done = command("--scaffold", "--lock", tmp_path / "lock.json", "--root", tmp_path, BELL)
    due = "lock.json: run `make lock`: action 'ring_bell' is new, action 'stay_silent' is new"
    assert done.stderr.splitlines()[-1] == due
    assert done.stderr.count("make lock") == 1


def test_missing_bodies_are_written_once(tmp_path: Path) -> None:
    first = command("--list", "--scaffold", "--root", tmp_path, BELL)
    assert first.stderr.splitlines() == [
        f"{path}: written for action '{action}'; fill it in"
        for action in ("ring_bell", "stay_silent")
        for path in (f"handlers/{action}.c", f"tests/handlers/test_{action}.c")
    ]
    body = tmp_path / "handlers/ring_bell.c"
    assert "is not implemented yet" in body.read_text()
    body.write_text("mine\n")
    second = command("--list", "--scaffold", "--root", tmp_path, BELL)
    assert second.stderr == ""
    assert body.read_text() == "mine\n"
    assert [line for line in second.stdout.splitlines() if line.split()[0] not in render.PARTS][1:] == [
        "body handlers/ring_bell.c",
        "body handlers/stay_silent.c",
        "test tests/handlers/test_ring_bell.c",
        "test tests/handlers/test_stay_silent.c",
    ]


def test_an_action_of_the_engine_has_no_handler(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "spec_version: 1\nactions: {delay: {summary: Waits., group: core, effects: pure, dispatch: engine,"
        " examples: [{title: Nothing, config: {}}]}}\n"
    )
    done = command("--list", "--scaffold", "--root", tmp_path, spec)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not (tmp_path / "handlers").exists() and not (tmp_path / "tests").exists()
    assert [line for line in done.stdout.splitlines() if line.split()[0] not in render.PARTS] == ["spec spec.yaml"]
    made = generate(spec)
    for file in ("delay.h", "delay.c", "registry.c"):
        assert "_perform" not in made[file] and "handle_" not in made[file]
    assert "performed by the engine" in made["actions.md"]


def test_a_missing_service_is_written_once(tmp_path: Path) -> None:
    first = command("--list", "--scaffold", "--root", tmp_path, SMALL["letters"])
    assert [line for line in first.stderr.splitlines() if "service" in line] == [
        f"handlers/telegraph.{end}: written for service 'telegraph'; fill it in" for end in ("h", "c")
    ]
    assert "library hiredis" in first.stdout.splitlines()
    assert "body handlers/telegraph.c" in first.stdout.splitlines()
    header, body = tmp_path / "handlers/telegraph.h", tmp_path / "handlers/telegraph.c"
    assert "enum status telegraph_health(\n    struct telegraph *telegraph,\n" in header.read_text()
    assert "telegraph is not implemented yet" in body.read_text()
    body.write_text("mine\n")
    header.unlink()
    assert command("--scaffold", "--root", tmp_path, SMALL["letters"]).stderr == ""
    assert not header.exists()
    assert body.read_text() == "mine\n"


LEFT = {
    "handlers/toll_bell.c": '#include "handlers/toll_bell_parts.h"\n',
    "handlers/toll_bell_parts.h": '#include "generated/toll_bell.h"\n',
    "handlers/toll_bell_rope.c": '#include "toll_bell_parts.h"\n',
    "handlers/toll_bell_sound.c": "int sound(void);\n",
    "handlers/ring_bell_clapper.c": '#include "generated/ring_bell.h"\n',
    "handlers/ring_bell_crack.c": '#include "handlers/toll_bell_parts.h"\n',
    "handlers/wire.h": "enum status wire_start(const struct settings *settings, struct wire **wire, struct error *);\n",
    "handlers/wire.c": '#include "handlers/wire.h"\n',
    "handlers/rope.h": "void rope(void);\n",
    "handlers/rope.c": '#include "handlers/rope.h"\n',
    "tests/handlers/test_toll_bell.c": '#include "generated/toll_bell.h"\n',
    "tests/handlers/toll_bell_twice.c": '#include "trial.h"\n',
    "tests/handlers/trial.h": "",
    "tests/handlers/meson.build": "executable('test_handlers', handler_tests, 'toll_bell_twice.c')\n",
}


def test_every_orphaned_file_is_reported(tmp_path: Path) -> None:
    spec = tmp_path / "bell.yaml"
    spec.write_text(BELL.read_text() + "removed: {toll_bell: The bell is cracked.}\n")
    command("--scaffold", "--root", tmp_path, spec)
    for name, text in LEFT.items():
        (tmp_path / name).write_text(text)
    body = tmp_path / "handlers/stay_silent.c"
    body.write_text(body.read_text() + '#include "handlers/toll_bell_parts.h"\n#include "handlers/wire.h"\n')
    done = command("--list", "--scaffold", "--root", tmp_path, spec)
    unbuilt = "not built: action 'toll_bell' was removed"
    left = "belongs to action 'toll_bell', which was removed"
    assert done.stderr.splitlines() == [
        f"handlers/ring_bell_crack.c: {unbuilt}",
        "handlers/stay_silent.c: needs the header of action 'toll_bell', which was removed",
        f"handlers/toll_bell.c: {unbuilt}",
        f"handlers/toll_bell_parts.h: {left}",
        f"handlers/toll_bell_rope.c: {unbuilt}",
        f"handlers/toll_bell_sound.c: {left}",
        "handlers/wire.c: not built: service 'wire' was removed",
        "handlers/wire.h: belongs to service 'wire', which was removed",
        f"tests/handlers/test_toll_bell.c: {unbuilt}",
        f"tests/handlers/toll_bell_twice.c: {left}; tests/handlers/meson.build names it",
    ]
    assert [line for line in done.stdout.splitlines() if line.startswith("body")] == [
        f"body handlers/{name}.c"
        for name in ("ring_bell", "ring_bell_clapper", "rope", "stay_silent", "toll_bell_sound")
    ]
    assert all((tmp_path / name).read_text() == text for name, text in LEFT.items())


def test_a_header_that_is_nowhere_is_an_error(tmp_path: Path) -> None:
    spec = tmp_path / "letters.yaml"
    spec.write_text(SMALL["letters"].read_text().replace("handlers/telegraph.h", "telegraph/wire.h"))
    (tmp_path / "src").mkdir()
    done = command("--scaffold", "--root", tmp_path, spec)
    assert done.returncode == 1
    said = "no header 'telegraph/wire.h' in the project or in src/"
    advice = "with 'handlers/wire.h' a template of it is written"
    assert done.stderr.splitlines()[-1] == f"letters.yaml:5:3: error: service 'telegraph': {said}; {advice}"
    (tmp_path / "src/telegraph").mkdir()
    (tmp_path / "src/telegraph/wire.h").touch()
    assert command("--scaffold", "--root", tmp_path, spec).returncode == 0


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder")
    done = process("--out", tmp_path / "out", BELL)
    assert (done.returncode, done.stderr) == (1, f"codegen: {tmp_path}/out: File exists\n")


def test_a_body_in_a_file_of_another_name_is_an_error(tmp_path: Path) -> None:
    command("--scaffold", "--root", tmp_path, BELL)
    body = tmp_path / "handlers/ring_bell.c"
    text = body.read_text()
    for place in ("handlers/ring-bell.c", "handlers/bells/ring.c"):
        other = tmp_path / place
        other.parent.mkdir(exist_ok=True)
        other.write_text(text)
        body.unlink(missing_ok=True)
        done = command("--scaffold", "--root", tmp_path, BELL)
        line = text.splitlines().index(next(line for line in text.splitlines() if line.startswith("enum"))) + 1
        said = "the body of action 'ring_bell' belongs in handlers/ring_bell.c; move it there"
        assert (done.returncode, done.stderr) == (1, f"{place}:{line}:1: error: {said}\n")
        assert not body.exists()
        other.unlink()
    calls = text.partition("{")[0] + ";\n"
    (tmp_path / "handlers/ring-bell.c").write_text(calls)  # only declares it
    assert command("--scaffold", "--root", tmp_path, BELL).returncode == 0


def test_files_of_a_removed_action_are_reported_and_not_built(tmp_path: Path) -> None:
    command("--scaffold", "--root", tmp_path, BELL)
    (tmp_path / "handlers/old_bell.c").write_text('#include "generated/old_bell.h"\n')
    (tmp_path / "handlers/rope.c").write_text('#include "generated/ring_bell.h"\n')
    done = command("--list", "--scaffold", "--root", tmp_path, BELL)
    assert "handlers/old_bell.c: not built: action 'old_bell' was removed" in done.stderr.splitlines()
    assert "body handlers/old_bell.c" not in done.stdout.splitlines()
    assert "body handlers/rope.c" in done.stdout.splitlines()


def test_files_of_a_renamed_action_are_reported_with_its_new_name(tmp_path: Path) -> None:
    command("--scaffold", "--root", tmp_path, BELL)
    (tmp_path / "tests/handlers/support.c").write_text('#include "generated/ring_bell.h"\n')
    spec = tmp_path / "bell.yaml"
    spec.write_text(BELL.read_text().replace("ring_bell", "ring_big_bell"))
    done = command("--scaffold", "--root", tmp_path, spec)
    gone = "not built: action 'ring_bell' was removed"
    hint = f"{gone}; if it was renamed to 'ring_big_bell', move the code there"
    left = "belongs to action 'ring_bell', which was removed"
    assert done.stderr.splitlines() == [
        "handlers/ring_big_bell.c: written for action 'ring_big_bell'; fill it in",
        "tests/handlers/test_ring_big_bell.c: written for action 'ring_big_bell'; fill it in",
        f"handlers/ring_bell.c: {hint}",
        f"tests/handlers/support.c: {hint.replace(gone, left)}",
        f"tests/handlers/test_ring_bell.c: {hint}",
    ]
    again = command("--scaffold", "--root", tmp_path, spec)
    assert again.stderr.splitlines()[0] == f"handlers/ring_bell.c: {gone}"


def test_the_reference_has_every_field() -> None:
    spec = load(GOOD["actions"])
    page = generate(GOOD["actions"])["actions.md"]
    for action in spec.actions:
        assert f"## {action.name}" in page
        for field in (*action.config, *action.result):
            assert f"| `{field.result_key}` |" in page


def test_how_long_an_attempt_may_take_depends_on_what_is_done(tmp_path: Path) -> None:
    entry = "    summary: Waits.\n    group: core\n    idempotent: true\n    examples: [{title: One, config: {}}]\n"
    kinds = {
        "quick": "effects: write",
        "sent": "effects: external",
        "later": "{effects: pure, mode: async}",
        "asked": "{effects: write, mode: human}",
    }
    text = "spec_version: 1\nactions:\n"
    for name, said in kinds.items():
        text += f"  {name}:\n{entry}" + "".join(f"    {part}\n" for part in said.strip("{}").split(", "))
    (tmp_path / "a.yaml").write_text(text)
    found = {action.name: action.timing for action in load(tmp_path / "a.yaml").actions}
    minutes = {name: timing.start_to_close_ms / 60_000 for name, timing in found.items()}
    assert minutes == {"quick": 5, "sent": 30, "later": 30, "asked": 7 * 24 * 60}
    assert {name: timing.retry_attempts for name, timing in found.items()} == {
        "quick": 3,
        "sent": 3,
        "later": 3,
        "asked": 1,
    }


def test_types_that_no_worker_performs(tmp_path: Path) -> None:
    """Both catalogs have these types, regardless of the group of the other actions, and so does the reference."""
    spec = tmp_path / "bell.yaml"
    spec.write_text(BELL.read_text() + 'unavailable: {toll_bell: The "bell" is cracked., knell: Nobody died.}\n')
    made = generate(spec, "code")
    rows = [line.strip() for line in made["registry.c"].splitlines() if line.startswith("    {.name = ")]
    assert rows == [
        '{.name = "knell", .reason = "Nobody died."},',
        '{.name = "toll_bell", .reason = "The \\"bell\\" is cracked."},',
    ]
    assert made["registry.c"].count(".absence_count = 2,") == 2
    assert '| `toll_bell` | The "bell" is cracked. |' in made["actions.md"]


TRANSACTION = "{header: peal.h, type: struct peal, perform: peal_perform}"


def test_what_follows_a_commit(tmp_path: Path) -> None:
    """The function after the commit gets the services themselves, whereas the handler gets a session."""
    text = BELL.read_text().replace("struct tower\n", f"struct tower\n    transaction: {TRANSACTION}\n", 1)
    assert "transaction" in text
    for said, given in (("", False), ("    after_commit: true\n", True)):
        spec = tmp_path / "bell.yaml"
        spec.write_text(text.replace("    needs: [tower]\n", f"    needs: [tower]\n{said}"))
        header, code = (generate(spec, "code")[f"ring_bell.{kind}"] for kind in "hc")
        assert "struct ring_bell_services {\n    struct peal *tower;\n};" in header
        assert ("struct ring_bell_after_services {\n    struct tower *tower;\n};" in header) == given
        assert ("after_ring_bell(call, &after, &decoded, result)" in code) == given
    command("--scaffold", "--root", tmp_path, spec)
    assert "enum action_outcome after_ring_bell(" in (tmp_path / "handlers/ring_bell.c").read_text()
