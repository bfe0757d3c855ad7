"""Every check and test, one stage after the other, and their total.

    python3 -m zarf.dev.check [--fast] [--only STAGE]...

The last line is `N passed, N failed`; it is also left in .run/summary. Exit code 0 when nothing failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zarf.dev import added
from zarf.dev.fuzz import PROCESSORS, fuzz, targets
from zarf.dev.process import ROOT
from zarf.dev.terminal import bold, green, red

RESULTS = ROOT / ".run"
PYTHON_CODE = ("codegen", "tests", "zarf")
SANITIZED = {
    "WORKER_BUILD": added.build_folder("build-asan"),
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:halt_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "LSAN_OPTIONS": f"suppressions={ROOT / 'tests' / 'lsan.supp'}:print_suppressions=0",
}
E2E_PARTS = 4
# Seconds of the longest end-to-end tests, used to balance the parts; every other test counts as E2E_SECONDS.
E2E_LONG = {
    "approval": 190,
    "distance": 190,
    "executions": 135,
    "make_run": 135,
    "one_effect": 130,
    "rolling": 115,
    "lost_workers": 75,
    "takeover": 70,
    "resolve": 70,
    "effects": 70,
    "webhook": 65,
    "allocate": 60,
    "mail": 60,
    "samples": 50,
    "refusals": 45,
    "kill": 45,
}
E2E_SECONDS = 15
# End-to-end tests that write and seldom wait; they run again with PgBouncer. `make test-pooler` runs all tests.
POOLED = ("debug", "effect_pruning", "orders", "protected", "records", "stand_in", "two_workers")
FUZZ_SECONDS = 120  # for all targets together; `make fuzz` takes a minute for each
FUZZ_LEAST = 5  # minimum for each target
FUZZ_ACTION = 5  # for each target of an action of spec/, in CI
FUZZ_SEED = 1  # so that the same code gets the same result; `make fuzz` tries new inputs with each run
# Criterion ignores the exit code of a test's child after a leak, so its output is searched.
SANITIZER_MESSAGES = ("ERROR: LeakSanitizer", "ERROR: AddressSanitizer", "runtime error: ")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


@dataclass
class Stage:
    name: str
    title: str
    run: Callable[[bool], Count]  # the argument: whether the run is a fast one
    fast: bool = False
    ci: bool = False  # only in CI: needs root and installs more packages


def execute(command: Sequence[str | Path], settings: Mapping[str, str] | None = None) -> int:
    print(f"$ {' '.join(map(str, command))}", flush=True)
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **(settings or {})}, check=False
    ).returncode


def check(*commands: Sequence[str | Path]) -> Count:
    """Runs the commands, each of which counts as one check."""
    failed = sum(execute(command) != 0 for command in commands)
    return Count(len(commands) - failed, failed)


def lint() -> Count:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.c", "*.h"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.split()
    sources = [name for name in listed if (ROOT / name).exists()]
    python = [sys.executable, "-m"]
    formatter = str(Path(sys.executable).parent / "clang-format")  # pinned, because versions format differently
    print(f"$ clang-format --dry-run -Werror ({len(sources)} files)", flush=True)
    done = subprocess.run([formatter, "--dry-run", "-Werror", *sources], cwd=ROOT, check=False)
    formatted = Count(int(done.returncode == 0), int(done.returncode != 0))
    return formatted + check(
        [*python, "ruff", "check", "--quiet", *PYTHON_CODE],
        [*python, "ruff", "format", "--check", "--quiet", *PYTHON_CODE],
        [*python, "mypy", "--no-error-summary", *PYTHON_CODE],
    )


def build(folder: str, *options: str, compiler: str | None = None) -> bool:
    """Sets up the folder when it is new and builds it with warnings as errors."""
    environment = {"CC": compiler} if compiler else {}
    folder = added.build_folder(folder)
    if not (ROOT / folder / "build.ninja").exists():
        code = execute(["meson", "setup", folder, "--werror", *added.options(), *options], environment)
        if code != 0:
            return False
    return execute(["ninja", "-C", folder]) == 0


# Criterion's last line: [====] Synthesis: Tested: 12 | Passing: 12 | Failing: 0 | Crashing: 0
SYNTHESIS = re.compile(r"Synthesis: Tested: .*?(\d+).*? Passing: .*?(\d+)", re.DOTALL)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_meson(log: Path) -> Count:
    """Counts the tests in meson's log: each Criterion test, and each program without Criterion."""
    total = Count()
    for line in log.read_text(errors="replace").splitlines():
        test = json.loads(line)
        output = COLOUR.sub("", test.get("stdout", "") + test.get("stderr", ""))
        found = [word for word in SANITIZER_MESSAGES if word in output]
        if found:
            print(red(f"{test['name']}: {output[output.index(found[0]) :][:4000]}"), flush=True)
        good = test["result"] in ("OK", "EXPECTEDFAIL") and not found
        counted = SYNTHESIS.search(output)
        if counted:
            tested, passing = map(int, counted.groups())
            failed = max(tested - passing, int(not good))
            total += Count(tested - failed if tested > failed else 0, failed)
        else:
            total += Count(int(good), int(not good))
    return total


