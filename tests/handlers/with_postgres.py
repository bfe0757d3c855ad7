"""Runs a test program with a private PostgreSQL.

    python3 -m tests.handlers.with_postgres PROGRAM [ARGUMENT...]

The program finds the server by the worker's settings (ICHOR_DB_...); TLS is offered. ICHOR_TEST_CONTROL names a
socket that takes `stop` or `start`, one per connection, and answers `ok` when the server has stopped or started.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests import beside
from zarf.dev.postgres import Postgres

DATABASE = "ichor_test"


def offer_tls(server: Postgres) -> None:
    """With a self-signed certificate: the client requires encryption, not identity."""
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


def run_command(server: Postgres, verb: str) -> str:
    if verb == "stop":
        server.stop()
    else:
        server.start()
    return "ok\n"


def run(folder: Path, command: list[str]) -> int:
    server = Postgres(folder)
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
        }
        return beside.run(folder / "control", partial(run_command, server), command, {**os.environ, **settings})
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(beside.main(__doc__, run))
