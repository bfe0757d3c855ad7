"""The whole stack: PostgreSQL and Temporal, with their own folder under .run/.

    python3 -m zarf.dev.stack COMMAND [ARGUMENT...]

runs a command beside a new stack, with the worker's settings (ICHOR_...) in its environment. Temporal is the dev
server, or the one whose programs are in the folder $TEMPORAL_SERVER (see servers.py).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from zarf.dev import temporal_server, worker
from zarf.dev.pgbouncer import PgBouncer
from zarf.dev.postgres import Postgres
from zarf.dev.process import ROOT, StackError

SAMPLE_DATA = ROOT / "zarf" / "dev" / "sample.sql"


class Stack:
    """Both servers, running. Created by `stack(...)`."""

    def __init__(self, folder: Path, ui: bool) -> None:
        self.folder = folder
        self.postgres = Postgres(folder)
        self.temporal = temporal_server.chosen(folder, ui)
        self.pgbouncer: PgBouncer | None = None  # between all workers and PostgreSQL

    def start(self) -> None:
        self.temporal.launch()
        self.postgres.create()
        self.postgres.start()
        self.temporal.wait()

    def close(self) -> None:
        try:
            self.temporal.close()
        finally:
            if self.pgbouncer:
                self.pgbouncer.close()
            self.postgres.close()

    def add_pooler(self, connections: int) -> None:
        """Puts PgBouncer in transaction mode before PostgreSQL, which runs."""
        self.pgbouncer = PgBouncer(self.postgres, self.folder / "pgbouncer", connections)
        self.pgbouncer.start()

    def settings(self, database: str = "ichor") -> dict[str, str]:
        """The settings of a worker for this stack."""
        return {
            "ICHOR_TEMPORAL_HOSTPORT": self.temporal.address,
            "ICHOR_DB_HOST": self.postgres.address,
            "ICHOR_DB_USER": self.postgres.user,
            "ICHOR_DB_PASSWORD": self.postgres.password,
            "ICHOR_DB_NAME": database,
            "ICHOR_DB_DISABLE_TLS": "true",
        }

    def create_sample_database(self, name: str = "ichor", postgres: Postgres | None = None) -> None:
        """Creates the worker's tables with its `migrate`, and a few customers and orders."""
        server = postgres or self.postgres
        server.create_database(name)
        access = {"ICHOR_DB_HOST": server.address, "ICHOR_DB_PASSWORD": server.password}
        done = worker.command(self.settings(name) | access, "migrate")
        if done.returncode != 0:
            output = done.stderr or done.stdout
            raise StackError(f"workflow-worker migrate failed with code {done.returncode}: {output}")
        server.query(SAMPLE_DATA.read_text(), name)


def claim_folder(name: str) -> tuple[Path, IO[str]]:
    """Returns an empty .run/NAME, or .run/NAME-2 and so on while other processes have it, and its lock."""
    runs = ROOT / ".run"
    runs.mkdir(exist_ok=True)
    for number in range(1, 100):
        folder = runs / (name if number == 1 else f"{name}-{number}")
        lock = (runs / f"{folder.name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder, lock
    raise StackError(f"a hundred stacks named {name} are running in {runs}")


@contextmanager
def stack(name: str, ui: bool = False) -> Iterator[Stack]:
    folder, lock = claim_folder(name)
    with lock:
        servers = Stack(folder, ui)
        try:
            servers.start()
            yield servers
        finally:
            servers.close()


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    with stack("command") as servers, suppress(KeyboardInterrupt):
        servers.postgres.create_database("ichor")
        return subprocess.run(arguments, env={**os.environ, **servers.settings()}, check=False).returncode
    return 130


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as fault:
        sys.exit(f"stack: {fault}")