def meson_tests(folder: str, *options: str, settings: Mapping[str, str] | None = None) -> Count:
    folder = added.build_folder(folder)
    log = ROOT / folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    code = execute(["meson", "test", "-C", folder, "--print-errorlogs", *options], settings)
    total = count_meson(log) if log.exists() else Count()
    return total if code == 0 or total.failed else total + Count(failed=1)


def unit(fast: bool) -> Count:
    if not fast:
        return meson_tests("build")
    listed = subprocess.run(
        ["meson", "introspect", "--tests", added.build_folder("build")],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    # Programs that need a server are started by with_postgres, with_mail, with_web or with_temporal.
    names = [test["name"] for test in json.loads(listed) if not any(".with_" in part for part in test["cmd"])]
    return meson_tests("build", *names)


def pytest(label: str, *arguments: str, settings: Mapping[str, str] | None = None, covering: bool = False) -> Count:
    return count_pytest(label, execute(pytest_command(label, *arguments, covering=covering), settings))


def pytest_command(label: str, *arguments: str, covering: bool = False) -> list[str]:
    report = report_of(label)
    report.unlink(missing_ok=True)
    coverage = ["coverage", "run", "-m"] if covering else []
    return [sys.executable, "-m", *coverage, "pytest", "-v", f"--junitxml={report}", *arguments]


def report_of(label: str) -> Path:
    return RESULTS / f"pytest-{label}.xml"


def count_pytest(label: str, code: int) -> Count:
    """The counts in the report of a pytest run that exited with this code."""
    report = report_of(label)
    if not report.exists():
        return Count(failed=1)
    suite = next(iter(ElementTree.parse(report).getroot()))
    tests, bad, skipped = (
        int(suite.get("tests", 0)),
        int(suite.get("failures", 0)) + int(suite.get("errors", 0)),
        int(suite.get("skipped", 0)),
    )
    total = Count(max(tests - bad - skipped, 0), bad)
    return total if code == 0 or total.failed else total + Count(failed=1)


def python() -> Count:
    """The Python tests that need no server, and their coverage of the generator (pyproject.toml has the minimum)."""
    others = [f"--ignore=tests/{folder}" for folder in ("e2e", "tutorial", "site")]
    tested = pytest("fast", "tests", *others, covering=True)
    return tested + check([sys.executable, "-m", "coverage", "report"])


# Tests whose measurements mean nothing for a sanitized program, or that repeat other tests.
PLAIN_ONLY = ("distance", "growth", "make_run", "memory", "overload", "random_rules", "samples")


def end_to_end_parts(without: Collection[str]) -> list[list[Path]]:
    """Distributes the files: the longest first, each to the part that has the least work so far."""

    def seconds(file: Path) -> int:
        return E2E_LONG.get(file.stem.removeprefix("test_"), E2E_SECONDS)

    chosen = [file for file in ROOT.glob("tests/e2e/test_*.py") if file.stem.removeprefix("test_") not in without]
    parts: list[list[Path]] = [[] for _ in range(E2E_PARTS)]
    for file in sorted(chosen, key=lambda file: (-seconds(file), file.name)):
        min(parts, key=lambda part: sum(map(seconds, part))).append(file)
    return parts


def end_to_end(label: str, settings: Mapping[str, str] | None = None, without: Collection[str] = ()) -> Count:
    """Runs parts in parallel, each with its own servers, because the tests mostly wait. The output of the first part is
    shown live, that of the others after it."""
    parts = end_to_end_parts(without)
    labels = [label, *(f"{label}-{number}" for number in range(2, E2E_PARTS + 1))]
    beside: list[tuple[subprocess.Popen[bytes], Path, str]] = []
    try:
        for name, part in zip(labels[1:], parts[1:], strict=True):
            log = RESULTS / f"{name}.log"
            command = pytest_command(name, *map(str, part))
            with log.open("w") as output:
                process = subprocess.Popen(
                    command, cwd=ROOT, env={**os.environ, **(settings or {})}, stdout=output, stderr=subprocess.STDOUT
                )
            beside.append((process, log, name))
        total = pytest(label, *map(str, parts[0]), settings=settings)
        for process, log, name in beside:
            code = process.wait()
            print(log.read_text(), flush=True)
            total += count_pytest(name, code)
    finally:
        for process, _, _ in beside:
            process.terminate()
            process.wait()
    return total


def pooled() -> Count:
    files = [f"tests/e2e/test_{name}.py" for name in POOLED]
    return pytest("pooled", *files, settings={"WORKER_POOLER": "1"})


def sanitized() -> Count:
    if not build("build-asan", "-Db_sanitize=address,undefined", "-Db_lundef=false"):
        return Count(failed=1)
    return (
        Count(1)
        + meson_tests("build-asan", settings=SANITIZED)
        + end_to_end("asan", settings=SANITIZED, without=PLAIN_ONLY)
    )


def clang() -> Count:
    return Count(1) if build("build-clang", compiler="clang") else Count(failed=1)


def image() -> Count:
    return check(["zarf/docker/try"])


def documentation() -> Count:
    installed = check(["zarf/dev/setup", "site"])
    return installed + (pytest("site", "tests/site") if not installed.failed else Count())


def fuzzed() -> Count:
    chosen = list(targets().values())
    share = max(FUZZ_LEAST, FUZZ_SECONDS * PROCESSORS // len(chosen))
    long = FUZZ_ACTION if os.environ.get("CI") else share
    return Count(*fuzz(lambda target: long if target.in_spec else share, chosen, FUZZ_SEED))


def chaos() -> Count:
    """Shorter than `make chaos`; the second seed with PgBouncer."""
    command = [sys.executable, "-m", "tests.chaos.run", "--seconds", "25", "--runs", "60", "--seeds"]
    return check([*command, "1"], [*command, "2", "--pooler"])


STAGES = [
    Stage("lint", "format, types and style", lambda _: lint(), fast=True),
    Stage("unit", "C tests", unit, fast=True),
    Stage("python", "the generator and the house", lambda _: python(), fast=True),
    Stage("e2e", "end to end, against a real Temporal and PostgreSQL", lambda _: end_to_end("e2e")),
    Stage("pooled", "end to end through PgBouncer, in part", lambda _: pooled()),
    Stage("chaos", "runs under faults, each effect once", lambda _: chaos()),
    Stage(
        "tutorial",
        "the steps of docs/adding-an-action.md, exactly",
        lambda _: pytest("tutorial", "tests/tutorial"),
    ),
    Stage("clang", "built by clang, warnings are errors", lambda _: clang()),
    Stage("image", "the image of the Dockerfile, built on a bare Debian, and run", lambda _: image(), ci=True),
    Stage("site", "the documentation site, in a browser", lambda _: documentation(), ci=True),
    Stage("fuzz", "fuzz targets, a little", lambda _: fuzzed()),
    Stage("asan", "built by gcc with ASan and UBSan, warnings are errors; all tests again", lambda _: sanitized()),
]


def chosen(fast: bool, only: Sequence[str]) -> list[Stage]:
    if only:
        return [stage for stage in STAGES if stage.name in only]
    ci = bool(os.environ.get("CI"))
    return [stage for stage in STAGES if (stage.fast or not fast) and (ci or not stage.ci)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="check", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="only what needs no server and no other build")
    parser.add_argument("--only", action="append", default=[], choices=[stage.name for stage in STAGES])
    options = parser.parse_args()
    os.environ.pop("WORKER_ACTIONS", None)  # the tests in Python are about this repository
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "summary").unlink(missing_ok=True)
    lines: list[str] = []
    total = Count()
    for stage in chosen(options.fast, options.only):
        print(f"\n{bold(f'== {stage.name}: {stage.title}')}", flush=True)
        began = time.monotonic()
        count = stage.run(options.fast)
        total += count
        mark = red("failed") if count.failed else green("passed")
        lines.append(f"{mark}  {stage.name:<7} {count!s:<24} {time.monotonic() - began:6.0f} s  {stage.title}")
    print("\n" + "\n".join(lines) + "\n")
    print(total)
    (RESULTS / "summary").write_text(f"{total}\n")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
