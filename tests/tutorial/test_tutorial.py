"""Follows docs/adding-an-action.md exactly in a copy of the repository: writes its files, runs its commands and
compares what they print with the page."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lent import lend_promtool, lend_python
from zarf.dev.process import ROOT, wait_until

PAGE = (ROOT / "docs/adding-an-action.md").read_text(encoding="utf-8")
IN_README = (
    (ROOT / "README.md").read_text(encoding="utf-8").partition("## An action in 25 lines\n")[2].partition("\n## ")[0]
)
BLOCK = re.compile(r"((?:^(?!    ).*\n)+)((?:^(?:    .*)?\n)+)", re.MULTILINE)
FILE = re.compile(r"`([^` ]+)`(?:, of which the build writes the skeleton)?:$")
ABOVE = re.compile(r"`([^` ]+)`, above its `([^`]+)`:$")
SLIP = re.compile(r"With `([^`]+)` instead of `([^`]+)`, `([^`]+)` says:$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SERVES = "Your turn"
# Checks of the whole project that must pass with one more action.
CHECKS = (
    "clang-format --dry-run -Werror handlers/*.c tests/handlers/*.c",
    "ninja -C build tests/unit/settings/test_settings && build/tests/unit/settings/test_settings",
    # The dependencies between files need everything to be compiled, the words are those of this project.
    ".tools/venv/bin/python3 -m pytest -q tests/house --ignore=tests/house/test_dependencies.py"
    " --ignore=tests/house/test_words.py"
    " tests/codegen/test_docs.py tests/codegen/test_lock.py tests/codegen/test_settings.py"
    " tests/codegen/test_schema.py tests/codegen/test_build.py",
)


@dataclass(frozen=True)
class Step:
    words: str  # the paragraph before it
    text: str


def steps(page: str) -> list[Step]:
    made = []
    for words, block in BLOCK.findall(page):
        text = "".join(line[4:] or "\n" for line in block.splitlines(keepends=True)).strip("\n") + "\n"
        made.append(Step(" ".join(words.split()), text))
    return [step for step in made if step.text.strip()]


def is_as_documented(documented: list[str], printed: list[str]) -> bool:
    """Whether the output equals the page's; `...` stands for any lines, or none."""
    if not documented:
        return not printed
    if documented[0] == "...":
        return any(is_as_documented(documented[1:], printed[at:]) for at in range(len(printed) + 1))
    return bool(printed) and documented[0] == printed[0] and is_as_documented(documented[1:], printed[1:])


@dataclass
class Reader:
    """A reader who follows the page."""

    root: Path
    exported: dict[str, str] = field(default_factory=dict)
    last_file: str = ""
    server: subprocess.Popen[str] | None = None
    done: list[str] = field(default_factory=list)

    def follow(self, step: Step) -> None:
        slip, above, file = SLIP.search(step.words), ABOVE.search(step.words), FILE.search(step.words)
        if step.text.startswith("$ "):
            for command in re.split(r"^\$ ", step.text, flags=re.MULTILINE)[1:]:
                line, _, documented = command.partition("\n")
                self.run(line, documented.splitlines())
        elif slip:
            self.try_typo(slip.group(1), slip.group(2), slip.group(3), step.text)
        elif above:
            path = self.root / above.group(1)
            before, mark, after = path.read_text().rpartition(above.group(2))
            assert mark
            path.write_text(f"{before}{step.text}\n{mark}{after}")
        else:
            assert file, f"what is to be done? {step.words}"
            self.last_file = file.group(1)
            (self.root / self.last_file).write_text(step.text)
        self.done.append(step.words)

    def run(self, command: str, documented: list[str]) -> None:
        if command.endswith(" make run"):
            self.serve(command)
            return
        code, printed = self.print(command)
        assert is_as_documented(documented, printed.splitlines()), (
            f"$ {command}\n{printed}\n-- but documented:\n" + "\n".join(documented)
        )
        fails = any("is not implemented yet" in line for line in documented)
        assert (code != 0) == fails, f"$ {command}\n{printed}"

    def try_typo(self, wrong: str, right: str, command: str, documented: str) -> None:
        path = self.root / self.last_file
        good = path.read_text()
        assert right in good
        path.write_text(good.replace(right, wrong))
        code, printed = self.print(command)
        assert code != 0
        assert documented in printed
        assert "Traceback" not in printed
        path.write_text(good)

    def print(self, command: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env=self.environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, re.sub(r" +$", "", COLOUR.sub("", done.stdout), flags=re.MULTILINE)

    def environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ICHOR_", "TEMPORAL_", "MAKE"))}
        return {**kept, **self.exported}

    def serve(self, command: str) -> None:
        log = self.root / "make-run.log"
        with log.open("w") as output:
            self.server = subprocess.Popen(
                ["bash", "-c", f"exec env {command}"],
                cwd=self.root,
                env=self.environment(),
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = self.server

        def fault() -> str:
            return "" if server.poll() is None else log.read_text()[-3000:]

        wait_until(lambda: SERVES in log.read_text(), "make run to serve", 180, fault)
        wait_until(lambda: "Ctrl-C ends" in log.read_text(), "make run to finish its report", 30, fault)
        text = COLOUR.sub("", log.read_text())
        assert "all as expected" in text
        self.exported = dict(re.findall(r"^ *export (\w+)=(.*)$", text, re.MULTILINE))

    def end(self) -> None:
        if self.server is not None and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGINT)
            self.server.wait(60)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split("\0")
    root = tmp_path / "clone"
    for name in listed:
        if name and (ROOT / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    lend_python(root)
    lend_promtool(root)
    made = Reader(root)
    yield made
    made.end()


def test_the_page_leads_to_an_action_that_runs(reader: Reader) -> None:
    listed = steps(PAGE)
    assert len(listed) >= 10
    for step in listed:
        reader.follow(step)
    code, printed = reader.print("make lock")
    assert code == 0, printed
    assert "## print_label" in (reader.root / "docs/actions.md").read_text()
    assert "`SPOOL_FOLDER`" in (reader.root / "docs/settings.md").read_text()
    assert '"print_label"' in (reader.root / "spec/actions.lock.json").read_text()
    reader.end()

    for step in steps(IN_README):
        reader.follow(step)
    (reader.root / "days.json").write_text('{"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T12:00:00Z"}')
    code, printed = reader.print(
        "make build && make lock && build/src/cli/workflow-worker try count_days --config days.json"
    )
    assert code == 0, printed
    assert '"days":59' in printed

    for check in CHECKS:
        code, printed = reader.print(check)
        assert code == 0, printed


def test_it_shows_every_type_of_a_field() -> None:
    from codegen.field_grammar import TYPES

    entry = next(step.text for step in steps(PAGE) if step.words.endswith("`spec/ours.yaml`:"))
    config = entry.partition("    config:\n")[2].partition("    result:\n")[0]
    types = re.findall(r"^      \w+: \{type: (\w+)", config, re.MULTILINE)
    assert sorted(types) == sorted(TYPES)
