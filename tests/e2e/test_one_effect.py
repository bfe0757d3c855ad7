"""An effect occurs once: when two workers perform the same action at the same moment and one of them is stopped, and
when the answer of a commit is lost. A journal of triggers counts the effects."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.chaos import journal
from tests.chaos.judge import Evidence, Judge
from tests.chaos.planned_run import APPROVERS, Run
from tests.chaos.proxy import Loop, Mode, Proxy
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"
# Longer than the timeouts of a workflow task (10 s), a heartbeat (20 s) and a transaction that nobody continues.
LONG = 150


# With and without PgBouncer between the workers and PostgreSQL.
CASES = pytest.mark.parametrize(
    ("journaled", "dispatch"),
    [("direct", "auto"), ("direct", "activity"), ("pooled", "auto")],
    indirect=["journaled"],
)


@pytest.fixture
def journaled(rig: Rig, request: pytest.FixtureRequest) -> Rig:
    journal.create(rig.query)
    if request.param == "pooled":
        request.getfixturevalue("pgbouncer")
    return rig


@pytest.fixture
def loop(journaled: Rig) -> Iterator[Loop]:
    made = Loop()
    yield made
    for worker in journaled.workers:
        worker.stop()
    made.close()


@pytest.fixture
def database(journaled: Rig, loop: Loop) -> Proxy:
    """A proxy in front of it."""
    return Proxy(loop, int(journaled.database_address.rpartition(":")[2]), postgres=True)


@pytest.fixture
def temporal(journaled: Rig, loop: Loop) -> Proxy:
    """A proxy in front of it."""
    return Proxy(loop, journaled.temporal.port, postgres=False)


def make_run() -> Run:
    return Run(1, "", Rule(), ORDER)


def assert_right(rig: Rig, run: Run) -> None:
    """Asserts that each effect occurred once and in order, with the values that follow from the right results."""
    recipients = rig.query(journal.RECIPIENTS)
    evidence = Evidence(
        journal=journal.read(rig.query),
        statuses={run.rule.workflow_id: rig.ended(run.rule.workflow_id, LONG)},
        executions={run.rule.execution_id: "completed"},  # not tracked here
        recipients={message: int(count) for message, count in recipients},
    )
    assert [str(finding) for finding in Judge([run], evidence).findings()] == []


def is_idle(worker: Worker) -> bool:
    status, page = worker.get("/debug")
    found = json.loads(page) if status == 200 else {}
    return found.get("workflow_tasks") == found.get("activities") == []


# Two workers at the same moment


@CASES
def test_a_stopped_worker_and_another(journaled: Rig, temporal: Proxy, dispatch: str) -> None:
    """The first worker is stopped between its statements while another one performs the same action. It continues when
    the other one has finished the run. Its connection to Temporal is cut, because the server would otherwise give
    tasks to its open polls."""
    rig, run = journaled, make_run()
    run.rule.chain(
        run.update("note"), run.update("raise", "priority", more=" {{note.records_affected}}", expected=" 1")
    )
    first = rig.worker(ICHOR_TEMPORAL_HOSTPORT=temporal.address, ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    try:
        with rig.locked(ORDER_ROW):
            rig.start(run.rule)
            rig.wait_blocked()
            first.process.send(signal.SIGSTOP)
            temporal.set(Mode.CUT)
            second = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
            rig.wait_blocked(2)
        assert rig.ended(run.rule.workflow_id, LONG) == "COMPLETED"
    finally:
        temporal.heal()
        first.process.send(signal.SIGCONT)

    assert_right(rig, run)
    for worker in (first, second):
        worker.wait_ready()
        wait_until(partial(is_idle, worker), f"{worker.process.name} to be idle")
    assert_right(rig, run)


# A commit whose answer is lost


def updates(run: Run) -> None:
    run.rule.chain(run.update("first"), run.update("last", more=" {{first.records_affected}}", expected=" 1"))


def alerts(run: Run) -> None:
    counted = run.update("counted", more=" {{second.resolved_count}}", expected=" 1")
    run.rule.chain(run.alert("first"), run.alert("second", resolves=("first",)), counted)


def notices(run: Run) -> None:
    run.rule.chain(run.notify("first"), run.update("last", more=" {{first.status}}", expected=" sent"))


def allocations(run: Run) -> None:
    run.rule.chain(run.allocate("take", 3), run.update("last", more=" {{take.status}}", expected=" success"))


def references(run: Run) -> None:
    run.rule.chain(run.update_reference("first"), run.update("last", more=" {{first.status}}", expected=" success"))


def approvals(run: Run) -> None:
    run.rule.chain(run.ask("ask"), run.update("last", more=" {{ask.output}}", expected=" approved"))


@CASES
@pytest.mark.parametrize("build", [updates, alerts, notices, allocations, references, approvals])
def test_a_lost_answer(journaled: Rig, database: Proxy, build: Callable[[Run], None], dispatch: str) -> None:
    """Every action succeeds, but the worker learns of it only at a later attempt."""
    rig, run = journaled, make_run()
    build(run)
    rig.insert_execution(run.rule.execution_id)
    rig.worker(ICHOR_DB_HOST=database.address, ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    database.set(Mode.LOST_COMMIT, 4)

    rig.start(run.rule)
    wait_until(lambda: database.commits_lost >= 1, "a lost commit")
    if run.asks:
        answer(rig, run)

    assert rig.ended(run.rule.workflow_id, LONG) == "COMPLETED"
    assert_right(rig, run)


def answer(rig: Rig, run: Run) -> None:
    """Answers while the worker does not know yet that it has asked."""
    asked = "SELECT 1 FROM workflow.approval_requests WHERE status = 'pending'"
    wait_until(lambda: rig.query(asked), "the request")
    arguments = ("complete", run.rule.workflow_id, *run.asks, "--output", "approved", "--by", APPROVERS[0])
    wait_until(lambda: rig.command(*arguments).returncode == 0, "the answer to be accepted")
