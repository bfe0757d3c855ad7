"""ICHOR_WORKFLOW_TRACK_EXECUTIONS: the status of each run is recorded in workflow.automation_executions."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.go_worker import GoWorker
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, ORDER_RULE, Rule, chain_of_conditions
from zarf.dev.postgres import Postgres
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"
TRACK = {"ICHOR_WORKFLOW_TRACK_EXECUTIONS": "true"}
DISPATCHES = pytest.mark.parametrize("dispatch", ["auto", "activity"])


def tracking_worker(rig: Rig, dispatch: str = "auto") -> Worker:
    return rig.worker(ICHOR_WORKER_DISPATCH=dispatch, **TRACK).wait_ready()


def announce(rig: Rig, rule: Rule | GoWorker) -> None:
    """Inserts the row that the ERP inserts before it starts a run."""
    rig.query(
        "INSERT INTO workflow.automation_executions (id, automation_rules_id, entity_type, status)"
        f" VALUES ('{rule.execution_id}', '{ORDER_RULE}', 'orders', 'pending')"
    )


def start(rig: Rig, rule: Rule) -> str:
    announce(rig, rule)
    return rig.start(rule)


def row(rig: Rig, rule: Rule | GoWorker) -> list[str]:
    """The status and error message in the row."""
    sql = "SELECT status, error_message FROM workflow.automation_executions"
    return rig.query(f"{sql} WHERE id = '{rule.execution_id}'")[0]


def held(rule: Rule) -> str:
    """The SQL for rig.locked that locks the row."""
    return f"SELECT 1 FROM workflow.automation_executions WHERE id = '{rule.execution_id}' FOR UPDATE"


def wait_running(rig: Rig, rule: Rule) -> None:
    wait_until(lambda: row(rig, rule)[0] == "running", f"execution {rule.execution_id} to be running")


def waiting_rule() -> Rule:
    rule = Rule("Waits")
    return rule.chain(rule.condition("check"), rule.action("wait", "delay", {"duration": "1h"}))


def updating_rule() -> Rule:
    rule = Rule("Updates")
    return rule.chain(rule.condition("check"), rule.update("note", "notes", "done"))


@DISPATCHES
def test_completed(rig: Rig, dispatch: str) -> None:
    tracking_worker(rig, dispatch)
    rule = updating_rule()

    assert rig.ended(start(rig, rule)) == "COMPLETED"

    assert row(rig, rule) == ["completed", "NULL"]


@DISPATCHES
def test_failed(rig: Rig, dispatch: str) -> None:
    tracking_worker(rig, dispatch)
    rule = Rule("Fails")
    rule.chain(rule.condition("check"), rule.update("bad", "no_such_column", "x"))

    assert rig.ended(start(rig, rule)) == "FAILED"

    assert row(rig, rule) == ["failed", rig.failure(rule.workflow_id)]
    assert "no_such_column" in row(rig, rule)[1]


def test_a_refused_graph_is_recorded_as_failed(rig: Rig) -> None:
    tracking_worker(rig)
    rule = Rule("No start")
    rule.edge(rule.condition("first"), rule.condition("second"))

    assert rig.ended(start(rig, rule)) == "FAILED"

    assert row(rig, rule) == ["failed", rig.failure(rule.workflow_id)]
    assert row(rig, rule)[1].startswith("validate workflow input: ")


def test_running_then_canceled(rig: Rig) -> None:
    tracking_worker(rig)
    rule = waiting_rule()
    start(rig, rule)
    wait_running(rig, rule)

    rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)

    assert rig.ended(rule.workflow_id) == "CANCELED"
    assert row(rig, rule) == ["cancelled", "NULL"]


def test_canceled_with_an_activity_under_way(rig: Rig) -> None:
    tracking_worker(rig, "activity")
    rule = updating_rule()
    with rig.locked(ORDER_ROW):
        start(rig, rule)
        rig.wait_blocked()
        assert row(rig, rule)[0] == "running"
        rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)
        assert rig.ended(rule.workflow_id) == "CANCELED"

    assert row(rig, rule) == ["cancelled", "NULL"]


def test_canceled_while_its_status_is_written(rig: Rig) -> None:
    """Temporal refuses the outcome that was recorded first; in the end the row has the real outcome."""
    tracking_worker(rig)
    rule = chain_of_conditions(2)
    announce(rig, rule)
    with rig.locked(held(rule)):
        rig.start(rule)
        rig.wait_blocked()
        rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)

    status = rig.ended(rule.workflow_id)
    assert row(rig, rule) == [{"CANCELED": "cancelled", "COMPLETED": "completed"}[status], "NULL"]


def test_is_off_by_default(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = updating_rule()

    assert rig.ended(start(rig, rule)) == "COMPLETED"

    assert row(rig, rule) == ["pending", "NULL"]


def test_without_a_row(rig: Rig) -> None:
    tracking_worker(rig)

    assert rig.run(updating_rule()) == "COMPLETED"

    assert rig.value("SELECT count(*) FROM workflow.automation_executions") == "0"


def test_history_has_no_events_for_it(rig: Rig) -> None:
    tracking_worker(rig)
    rule = chain_of_conditions(1)
    rig.ended(start(rig, rule))

    kinds = rig.kinds(rule.workflow_id)
    assert sum(kinds.values()) == 7
    assert kinds["MARKER_RECORDED"] == kinds["WORKFLOW_PROPERTIES_MODIFIED"] == 1


# ---- faults ----


def test_the_database_restarted_in_between(rig: Rig, postgres: Postgres) -> None:
    worker = tracking_worker(rig)
    rule = waiting_rule()
    start(rig, rule)
    wait_running(rig, rule)

    postgres.stop()
    postgres.start()
    rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)

    assert rig.ended(rule.workflow_id) == "CANCELED"
    assert row(rig, rule) == ["cancelled", "NULL"]
    assert worker.is_live()


def test_the_database_is_unavailable_at_the_end(rig: Rig, postgres: Postgres) -> None:
    """The run does not end before its status can be recorded."""
    worker = rig.worker(ICHOR_LOG_LEVEL="debug", **TRACK).wait_ready()
    rule = chain_of_conditions(2)
    announce(rig, rule)
    postgres.stop()
    rig.start(rule)
    # Read from the log: if the first attempt came too late, the server's history has no failed attempt.
    worker.wait_log("mark execution completed: ")
    assert rig.temporal.status(rule.workflow_id) == "RUNNING"

    postgres.start()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert row(rig, rule) == ["completed", "NULL"]


def test_the_database_is_unavailable_at_the_start(rig: Rig, postgres: Postgres) -> None:
    """A run that needs no database is not delayed; its final status is still recorded."""
    worker = tracking_worker(rig)
    rule = waiting_rule()
    announce(rig, rule)
    postgres.stop()
    rig.start(rule)
    wait_until(lambda: rig.kinds(rule.workflow_id)["TIMER_STARTED"] > 0, "the timer to start")
    assert "Failed to mark execution" in worker.log.read_text()

    postgres.start()
    rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)

    assert rig.ended(rule.workflow_id) == "CANCELED"
    assert row(rig, rule) == ["cancelled", "NULL"]


def test_a_missing_table_does_not_stop_runs(rig: Rig) -> None:
    worker = tracking_worker(rig)
    rig.query("DROP TABLE workflow.automation_executions CASCADE")

    assert rig.run(updating_rule()) == "COMPLETED"

    lines = [line for line in worker.log.read_text().splitlines() if "Failed to mark execution" in line]
    assert len(lines) == 1
    assert '"level":"ERROR"' in lines[0]
    assert "undefined table" in lines[0]


def test_the_worker_killed_during_a_run(rig: Rig) -> None:
    first = tracking_worker(rig, "activity")
    rule = updating_rule()
    with rig.locked(ORDER_ROW):
        start(rig, rule)
        rig.wait_blocked()
        first.kill()
        assert row(rig, rule)[0] == "running"
    tracking_worker(rig)

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert row(rig, rule) == ["completed", "NULL"]


def test_the_worker_killed_while_it_writes_the_status(rig: Rig) -> None:
    """No status is lost, and no action is performed again."""
    first = tracking_worker(rig)
    rule = Rule("Notifies")
    rule.chain(rule.notify("notify", "once"))
    announce(rig, rule)
    with rig.locked(held(rule)):
        rig.start(rule)
        rig.wait_blocked()
        first.kill()
        assert rig.temporal.status(rule.workflow_id) == "RUNNING"
    tracking_worker(rig)

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert row(rig, rule) == ["completed", "NULL"]
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def test_workers_killed_repeatedly(rig: Rig) -> None:
    """No matter how often workers are killed, each row ends with the status of its run."""
    rules = [updating_rule() for _ in range(10)]
    bad = Rule("Fails")
    bad.chain(bad.update("note", "notes", "done"), bad.update("bad", "no_such_column", "x"))
    for rule in (*rules, bad):
        start(rig, rule)
    for _ in range(3):
        # Locked before the worker starts, because a fast worker could otherwise finish all runs first.
        with rig.locked(ORDER_ROW):
            worker = tracking_worker(rig)
            rig.wait_blocked()
            worker.kill()
    tracking_worker(rig)

    assert {rig.ended(rule.workflow_id) for rule in rules} == {"COMPLETED"}
    assert rig.ended(bad.workflow_id) == "FAILED"
    assert rig.query(
        "SELECT status, count(*), count(error_message) FROM workflow.automation_executions GROUP BY 1 ORDER BY 1"
    ) == [["completed", "10", "0"], ["failed", "1", "1"]]


def test_a_worker_that_stops_while_it_writes_the_status(rig: Rig) -> None:
    worker = tracking_worker(rig)
    rule = chain_of_conditions(2)
    announce(rig, rule)
    with rig.locked(held(rule)):
        rig.start(rule)
        rig.wait_blocked()
        worker.process.send(signal.SIGTERM)
        worker.wait_ready(False)

    assert worker.process.wait() == 0
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert row(rig, rule) == ["completed", "NULL"]


# ---- runs started by the Go worker, with its lifecycle activities ----

MARKS = ("MarkExecutionRunning",)


def watched(rig: Rig, go: GoWorker) -> GoWorker:
    """Inserts the row of the execution, and records all writes to it."""
    announce(rig, go)
    rig.query("CREATE TABLE written (number serial, status text, message text)")
    rig.query(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written (status, message)"
        " VALUES (NEW.status, NEW.error_message); RETURN NEW; END $$"
    )
    rig.query("CREATE TRIGGER note AFTER UPDATE ON workflow.automation_executions FOR EACH ROW EXECUTE FUNCTION note()")
    return go


def written(rig: Rig) -> list[list[str]]:
    return rig.query("SELECT status, message FROM written ORDER BY number")


def assert_marked(rig: Rig, go: GoWorker, activity_type: str) -> None:
    """Asserts that this worker completed that activity at its first attempt, without a result."""
    history = rig.temporal.history(go.workflow_id)
    scheduled = next(
        event["eventId"]
        for event in history
        if event.get("activityTaskScheduledEventAttributes", {}).get("activityType") == {"name": activity_type}
    )
    done = [
        fields
        for event in history
        if (fields := event.get("activityTaskCompletedEventAttributes")) and fields["scheduledEventId"] == scheduled
    ]
    assert len(done) == 1
    assert done[0]["identity"] != "7@ichor@"
    assert not done[0].get("result")
    started = rig.events(go.workflow_id, "ACTIVITY_TASK_STARTED")
    assert {fields["attempt"] for fields in started if fields["scheduledEventId"] == scheduled} == {1}


def test_taken_over_before_it_was_marked_as_running(rig: Rig) -> None:
    go = watched(rig, GoWorker(rig, "h-live").play())
    with rig.locked(ORDER_ROW):
        tracking_worker(rig)
        rig.wait_blocked()
        assert row(rig, go)[0] == "running"

    assert rig.ended(go.workflow_id) == "COMPLETED"

    assert written(rig) == [["running", "NULL"], ["completed", "NULL"]]
    assert_marked(rig, go, "MarkExecutionRunning")


def test_taken_over_in_the_middle(rig: Rig) -> None:
    go = watched(rig, GoWorker(rig, "h-live").play("A", "B", *MARKS))
    tracking_worker(rig)

    assert rig.ended(go.workflow_id) == "COMPLETED"

    assert written(rig) == [["completed", "NULL"]]  # once: branches record nothing


def test_taken_over_before_it_was_marked_as_completed(rig: Rig) -> None:
    go = watched(rig, GoWorker(rig, "h-chain").play("A", "B", "C", *MARKS))
    tracking_worker(rig)

    assert rig.ended(go.workflow_id) == "COMPLETED"

    assert written(rig) == [["completed", "NULL"], ["completed", "NULL"]]
    assert_marked(rig, go, "MarkExecutionCompleted")


def test_taken_over_before_it_was_marked_as_failed(rig: Rig) -> None:
    go = watched(rig, GoWorker(rig, "h-failure").play("A", "B", *MARKS))
    tracking_worker(rig)

    assert rig.ended(go.workflow_id) == "FAILED"

    (first, text), last = written(rig)
    assert first == "failed"
    assert text.startswith("execute action B (a0000000-0000-4000-8000-000000000042): activity error (type: ")
    assert last == ["failed", rig.failure(go.workflow_id)]
    assert_marked(rig, go, "MarkExecutionFailed")


def test_taken_over_without_tracking(rig: Rig) -> None:
    go = watched(rig, GoWorker(rig, "h-live").play())
    rig.worker().wait_ready()

    assert rig.ended(go.workflow_id) == "COMPLETED"

    assert written(rig) == []
    assert_marked(rig, go, "MarkExecutionRunning")
