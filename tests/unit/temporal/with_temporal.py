"""Runs a test program beside a private Temporal dev server of its own.

    python3 -m tests.unit.temporal.with_temporal PROGRAM [ARGUMENT...]

TEMPORAL_ADDRESS and TEMPORAL_TOOL are the address of the server and the path of the command line tool. TEMPORAL_CONTROL
names a socket that takes `stop` (the server is killed) and `start` (it comes back, at the same address and with the
same workflows), one per connection, and answers `ok` when that is done.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests import beside
from zarf.dev.temporal import Temporal, binary, clean_environment


def obey(server: Temporal, word: str) -> str:
    if word == "start":
        server.start()
    elif server.process is not None:
        server.process.kill()
    return "ok\n"


def run(folder: Path, command: list[str]) -> int:
    server = Temporal(folder, keep=True)
    try:
        server.start()
        settings = {
            "TEMPORAL_ADDRESS": server.address,
            "TEMPORAL_TOOL": str(binary()),
            "TEMPORAL_CONTROL": str(folder / "control"),
        }
        return beside.run(folder / "control", partial(obey, server), command, {**clean_environment(), **settings})
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(beside.main(__doc__, run))
