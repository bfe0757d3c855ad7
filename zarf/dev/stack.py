"""The whole stack: PostgreSQL and Temporal, with their own folder under .run/.

    python3 -m zarf.dev.stack COMMAND [ARGUMENT...]

runs a command with a new stack and with the worker's settings (ICHOR_...) in its environment. Temporal is the dev
server, or the server whose programs are in the folder $TEMPORAL_SERVER (see servers.py).
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from zarf.dev import added, temporal_server, worker
from zarf.dev.pgbouncer import PgBouncer
from zarf.dev.postgres import Postgres
from zarf.dev.process import ROOT, StackError
from zarf.dev.temporal import Temporal
from zarf.dev.temporal import binary as temporal_binary

SAMPLE_DATA = ROOT / "zarf" / "dev" / "sample.sql"


class Stack:
    """Both servers, running. Created by `stack(...)`."""

    def __init__(self, folder: Path, ui: bool, keep: bool = False) -> None:
        self.folder = folder
        self.keep = keep
        self.postgres = Postgres(folder, keep)
        self.temporal = Temporal(folder, ui, keep) if keep else temporal_server.chosen(folder, ui)
        self.pgbouncer: PgBouncer | None = None  # between all workers and PostgreSQL

    @property
    def is_new(self) -> bool:
        """Whether the stack has no sample data yet."""
        return self.postgres.is_new

    def start(self) -> None:
        self.temporal.launch()
        if self.is_new:
            self.postgres.create()
        self.postgres.start()
        self.temporal.wait()

    def close(self) -> None:
        try:
            if self.keep:
                self.temporal.stop()
            else:
                self.temporal.close()
        finally:
            if self.pgbouncer:
                self.pgbouncer.close()
            self.postgres.close()

    def add_pooler(self, connections: int) -> None:
        """Starts PgBouncer in transaction mode in front of PostgreSQL, which must be running."""
        self.pgbouncer = PgBouncer(self.postgres, self.folder / "pgbouncer", connections)
        self.pgbouncer.start()

    def fill(self) -> None:
        """Creates the tables and the sample data. From then on a stack with `keep` keeps them."""
        self.create_sample_database()
        own = added.HOME / "examples" / "sample.sql"
        if own.exists():
            self.postgres.query(own.read_text(), "ichor")
        if isinstance(self.temporal, Temporal) and self.keep:
            self.temporal.remember()
            self.postgres.remember()

    def write_environment(self) -> Path:
        """Writes a file to source in a shell, so that workflow-worker, psql and temporal reach this stack."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        for program in (worker.binary(), temporal_binary()):
            link = programs / program.name
            link.unlink(missing_ok=True)
            link.symlink_to(program)
        values = {
            **self.settings(),
            **self.postgres.environment(),
            "PGDATABASE": "ichor",
            "TEMPORAL_ADDRESS": self.temporal.address,
        }
        lines = [f"export {key}={shlex.quote(value)}" for key, value in values.items()]
        file = self.folder / "env"
        file.touch(mode=0o600)
        file.write_text("\n".join([*lines, f'export PATH={shlex.quote(str(programs))}:"$PATH"']) + "\n")
        return file

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


def claim_folder(name: str, keep: bool = False) -> tuple[Path, IO[str]]:
    """Returns an empty folder and its lock: .run/NAME, or .run/NAME-2 and so on if other processes use it. keep: always
    .run/NAME, with its present content."""
    runs = added.HOME / ".run"
    runs.mkdir(exist_ok=True)
    for number in range(1, 100):
        folder = runs / (name if number == 1 else f"{name}-{number}")
        lock = (runs / f"{folder.name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            if keep:
                raise StackError(f"{folder} is in use: another one with KEEP=1 is running") from None
            continue
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=keep)
        return folder, lock
    raise StackError(f"a hundred stacks named {name} are running in {runs}")


@contextmanager
def stack(name: str, ui: bool = False, keep: bool = False) -> Iterator[Stack]:
    """keep: uses the ports, password and data of the last stack with that name."""
    folder, lock = claim_folder(name, keep)
    with lock:
        servers = Stack(folder, ui, keep)
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
