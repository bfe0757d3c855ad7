"""A rule answers the request of another run, which continues with the answer."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, USERS, Rule
from tests.e2e.tls_proxy import TlsProxy
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

REQUEST = "SELECT {} FROM workflow.approval_requests"
ANA = USERS[0]
# The step after the commit of an answer reads the name of the user, unless the answer has no user.
READS_NAMES = "LOCK TABLE core.users IN ACCESS EXCLUSIVE MODE"


def waiting_run(rig: Rig, kind: str = "seek_approval") -> str:
    """Starts a rule that asks, and waits until it has asked. Returns its workflow id."""
    rule = Rule("Ask finance")
    ask = rule.action("ask", kind, {"approvers": [ANA], "approval_type": "any", "timeout_hours": 24})
    rule.edge(None, ask)
    for output in ("approved", "rejected"):
        note = f"{output} by {{{{ask.resolved_by_name}}}} ({{{{ask.resolved_by}}}}): {{{{ask.reason}}}}"
        rule.edge(ask, rule.update(output, "notes", note), output)
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.query(REQUEST.format("1")), "the request")
    return rule.workflow_id


def resolving_rule(rig: Rig, resolution: str, **trigger: Any) -> Rule:
    """A rule that answers the only request, which the trigger names."""
    rule = Rule("Invoice paid", request=rig.value(REQUEST.format("approval_request_id")), **trigger)
    config = {"approval_request_id": "{{request}}", "resolution": resolution, "reason": "{{number}} is paid"}
    resolve = rule.action("resolve", "resolve_approval_request", config)
    rule.edge(None, resolve)
    rule.edge(resolve, rule.update("in time", "priority", "high"), f"resolved_{resolution}")
    rule.edge(resolve, rule.update("late", "priority", "low"), "already_resolved")
    return rule


def notes(rig: Rig) -> str:
    return rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'")


def priority(rig: Rig) -> str:
    return rig.value(f"SELECT priority FROM sales.orders WHERE id = '{ORDER}'")


@pytest.mark.parametrize("resolution", ["approved", "rejected"])
@pytest.mark.parametrize(
    "kind", ["seek_approval", "manager_approval", "manual_review", "human_verification", "approval_request"]
)
def test_the_run_that_waits_goes_on(rig: Rig, kind: str, resolution: str) -> None:
    rig.query(f"UPDATE core.users SET first_name = 'Ana', last_name = 'Kovač' WHERE id = '{ANA}'")
    rig.worker().wait_ready()
    waiting = waiting_run(rig, kind)
    resolving = resolving_rule(rig, resolution)

    assert rig.run(resolving) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"

    assert notes(rig) == f"{resolution} by Ana Kovač ({ANA}): SO-2026-1042 is paid"
    assert priority(rig) == "high"
    row = REQUEST.format("status, resolved_by, resolution_reason, task_token = '', resolved_date IS NOT NULL")
    assert rig.query(row) == [[resolution, ANA, "SO-2026-1042 is paid", "t", "t"]]


def test_the_second_rule_is_late(rig: Rig) -> None:
    rig.worker().wait_ready()
    waiting = waiting_run(rig)
    first, second = resolving_rule(rig, "approved"), resolving_rule(rig, "rejected")
    assert rig.run(first) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert rig.run(second) == "COMPLETED"
    assert priority(rig) == "low"
    assert rig.value(REQUEST.format("status")) == "approved"


def test_an_encrypted_answer(rig: Rig) -> None:
    """The server cannot read it, and the other run can."""
    rig.worker(ICHOR_PAYLOAD_KEYS=f"now:{base64.b64encode(os.urandom(32)).decode()}").wait_ready()
    waiting = waiting_run(rig)
    assert rig.run(resolving_rule(rig, "approved")) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert notes(rig).startswith("approved by ")
    answer = rig.events(waiting, "ACTIVITY_TASK_COMPLETED")[0]["result"]["payloads"][0]
    assert base64.b64decode(answer["metadata"]["encoding"]) == b"binary/encrypted"


def test_a_worker_lost_between_the_answer_and_the_other_run(rig: Rig) -> None:
    """The answer is committed, but the other run does not have it: the next attempt delivers it."""
    first = rig.worker().wait_ready()
    waiting = waiting_run(rig)
    resolving = resolving_rule(rig, "approved", user_id="")
    with rig.locked(READS_NAMES):
        rig.start(resolving)
        rig.wait_blocked()
        assert rig.query(REQUEST.format("status, task_token <> ''")) == [["approved", "t"]]
        first.kill()
    assert rig.temporal.status(waiting) == "RUNNING"

    rig.worker().wait_ready()
    assert rig.ended(resolving.workflow_id) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert notes(rig) == "approved by  (): SO-2026-1042 is paid"
    assert priority(rig) == "high", "the repeat has the result of the attempt that was lost"
    assert rig.query(REQUEST.format("status, task_token = ''")) == [["approved", "t"]]


def test_temporal_stops_between_the_answer_and_the_other_run(rig: Rig, temporal: Temporal) -> None:
    temporal.start()
    worker = rig.worker().wait_ready()
    waiting = waiting_run(rig)
    resolving = resolving_rule(rig, "rejected", user_id="")
    with rig.locked(READS_NAMES):
        rig.start(resolving)
        rig.wait_blocked()
        temporal.stop()
        worker.wait_ready(False)
    assert rig.query(REQUEST.format("status, task_token <> ''")) == [["rejected", "t"]]

    temporal.start()

    assert rig.ended(resolving.workflow_id) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert notes(rig) == "rejected by  (): SO-2026-1042 is paid"
    assert rig.query(REQUEST.format("status, task_token = ''")) == [["rejected", "t"]]


def test_over_tls_with_an_api_key(rig: Rig, tmp_path: Path) -> None:
    """The connection with which handlers complete actions uses the worker's settings, and retries a call."""
    authority = Authority(tmp_path)
    certificate = authority.issue("server", "127.0.0.1")
    refusing = ["RespondActivityTaskCompleted"]
    proxy = TlsProxy(tmp_path, rig.temporal.address, certificate, api_key="only-here", fail_once=refusing)
    settings = {"ICHOR_TEMPORAL_HOSTPORT": proxy.address, "ICHOR_TEMPORAL_API_KEY": "only-here"}
    worker = rig.worker(**settings, ICHOR_TEMPORAL_TLS_CA_FILE=str(authority.certificate)).wait_ready()
    waiting = waiting_run(rig)
    assert rig.run(resolving_rule(rig, "approved")) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert proxy.refused() == 0
    # One failed call, and one call for each run.
    assert sum(line.startswith("RespondActivityTaskCompleted") for line in proxy.requests()) == 3
    worker.stop()
    proxy.close()


