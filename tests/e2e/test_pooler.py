"""PgBouncer in transaction mode between the workers and PostgreSQL."""

from __future__ import annotations

import uuid

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.pgbouncer import PgBouncer

POOLER_LINE = "a connection pooler is in between: no session settings, no prepared statements"
RUNS, WRITES = 20, 4


def writes(column: str, order: str, number: int) -> Rule:
    """A rule that writes only the given column of the order."""
    rule = Rule(column, entity_id=order)
    return rule.chain(
        *(rule.update(f"{column}_{write}", column, f"{column}-{number}.{write}") for write in range(WRITES))
    )


def settings_of_others(rig: Rig, pgbouncer: PgBouncer) -> list[str]:
    """Settings that another client of the pool finds in each session."""
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "client_connection_check_interval")
    return [pgbouncer.query(f"SHOW {name}", rig.name)[0][0] for name in names for _ in range(pgbouncer.connections)]


@pytest.mark.parametrize("pgbouncer", [0, 200], indirect=True)
def test_each_rule_writes_its_own_column(rig: Rig, pgbouncer: PgBouncer) -> None:
    before = settings_of_others(rig, pgbouncer)
    orders = [str(uuid.uuid4()) for _ in range(2 * RUNS)]
    rows = ",".join(f"('{order}', 'B-{order[:12]}', 10)" for order in orders)
    rig.query(f"INSERT INTO sales.orders (id, number, total) VALUES {rows}")
    for _ in range(2):
        rig.worker(ICHOR_DB_CONNECTIONS="2").wait_ready()
    for number in range(RUNS):
        rig.start_quickly(writes("notes", orders[2 * number], number))
        rig.start_quickly(writes("priority", orders[2 * number + 1], number))
    assert rig.wait_all_ended(2 * RUNS) == {"COMPLETED": 2 * RUNS}
    last = WRITES - 1
    for number in range(RUNS):
        notes, priority = (rig.query(f"SELECT notes, priority FROM sales.orders WHERE id = '{order}'")[0]
                           for order in orders[2 * number : 2 * number + 2])  # fmt: skip
        assert (notes[0], priority[1]) == (f"notes-{number}.{last}", f"priority-{number}.{last}")
        assert not priority[0].startswith("priority") and not notes[1].startswith("notes")
    assert settings_of_others(rig, pgbouncer) == before
    assert pgbouncer.query("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'UPDATE%'", rig.name) == [
        ["0"]
    ]


def test_it_is_logged_and_shown(rig: Rig, pgbouncer: PgBouncer) -> None:
    done = rig.command("run", "--check")
    assert done.returncode == 0, done.stdout
    assert [line.strip() for line in done.stdout.splitlines() if "pooler" in line] == [POOLER_LINE]
    rig.pgbouncer = None
    assert POOLER_LINE not in rig.command("run", "--check").stdout
    rig.pgbouncer = pgbouncer
    rig.worker().wait_ready().wait_log("Connection pooler detected")


def test_a_restarted_pooler_fails_no_run(rig: Rig, pgbouncer: PgBouncer) -> None:
    rig.worker().wait_ready()
    for number in range(5):
        rig.start_quickly(writes("notes", str(uuid.uuid4()), number))
        pgbouncer.stop()
        pgbouncer.start()
    assert rig.wait_all_ended(5) == {"COMPLETED": 5}
