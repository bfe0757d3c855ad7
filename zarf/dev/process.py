"""Child processes that never outlive us, and waiting for things without guessing how long they take."""

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
# Below Linux's range for outgoing connections, so that a port stays free while its server is down for a while.
PORTS = range(18000, 32000)
BLOCK = 100
_drawing = threading.Lock()
_blocks: list[IO[str]] = []  # locked files: each is a block of ports that is ours until this process ends
_ports: list[int] = []  # of them, those not drawn yet


class StackError(Exception):
    """Something around the program did not come up or broke; the message says what, and where the log is."""


def free_port() -> int:
    """One that nobody has, and that no process of ours draws, however long it stays unused."""
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
            file = path.open()  # to read: it may be another account's
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise
            _blocks.append(file)
            _ports.extend(range(first, first + BLOCK))
            return
    raise StackError(f"no free TCP ports between {PORTS.start} and {PORTS.stop}")


def wait_until(ask: Callable[[], T], what: str, seconds: float = 60, alive: Callable[[], str] | None = None) -> T:
    """Asks until the answer is truthy and returns it. `alive` says why waiting is in vain, or nothing."""
    end = time.monotonic() + seconds
    pause = 0.01
    while True:
        answer = ask()
        if answer:
            return answer
        fault = alive() if alive else ""
        if fault:
            raise StackError(f"while waiting for {what}: {fault}")
        if time.monotonic() > end:
            raise StackError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class Process:
    """One child in its own process group; its output goes to a log file. When we die, however, the kernel ends it."""

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
        """How it ended; empty while it runs."""
        code = self.child.poll()
        return "" if code is None else f"{self.name} ended with code {code}; {self.log} ends with:\n{tail(self.log)}"

    def send(self, number: int) -> None:
        if self.child.poll() is None:
            self.child.send_signal(number)

    def wait(self, seconds: float = 60) -> int:
        """Its exit code; negative for a signal."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise StackError(
                f"{self.name} did not end in {seconds:.0f} s; {self.log} ends with:\n{tail(self.log)}"
            ) from None

    def end(self, number: int = signal.SIGTERM, seconds: float = 15) -> int:
        """Asks it to end, kills it when it does not listen, and sweeps what is left of its group."""
        self.send(number)
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = self.child.wait()
        self.sweep()
        return code

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.child.wait()
        self.sweep()

    def sweep(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
