"""Runs a test program together with real servers, which the program stops and starts through a socket.

The socket takes one line per connection and sends the result; the caller of run() decides what a line means.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

LONGEST_LINE = 64


def serve(listener: socket.socket, obey: Callable[[str], str], program: subprocess.Popen[bytes]) -> int:
    end = os.pidfd_open(program.pid)
    try:
        while True:
            ready, _, _ = select.select([end, listener.fileno()], [], [])
            if end in ready:
                return program.wait()
            caller, _ = listener.accept()
            with caller:
                caller.sendall(obey(caller.recv(LONGEST_LINE).decode().strip()).encode())
    finally:
        os.close(end)


def run(control: Path, obey: Callable[[str], str], command: list[str], environment: Mapping[str, str]) -> int:
    """Runs the program and returns its exit code; a negative code is the signal that ended it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(control))
        listener.listen()
        return serve(listener, obey, subprocess.Popen(command, env=environment))


def main(usage: str | None, run_in: Callable[[Path, list[str]], int]) -> int:
    if len(sys.argv) < 2:
        print(usage, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="workflow-worker-test-") as folder:
        code = run_in(Path(folder), sys.argv[1:])
    return code if code >= 0 else 128 - code
