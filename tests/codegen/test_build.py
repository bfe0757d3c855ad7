"""An entry in the spec and a function are enough to add an action: no meson file changes, and every mistake is
reported. The tests work on a copy of what an action needs, with its own root meson.build."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codegen import checker
from tests.codegen.support import ROOT

PARTS = (
    *("src/base", "src/settings", "src/action", "src/secrets", "src/postgres", "src/smtp", "src/http", "src/erp"),
    *("handlers", "codegen", "generated", "spec"),
)
PROJECT = """
project('copy', 'c', meson_version: '>=1.0.1', default_options: ['c_std=gnu17', 'warning_level=2', 'werror=true'])
add_project_arguments('-D_GNU_SOURCE', '-DWORKER_VERSION="0"', '-Wconversion', '-Wno-missing-field-initializers',
  language: 'c')
python = find_program('.tools/venv/bin/python3', 'python3')
include_root = include_directories('src')
codegen_files = files('codegen/__init__.py')
settings_codegen_files = files('codegen/settings.py')
added_actions = ''
"""
BUILT = ("codegen", *(part for part in PARTS if part.startswith("src/")), "src/temporal", "generated")
ROOMS = "".join(f"subdir('{room}')\n" for room in BUILT)
PROGRAMS = """
executable('catalog', 'catalog.c', dependencies: handlers_dep)
foreach test : handler_tests
  if fs.stem(test) == 'test_count_sheep'
    executable('test_count_sheep', test, dependencies: [handlers_dep, dependency('criterion')])
  endif
endforeach
"""
# The client of Temporal takes long to build, and actions need only this part of it.
TEMPORAL = {
    "activity_completer.c": """
#include "temporal/activity_completer.h"
enum status activity_completer_start(const struct settings *settings, struct action_completer **completer,
                                     struct error *error)
{
    (void)settings, (void)error;
    *completer = NULL;
    return STATUS_OK;
}

void activity_completer_stop(struct action_completer *completer)
{
    (void)completer;
}
""",
    "meson.build": """
temporal_lib = static_library('temporal', 'activity_completer.c', dependencies: action_dep)
temporal_dep = declare_dependency(link_with: temporal_lib, dependencies: action_dep)
""",
}
CATALOG = """
#include <stdio.h>
#include "action/registry.h"
int main(void)
{
    for (size_t i = 0; i < action_catalog_all.count; i++)
        puts(action_catalog_all.types[i].name);
    return 0;
}
"""
ENTRY = """
  count_sheep:
    summary: Counts sheep.
    group: extended
    effects: pure
    config:
      flock: {type: list, required: true, of: {type: string}, doc: Who jumps.}
    result:
      sheep: {type: integer, doc: How many.}
    examples:
      - {title: Two, config: {flock: [Dolly, Shaun]}}
"""
BODY = """
#include "generated/count_sheep.h"

