"""Worker processes, and the other commands of the same binary."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from zarf.dev.metrics import Metrics
from zarf.dev.process import ROOT, Process, StackError, free_port, wait_until

# Sanitizer output: a worker whose log contains one of these texts is broken.
SANITIZER_MESSAGES = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "DEADLYSIGNAL")


def binary(build: str | None = None) -> Path:
    """The binary of the given build folder, of $WORKER_BUILD, or of build/."""
    found = ROOT / (build or os.environ.get("WORKER_BUILD") or "build") / "src" / "cli" / "workflow-worker"
    if not found.exists():
        raise StackError(f"no {found}: run `make build`")
    return found


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without ICHOR_ and TEMPORAL_ settings, plus these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ICHOR_", "TEMPORAL_"))}
    kept.setdefault("ASAN_OPTIONS", "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1")
    kept.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    return {**kept, **settings}


def command(
    settings: Mapping[str, str], *arguments: str | Path, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs one command of the binary and waits for its end."""
    return subprocess.run(
        [str(binary()), *map(str, arguments)],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


class Worker:
    """One `workflow-worker run`."""

    def __init__(self, settings: Mapping[str, str], log: Path, name: str = "worker") -> None:
        self.log = log
        self.settings = {"ICHOR_WORKER_HEALTH_PORT": str(free_port()), **settings}
        self.port = int(self.settings["ICHOR_WORKER_HEALTH_PORT"])
        self.process = Process(name, [binary(), "run"], log, env=environment(self.settings))

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an HTTP GET; status 0 without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def metrics(self) -> Metrics:
        status, page = self.get("/metrics")
        assert status == 200
        return Metrics(page)

    def is_live(self) -> bool:
        return self.get("/healthz/live")[0] == 200

    def is_ready(self) -> bool:
        return self.get("/healthz/ready")[0] == 200

    def wait_live(self, seconds: float = 60) -> Worker:
        wait_until(self.is_live, f"{self.process.name} to live", seconds, self.process.fault)
        return self

    def wait_ready(self, ready: bool = True, seconds: float = 60) -> Worker:
        what = f"{self.process.name} to {'be' if ready else 'stop being'} ready"
        wait_until(lambda: self.is_ready() is ready, what, seconds, self.process.fault)
        return self

    def wait_log(self, text: str, seconds: float = 60, times: int = 1) -> Worker:
        """Waits until the worker's log contains this text that many times."""
        what = f"'{text}' {times} times in {self.log}"
        wait_until(lambda: self.log.read_text(errors="replace").count(text) >= times, what, seconds)
        return self

    def stop(self, seconds: float = 60) -> int:
        """Sends SIGTERM and waits for the end; returns the exit code."""
        return self.process.end(signal.SIGTERM, seconds)

    def kill(self) -> None:
        self.process.kill()

    def sanitizer_fault(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        found = [word for word in SANITIZER_MESSAGES if word in text]
        return f"{found[0]} in {self.log}:\n{text[max(0, text.index(found[0]) - 200) :][:4000]}" if found else ""
