"""Approval by people: requested by a row, answered by the ERP, by hand, or never."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.workflowservice.v1 import RespondActivityTaskCompletedRequest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.e2e.certificates import Authority
from tests.e2e.rig import Rig
from tests.e2e.rules import NOBODY, ORDER, USERS, Rule
from tests.e2e.tls_proxy import TlsProxy
from zarf.dev.postgres import Postgres
from zarf.dev.process import wait_until

Json = dict[str, Any]
ANA, MARCO = USERS[0], "cbf27734-ac10-4525-8b66-402800e03d2c"
REQUEST = "SELECT {} FROM workflow.approval_requests"
ANSWERED = REQUEST.format("status, resolved_by, resolution_reason, task_token = '', resolved_date IS NOT NULL")


def asking_rule(*outputs: str, hours: int = 24) -> Rule:
    """An approval, and after it an update for each of these outputs."""
    rule = Rule()
    config = {"approvers": [ANA, MARCO], "approval_type": "any", "timeout_hours": hours}
    ask = rule.action("ask", "seek_approval", {**config, "approval_message": "{{number}}?"})
    rule.edge(None, ask)
    for output in outputs:
        note = "{{ask.output}} by {{ask.resolved_by_name}} ({{ask.resolved_by}}): {{ask.reason}}"
        rule.edge(ask, rule.update(output, "notes", f"{output}: {note}"), output)
    return rule


def start(rig: Rig, rule: Rule) -> str:
    """Starts a rule and waits until it asks."""
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    asked = REQUEST.format("1") + f" WHERE execution_id = '{rule.execution_id}'"
    wait_until(lambda: rig.query(asked), "the request")
    return rule.workflow_id


def pending(rig: Rig, workflow_id: str) -> Json:
    (activity,) = rig.temporal.describe(workflow_id)["pendingActivities"]
    found: Json = activity
    return found


def scheduled_timeout(rig: Rig, workflow_id: str) -> str:
    """The heartbeat timeout with which the activity was scheduled."""
    found: str = rig.events(workflow_id, "ACTIVITY_TASK_SCHEDULED")[0]["heartbeatTimeout"]
    return found


def wait_released(rig: Rig, workflow_id: str) -> None:
    """Waits until the heartbeat timeout is removed, if the server can remove it."""
    if scheduled_timeout(rig, workflow_id) == "20s":
        wait_until(
            lambda: pending(rig, workflow_id)["activityOptions"].get("heartbeatTimeout", "0s") == "0s",
            "the release of the activity",
        )


def complete(rig: Rig, workflow_id: str, output: str, *more: str, action: str = "ask") -> str:
    """Completes the action successfully and returns stderr."""
    done = rig.command("complete", workflow_id, action, "--output", output, *more)
    assert done.returncode == 0, done.stderr
    assert f"completed ask of {workflow_id}: {output}" in done.stdout
    return done.stderr


def notes(rig: Rig) -> str:
    return rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'")


def resolve_as_the_erp(rig: Rig, output: str, name: str = "Ana Kovač") -> None:
    """Answers as the ERP does: updates the row, completes the activity with the row's token, then clears the token."""
    resolved = f"status = '{output}', resolved_by = '{ANA}', resolution_reason = 'ok', resolved_date = now()"
    rig.query(f"UPDATE workflow.approval_requests SET {resolved} WHERE status = 'pending'")
    ((token, approval_id),) = rig.query(REQUEST.format("task_token, approval_request_id"))
    result = {"output": output, "approval_id": approval_id, "resolved_by": ANA, "resolved_by_name": name}
    answer = {"action_id": NOBODY, "action_name": "ask", "result": {**result, "reason": "ok"}, "success": True}
    asyncio.run(complete_by_token(rig, base64.b64decode(token, validate=True), answer))
    rig.query("UPDATE workflow.approval_requests SET task_token = ''")


async def complete_by_token(rig: Rig, token: bytes, answer: Json) -> None:
    client = await Client.connect(rig.temporal.address)
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(answer).encode())
    await client.workflow_service.respond_activity_task_completed(
        RespondActivityTaskCompletedRequest(
            namespace="default", task_token=token, result=Payloads(payloads=[payload]), identity="erp"
        )
    )


# Asking


