"""What an end-to-end test has at hand: a database and a task queue of its own, workers, and the official tools."""

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

from tests.e2e.rules import Rule
from zarf.dev import worker as program
from zarf.dev.history import attributes
from zarf.dev.postgres import Postgres, binaries
from zarf.dev.process import StackError, wait_until
from zarf.dev.stack import Stack
from zarf.dev.temporal import Temporal
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
        self.workers: list[Worker] = []

    def settings(self, **more: str) -> dict[str, str]:
        return {
            **self.stack.settings(self.name),
            "ICHOR_TEMPORAL_HOSTPORT": self.temporal.address,
            "ICHOR_DB_HOST": self.postgres.address,
            "ICHOR_DB_PASSWORD": self.postgres.password,
            "ICHOR_TEMPORAL_TASK_QUEUE": self.queue,
            **more,
        }

    # The worker

    def worker(self, **settings: str) -> Worker:
        """Starts one; it need not be ready yet."""
        number = len(self.workers) + 1
        log = self.stack.folder / f"{self.name}-worker-{number}.log"
        self.workers.append(Worker(self.settings(**settings), log, f"worker {number} of {self.name}"))
        return self.workers[-1]

    def command(self, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command of the binary, with the settings of this test."""
        return program.command(self.settings(**settings), *arguments)

    def close(self) -> None:
        """Ends all workers that still run: each must end well, and no sanitizer may have said a word."""
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

    def write(self, rule: Rule) -> Path:
        file = self.folder / f"{rule.execution_id}.json"
        file.write_text(json.dumps(rule.document(), separators=(",", ":")))
        return file

    def start(self, rule: Rule) -> str:
        """With the official command line tool; the workflow's id."""
        self.temporal.start_workflow(rule.workflow_id, self.write(rule), self.queue)
        return rule.workflow_id

    def start_quickly(self, rule: Rule) -> str:
        """The same by Temporal's HTTP API, for when there are many."""
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
        """How many runs on this rig's queue have which status."""
        said = self.temporal.cli(
            "workflow", "list", "--query", f"TaskQueue = '{self.queue}'", "--limit", "10000", "--output", "json"
        )  # fmt: skip
        return Counter(run["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_") for run in json.loads(said))

    def wait_all_ended(self, count: int, seconds: float = 120) -> Counter[str]:
        """Until that many runs have been started and have ended."""

        def ended() -> Counter[str] | None:
            found = self.statuses()
            return found if found.total() == count and not found["RUNNING"] else None

        return wait_until(ended, f"the end of {count} runs", seconds) or Counter()

    def ended(self, workflow_id: str, seconds: float = 120) -> str:
        return self.temporal.wait_closed(workflow_id, seconds)

    def run(self, rule: Rule) -> str:
        return self.ended(self.start(rule))

    def histories(self, workflow_id: str) -> list[list[Json]]:
        """Of the first run, the one that it continued as new, and so on."""
        found: list[list[Json]] = []
        run_id = ""
        while run_id or not found:
            found.insert(0, self.temporal.history(workflow_id, run_id))
            run_id = attributes(found[0][0]).get("continuedExecutionRunId", "")
        return found

    def events(self, workflow_id: str, kind: str) -> list[Json]:
        """The attributes of all its events of that type (without EVENT_TYPE_)."""
        found = [event for event in self.temporal.history(workflow_id) if event["eventType"] == f"EVENT_TYPE_{kind}"]
        return [next(value for key, value in event.items() if key.endswith("EventAttributes")) for event in found]

    def kinds(self, workflow_id: str) -> Counter[str]:
        history = self.temporal.history(workflow_id)
        return Counter(event["eventType"].removeprefix("EVENT_TYPE_") for event in history)

    def has(self, workflow_id: str, kind: str) -> bool:
        """An event of that type, asked quickly."""
        return any(e["eventType"] == f"EVENT_TYPE_{kind}" for e in self.temporal.quick_history(workflow_id))

    def ask(self, workflow_id: str, query: str) -> Any:
        """What a query answers."""
        said = self.temporal.cli(
            "workflow", "query", "--workflow-id", workflow_id, "--type", query, "--output", "json"
        )  # fmt: skip
        return json.loads(said)["queryResult"][0]

    def states(self, workflow_id: str) -> dict[str, str]:
        """What each action has come to, by the query that the worker answers."""
        return {action["name"]: action["state"] for action in self.ask(workflow_id, "graph_state")["actions"]}

    def failure(self, workflow_id: str) -> str:
        """What a failed workflow says: the outermost message."""
        text: str = self.events(workflow_id, "WORKFLOW_EXECUTION_FAILED")[0]["failure"]["message"]
        return text

    # PostgreSQL

    def note_execution(self, execution_id: str) -> None:
        """As the ERP does before it starts a workflow."""
        columns = "workflow.automation_executions (id, entity_type, status)"
        self.query(f"INSERT INTO {columns} VALUES ('{execution_id}', 'orders', 'pending') ON CONFLICT DO NOTHING")

    def query(self, sql: str) -> list[list[str]]:
        return self.postgres.query(sql, self.name)

    def value(self, sql: str) -> str:
        return self.query(sql)[0][0]

    @contextmanager
    def locked(self, sql: str) -> Iterator[None]:
        """Holds the rows that `sql` (SELECT ... FOR UPDATE) finds: whoever writes them waits meanwhile."""
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
        """Until that many sessions wait for a lock."""
        sql = f"SELECT count(*) >= {sessions} FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: self.value(f"{sql} AND datname = '{self.name}'") == "t", "an action to wait for the lock")
