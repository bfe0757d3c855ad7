"""The rig of an end-to-end test: its own database and task queue, workers, and the official tools."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rules import Rule
from zarf.dev import worker as program
from zarf.dev.history import attributes
from zarf.dev.pgbouncer import PgBouncer
from zarf.dev.postgres import Postgres, binaries
from zarf.dev.process import StackError, wait_until
from zarf.dev.stack import Stack
from zarf.dev.temporal import Temporal
from zarf.dev.temporal_server import TemporalServer
from zarf.dev.worker import Worker

Json = dict[str, Any]


class Rig:
    def __init__(self, stack: Stack, name: str, folder: Path) -> None:
        self.stack = stack
        self.name = name
        self.folder = folder
        self.queue = f"ichor-{name}"
        self.temporal: Temporal = stack.temporal
        self.postgres: Postgres = stack.postgres
        self.pgbouncer: PgBouncer | None = stack.pgbouncer  # between the workers and PostgreSQL
        self.workers: list[Worker] = []

    @property
    def database_address(self) -> str:
        """The address of the database for the workers."""
        return (self.pgbouncer or self.postgres).address

    def settings(self, **more: str) -> dict[str, str]:
        return {
            **self.stack.settings(self.name),
            "ICHOR_TEMPORAL_HOSTPORT": self.temporal.address,
            "ICHOR_DB_HOST": self.database_address,
            "ICHOR_DB_PASSWORD": self.postgres.password,
            "ICHOR_TEMPORAL_TASK_QUEUE": self.queue,
            **more,
        }

    # The worker

    def worker(self, **settings: str) -> Worker:
        """Starts a worker without waiting until it is ready."""
        number = len(self.workers) + 1
        log = self.stack.folder / f"{self.name}-worker-{number}.log"
        self.workers.append(Worker(self.settings(**settings), log, f"worker {number} of {self.name}"))
        return self.workers[-1]

    def command(self, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the binary with the settings of this test."""
        return program.command(self.settings(**settings), *arguments)

    def close(self) -> None:
        """Stops all workers that still run: each must exit with 0 and without a sanitizer report."""
        faults = []
        for worker in self.workers:
            if not worker.process.fault():
                code = worker.stop()
                if code != 0:
                    faults.append(f"{worker.process.name} ended with {code}: {worker.log}")
            faults.append(worker.sanitizer_fault())
        faults = [fault for fault in faults if fault]
        if faults:
            raise StackError("\n".join(faults))

    # Temporal

    def newer(self, *arguments: str) -> str:
        """Like temporal.cli, for methods that old servers lack: on such servers the test is skipped."""
        try:
            return self.temporal.cli(*arguments)
        except StackError as fault:
            if isinstance(self.temporal, TemporalServer) and "unknown method" in str(fault):
                pytest.skip(str(fault))
            raise

    def write(self, rule: Rule) -> Path:
        file = self.folder / f"{rule.execution_id}.json"
        file.write_text(json.dumps(rule.document(), separators=(",", ":")))
        return file

    def start(self, rule: Rule) -> str:
        """Starts a rule with the official command line tool and returns the workflow's id."""
        self.temporal.start_workflow(rule.workflow_id, self.write(rule), self.queue)
        return rule.workflow_id

    def start_quickly(self, rule: Rule) -> str:
        """Like start(), but faster: uses Temporal's HTTP API."""
        data = base64.b64encode(json.dumps(rule.document()).encode()).decode()
        payload = {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": data}
        body = {
            "workflowType": {"name": "ExecuteGraphWorkflow"},
            "taskQueue": {"name": self.queue},
            "input": {"payloads": [payload]},
        }
        self.temporal.post(f"/api/v1/namespaces/default/workflows/{rule.workflow_id}", body)
        return rule.workflow_id

    def statuses(self) -> Counter[str]:
        """The number of runs on this rig's queue by status."""
        output = self.temporal.cli(
            "workflow", "list", "--query", f"TaskQueue = '{self.queue}'", "--limit", "10000", "--output", "json"
        )  # fmt: skip
        return Counter(run["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_") for run in json.loads(output))

    def wait_all_ended(self, count: int, seconds: float = 120) -> Counter[str]:
        """Waits until that many runs were started and all have ended."""

        def ended() -> Counter[str] | None:
            found = self.statuses()
            return found if found.total() == count and not found["RUNNING"] else None

        return wait_until(ended, f"the end of {count} runs", seconds) or Counter()

    def ended(self, workflow_id: str, seconds: float = 120) -> str:
        return self.temporal.wait_closed(workflow_id, seconds)

    def run(self, rule: Rule) -> str:
        return self.ended(self.start(rule))

    def histories(self, workflow_id: str) -> list[list[Json]]:
        """The histories of the first run, of the run that continues it, and so on."""
        found: list[list[Json]] = []
        run_id = ""
        while run_id or not found:
            found.insert(0, self.temporal.history(workflow_id, run_id))
            run_id = attributes(found[0][0]).get("continuedExecutionRunId", "")
        return found

    def events(self, workflow_id: str, kind: str) -> list[Json]:
        """The attributes of all events of a type, which is named without EVENT_TYPE_."""
        found = [event for event in self.temporal.history(workflow_id) if event["eventType"] == f"EVENT_TYPE_{kind}"]
        return [next(value for key, value in event.items() if key.endswith("EventAttributes")) for event in found]

    def kinds(self, workflow_id: str) -> Counter[str]:
        history = self.temporal.history(workflow_id)
        return Counter(event["eventType"].removeprefix("EVENT_TYPE_") for event in history)

    def has(self, workflow_id: str, kind: str) -> bool:
        """Whether the workflow has an event of that type; read quickly through the HTTP API."""
        return any(e["eventType"] == f"EVENT_TYPE_{kind}" for e in self.temporal.history_by_http(workflow_id))

    def ask(self, workflow_id: str, query: str) -> Any:
        """The answer to a query."""
        output = self.temporal.cli(
            "workflow", "query", "--workflow-id", workflow_id, "--type", query, "--output", "json"
        )  # fmt: skip
        return json.loads(output)["queryResult"][0]

    def states(self, workflow_id: str) -> dict[str, str]:
        """The state of each action, from the worker's answer to a query."""
        return {action["name"]: action["state"] for action in self.ask(workflow_id, "graph_state")["actions"]}

    def failure(self, workflow_id: str) -> str:
        """The outermost failure message of a failed workflow."""
        text: str = self.events(workflow_id, "WORKFLOW_EXECUTION_FAILED")[0]["failure"]["message"]
        return text

    # PostgreSQL

    def insert_execution(self, execution_id: str) -> None:
        """Inserts the row that the ERP inserts before it starts a workflow."""
        columns = "workflow.automation_executions (id, entity_type, status)"
        self.query(f"INSERT INTO {columns} VALUES ('{execution_id}', 'orders', 'pending') ON CONFLICT DO NOTHING")

    def query(self, sql: str) -> list[list[str]]:
        return self.postgres.query(sql, self.name)

    def value(self, sql: str) -> str:
        return self.query(sql)[0][0]

    @contextmanager
    def locked(self, sql: str) -> Iterator[None]:
        """Locks the rows that `sql` (SELECT ... FOR UPDATE) finds, so that other sessions cannot write them."""
        psql = subprocess.Popen(
            [binaries() / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--dbname", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.postgres.environment()},
        )
        assert psql.stdin and psql.stdout
        try:
            psql.stdin.write(f"BEGIN;\n{sql};\n\\echo locked\n")
            psql.stdin.flush()
            while psql.stdout.readline().strip() != "locked":
                assert psql.poll() is None, "psql ended before it had the lock"
            yield
        finally:
            psql.stdin.close()  # ends the session, and with it the transaction
            psql.wait()

    def wait_blocked(self, sessions: int = 1) -> None:
        """Waits until that many sessions wait for a lock."""
        sql = f"SELECT count(*) >= {sessions} FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: self.value(f"{sql} AND datname = '{self.name}'") == "t", "an action to wait for the lock")
