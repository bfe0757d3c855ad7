"""Child processes that end with this one, and waiting for conditions."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
# Below Linux's range for outgoing connections, so that a port stays free while its server is stopped.
PORTS = range(18000, 32000)
BLOCK = 100
_drawing = threading.Lock()
_blocks: list[IO[str]] = []  # locked files: each reserves a block of ports for this process
_ports: list[int] = []  # reserved ports that are not used yet


class StackError(Exception):
    """A process around the program did not start or broke; the message names it and its log."""


def free_port() -> int:
    """A free port that no other process of this project gets, no matter how long it stays unused."""
    with _drawing:
        while True:
            if not _ports:
                claim_block()
            port = _ports.pop()
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def claim_block() -> None:
    for first in random.sample(PORTS[::BLOCK], len(PORTS) // BLOCK):
        with contextlib.suppress(OSError):
            path = Path(tempfile.gettempdir()) / f"workflow-worker-ports-{first}"
            if not path.exists():
                path.touch()
            file = path.open()  # read-only: another user may own it
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise
            _blocks.append(file)
            _ports.extend(range(first, first + BLOCK))
            return
    raise StackError(f"no free TCP ports between {PORTS.start} and {PORTS.stop}")


def wait_until(
    condition: Callable[[], T], what: str, seconds: float = 60, find_fault: Callable[[], str] | None = None
) -> T:
    """Calls `condition` until its result is truthy and returns it. `find_fault` says why waiting is futile, or ""."""
    end = time.monotonic() + seconds
    delay = 0.01
    while True:
        answer = condition()
        if answer:
            return answer
        fault = find_fault() if find_fault else ""
        if fault:
            raise StackError(f"while waiting for {what}: {fault}")
        if time.monotonic() > end:
            raise StackError(f"waited {seconds:.0f} s for {what} in vain")
        time.sleep(delay)
        delay = min(delay * 1.5, 0.25)


def tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class Process:
    """A child in its own process group with its output in a log file. The kernel kills it when this process dies."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.log = log
        guard = ["setpriv", "--pdeathsig", "KILL"]
        if user:
            guard += ["--reuid", user, "--regid", user, "--init-groups"]
        with log.open("ab") as output:
            self.child = subprocess.Popen(
                [*guard, "--", *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if env is None else env),
                cwd="/" if user else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def fault(self) -> str:
        """How the process ended; "" while it runs."""
        code = self.child.poll()
        return "" if code is None else f"{self.name} ended with code {code}; {self.log} ends with:\n{tail(self.log)}"

    def send(self, number: int) -> None:
        if self.child.poll() is None:
            self.child.send_signal(number)

    def wait(self, seconds: float = 60) -> int:
        """Waits for the end of the process; returns the exit code, negative for a signal."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise StackError(
                f"{self.name} did not end in {seconds:.0f} s; {self.log} ends with:\n{tail(self.log)}"
            ) from None

    def end(self, number: int = signal.SIGTERM, seconds: float = 15) -> int:
        """Sends the signal, kills the process if it does not end in time, and kills the others of its group."""
        self.send(number)
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = self.child.wait()
        self.kill_group()
        return code

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.child.wait()
        self.kill_group()

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
