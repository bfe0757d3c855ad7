"""Follows docs/adding-an-action.md exactly, from a copy of the repository to a project of its own: writes its files,
runs its commands and compares what they print with the page. The same project then shows what `make run` and `make dev`
keep and rebuild."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
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
ADDED = re.compile(r"Added to `([^`]+)`:$")
ABOVE = re.compile(r"`([^`]+)`, above its `([^`]+)`:$")
SLIP = re.compile(r"With `([^`]+)` instead of `([^`]+)`, `([^`]+)` says:$")
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")
EVERYDAY = ("announce_parcel", "record_parcel", "find_parcels")
MOST_LINES = 90  # largest length of an entry in the spec and its body together
MOST_LINES_OF_BODY = 40
MOST_LINES_OF_BUILD = 10


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
    """Whether the output equals that on the page; `...` stands for any number of lines."""
    if not documented:
        return not printed
    if documented[0] == "...":
        return any(is_as_documented(documented[1:], printed[at:]) for at in range(len(printed) + 1))
    return bool(printed) and documented[0] == printed[0] and is_as_documented(documented[1:], printed[1:])


@dataclass
class Reader:
    """A reader who follows the page in the folder of the last `cd`."""

    folder: Path
    last_file: str = ""
    lines: dict[str, int] = field(default_factory=dict)  # the number of lines of each file and of each entry of a spec

    def follow(self, step: Step) -> None:
        slip, above, file = SLIP.search(step.words), ABOVE.search(step.words), FILE.search(step.words)
        if step.text.startswith("$ "):
            for command in re.split(r"^\$ ", step.text, flags=re.MULTILINE)[1:]:
                line, _, documented = command.partition("\n")
                self.run(line, documented.splitlines())
        elif slip:
            self.try_typo(slip.group(1), slip.group(2), slip.group(3), step.text)
        elif above:
            path = self.folder / above.group(1)
            before, mark, after = path.read_text().rpartition(above.group(2))
            assert mark
            path.write_text(f"{before}{step.text}\n{mark}{after}")
        else:
            assert file, f"what is to be done? {step.words}"
            self.write(file.group(1), step.text, "a" if ADDED.search(step.words) else "w")

    def write(self, name: str, text: str, mode: str) -> None:
        self.last_file = name
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.write(text)
        entry = re.search(r"^  (\w+):\n(?:    .*\n)+\Z", text, re.MULTILINE)
        self.lines[entry[1] if entry and name.endswith(".yaml") else name] = len(
            (entry[0] if entry else text).splitlines()
        )

    def run(self, command: str, documented: list[str]) -> None:
        if command.startswith("cd "):
            self.folder = (self.folder / command.removeprefix("cd ")).resolve()
            return
        code, printed = self.print(command)
        assert is_as_documented(documented, printed.splitlines()), (
            f"$ {command}\n{printed}\n-- but documented:\n" + "\n".join(documented)
        )
        assert code == 0, f"$ {command}\n{printed}"
        if command == "make build":
            assert len(printed.splitlines()) <= MOST_LINES_OF_BUILD

    def try_typo(self, wrong: str, right: str, command: str, documented: str) -> None:
        path = self.folder / self.last_file
        good = path.read_text()
        assert right in good
        path.write_text(good.replace(right, wrong))
        code, printed = self.print(command)
        assert code != 0
        assert documented.rstrip("\n") in printed
        assert "Traceback" not in printed
        path.write_text(good)

    def print(self, command: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, re.sub(r" +$", "", COLOUR.sub("", done.stdout), flags=re.MULTILINE)

    def make(self, command: str) -> str:
        code, printed = self.print(command)
        assert code == 0, printed
        return printed


def environment() -> Mapping[str, str]:
    settings = ("ICHOR_", "TEMPORAL_", "MAKE", "WORKER_")
    return {key: value for key, value in os.environ.items() if not key.startswith(settings)}


def copy_repository(root: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split("\0")
    for name in listed:
        if name and (ROOT / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--message", "All")
    lend_python(root)
    lend_promtool(root)


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, text=True, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tutorial") / "clone"
    copy_repository(root)
    return root


@pytest.fixture(scope="module")
def reader(clone: Path) -> Reader:
    """A reader who has followed the page."""
    made = Reader(clone)
    listed = steps(PAGE)
    assert len(listed) >= 20
    for step in listed:
        made.follow(step)
    assert made.folder == clone.parent / "parcels"
    return made


def test_the_page_leads_to_actions_that_run(reader: Reader, clone: Path) -> None:
    reader.make("make lock")
    page, lock = (reader.folder / name for name in ("docs/actions.md", "spec/actions.lock.json"))
    for name in (*EVERYDAY, "print_label"):
        assert f"\n## {name}\n" in page.read_text()
        assert f'"{name}": {{' in lock.read_text()
    assert "`SPOOL_FOLDER`" in (reader.folder / "docs/settings.md").read_text()
    assert reader.make("make build").count("\n") == 1  # nothing is left to do
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("action", EVERYDAY)
def test_an_everyday_action_takes_few_lines(reader: Reader, action: str) -> None:
    body = reader.lines[f"handlers/{action}.c"]
    assert body <= MOST_LINES_OF_BODY and reader.lines[action] + body <= MOST_LINES
    includes = re.findall(r'#include "(.*)"', (reader.folder / f"handlers/{action}.c").read_text())
    assert includes == [f"generated/{action}.h", "handlers/handler.h"]


def test_the_worker_passes_its_tests_with_them(reader: Reader) -> None:
    """Runs the tests that know every setting and every action."""
    folder = reader.folder / "build"
    formatter = Path(sys.executable).parent / "clang-format"
    reader.make(f"{formatter} --dry-run -Werror handlers/*.c tests/*.[ch]")
    reader.make(f"ninja -C {folder} tests/unit/settings/test_settings && {folder}/tests/unit/settings/test_settings")
    known = reader.make(f"{folder}/src/cli/workflow-worker actions")
    assert all(f"\n{name} " in known for name in (*EVERYDAY, "send_email"))


def test_the_action_of_the_readme_is_that_of_a_new_project() -> None:
    for step in steps(IN_README):
        name = FILE.search(step.words)
        assert name is not None
        written = (ROOT / "zarf/new-project" / name[1]).read_text()
        assert re.sub(r"^#(?!include).*\n", "", written, flags=re.MULTILINE) == step.text


# ---- make run and make dev ----


@dataclass
class Shell:
    """A program that runs until it is interrupted."""

    process: subprocess.Popen[str]
    output: Path

    def wait_for(self, words: str, times: int = 1) -> None:
        def fault() -> str:
            return "" if self.process.poll() is None else f"it ended: {self.text()[-3000:]}"

        wait_until(lambda: self.text().count(words) >= times, f"{words!r}, {times} times", 180, fault)

    def text(self) -> str:
        return COLOUR.sub("", self.output.read_text())


@pytest.fixture
def dev(reader: Reader, tmp_path: Path) -> Iterator[Shell]:
    """Runs `make run KEEP=1` to its end, and then `make dev KEEP=1` with a rule."""
    assert "2 run, all as expected" in reader.make("make run ONCE=1 KEEP=1")
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            ["make", "dev", "KEEP=1", "RULE=examples/age-of-order.json"],
            cwd=reader.folder, env=environment(), text=True, stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield Shell(process, output)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_dev_keeps_the_data_and_runs_the_rule_with_each_new_worker(reader: Reader, dev: Shell) -> None:
    dev.wait_for("Waiting for changes")
    asked = "source .run/keep/env && psql -XAtc 'SELECT tracking FROM shipping.parcels' && temporal workflow list"
    assert reader.make(f"{asked} && workflow-worker --version").startswith("T-1\n")
    assert dev.text().count("age  count_days") == 1

    body = reader.folder / "handlers/count_days.c"
    good = body.read_text()
    body.write_text(good.replace("result->days =", "result->day ="))
    dev.wait_for("no member named")
    body.write_text(good.replace("result->days =", "result->days = 0 +"))
    dev.wait_for("age  count_days", 2)
    body.write_text(good)
    dev.wait_for("age  count_days", 3)
    dev.wait_for("Waiting for changes", 4)
    os.killpg(dev.process.pid, signal.SIGINT)
    dev.process.wait(60)
    wait_until(lambda: not processes_of(reader.folder / ".run"), "the end of its servers")


def processes_of(folder: Path) -> list[str]:
    """The processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found += [line] if str(folder) in line else []
    return found
