"""A private PostgreSQL with its own folder, port, password and unprivileged user. It is removed afterwards."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from zarf.dev.process import Process, StackError, free_port, wait_until

MEMORY = Path("/dev/shm")
MEMORY_LEAST = 4 << 30  # bytes that must be free in memory


def binaries() -> Path:
    """The folder of initdb and postgres of the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise StackError("no PostgreSQL server found: run `make setup`")
    return found[-1].parent if found else Path(str(on_path)).parent


class Postgres:
    """Temporary data: nothing is synced to disk; stop() keeps the data until close()."""

    user = "ichor"

    def __init__(self, folder: Path, keep: bool = False, in_memory: bool = False) -> None:
        """keep: uses port, password and data of the last server in the folder, and leaves them there. in_memory: keeps
        the data in memory if there is room, because copies of databases cause a lot of work for a disk."""
        self.folder = folder
        self.keep = keep
        self.memory = folder / "postgres.json"
        known = json.loads(self.memory.read_text()) if keep and self.memory.exists() else {}
        self.is_new = not known
        self.port = known.get("port") or free_port()
        self.password = known.get("password") or secrets.token_urlsafe(12)
        self.process: Process | None = None
        self.tls: dict[str, str] = {}
        # Settings of the server that replace those of start().
        self.settings: dict[str, str] = {"max_wal_size": "128MB"} if in_memory else {}
        # initdb and postgres refuse to run as root.
        self.account = unprivileged() if os.geteuid() == 0 else None
        self.data = Path(known["data"]) if known else self._data_folder(in_memory)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def can_reach(self, folder: Path) -> bool:
        """Whether the server's user can access what is in that folder; a home folder may be closed to others."""
        return not self.account or all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents)

    def _data_folder(self, in_memory: bool) -> Path:
        """Under .run when the server's user can access it, else in the system's temporary folder."""
        if in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_LEAST:
            return Path(tempfile.mkdtemp(prefix="workflow-worker-postgres-", dir=MEMORY))
        if not self.can_reach(self.folder):
            return Path(tempfile.mkdtemp(prefix="workflow-worker-postgres-"))
        data = self.folder / "postgres"
        shutil.rmtree(data, ignore_errors=True)  # left by a server whose data was never complete
        data.mkdir(mode=0o700)
        return data

    def create(self) -> None:
        if self.account:
            self.folder.chmod(0o711)
            shutil.chown(self.data, self.account, self.account)
        secret = self.data.parent / f"{self.data.name}.password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account:
            shutil.chown(secret, self.account, self.account)
        command: list[str | Path] = [binaries() / "initdb", "--pgdata", self.data, "--username", self.user]
        command += ["--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        made = Process("initdb", command, self.log, user=self.account)
        try:
            code = made.wait()
        finally:
            made.kill()
            secret.unlink()
        if code != 0:
            raise StackError(f"initdb failed:\n{self.log.read_text(errors='replace')}")

    def remember(self) -> None:
        """Records where a server with `keep` finds the data again; called when the data is complete."""
        self.memory.touch(mode=0o600)
        self.memory.write_text(json.dumps({"port": self.port, "password": self.password, "data": str(self.data)}))

    def secure(self, certificate: Path, key: Path, client_authority: Path | None = None) -> None:
        """From the next start on, requires TLS with this certificate; with a client authority also client certificates
        of that authority."""
        named = {"server.crt": certificate, "server.key": key, "clients.crt": client_authority}
        for name, source in named.items():
            if source is not None:
                copy = self.data / name
                copy.write_bytes(source.read_bytes())
                copy.chmod(0o600)
                shutil.chown(copy, self.account or os.geteuid())
        self.tls = {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"}
        self.tls |= {"ssl_ca_file": "clients.crt"} if client_authority else {}
        asked = " clientcert=verify-ca" if client_authority else ""
        (self.data / "pg_hba.conf").write_text(f"hostssl all all 127.0.0.1/32 scram-sha-256{asked}\n")

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "jit": "off",
            **self.tls,
            **self.settings,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self.process = Process(
            "PostgreSQL", [binaries() / "postgres", "-D", self.data, *options], self.log, user=self.account
        )
        ready = ["pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(self.port)]
        wait_until(
            lambda: subprocess.run([binaries() / ready[0], *ready[1:]], check=False).returncode == 0,
            f"PostgreSQL on port {self.port}",
            find_fault=self.process.fault,
        )

    def stop(self, immediately: bool = False) -> None:
        """Stops and cuts connections; start() serves the same data at the same address again. immediately: as in a
        crash, without a checkpoint."""
        if self.process:
            self.process.end(signal.SIGQUIT if immediately else signal.SIGINT, seconds=60)
            self.process = None

    def become_standby(self) -> None:
        """From the next start on, the server is read-only and waits for a primary server that does not exist."""
        signal_file = self.data / "standby.signal"
        signal_file.touch(mode=0o600)
        if self.account:
            shutil.chown(signal_file, self.account, self.account)

    def close(self) -> None:
        if self.process:
            self.process.end(signal.SIGINT if self.keep else signal.SIGQUIT, seconds=10)
            self.process = None
        if not self.memory.exists():
            shutil.rmtree(self.data, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The environment for psql and the other PostgreSQL tools."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}

    def create_database(self, name: str) -> None:
        self.query(f'CREATE DATABASE "{name}"', "postgres")

    def query(self, sql: str, database: str, port: int | None = None) -> list[list[str]]:
        """The rows that psql prints, as text; NULL is `NULL`. `port`: the port of a pooler in front of the server."""
        command = [str(binaries() / "psql"), "--no-psqlrc", "--csv", "--tuples-only", "--quiet"]
        command += ["--set", "ON_ERROR_STOP=1", "--pset", "null=NULL", "--dbname", database]
        done = subprocess.run(
            command,
            input=sql,
            env={**os.environ, **self.environment(), "PGPORT": str(port or self.port)},
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"psql: {done.stderr.strip()}\nin: {sql[:500]}")
        return [row for row in csv.reader(io.StringIO(done.stdout)) if row]


def unprivileged() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise StackError("root may not run PostgreSQL, and there is neither a user postgres nor nobody")
