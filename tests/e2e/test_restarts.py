"""PostgreSQL restarts and cuts connections repeatedly under load: no run is lost, no effect occurs twice."""

from __future__ import annotations

import uuid

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Rule
from zarf.dev.postgres import Postgres

RUNS = 60
FAULTS = 6
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'workflow-worker'"
COUNTRIES = """
    CREATE SCHEMA geography;
    CREATE TABLE geography.countries (id uuid PRIMARY KEY, name text NOT NULL, number int NOT NULL);
    ALTER TABLE sales.orders ADD country_id uuid REFERENCES geography.countries (id)"""


def loading_rule(number: int) -> Rule:
    """A look-up that creates a row, an update, an alert, two parallel notices, and a last one."""
    rule = Rule(f"load {number}", entity_id=str(uuid.uuid4()), number=f"load {number}")
    reference = {"reference_table": "geography.countries", "lookup_field": "name", "allow_create": True}
    reference["create_config"] = {"number": number}
    made = rule.update("make", "country_id", "{{number}}", field_type="foreign_key", foreign_key_config=reference)
    alert = rule.action(
        "alert",
        "create_alert",
        {"alert_type": "load", "title": "alert", "message": "{{number}}", "recipients": {"users": list(USERS)}},
    )
    note = rule.update("note", "notes", "{{number}}")
    left, right = rule.notify("left", "left {{number}}"), rule.notify("right", "right {{number}}")
    done = rule.action(
        "done",
        "send_notification",
        {"recipients": list(USERS), "title": "done", "message": "{{number}}", "priority": "low"},
    )
    return rule.chain(made, alert).fork(alert, note, left, right).join(done, note, left, right)


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_restarts_and_cut_connections_under_load(rig: Rig, postgres: Postgres, dispatch: str) -> None:
    rules = [loading_rule(number) for number in range(RUNS)]
    rows = ", ".join(f"('{rule.trigger['entity_id']}', '{rule.trigger['number']}', 1)" for rule in rules)
    rig.query(f"{COUNTRIES}; INSERT INTO sales.orders (id, number, total) VALUES {rows}")
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()

    for place in range(FAULTS):
        # Sessions are executing a statement, while runs are at all stages.
        with rig.locked("LOCK TABLE sales.orders IN SHARE MODE" if place % 2 else "LOCK TABLE workflow.alerts"):
            for rule in rules[place::FAULTS]:
                rig.start_quickly(rule)
            rig.wait_blocked(5)
            if place % 3:
                rig.query(CUT)
            else:
                postgres.stop()
                worker.wait_log("Database unavailable, retrying", times=1 + place // 3)
                postgres.start()

    assert rig.wait_all_ended(RUNS) == {"COMPLETED": RUNS}
    assert (
        rig.query("SELECT notes FROM sales.orders WHERE number LIKE 'load %' AND notes IS DISTINCT FROM number") == []
    )
    titles = 'SELECT title COLLATE "C", count(*), count(DISTINCT message) FROM workflow.alerts GROUP BY 1 ORDER BY 1'
    assert rig.query(titles) == [
        ["Test", str(2 * RUNS), str(2 * RUNS)],
        ["alert", str(RUNS), str(RUNS)],
        ["done", str(RUNS), str(RUNS)],
    ]
    assert rig.value("SELECT count(*) FROM workflow.alert_recipients") == str(4 * RUNS)
    found = (
        "SELECT count(*), count(DISTINCT c.id) FROM geography.countries c JOIN sales.orders o ON o.country_id = c.id"
    )
    assert rig.query(f"{found} WHERE o.number = c.name") == [[str(RUNS), str(RUNS)]]
    assert rig.value("SELECT count(*) FROM geography.countries") == str(RUNS)
