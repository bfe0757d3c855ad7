"""Runs a test program beside a private Temporal dev server of its own.

    python3 -m tests.unit.temporal.with_temporal PROGRAM [ARGUMENT...]

TEMPORAL_ADDRESS and TEMPORAL_TOOL tell the program where the server and the command line tool are. TEMPORAL_CONTROL
names a socket that takes `stop` (the server is killed) and `start` (it comes back, at the same address and with the
same workflows), one a connection, and answers `ok` when that is done.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from zarf.dev.temporal import Temporal, bare_environment, binary


def obey(server: Temporal, listener: socket.socket) -> None:
    caller, _ = listener.accept()
    with caller:
        if caller.recv(16).decode().strip() == "start":
            server.start()
        elif server.process is not None:
            server.process.kill()
        caller.sendall(b"ok\n")


def serve(server: Temporal, listener: socket.socket, program: subprocess.Popen[bytes]) -> int:
    end = os.pidfd_open(program.pid)
    try:
        while True:
            ready, _, _ = select.select([end, listener], [], [])  # type: ignore[type-var]
            if end in ready:
                return program.wait()
            obey(server, listener)
    finally:
        os.close(end)


def run(folder: Path, command: list[str]) -> int:
    server = Temporal(folder, keep=True)
    try:
        server.start()
        with socket.socket(socket.AF_UNIX) as listener:
            control = folder / "control"
            listener.bind(str(control))
            listener.listen()
            settings = {
                "TEMPORAL_ADDRESS": server.address,
                "TEMPORAL_TOOL": str(binary()),
                "TEMPORAL_CONTROL": str(control),
            }
            return serve(server, listener, subprocess.Popen(command, env={**bare_environment(), **settings}))
    finally:
        server.stop()


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="workflow-worker-test-") as folder:
        code = run(Path(folder), sys.argv[1:])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
