"""The settings alone determine the address of the database, and a read-only database is refused."""

from __future__ import annotations

import json

from tests.e2e.rig import Rig
from zarf.dev.postgres import Postgres

STANDBY = "the database is read-only: the server is a standby"
READ_ONLY = "the database is read-only: default_transaction_read_only is on"


def check(rig: Rig, **settings: str) -> tuple[int, str]:
    """The exit code of `run --check`, and its line for PostgreSQL after the address."""
    done = rig.command("run", "--check", **settings)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("PostgreSQL")]
    return done.returncode, line.split(": ", 1)[1]


def test_variables_of_libpq_do_not_count(rig: Rig) -> None:
    variables = {
        "PGDATABASE": "nowhere",
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c default_transaction_read_only=on",
        "PGSERVICE": "nowhere",
    }
    done = rig.command("run", "--check", **variables)
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in done.stderr.splitlines() if "PostgreSQL's own tools" in line]
    assert [line["variable"] for line in lines] == sorted(variables)
    done = rig.command("pending", **variables)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_read_only_database_is_not_good(rig: Rig) -> None:
    rig.query(f'ALTER DATABASE "{rig.name}" SET default_transaction_read_only = on')
    assert check(rig) == (1, READ_ONLY)
    worker = rig.worker().wait_live().wait_log(READ_ONLY)
    assert not worker.is_ready()
    rig.postgres.query(f'ALTER DATABASE "{rig.name}" RESET default_transaction_read_only', "postgres")
    worker.wait_ready()
    assert check(rig) == (0, "good")


def test_a_standby_is_not_good(rig: Rig, postgres: Postgres) -> None:
    assert check(rig) == (0, "good")
    postgres.stop()
    postgres.become_standby()
    postgres.start()
    assert check(rig) == (1, STANDBY)