def test_the_request(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = asking_rule("approved")
    workflow_id = start(rig, rule)

    columns = "status, approval_type, timeout_hours, approval_message, action_name, execution_id, approvers"
    assert rig.query(REQUEST.format(columns)) == [
        ["pending", "any", "24", "SO-2026-1042?", "ask", rule.execution_id, f"{{{ANA},{MARCO}}}"]
    ]
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.alert_recipients") == "2", "the alert")
    assert rig.query("SELECT alert_type, severity, message FROM workflow.alerts") == [
        ["approval_request", "high", "SO-2026-1042?"]
    ]
    activity = pending(rig, workflow_id)
    assert activity["state"] == "PENDING_ACTIVITY_STATE_STARTED"
    scheduled = rig.events(workflow_id, "ACTIVITY_TASK_SCHEDULED")[0]
    assert scheduled["activityType"]["name"] == "ExecuteAsyncActionActivity"
    assert scheduled["startToCloseTimeout"] == scheduled["scheduleToCloseTimeout"] == "86400s"
    assert scheduled["heartbeatTimeout"] in ("20s", "600s")
    wait_released(rig, workflow_id)
    assert "maximumAttempts" not in scheduled["retryPolicy"]


def test_waiting_for_people_holds_no_slot(rig: Rig) -> None:
    worker = rig.worker(ICHOR_WORKER_ACTIVITIES="1", ICHOR_WORKER_DISPATCH="activity").wait_ready()
    waiting = [start(rig, asking_rule("approved")) for _ in range(3)]
    other = Rule()

    assert rig.run(other.chain(other.update("note", "notes", "meanwhile"))) == "COMPLETED"

    assert worker.stop() == 0
    for workflow_id in waiting:
        rig.temporal.cli("workflow", "terminate", "--workflow-id", workflow_id)


def test_without_an_execution_row(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = asking_rule("approved")
    assert rig.run(rule) == "FAILED"
    assert f"execution {rule.execution_id} is not in workflow.automation_executions" in rig.failure(rule.workflow_id)
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "0"


def test_without_the_table_the_action_fails(rig: Rig) -> None:
    rig.query("DROP TABLE workflow.approval_requests")
    worker = rig.worker().wait_ready()
    rule = asking_rule("approved")
    assert rig.run(rule) == "COMPLETED"
    assert notes(rig).startswith("approved: approved")
    assert "no approval can be requested, the run continues as approved" in worker.log.read_text()


# Answering


@pytest.mark.parametrize("output", ["approved", "rejected"])
def test_answered_by_hand(rig: Rig, output: str) -> None:
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved", "rejected", "timed_out"))

    complete(rig, workflow_id, output, "--by", "marco.rossi", "--reason", "weil's so ist, Größe")

    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == f"{output}: {output} by marco.rossi ({MARCO}): weil's so ist, Größe"
    assert rig.query(ANSWERED) == [[output, MARCO, "weil's so ist, Größe", "t", "t"]]


@pytest.mark.parametrize("output", ["approved", "rejected"])
def test_answered_by_the_erp(rig: Rig, output: str) -> None:
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved", "rejected"))

    resolve_as_the_erp(rig, output)

    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == f"{output}: {output} by Ana Kovač ({ANA}): ok"


def test_answered_with_the_official_tool(rig: Rig) -> None:
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    answer = json.dumps({"result": {"output": "approved", "resolved_by_name": "an operator"}})
    activity_id = pending(rig, workflow_id)["activityId"]

    rig.temporal.cli(
        *["activity", "complete", "--workflow-id", workflow_id, "--activity-id", activity_id, "--result", answer]
    )

    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == "approved: approved by an operator (): "
    assert rig.query(REQUEST.format("status, task_token")) == [["approved", ""]]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ('"approved"', "it is not a JSON object"),
        ("42", "it is not a JSON object"),
        ("[]", "it is not a JSON object"),
        ("null", "it has no output; the outputs are approved, rejected, timed_out"),
        ('{"output":"approved"}', "it has no output; the outputs are approved, rejected, timed_out"),
        ('{"result":{"output":"aproved"}}', "no output 'aproved'; there are approved, rejected, timed_out"),
        ('{"result":"approved"}', "it is not a JSON object"),
    ],
)
def test_answered_with_something_else(rig: Rig, answer: str, fault: str) -> None:
    """The action fails, and the request does not stay pending."""
    rig.worker().wait_ready()
    rule = asking_rule("approved", "rejected")
    workflow_id = start(rig, rule)
    activity_id = pending(rig, workflow_id)["activityId"]

    rig.temporal.cli(
        *["activity", "complete", "--workflow-id", workflow_id, "--activity-id", activity_id, "--result", answer]
    )

    assert rig.ended(workflow_id) == "FAILED"
    expected = f"execute action ask ({rule.actions[0]['id']}): its result cannot be read: {fault}"
    assert rig.failure(workflow_id) == expected
    assert rig.query(REQUEST.format("status, task_token")) == [["expired", ""]]


