"""Temporal or PostgreSQL is unavailable, at the start or later: the worker waits, logs it, and continues."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.postgres import Postgres
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def updating_notes_rule() -> Rule:
    rule = Rule()
    return rule.chain(rule.condition("check"), rule.update("note", "notes", "done"), rule.notify("notify", "done"))


def assert_done_once(rig: Rig) -> None:
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "done"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def test_temporal_is_unavailable_at_start(rig: Rig, temporal: Temporal) -> None:
    worker = rig.worker().wait_live()
    assert not worker.is_ready()

    temporal.start()

    worker.wait_ready()
    assert rig.run(updating_notes_rule()) == "COMPLETED"
    assert_done_once(rig)


def test_postgres_is_unavailable_at_start(rig: Rig, postgres: Postgres) -> None:
    postgres.stop()
    worker = rig.worker().wait_live()
    assert not worker.is_ready()
    rule = updating_notes_rule()
    rig.start(rule)

    postgres.start()

    worker.wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert_done_once(rig)


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_temporal_stops_during_a_run(rig: Rig, temporal: Temporal, dispatch: str) -> None:
    temporal.start()
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = updating_notes_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        temporal.stop()
        worker.wait_ready(False)
        assert worker.is_live()

    temporal.start()

    worker.wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert_done_once(rig)
    assert rig.run(updating_notes_rule()) == "COMPLETED"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_postgres_stops_during_a_run(rig: Rig, postgres: Postgres, dispatch: str) -> None:
    """The running action loses its connection and waits for the database. The lost try does not count as an attempt."""
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = updating_notes_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        postgres.stop()

    # Stopped until the action has become a waiting activity.
    waiting = "ACTIVITY_TASK_SCHEDULED"
    wait_until(lambda: pending(rig, rule) or rig.kinds(rule.workflow_id)[waiting] > 0, "the action to wait")
    assert worker.is_live()
    assert rig.temporal.status(rule.workflow_id) == "RUNNING"
    postgres.start()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert_done_once(rig)
    assert {fields["attempt"] for fields in rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")} == {1}
    worker.wait_ready()


def pending(rig: Rig, rule: Rule) -> bool:
    return bool(rig.temporal.describe(rule.workflow_id).get("pendingActivities"))


def test_both_stop_and_return(rig: Rig, postgres: Postgres, temporal: Temporal) -> None:
    temporal.start()
    worker = rig.worker().wait_ready()
    assert rig.run(updating_notes_rule()) == "COMPLETED"
    postgres.stop()
    temporal.stop()
    worker.wait_ready(False)

    temporal.start()
    rule = updating_notes_rule()
    rig.start(rule)
    postgres.start()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "2"


def test_a_worker_whose_polls_are_refused_is_not_ready(rig: Rig) -> None:
    """The server refuses only the polls, because of the queue's name."""
    worker = rig.worker(ICHOR_TEMPORAL_TASK_QUEUE="/_sys/reserved").wait_live()
    worker.wait_log('"msg":"Polls are failing, retrying"')
    worker.wait_ready(False)
    log = worker.log.read_text()
    assert '"code":"INVALID_ARGUMENT","error":"Temporal answers, but not to polls"' in log
    assert "task queue name cannot start with reserved prefix" in log, "why"
