"""An effect happens once: the history, the log and workflow.action_effects show which worker produced it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.proxy import Loop, Mode, Proxy
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.history import payload
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

Json = dict[str, Any]
REPEATED = "Action already took effect; using its stored result"
LOCKED = "SELECT pg_advisory_lock(42)"
NOTES = f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'"

# Records each value that a transaction writes, and provides a lock for which a transaction waits.
JOURNAL = """
CREATE TABLE written (number bigserial, value text);
CREATE FUNCTION write_down() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO written (value) VALUES (NEW.notes); RETURN NULL; END';
CREATE TRIGGER write_down AFTER UPDATE OF notes ON sales.orders FOR EACH ROW EXECUTE FUNCTION write_down();
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END';
"""
DURING_COMMIT = """
CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON workflow.action_effects
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()
"""
DURING_THIRD = """
CREATE TRIGGER wait AFTER UPDATE OF notes ON sales.orders
    FOR EACH ROW WHEN (NEW.notes = '3') EXECUTE FUNCTION wait()
"""


def written(rig: Rig) -> list[str]:
    return [value for (value,) in rig.query("SELECT value FROM written ORDER BY number")]


def effects(rig: Rig, rule: Rule) -> list[Json]:
    """The stored results of the rule's actions, in the order of their commits."""
    rows = rig.query(
        f"SELECT result FROM workflow.action_effects WHERE execution_id = '{rule.execution_id}' ORDER BY created_at"
    )
    return [json.loads(result) for (result,) in rows]


def stored_results(rig: Rig, rule: Rule) -> dict[str, bool]:
    """For each action in the history, whether its result was that of an earlier attempt."""
    names = {action["id"]: action["name"] for action in rule.actions}
    outputs = [payload(event["result"]) for event in rig.events(rule.workflow_id, "ACTIVITY_TASK_COMPLETED")]
    outputs += [payload(event["details"]["data"]) for event in rig.events(rule.workflow_id, "MARKER_RECORDED")]
    ended = {names[output.get("action_id") or output["ActivityID"]]: output for output in outputs}
    return {name: ended[name].get("stored_result", False) for name in names.values()}


def log_lines(worker: Worker, message: str) -> list[Json]:
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["msg"] == message]


@pytest.mark.parametrize("dispatch", ["activity", "local"])
def test_a_worker_killed_between_its_commit_and_its_answer(rig: Rig, dispatch: str) -> None:
    settings = {"ICHOR_WORKER_DISPATCH": dispatch} if dispatch == "activity" else {}
    first = rig.worker(**settings).wait_ready()
    rule = Rule()
    rule.chain(rule.update("note", "notes", "done"))
    rig.query(JOURNAL + DURING_COMMIT)
    with rig.locked(LOCKED):
        rig.start(rule)
        rig.wait_blocked()
        first.process.send(signal.SIGSTOP)  # so it does not get the answer
    wait_until(lambda: rig.value(NOTES) == "done", "the commit")
    first.kill()
    # A value that somebody writes meanwhile is not overwritten.
    rig.query(f"UPDATE sales.orders SET notes = 'by hand' WHERE id = '{ORDER}'")
    second = rig.worker(**settings).wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(NOTES) == "by hand"
    assert written(rig) == ["done", "by hand"]
    assert stored_results(rig, rule) == {"note": True}
    (line,) = log_lines(second, REPEATED)
    assert (line["action_name"], line["level"]) == ("note", "INFO")
    (result,) = effects(rig, rule)
    assert (result["new_value"], result["records_affected"]) == ("done", 1)
    assert log_lines(first, REPEATED) == []


def test_a_reset_run_keeps_what_it_did(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    rule.chain(*[rule.update(f"note {value}", "notes", value) for value in "123"])
    rig.query(JOURNAL)
    assert rig.run(rule) == "COMPLETED"
    assert list(stored_results(rig, rule).values()) == [False] * 3
    before = effects(rig, rule)
    rig.query(f"UPDATE sales.orders SET notes = 'by hand' WHERE id = '{ORDER}'")

    rig.temporal.cli(
        "workflow", "reset", "--workflow-id", rule.workflow_id, "--type", "FirstWorkflowTask", "--reason", "a test"
    )  # fmt: skip

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert written(rig) == ["1", "2", "3", "by hand"]
    assert list(stored_results(rig, rule).values()) == [True] * 3
    assert len(log_lines(worker, REPEATED)) == 3
    assert effects(rig, rule) == before


@pytest.fixture
def proxy(rig: Rig) -> Iterator[Proxy]:
    """A proxy between a worker and Temporal."""
    loop = Loop()
    yield Proxy(loop, int(rig.temporal.address.rpartition(":")[2]), postgres=False)
    loop.close()


@pytest.mark.parametrize("wakes", ["while the other performs", "after the other"])
def test_a_task_that_is_lost_between_updates_of_one_column(rig: Rig, proxy: Proxy, wakes: str) -> None:
    """A worker is stopped during the third of five updates for longer than its workflow task lasts."""
    first = rig.worker(ICHOR_TEMPORAL_HOSTPORT=proxy.address).wait_ready()
    rule = Rule()
    rule.chain(*[rule.update(f"note {value}", "notes", value) for value in "12345"])
    rig.query(JOURNAL + DURING_THIRD)
    with rig.locked(LOCKED):
        rig.start(rule)
        rig.wait_blocked()
        first.process.send(signal.SIGSTOP)
        proxy.set(Mode.CUT)  # otherwise the server would give the task to the stopped worker's polls
        second = rig.worker().wait_ready()
        rig.wait_blocked(2)  # the second worker has the task, and waits for the row that the first one has updated
    proxy.heal()
    if wakes == "while the other performs":
        first.process.send(signal.SIGCONT)
    status = rig.ended(rule.workflow_id)
    first.process.send(signal.SIGCONT)
    first.wait_ready()
    assert first.stop() == 0  # it has performed everything that it had to

    assert status == "COMPLETED"
    assert rig.value(NOTES) == "5"
    assert written(rig) == list("12345")
    assert [result["new_value"] for result in effects(rig, rule)] == list("12345")
    found = stored_results(rig, rule)
    assert (found["note 1"], found["note 2"]) == (True, True)
    assert len(log_lines(second, REPEATED)) >= 2