def test_answered_where_payloads_are_encrypted(rig: Rig) -> None:
    keys = {"ICHOR_PAYLOAD_KEYS": f"one:{base64.b64encode(bytes(32)).decode()}"}
    rig.worker(**keys).wait_ready()
    workflow_id = start(rig, asking_rule("approved"))

    done = rig.command("complete", workflow_id, "ask", "--output", "approved", **keys)

    assert done.returncode == 0, done.stderr
    assert rig.ended(workflow_id) == "COMPLETED"
    (payload,) = completed(rig, workflow_id)["payloads"]
    assert base64.b64decode(payload["metadata"]["encoding"]) == b"binary/encrypted"
    assert notes(rig).startswith("approved: approved by ")


def test_answered_without_a_database(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = asking_rule("approved")
    workflow_id = start(rig, rule)

    done = rig.command(
        *["complete", workflow_id, rule.actions[0]["id"], "--output", "approved", "--by", "somebody"], ICHOR_DB_HOST=""
    )

    assert done.returncode == 0, done.stderr
    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == "approved: approved by  (somebody): "
    assert rig.query(REQUEST.format("status, task_token")) == [["approved", ""]]
    result = json.loads(base64.b64decode(completed(rig, workflow_id)["payloads"][0]["data"]))["result"]
    assert result["approval_id"] == rig.value(REQUEST.format("approval_request_id"))


def completed(rig: Rig, workflow_id: str) -> Json:
    found: Json = rig.events(workflow_id, "ACTIVITY_TASK_COMPLETED")[0]["result"]
    return found


def test_the_erp_stopped_between_row_and_run(rig: Rig) -> None:
    """The row has the answer, but the run still waits: the same answer, given by hand, completes the action."""
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved", "rejected"))
    resolved = f"status = 'rejected', resolved_by = '{ANA}', resolution_reason = 'no', resolved_date = now()"
    rig.query(f"UPDATE workflow.approval_requests SET {resolved}")

    other = rig.command("complete", workflow_id, "ask", "--output", "approved")
    assert other.returncode == 1
    assert "already resolved" in other.stderr and "rejected" in other.stderr
    assert rig.temporal.status(workflow_id) == "RUNNING"

    complete(rig, workflow_id, "rejected")
    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == f"rejected: rejected by ana.kovac ({ANA}): no"
    assert rig.query(ANSWERED) == [["rejected", ANA, "no", "t", "t"]]


# Workers are replaced


def test_killed_while_waiting(rig: Rig) -> None:
    """The run keeps waiting, nobody is asked again, and the answer reaches the next worker."""
    first = rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    first.kill()
    rig.worker().wait_ready()

    complete(rig, workflow_id, "approved")

    assert rig.ended(workflow_id) == "COMPLETED"
    assert rig.value(REQUEST.format("count(*)")) == "1"
    assert rig.events(workflow_id, "ACTIVITY_TASK_STARTED")[0].get("attempt", 1) == 1


ASKED = "SELECT count(*) FROM workflow.alert_recipients"
LOCK = "LOCK TABLE workflow.approval_requests IN ACCESS EXCLUSIVE MODE"
BLOCKED = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.mark.parametrize("row", ["not written", "written"])
def test_killed_while_asking(rig: Rig, row: str) -> None:
    """The worker dies between taking the activity and releasing it: another worker asks, and nobody is asked twice."""
    first = rig.worker().wait_ready()
    rule = asking_rule("approved")
    rig.insert_execution(rule.execution_id)
    with rig.locked(LOCK):
        rig.start(rule)
        rig.wait_blocked()
        set_heartbeat_timeout(rig, rule.workflow_id, "20s")  # as it is, where the server can take it away
        first.kill()
        if row == "not written":
            rig.query(f"SELECT pg_terminate_backend(pid) {BLOCKED}")
    # PostgreSQL does not know that a killed client is gone, and ends the statement.
    rig.worker().wait_ready()
    wait_until(lambda: rig.value(ASKED) == "2", "the alert")
    wait_released(rig, rule.workflow_id)

    resolve_as_the_erp(rig, "approved")

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    (started,) = rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")
    assert started["attempt"] == 2
    assert "Heartbeat timeout" in started["lastFailure"]["message"]
    assert rig.query(REQUEST.format("status, task_token")) == [["approved", ""]]
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def set_heartbeat_timeout(rig: Rig, workflow_id: str, timeout: str) -> None:
    activity_id = pending(rig, workflow_id)["activityId"]
    rig.newer(
        *["activity", "update-options", "--workflow-id", workflow_id, "--activity-id", activity_id],
        *["--heartbeat-timeout", timeout],
    )


def lose_attempt(rig: Rig, workflow_id: str) -> None:
    """Loses an attempt as if a worker had ended between the commit of the row and the release of the activity."""
    set_heartbeat_timeout(rig, workflow_id, "1s")
    wait_until(lambda: pending(rig, workflow_id)["attempt"] == 2, "the end of the attempt")


def test_lost_before_the_activity_is_released(rig: Rig) -> None:
    """Another attempt writes its token into the same row, and nobody is alerted again."""
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    wait_released(rig, workflow_id)
    first = rig.value(REQUEST.format("task_token"))

    lose_attempt(rig, workflow_id)
    wait_until(lambda: rig.value(REQUEST.format("task_token")) != first, "the token of the second attempt")
    wait_released(rig, workflow_id)

    resolve_as_the_erp(rig, "approved")
    assert rig.ended(workflow_id) == "COMPLETED"
    assert rig.value(REQUEST.format("count(*)")) == "1"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def test_answered_with_the_token_of_a_lost_attempt(rig: Rig) -> None:
    """The answer is in the row when the next attempt begins: the attempt ends with that answer."""
    first = rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved", "rejected"))
    wait_released(rig, workflow_id)
    assert first.stop() == 0
    lose_attempt(rig, workflow_id)

    with pytest.raises(RPCError, match="invalid activityID or activity already timed out"):
        resolve_as_the_erp(rig, "rejected")
    assert rig.query(REQUEST.format("status, task_token <> ''")) == [["rejected", "t"]]
    second = rig.worker().wait_ready()

    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == f"rejected: rejected by ana.kovac ({ANA}): ok"
    assert rig.query(ANSWERED) == [["rejected", ANA, "ok", "t", "t"]]
    assert "Approval request has been answered already" in second.log.read_text()
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


@pytest.fixture
def old_server(rig: Rig, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings for a server without UpdateActivityOptions."""
    authority = Authority(tmp_path)
    certificate = authority.issue("server", "127.0.0.1")
    proxy = TlsProxy(tmp_path, rig.temporal.address, certificate, unknown=["UpdateActivityOptions"])
    yield {"ICHOR_TEMPORAL_HOSTPORT": proxy.address, "ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    for worker in rig.workers:
        worker.stop()
    proxy.close()


def test_a_server_that_cannot_release_activities(rig: Rig, old_server: dict[str, str]) -> None:
    """One of the workers sends heartbeats for the waiting requests."""
    for _ in range(2):
        rig.worker(**old_server).wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    assert scheduled_timeout(rig, workflow_id) == "600s"

    wait_until(
        lambda: "lastHeartbeatTime" in pending(rig, workflow_id), "a heartbeat", 240
    )  # a round may have just begun

    sent = [w.metrics().value("workflow_worker_approval_heartbeats_total") for w in rig.workers]
    assert sorted(sent) == [0, 1]
    complete(rig, workflow_id, "approved")
    assert rig.ended(workflow_id) == "COMPLETED"


def test_killed_while_asking_on_such_a_server(rig: Rig, old_server: dict[str, str]) -> None:
    first = rig.worker(**old_server).wait_ready()
    rule = asking_rule("approved")
    rig.insert_execution(rule.execution_id)
    with rig.locked(LOCK):
        rig.start(rule)
        rig.wait_blocked()
        set_heartbeat_timeout(rig, rule.workflow_id, "1s")  # instead of ten minutes
        first.kill()
        rig.query(f"SELECT pg_terminate_backend(pid) {BLOCKED}")
    rig.worker(**old_server).wait_ready()

    wait_until(lambda: rig.value(ASKED) == "2", "the alert")
    set_heartbeat_timeout(rig, rule.workflow_id, "600s")
    complete(rig, rule.workflow_id, "approved")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "1"


def test_answered_while_there_is_no_worker(rig: Rig) -> None:
    first = rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    first.process.send(signal.SIGTERM)
    assert first.process.wait() == 0

    resolve_as_the_erp(rig, "approved")

    rig.worker().wait_ready()
    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == f"approved: approved by Ana Kovač ({ANA}): ok"


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_the_database_is_unavailable_when_asking(rig: Rig, postgres: Postgres, how: str) -> None:
    """The database is unavailable when the worker should ask, and the worker is replaced meanwhile."""
    worker = rig.worker(ICHOR_WORKER_STOP_TIMEOUT="1s").wait_ready()
    rule = asking_rule("approved")
    rig.insert_execution(rule.execution_id)
    postgres.stop()
    rig.start(rule)
    wait_until(lambda: is_taken(rig, rule.workflow_id), "the first attempt")
    if how == "stopped":
        worker.stop()
    else:
        set_heartbeat_timeout(rig, rule.workflow_id, "20s")  # as it is, where the server can take it away
        worker.kill()
    postgres.start()
    rig.worker().wait_ready()
    wait_until(lambda: rig.query(REQUEST.format("1")), "the request")

    resolve_as_the_erp(rig, "approved")

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(REQUEST.format("count(*)")) == "1"


def is_taken(rig: Rig, workflow_id: str) -> bool:
    activities = rig.temporal.describe_by_http(workflow_id).get("pendingActivities", [])
    return [activity["state"] for activity in activities] == ["PENDING_ACTIVITY_STATE_STARTED"]


def test_canceled_while_waiting(rig: Rig) -> None:
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    rig.temporal.cli("workflow", "cancel", "--workflow-id", workflow_id)
    assert rig.ended(workflow_id) == "CANCELED"
    assert rig.query(ANSWERED) == [["expired", "NULL", "NULL", "t", "t"]]
    done = rig.command("complete", workflow_id, "ask", "--output", "approved")
    assert done.returncode == 1
    assert "the run is over: canceled" in done.stderr


# Nobody answers


def let_time_pass(rig: Rig, workflow_id: str) -> None:
    """Shortens the activity's timeout to a second."""
    activity_id = pending(rig, workflow_id)["activityId"]
    rig.newer(
        *["activity", "update-options", "--workflow-id", workflow_id, "--activity-id", activity_id],
        *["--schedule-to-close-timeout", "1s"],
    )


def test_timeout_with_an_edge_for_it(rig: Rig) -> None:
    rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved", "rejected", "timed_out"))
    let_time_pass(rig, workflow_id)
    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == "timed_out: timed_out by  (): "
    assert rig.query(ANSWERED) == [["timed_out", "NULL", "NULL", "t", "t"]]


def test_one_of_two_times_out(rig: Rig) -> None:
    """Only the row of that request is marked; the other request keeps waiting."""
    rig.worker().wait_ready()
    rule, config = Rule(), {"approvers": [ANA], "approval_type": "any"}
    for name in ("late", "good"):
        ask = rule.action(name, "seek_approval", config)
        rule.edge(None, ask)
        rule.edge(ask, rule.notify(f"{name} behind", f"{name} {{{{{name}.output}}}}"), "timed_out")
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.value(REQUEST.format("count(*)")) == "2", "both requests")
    rig.newer(
        *["activity", "update-options", "--workflow-id", rule.workflow_id, "--activity-id", rule.actions[0]["id"]],
        *["--schedule-to-close-timeout", "1s"],
    )
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.alerts WHERE message = 'late timed_out'") == "1", "it")

    statuses = REQUEST.format("action_name, status, task_token = ''") + " ORDER BY 1"
    # The row follows what the run does next.
    expected = [["good", "pending", "f"], ["late", "timed_out", "t"]]
    wait_until(lambda: rig.query(statuses) == expected, "the row")
    done = rig.command("complete", rule.workflow_id, "good", "--output", "approved")
    assert done.returncode == 0, done.stderr
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.query(statuses) == [["good", "approved", "t"], ["late", "timed_out", "t"]]


def test_timeout_while_the_database_is_unavailable(rig: Rig, postgres: Postgres) -> None:
    """The run ends nevertheless."""
    worker = rig.worker().wait_ready()
    workflow_id = start(rig, asking_rule("approved"))
    postgres.stop()
    let_time_pass(rig, workflow_id)
    assert rig.ended(workflow_id) == "FAILED"
    assert "Failed to mark approval requests" in worker.log.read_text()


def test_timeout_without_an_edge_for_it(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = asking_rule("approved", "rejected", hours=36)
    workflow_id = start(rig, rule)
    let_time_pass(rig, workflow_id)
    assert rig.ended(workflow_id) == "FAILED"
    ask = rule.actions[0]["id"]
    expected = f"execute action ask ({ask}): nobody answered within 36 h; asked: {ANA}, {MARCO}"
    assert rig.failure(workflow_id) == expected
    assert notes(rig) == "NULL"
    assert rig.query(ANSWERED) == [["timed_out", "NULL", "NULL", "t", "t"]]


# Wrong uses of complete


def refused(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = rig.command("complete", *arguments)
    assert done.returncode == 1, done.stderr
    assert not done.stdout
    return done


def test_what_complete_refuses(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = asking_rule("approved")
    workflow_id = start(rig, rule)
    for arguments, words in [
        (["nowhere", "ask", "--output", "approved"], "no run has the id 'nowhere'"),
        ([workflow_id, "asks", "--output", "approved"], "has no action 'asks'; did you mean 'ask'?"),
        ([workflow_id, "something else", "--output", "approved"], "has no action 'something else'"),
        ([workflow_id, "ask", "--output", "granted"], "no output 'granted'; there are approved, rejected, timed_out"),
        (
            [workflow_id, "approved", "--output", "success"],
            "action approved does not wait for an answer: it is waiting",
        ),
        ([workflow_id, "ask", "--output", "approved", "--by", "nobody.known"], "no user nobody.known in core.users"),
    ]:
        assert words in refused(rig, *arguments).stderr
    assert rig.value(REQUEST.format("status")) == "pending"

    complete(rig, workflow_id, "approved")
    assert rig.ended(workflow_id) == "COMPLETED"
    assert "the run is over: completed" in refused(rig, workflow_id, "ask", "--output", "approved").stderr


def test_complete_refuses_an_action_that_a_worker_performs(rig: Rig) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = Rule()
    rule.chain(rule.update("note", "notes", "x"))
    with rig.locked(f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"):
        rig.start(rule)
        rig.wait_blocked()
        output = refused(rig, rule.workflow_id, "note", "--output", "success").stderr
    assert "action note (update_field) is not answered from outside" in output
    assert rig.ended(rule.workflow_id) == "COMPLETED"


def test_two_actions_with_the_same_name(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    config = {"approvers": [ANA], "approval_type": "any"}
    twins = [rule.action("ask", "seek_approval", config) for _ in range(2)]
    for twin in twins:
        rule.edge(None, twin)
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.value(REQUEST.format("count(*)")) == "2", "both requests")
    assert "2 actions named 'ask' wait" in refused(rig, rule.workflow_id, "ask", "--output", "approved").stderr

    complete(rig, rule.workflow_id, "rejected", action=twins[1])
    assert rig.value(REQUEST.format("count(*)") + " WHERE status = 'rejected'") == "1"
    complete(rig, rule.workflow_id, "approved")

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.query(REQUEST.format("status") + " ORDER BY 1") == [["approved"], ["rejected"]]


def test_answered_before_the_request_exists(rig: Rig) -> None:
    """The activity is scheduled, but the only slot is taken: there is no request yet, and only the run is answered."""
    rig.worker(ICHOR_WORKER_ACTIVITIES="1", ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule, other = asking_rule("approved"), Rule()
    other.chain(other.update("note", "notes", "x"))
    rig.insert_execution(rule.execution_id)
    with rig.locked(f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"):
        rig.start(other)
        rig.wait_blocked()
        rig.start(rule)
        wait_until(lambda: rig.temporal.describe(rule.workflow_id).get("pendingActivities"), "the activity")
        output = complete(rig, rule.workflow_id, "approved")
    assert "only the run is answered: no row of this action in workflow.approval_requests" in output
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(REQUEST.format("count(*)")) == "0"
