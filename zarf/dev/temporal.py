"""The Temporal dev server, and the official command line tool."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zarf.dev.process import Process, StackError, free_port, wait_until

Json = dict[str, Any]


def binary() -> Path:
    found = Path(sys.prefix) / "bin" / "temporal"
    if not found.exists():
        raise StackError(f"no Temporal dev server at {found}: run `make setup`")
    return found


class Temporal:
    """A dev server in memory. With `keep` the workflows survive stop() and start(), at the same address."""

    def __init__(
        self, folder: Path, ui: bool = False, keep: bool = False, name: str = "temporal", settings: Sequence[str] = ()
    ) -> None:
        """settings: KEY=VALUE pairs of the server's dynamic configuration."""
        self.settings = settings
        self.log = folder / f"{name}.log"
        self.file = folder / f"{name}.sqlite" if keep else None
        self.memory = folder / f"{name}.json"
        known = json.loads(self.memory.read_text()) if keep and self.memory.exists() else []
        ports: list[int] = known or [free_port() for _ in range(4 if ui else 3)]
        self.port, self.http_port, self.metrics_port = ports[:3]
        self.ui_port = ports[3] if ui else None
        self.process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def ui(self) -> str:
        return f"http://127.0.0.1:{self.ui_port}"

    def launch(self) -> None:
        """Starts the server without waiting for it."""
        command = [str(binary()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        command += ["--http-port", str(self.http_port), "--metrics-port", str(self.metrics_port)]
        command += ["--log-level", "warn"]
        command += [part for setting in self.settings for part in ("--dynamic-config-value", setting)]
        command += ["--ui-port", str(self.ui_port)] if self.ui_port else ["--headless"]
        # Written data must survive the end of the server, but not a failure of the machine.
        command += ["--db-filename", str(self.file), "--sqlite-pragma", "synchronous=OFF"] if self.file else []
        self.process = Process("the Temporal dev server", command, self.log, env=clean_environment())

    def wait(self) -> None:
        assert self.process
        wait_until(
            lambda: self._run("operator", "namespace", "describe", "default").returncode == 0,
            f"Temporal on port {self.port}",
            find_fault=self.process.fault,
        )

    def start(self) -> None:
        self.launch()
        self.wait()

    def remember(self) -> None:
        """With `keep`, lets the next server in the folder get the same ports."""
        self.memory.write_text(json.dumps([self.port, self.http_port, self.metrics_port, self.ui_port or free_port()]))

    def stop(self) -> None:
        """Stops the server; start() continues it."""
        if self.process:
            self.process.end(signal.SIGTERM, seconds=10)
            self.process = None

    def close(self) -> None:
        """Kills the server, because its data is no longer needed."""
        if self.process:
            self.process.kill()
            self.process = None

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(binary()), *arguments, "--address", self.address, "--color", "never", "--command-timeout", "60s"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=clean_environment(),
            check=False,
        )

    def cli(self, *arguments: str) -> str:
        """Runs `temporal ARGUMENTS...` against this server and returns what it prints."""
        done = self._run(*arguments)
        if done.returncode != 0:
            raise StackError(f"temporal {' '.join(arguments[:4])}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def post(self, path: str, body: Json) -> None:
        """Calls its HTTP API."""
        headers = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.http_port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60):
            pass

    def history_by_http(self, workflow_id: str) -> list[Json]:
        """The first page of a history through the HTTP API, which is faster than the tool."""
        events: list[Json] = self.get(f"workflows/{workflow_id}/history")["history"]["events"]
        return events

    def describe_by_http(self, workflow_id: str) -> Json:
        """A description through the HTTP API, which is faster than the tool."""
        return self.get(f"workflows/{workflow_id}")

    def get(self, path: str) -> Json:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.http_port}/api/v1/namespaces/default/{path}", timeout=60
        ) as answer:
            found: Json = json.load(answer)
        return found

    def describe(self, workflow_id: str) -> Json:
        answer: Json = json.loads(self.cli("workflow", "describe", "--workflow-id", workflow_id, "--output", "json"))
        return answer

    def status(self, workflow_id: str) -> str:
        """COMPLETED, FAILED, RUNNING, ..."""
        text: str = self.describe(workflow_id)["workflowExecutionInfo"]["status"]
        return text.removeprefix("WORKFLOW_EXECUTION_STATUS_")

    def history(self, workflow_id: str, run_id: str = "") -> list[Json]:
        """The history of the newest run, or of the run `run_id`."""
        which = ["--workflow-id", workflow_id, *(["--run-id", run_id] if run_id else [])]
        shown = json.loads(self.cli("workflow", "show", *which, "--output", "json"))
        events: list[Json] = shown["events"]
        return events

    def start_workflow(
        self, workflow_id: str, file: Path, queue: str = "ichor-workflow", options: Sequence[str] = ()
    ) -> None:
        self.cli(
            "workflow", "start", "--type", "ExecuteGraphWorkflow", "--task-queue", queue,
            "--workflow-id", workflow_id, "--input-file", str(file), *options,
        )  # fmt: skip

    def wait_closed(self, workflow_id: str, seconds: float = 120) -> str:
        """Waits for the end of the workflow and returns its status."""

        def closed() -> str:
            status = self.status(workflow_id)
            return "" if status == "RUNNING" else status

        return wait_until(closed, f"the end of workflow {workflow_id}", seconds)


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of the tool."""
    return {key: value for key, value in os.environ.items() if not key.startswith("TEMPORAL_")}
