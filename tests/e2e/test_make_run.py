"""`make run`: its report is true, it exits cleanly, and it leaves no process behind however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zarf.dev.postgres import binaries
from zarf.dev.process import ROOT, wait_until
from zarf.dev.samples import samples
from zarf.dev.temporal import binary as temporal

MAKE_RUN = [sys.executable, "-m", "zarf.dev.run"]


def processes_of(folder: str) -> list[str]:
    """The command lines of processes that name the folder, and of their descendants."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            cwd = str((entry / "cwd").readlink())
        except OSError:
            continue
        if folder in line or folder in cwd:
            found.append(f"{entry.name}: {line}")
    return found


class Session:
    """A running `make run`."""

    def __init__(self, process: subprocess.Popen[str], output: Path) -> None:
        self.process = process
        self.output = output

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        def fault() -> str:
            return "" if self.process.poll() is None else f"it ended: {self.text()[-2000:]}"

        wait_until(lambda: words in self.text(), f"make run to say {words!r}", 120, fault)

    @property
    def folder(self) -> str:
        return str(ROOT / ".run" / re.findall(r"/\.run/([^/]+)/worker\.log", self.text())[0])

    def wait_gone(self) -> None:
        wait_until(lambda: not processes_of(self.folder), f"all processes of {self.folder} to be gone")
        wait_until(lambda: not any(map(listens, self.ports())), "all its ports to be closed")

    def ports(self) -> list[int]:
        return [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.text())]


def listens(port: int) -> bool:
    """Whether a server on this machine listens on the TCP port."""
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return any(row[3] == "0A" and int(row[1].split(":")[1], 16) == port for row in rows)


@contextmanager
def make_run(output: Path, *arguments: str) -> Iterator[Session]:
    with output.open("w") as file:
        process = subprocess.Popen([*MAKE_RUN, *arguments], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, text=True)
    try:
        yield Session(process, output)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with make_run(tmp_path / "output") as running:
        running.wait_for("Ctrl-C ends it all.")
        yield running


def test_once_ends_without_a_signal(tmp_path: Path) -> None:
    with make_run(tmp_path / "output", "--once") as running:
        assert running.process.wait(300) == 0, running.text()
        text = running.text()
        for sample in samples():
            assert sample.workflow_id in text
        assert f"{len(samples())} run, all as expected" in text
        running.wait_gone()


def test_the_report_is_true(session: Session) -> None:
    """Compares its report with the official tools, using the settings that it printed."""
    text = session.text()
    settings = dict(re.findall(r"export (ICHOR_\w+)=(\S+)", text))
    host, port = settings["ICHOR_DB_HOST"].split(":")
    access = {"PGHOST": host, "PGPORT": port, "PGUSER": settings["ICHOR_DB_USER"]}
    access |= {"PGPASSWORD": settings["ICHOR_DB_PASSWORD"], "PGDATABASE": settings["ICHOR_DB_NAME"]}
    for sample in samples():
        question_id = ["--workflow-id", sample.workflow_id, "--address", settings["ICHOR_TEMPORAL_HOSTPORT"]]
        described = subprocess.run(
            [str(temporal()), "workflow", "describe", "--output", "json", *question_id],
            text=True,
            capture_output=True,
            check=True,
        ).stdout
        assert f"WORKFLOW_EXECUTION_STATUS_{sample.expected['status']}" in described
        for question in sample.expected["database"]:
            answer = subprocess.run(
                [binaries() / "psql", "-XAtc", question["sql"], "--pset", "null=NULL"],
                env={**os.environ, **access},
                text=True,
                capture_output=True,
                check=True,
            ).stdout
            assert answer.splitlines() == ["|".join(row) for row in question["rows"]]
            assert f"{question['shows']}: " + "; ".join(" | ".join(row) for row in question["rows"]) in text
        for name, output in sample.expected["actions"].items():
            assert re.search(rf"{name} .*{output}", text)


def test_ui_and_metrics_answer_at_the_printed_addresses(session: Session) -> None:
    for name, word in (("Temporal UI", "<html"), ("Metrics", "temporal_workflow_completed_total")):
        url = re.findall(rf"{name}: +(http://\S+)", session.text())[0]
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert answer.status == 200
            assert word in answer.read().decode()


def test_ctrl_c_ends_everything(session: Session) -> None:
    session.process.send_signal(signal.SIGINT)
    assert session.process.wait(120) == 0
    session.wait_gone()


def test_ctrl_c_twice(session: Session) -> None:
    session.process.send_signal(signal.SIGINT)
    session.process.send_signal(signal.SIGINT)
    session.process.wait(120)
    session.wait_gone()


def test_killed_it_leaves_no_process(session: Session) -> None:
    session.process.kill()
    session.process.wait(120)
    session.wait_gone()
