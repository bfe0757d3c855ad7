"""On SIGTERM a worker takes no more work, finishes running work and exits with 0. A second signal ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import wait_until

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def updating_notes_rule() -> Rule:
    rule = Rule()
    return rule.chain(rule.update("note", "notes", "done"), rule.condition("check"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_stops(rig: Rig, number: signal.Signals) -> None:
    worker = rig.worker().wait_ready()
    worker.process.send(number)
    assert worker.process.wait() == 0
    assert not worker.is_live()


def test_a_signal_while_settings_are_read(rig: Rig) -> None:
    """The signal stays pending. For process 1 of a container the kernel discards a signal that has no handler."""
    password = rig.folder / "password"
    os.mkfifo(password)
    worker = rig.worker(ICHOR_DB_PASSWORD="", ICHOR_DB_PASSWORD_FILE=str(password))

    def reader_is_there() -> int | None:
        with contextlib.suppress(OSError):
            return os.open(password, os.O_WRONLY | os.O_NONBLOCK)
        return None

    pipe = wait_until(reader_is_there, "the worker to read its password", find_fault=worker.process.fault)
    assert pipe is not None
    worker.process.send(signal.SIGTERM)
    os.write(pipe, rig.postgres.password.encode())
    os.close(pipe)
    assert worker.process.wait() == 0
    assert '"worker stopped"' in worker.log.read_text()


def test_a_worker_without_its_servers_stops(rig: Rig) -> None:
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1", ICHOR_DB_HOST="127.0.0.1:1").wait_live()
    worker.process.send(signal.SIGTERM)
    assert worker.process.wait() == 0


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_running_work_is_finished(rig: Rig, dispatch: str) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = updating_notes_rule()
    with rig.locked(ORDER_ROW):  # for less than 3 s, after which a local action would become an activity
        rig.start_quickly(rule)
        rig.wait_blocked()
        worker.process.send(signal.SIGTERM)
        worker.wait_ready(False)
        assert worker.is_live()
    assert worker.process.wait() == 0
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "done"

    # The worker sent the result before it ended, so the next worker does not repeat the action.
    rig.query(f"UPDATE sales.orders SET notes = NULL WHERE id = '{ORDER}'")
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "NULL"


def test_the_stop_timeout(rig: Rig) -> None:
    """Work that does not end in time is left to the next worker."""
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity", ICHOR_WORKER_STOP_TIMEOUT="1s").wait_ready()
    rule = updating_notes_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        worker.process.send(signal.SIGTERM)
        assert worker.process.wait() == 0
        rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "done"


def test_a_second_signal_ends_it_at_once(rig: Rig) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = updating_notes_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        worker.process.send(signal.SIGTERM)
        wait_until(lambda: not worker.is_ready(), "the worker to drain", find_fault=worker.process.fault)
        worker.process.send(signal.SIGTERM)
        assert worker.process.wait() == 1  # while the lock is still held
    rig.temporal.cli("workflow", "terminate", "--workflow-id", rule.workflow_id)