enum action_outcome handle_count_sheep(struct action_call *call, const struct count_sheep_services *services,
                                const struct count_sheep_config *config, struct count_sheep_result *result)
{
    (void)call;
    (void)services;
    result->sheep = (int64_t)config->flock.count;
    return ACTION_OUTCOME_DONE;
}
"""
ACTIONS = [action.name for action in checker.load(checker.files_of([ROOT / "spec"]), ROOT).actions]


class Copy:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.spec = root / "spec/actions.yaml"
        self.body = root / "handlers/count_sheep.c"
        self.test = root / "tests/handlers/test_count_sheep.c"

    def make(self, spec: str | None = None) -> None:
        for part in PARTS:
            shutil.copytree(ROOT / part, self.root / part, ignore=shutil.ignore_patterns("__pycache__", "protos*"))
        (self.root / "src/temporal").mkdir()
        for name, text in TEMPORAL.items():
            (self.root / "src/temporal" / name).write_text(text)
        shutil.copy(ROOT / "src/temporal/activity_completer.h", self.root / "src/temporal")
        if spec is not None:
            for path in (*checker.files_of([self.root / "spec"]), self.root / "spec/actions.lock.json"):
                path.unlink()
            self.spec.write_text(spec)
        (self.root / "tests/handlers").mkdir(parents=True)
        for name in ACTIONS:
            (self.root / f"tests/handlers/test_{name}.c").touch()
        if (ROOT / ".tools").exists():
            (self.root / ".tools").symlink_to(ROOT / ".tools")
        (self.root / "codegen/meson.build").write_text("")
        (self.root / "meson.build").write_text(PROJECT + ROOMS + PROGRAMS)
        (self.root / "catalog.c").write_text(CATALOG)
        shutil.copy(ROOT / "Makefile", self.root)
        self.run("meson", "setup", "build")

    def run(self, *command: str | Path) -> str:
        done = self.attempt(*command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def attempt(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def compile(self) -> subprocess.CompletedProcess[str]:
        """Builds as `make build` does."""
        self.run("make", "-s", "reconfigure")
        return self.attempt("meson", "compile", "-C", "build", "-j", "2")

    def catalog(self) -> list[str]:
        assert (done := self.compile()).returncode == 0, done.stdout
        return self.run("build/catalog").split()

    def meson_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.root.rglob("meson.build")}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("copy"))
    made.make()
    return made


def test_an_action_from_its_entry_to_its_end(copy: Copy) -> None:
    meson_files = copy.meson_files()
    assert copy.catalog() == ACTIONS

    original = copy.spec.read_text()
    copy.spec.write_text(original + ENTRY)
    assert copy.catalog() == sorted(["count_sheep", *ACTIONS])
    assert "is not implemented yet" in copy.body.read_text()
    failing = copy.attempt("build/test_count_sheep")
    assert failing.returncode != 0
    assert "count_sheep is not implemented yet" in failing.stdout

    copy.body.write_text(BODY)
    assert copy.catalog() == sorted(["count_sheep", *ACTIONS])
    assert copy.attempt("build/test_count_sheep").returncode == 0
    assert copy.body.read_text() == BODY

    copy.body.write_text("/* The function is gone. */\ntypedef int nothing;\n")
    unlinked = copy.compile()
    assert unlinked.returncode != 0
    assert "undefined reference to `handle_count_sheep'" in unlinked.stdout

    copy.body.write_text(BODY)
    copy.spec.write_text(original + ENTRY.replace("required:", "requird:"))
    refused = copy.compile()
    assert refused.returncode != 0
    lines = (original + ENTRY).splitlines()
    place = next(f"{i + 1}:{line.index('required') + 1}" for i, line in enumerate(lines) if "flock: {" in line)
    expected = f"spec/actions.yaml:{place}: error: action 'count_sheep': field 'flock': unknown key 'requird'"
    assert expected in refused.stdout
    assert "did you mean 'required'?" in refused.stdout
    assert "Traceback" not in refused.stdout

    copy.spec.write_text(original)
    removed = copy.compile()
    assert removed.returncode == 0, removed.stdout
    assert "handlers/count_sheep.c: not built: action 'count_sheep' was removed" in removed.stdout
    assert copy.catalog() == ACTIONS
    assert copy.meson_files() == meson_files


OURS = f"""
spec_version: 1
services: {{}}
actions:
{ENTRY}"""


def test_a_new_spec_file_is_noticed(copy: Copy) -> None:
    assert copy.catalog() == ACTIONS
    original = copy.spec.read_text()
    file, body = copy.root / "spec/sheep.yaml", copy.root / "handlers/count_sheep.c"
    file.write_text(OURS)
    body.write_text(BODY)
    assert "spec/actions.lock.json: run `make lock`: action 'count_sheep' is new" in copy.compile().stdout
    assert copy.catalog() == sorted(["count_sheep", *ACTIONS])
    assert "no work to do" in copy.run("ninja", "-C", "build")

    file.write_text(OURS.replace("of: {type: string}", "of: {type: strin}"))
    refused = copy.compile()
    assert refused.returncode != 0
    assert "spec/sheep.yaml:11:54: error: action 'count_sheep': field 'flock[]': 'type' must be " in refused.stdout
    file.write_text(OURS.replace("count_sheep", "send_email"))
    first = copy.spec.read_text().splitlines().index("  send_email:") + 1
    twice = f"spec/sheep.yaml:6:3: error: action 'send_email' is already in spec/actions.yaml:{first}"
    assert twice in copy.compile().stdout

    file.write_text(OURS)
    copy.spec.write_text(original.replace("aliases: [field]", ""))
    assert ": alias 'field' of field 'conditions[].field_name' is gone, which would break" in copy.compile().stdout
    copy.spec.write_text(original)

    (copy.root / "spec/.sheep.yaml.swp").touch()
    file.unlink()
    assert copy.catalog() == ACTIONS
    (copy.root / "spec/.sheep.yaml.swp").unlink()
    assert "no work to do" in copy.run("ninja", "-C", "build")


def test_new_files_beside_a_body_are_noticed(copy: Copy) -> None:
    helper = copy.root / "handlers/update_field_helper.c"
    assert copy.catalog() == ACTIONS
    helper.write_text("#error found\n")
    assert "error: #error found" in copy.compile().stdout
    helper.unlink()
    assert copy.catalog() == ACTIONS

    body, moved = copy.root / "handlers/send_email.c", copy.root / "handlers/send-email.c"
    body.rename(moved)
    said = "the body of action 'send_email' belongs in handlers/send_email.c; move it there"
    assert said in copy.compile().stdout
    moved.rename(body)
    assert copy.catalog() == ACTIONS


def test_everything_is_made_again_when_the_generator_changed() -> None:
    listed = set(re.findall(r"'([^']+\.(?:py|j2))'", (ROOT / "codegen/meson.build").read_text()))
    parts = {str(path.relative_to(ROOT / "codegen")) for path in (ROOT / "codegen").rglob("*.*")}
    others = {"meson.build", "protos.py"}  # not used to make the files in generated/
    assert listed == {part for part in parts if not part.endswith(".pyc")} - others


def test_nothing_is_made_again_when_nothing_changed(copy: Copy) -> None:
    copy.catalog()
    assert "no work to do" in copy.run("ninja", "-C", "build")
    copy.spec.touch()
    copy.catalog()
    assert "no work to do" in copy.run("ninja", "-C", "build")
