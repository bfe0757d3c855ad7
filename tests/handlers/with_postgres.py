"""Runs a test program with a private PostgreSQL.

    python3 -m tests.handlers.with_postgres PROGRAM [ARGUMENT...]

The program finds the server by the worker's settings (ICHOR_DB_...); TLS is offered. ICHOR_TEST_CONTROL names a
socket that takes `stop`, `start` or `pool`, one per connection, and answers `ok` when the server has stopped or
started, or a PgBouncer in front of it, whose address is in ICHOR_TEST_PGBOUNCER.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests import beside
from zarf.dev.pgbouncer import PgBouncer
from zarf.dev.postgres import Postgres

DATABASE = "ichor_test"
POOLED = 2  # connections of PgBouncer to the server


def offer_tls(server: Postgres) -> None:
    """Offers TLS with a self-signed certificate: the client requires encryption, not identity."""
    key, certificate = server.data / "server.key", server.data / "server.crt"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    if server.account:
        shutil.chown(key, server.account, server.account)
        shutil.chown(certificate, server.account, server.account)
    server.query("ALTER SYSTEM SET ssl = on", "postgres")
    server.query("SELECT pg_reload_conf()", "postgres")


def run_command(server: Postgres, pgbouncer: PgBouncer, verb: str) -> str:
    if verb == "stop":
        server.stop()
    elif verb == "start":
        server.start()
    elif not pgbouncer.process:
        pgbouncer.start()
    return "ok\n"


def run(folder: Path, command: list[str]) -> int:
    server = Postgres(folder, in_memory=True)
    pgbouncer = PgBouncer(server, folder / "pgbouncer", connections=POOLED)
    try:
        server.create()
        server.start()
        offer_tls(server)
        server.create_database(DATABASE)
        settings = {
            "ICHOR_DB_HOST": server.address,
            "ICHOR_DB_USER": server.user,
            "ICHOR_DB_PASSWORD": server.password,
            "ICHOR_DB_NAME": DATABASE,
            "ICHOR_DB_DISABLE_TLS": "true",
            "ICHOR_TEST_CONTROL": str(folder / "control"),
            "ICHOR_TEST_PGBOUNCER": pgbouncer.address,
        }
        obey = partial(run_command, server, pgbouncer)
        return beside.run(folder / "control", obey, command, {**os.environ, **settings})
    finally:
        pgbouncer.close()
        server.close()


if __name__ == "__main__":
    sys.exit(beside.main(__doc__, run))
