"""`make test-servers`: the core of the end-to-end tests on whole Temporal servers with PostgreSQL.

    python3 -m zarf.dev.servers [--server VERSION]... [--build] [TEST...]

Builds each server once from the Go module registry (and keeps it in ~/.cache/workflow-worker), asks it for its
capabilities, runs the tests against it and prints a table. The servers are the oldest supported one and the newest that
the installed Go can build; `--server dev` is the dev server that all other tests use. A build takes half an hour on two
cores, and 3 GB in Go's caches.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zarf.dev.process import ROOT, StackError
from zarf.dev.stack import claim_folder
from zarf.dev.temporal import Json, Temporal
from zarf.dev.temporal_server import FOLDER, NEXT, SERVER, SQL_TOOL, TemporalServer
from zarf.dev.terminal import bold, progress

MODULE = "go.temporal.io/server"
OLDEST = "1.26.2"  # the version in the Go worker's development cluster
DEV = "dev"
UPGRADE = "tests/e2e/server_upgrade.py"  # upgrades from each other server to the last one
MANIFEST = "tests/e2e/server_manifest.py"  # runs on the last server
CORE = ("running", "graphs", "takeover", "approval", "restarts", "versions")
REPORT_INTERVAL = 10  # seconds
Table = dict[str, Counter[str]]


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "workflow-worker" / "temporal"


# ---- building ----


def go(*arguments: str, check: bool = True) -> Json:
    """The JSON that a go command prints; the command runs outside of any module."""
    if not shutil.which("go"):
        raise StackError(
            f"there is no go here: Temporal {OLDEST} needs Go 1.23 or newer, the newest Temporal a newer one"
        )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["go", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise StackError(f"go {' '.join(arguments)}: {done.stderr.strip()}")
    found: Json = json.loads(done.stdout or "{}")
    return found


def key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def newest() -> str:
    """The newest released version that the installed Go can build; without a registry, the newest that is built."""
    try:
        listed = go("list", "-m", "-versions", "-json", MODULE)["Versions"]
    except StackError as fault:
        built = sorted((folder.name for folder in cache().glob("*.*.*") if (folder / SERVER).exists()), key=key)
        if not built:
            raise
        progress(f"{fault}; taking Temporal {built[-1]}, which is built")
        return built[-1]
    released = (found[1] for name in listed if (found := re.fullmatch(r"v(\d+\.\d+\.\d+)", name)))
    for version in sorted(released, key=key, reverse=True):
        if (cache() / version / SERVER).exists():
            return version
        refusal = go("mod", "download", "-json", f"{MODULE}@v{version}", check=False).get("Error")
        if not refusal:
            return version
        progress(f"Temporal {version} cannot be built here: {refusal}")
    raise StackError(f"the installed Go can build no version of {MODULE}")


def build(version: str) -> Path:
    """The folder with the server and its SQL tool."""
    folder = cache() / version
    if (folder / SERVER).exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    progress(f"building Temporal {version}")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{version}-") as work:
        environment = {**os.environ, "CGO_ENABLED": "0", "GOBIN": work}
        packages = [f"{MODULE}/{path}@v{version}" for path in (f"cmd/{SERVER}", f"cmd/tools/{SQL_TOOL}")]
        # One package at a time, with low priority: this needs less memory and leaves the machine usable.
        command = ["nice", "-n", "15", "go", "install", "-v", "-p=1", "-trimpath", "-ldflags=-s -w", *packages]
        lines: list[str] = []
        compiled, reported = 0, time.monotonic()
        with subprocess.Popen(
            command, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            assert running.stdout
            for line in running.stdout:
                lines.append(line.rstrip())
                compiled += not line.startswith("go: ")
                if time.monotonic() - reported >= REPORT_INTERVAL:
                    reported = time.monotonic()
                    progress(f"  {compiled} packages compiled; {lines[-1]}")
        if running.returncode != 0:
            raise StackError(f"building Temporal {version} failed:\n" + "\n".join(lines[-20:]))
        Path(work).chmod(0o755)
        with contextlib.suppress(FileExistsError):
            shutil.copytree(work, folder)
    progress(f"built Temporal {version} in {folder}")
    return folder


# ---- asking ----


@contextlib.contextmanager
def running(version: str, programs: Path | None) -> Iterator[Temporal]:
    folder, lock = claim_folder(f"server-{version}")
    with lock:
        server = TemporalServer(folder, programs) if programs else Temporal(folder)
        try:
            server.start()
            yield server
        finally:
            server.close()


def capabilities(server: Temporal) -> set[str]:
    """The answers of GetSystemInfo and DescribeNamespace, by the names of the fields."""
    system = json.loads(server.cli("operator", "cluster", "system", "--output", "json"))
    namespace = json.loads(server.cli("operator", "namespace", "describe", "default", "--output", "json"))
    named = {
        "GetSystemInfo": system.get("capabilities", {}),
        "DescribeNamespace": namespace["namespaceInfo"].get("capabilities", {}),
    }
    return {f"{call} {name}" for call, found in named.items() for name, value in found.items() if value is True}


# ---- testing ----


def test(version: str, programs: Path | None, following: Path | None, tests: Sequence[str]) -> Table:
    """Runs the tests; returns their results by file. `following` is the server to upgrade to."""
    report = ROOT / ".run" / f"pytest-server-{version}.xml"
    report.unlink(missing_ok=True)
    variables = {FOLDER: programs, NEXT: following}
    environment = {key: value for key, value in os.environ.items() if key not in variables}
    environment |= {key: str(value) for key, value in variables.items() if value}
    command = [sys.executable, "-m", "pytest", "-v", "-rs", f"--junitxml={report}", *tests]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if not report.exists():
        raise StackError(f"pytest ended with {code}, without a report")
    return counted(report)


def counted(report: Path) -> Table:
    table: Table = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = str(case.get("classname")).rsplit(".", 1)[-1].removeprefix("test_")
        kinds = {child.tag for child in case}
        result = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        table.setdefault(name, Counter())[result] += 1
    return table


def cell(found: Counter[str] | None) -> str:
    """A cell of the table, such as `5`, `3 of 5`, or `3 of 5 (2 skipped)`."""
    if not found:
        return "-"
    skipped = f" ({found['skipped']} skipped)" if found["skipped"] else ""
    return (
        f"{found['passed']}" if found["passed"] == found.total() else f"{found['passed']} of {found.total()}"
    ) + skipped


def markdown(tables: Mapping[str, Table], capable: Mapping[str, set[str]]) -> str:
    """The tables of docs/servers.md."""
    head = [f"| {' | '.join(['', *tables])} |", f"|---{'|---' * len(tables)}|"]
    files = sorted({file for table in tables.values() for file in table})
    rows = [f"| {' | '.join([file, *(cell(table.get(file)) for table in tables.values())])} |" for file in files]
    asked = sorted(set().union(*capable.values()))
    marks = [[name, *("yes" if name in capable[version] else "no" for version in tables)] for name in asked]
    return "\n".join([*head, *rows, "", *head, *(f"| {' | '.join(row)} |" for row in marks)])


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="servers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--server", action="append", default=[], metavar="VERSION", help=f"{OLDEST}, newest, {DEV}, ..."
    )
    parser.add_argument("--build", action="store_true", help="only build the servers")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="files, or options of pytest after --")
    options = parser.parse_args()
    core = [f"tests/e2e/test_{name}.py" for name in CORE]
    versions = [newest() if version == "newest" else version for version in options.server or (OLDEST, "newest")]
    programs: dict[str, Any] = {version: None if version == DEV else build(version) for version in versions}
    if options.build:
        return 0
    tables: dict[str, Table] = {}
    capable: dict[str, set[str]] = {}
    for version, folder in programs.items():
        progress(f"Temporal {version}: its capabilities")
        with running(version, folder) as server:
            capable[version] = capabilities(server)
        last = programs[versions[-1]]
        following = last if folder != last else None
        tests = options.tests or [*core, *([UPGRADE if following else MANIFEST] if folder and last else [])]
        progress(f"Temporal {version}: {' '.join(tests)}")
        tables[version] = test(version, folder, following, tests)
    print(f"\n{bold('Tests that passed, and what each server says it is capable of')}\n{markdown(tables, capable)}\n")
    total = sum((count for table in tables.values() for count in table.values()), Counter[str]())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"servers: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
