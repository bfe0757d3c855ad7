"""A private PgBouncer in transaction mode in front of a PostgreSQL of postgres.py."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from zarf.dev.postgres import Postgres, binaries
from zarf.dev.process import Process, StackError, free_port, wait_until

PREPARED_SINCE = (1, 21)


def binary() -> str:
    """The path of the program: $PGBOUNCER, if set, instead of the installed one."""
    found = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found:
        raise StackError("no PgBouncer found: run `make setup`")
    return found


def version() -> tuple[int, int]:
    output = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"PgBouncer (\d+)\.(\d+)", output)
    if not found:
        raise StackError(f"{binary()} does not say its version: {output}")
    return int(found[1]), int(found[2])


class PgBouncer:
    """Accepts every database and the user of the server. stop() keeps the port until close()."""

    def __init__(self, server: Postgres, folder: Path, connections: int = 3, prepared: int = 0) -> None:
        """`connections`: the number of connections to the server for each database; with fewer than the clients have,
        clients share them. `prepared`: max_prepared_statements, which versions before 1.21 do not have."""
        if prepared and version() < PREPARED_SINCE:
            raise StackError(f"{binary()} knows no max_prepared_statements")
        self.server = server
        self.folder = folder
        self.connections = connections
        self.prepared = prepared
        self.port = free_port()
        self.settings_folder: Path | None = None
        self.process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "pgbouncer.log"

    def _write_settings(self) -> Path:
        self.folder.mkdir(exist_ok=True)
        if self.settings_folder is None:
            reached = self.server.can_reach(self.folder)
            made = self.folder if reached else Path(tempfile.mkdtemp(prefix="workflow-worker-pgbouncer-"))
            self.settings_folder = made
        users, settings = (self.settings_folder / f"pgbouncer.{kind}" for kind in ("users", "ini"))
        for file in (users, settings):
            file.touch(mode=0o600)
        users.write_text(f'"{self.server.user}" "{self.server.password}"\n')
        lines = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": users,
            "auth_user": self.server.user,  # the user that looks up the passwords of other users
            "pool_mode": "transaction",
            "default_pool_size": self.connections,
            "max_client_conn": 500,
            "admin_users": self.server.user,
        }
        if version() >= PREPARED_SINCE:
            lines["max_prepared_statements"] = self.prepared
        written = "".join(f"{key} = {value}\n" for key, value in lines.items())
        settings.write_text(f"[databases]\n* = host=127.0.0.1 port={self.server.port}\n\n[pgbouncer]\n{written}")
        if self.server.account:
            # PgBouncer refuses to run as root.
            self.settings_folder.chmod(0o711)
            for file in (users, settings):
                shutil.chown(file, self.server.account)
        return settings

    def start(self) -> None:
        self.process = Process(
            "PgBouncer", [binary(), "-q", self._write_settings()], self.log, user=self.server.account
        )
        ready: list[str | Path] = [
            binaries() / "pg_isready",
            "--quiet",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0,
            f"PgBouncer on port {self.port}",
            find_fault=self.process.fault,
        )

    def stop(self) -> None:
        """Cuts every connection; start() serves at the same address again."""
        if self.process:
            self.process.end(signal.SIGTERM)
            self.process = None

    def query(self, sql: str, database: str) -> list[list[str]]:
        """Like Postgres.query, but as a client of PgBouncer."""
        return self.server.query(sql, database, self.port)

    def close(self) -> None:
        self.stop()
        if self.settings_folder not in (None, self.folder):
            shutil.rmtree(self.settings_folder, ignore_errors=True)