def test_the_run_that_waited_has_ended(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    waiting = waiting_run(rig)
    resolving = resolving_rule(rig, "approved")
    rig.temporal.cli("workflow", "terminate", "--workflow-id", waiting)
    assert rig.run(resolving) == "COMPLETED"
    assert priority(rig) == "high"
    assert rig.query(REQUEST.format("status, task_token = ''")) == [["approved", "t"]]
    assert "No run waits for this approval request any more" in worker.log.read_text()


def test_try_changes_the_row_alone(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    waiting = waiting_run(rig)
    config = rig.folder / "config.json"
    request = rig.value(REQUEST.format("approval_request_id"))
    config.write_text(f'{{"approval_request_id": "{request}", "resolution": "approved"}}')

    done = rig.command("try", "resolve_approval_request", "--config", config, ICHOR_TEMPORAL_HOSTPORT="")

    assert done.returncode == 0, done.stderr
    assert '"output":"resolved_approved"' in done.stdout
    assert "its run keeps waiting" in done.stderr
    assert rig.query(REQUEST.format("status, task_token <> ''")) == [["approved", "t"]]
    assert rig.temporal.status(waiting) == "RUNNING"
    assert "resolved" not in worker.log.read_text()
    # A rule delivers the answer that was not delivered.
    assert rig.run(resolving_rule(rig, "approved")) == "COMPLETED"
    assert rig.ended(waiting) == "COMPLETED"
    assert priority(rig) == "low"


@pytest.mark.parametrize("kind", ["credit_check", "fraud_detection", "reserve_shipping", "third_party_api_call"])
def test_a_type_that_nobody_performs(rig: Rig, kind: str) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    rule.chain(rule.action("ask the bank", kind, {"amount": 5}))
    file = rig.write(rule)

    checked = rig.command("validate", file)
    assert checked.returncode == 1
    assert f"/graph/actions/0/action_type: error: no handler registered for type {kind}: " in checked.stdout

    simulated = rig.command("simulate", file)
    assert simulated.returncode == 1
    assert f"no handler registered for type {kind}" in simulated.stdout

    started = rig.command("start", file, "--wait")
    assert started.returncode == 1
    assert f"error: no handler registered for type {kind}: " in started.stderr
    ask = rule.actions[0]["id"]
    text = f"execute action ask the bank ({ask}): action ask the bank ({ask}): no handler registered for type {kind}"
    assert rig.failure(rule.workflow_id) == text
    (failed,) = rig.events(rule.workflow_id, "ACTIVITY_TASK_FAILED")
    assert failed["retryState"] == "RETRY_STATE_NON_RETRYABLE_FAILURE"
