"""One seed: servers, workers and proxies, the faults that happen to them, and the evidence afterwards."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import journal
from tests.chaos.erp import FAULTS, Erp
from tests.chaos.judge import Evidence, Finding, Judge
from tests.chaos.planned_run import PRODUCT, Run
from tests.chaos.proxy import Loop, Mode, Proxy
from tests.chaos.schedule import WORKERS, Event, Lane, draw, draw_starts
from tests.chaos.shapes import make_runs
from tests.chaos.trade_shapes import AT_FIRST, TRADED, trade_rows
from tests.e2e.rig import Rig
from zarf.dev.pgbouncer import PgBouncer
from zarf.dev.process import StackError, wait_until
from zarf.dev.stack import Stack, claim_folder
from zarf.dev.temporal import Temporal
from zarf.dev.terminal import progress
from zarf.dev.worker import Worker

SECONDS_TO_END = 30.0  # time after the last fault within which all runs must end
SLOWEST_TRIGGER = 40  # milliseconds
POOL = 8  # connections of PgBouncer that the workers share
STOP_TIMEOUT = "5s"
DISPATCHES = ("auto", "activity", "auto")
# A commit that was acknowledged survives an immediate shutdown: the files survive, only the process ends.
DURABLE = {"synchronous_commit": "on"}


@dataclass
class Outcome:
    seed: int
    runs: int
    statuses: Counter[str]
    findings: list[Finding]
    asked: int
    approvals: int
    corrected: int
    corrections: int
    faults: int
    seconds: float
    folder: Path
    crashes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.findings and not self.crashes


class Chaos:
    """The chaos of one seed."""

    def __init__(self, seed: int, seconds: float, runs: int, servers: Stack, pooler: bool) -> None:
        self.seed = seed
        self.seconds = seconds
        self.servers = servers
        self.rig = Rig(servers, "chaos", servers.folder)
        self.runs = make_runs(runs, seed)
        self.lanes = draw(seed, seconds, pooler)
        self.pgbouncer = PgBouncer(servers.postgres, servers.folder / "pgbouncer", POOL) if pooler else None
        self.loop = Loop()
        self.proxies: dict[str, Proxy] = {}
        self.workers: list[Worker] = []
        self.crashes: list[str] = []
        self.faults = 0
        self.ended, self.released = threading.Event(), threading.Event()
        self.log = (servers.folder / "faults.log").open("w", buffering=1)
        self.began = 0.0

    # Before

    def prepare(self) -> None:
        name = self.rig.name
        self.servers.create_sample_database(name)
        self.rig.query("TRUNCATE workflow.alerts, workflow.automation_executions CASCADE")
        orders = ", ".join(f"('{run.order}', 'chaos {run.name}', 1)" for run in self.runs)
        self.rig.query(f"INSERT INTO sales.orders (id, number, total) VALUES {orders}")
        executions = ", ".join(f"('{run.rule.execution_id}', 'orders', 'pending')" for run in self.runs)
        self.rig.query(f"INSERT INTO workflow.automation_executions (id, entity_type, status) VALUES {executions}")
        self.rig.query(f"UPDATE inventory.inventory_items SET quantity = 100000 WHERE product_id = '{PRODUCT}'")
        for statement in [*trade_rows(), *(row for run in self.runs for row in run.rows)]:
            self.rig.query(statement)
        journal.create(self.rig.query, SLOWEST_TRIGGER)

    def connect(self) -> None:
        if self.pgbouncer:
            self.pgbouncer.start()
        database_port = (self.pgbouncer or self.rig.postgres).port
        for number in range(1, WORKERS + 1):
            self.proxies[f"postgres of worker {number}"] = Proxy(self.loop, database_port, postgres=True)
            self.proxies[f"temporal of worker {number}"] = Proxy(self.loop, self.rig.temporal.port, postgres=False)

    def start_worker(self, number: int) -> Worker:
        return self.rig.worker(
            ICHOR_DB_HOST=self.proxies[f"postgres of worker {number}"].address,
            ICHOR_TEMPORAL_HOSTPORT=self.proxies[f"temporal of worker {number}"].address,
            ICHOR_WORKER_DISPATCH=DISPATCHES[(number - 1) % len(DISPATCHES)],
            ICHOR_WORKFLOW_TRACK_EXECUTIONS="true",
            ICHOR_WORKER_STOP_TIMEOUT=STOP_TIMEOUT,
            ICHOR_LOG_LEVEL="debug",
        )

    # Faults

    def note(self, text: str) -> None:
        self.log.write(f"{time.strftime('%H:%M:%S')} {time.monotonic() - self.began:6.2f} {text}\n")

    def run_lane(self, lane: Lane) -> None:
        for event in lane.events:
            if self.ended.wait(max(0, self.began + event.at - time.monotonic())):
                break
            self.faults += 1
            self.note(f"{lane.target}: {event.kind} {event.amount:.2f} for {event.seconds:.1f} s")
            try:
                self.inflict(lane.target, event)
            except FAULTS as fault:
                self.crashes.append(f"{lane.target}, {event.kind}: {fault}")
            self.note(f"{lane.target}: healed")

    def inflict(self, target: str, event: Event) -> None:
        if target in self.proxies:
            self.proxies[target].set(Mode(event.kind), event.amount)
            self.ended.wait(event.seconds)
            self.proxies[target].heal()
        elif target.startswith("worker "):
            self.hit_worker(int(target.split()[1]), event)
        elif target == "postgres":
            self.rig.postgres.stop(immediately=event.kind == "immediate")
            self.ended.wait(event.seconds)
            self.rig.postgres.start()
        elif target == "pgbouncer":
            assert self.pgbouncer
            self.pgbouncer.stop()
            self.ended.wait(event.seconds)
            self.pgbouncer.start()
        else:
            self.rig.temporal.stop()
            self.ended.wait(event.seconds)
            self.rig.temporal.start()

    def hit_worker(self, number: int, event: Event) -> None:
        worker = self.workers[number - 1]
        self.note_crash(worker)
        if event.kind == "stop":
            worker.process.send(signal.SIGSTOP)
            self.ended.wait(event.seconds)
            worker.process.send(signal.SIGCONT)
            return
        if event.kind == "term":
            worker.wait_live()  # before that, SIGTERM ends the process without a clean stop
        if event.kind == "kill":
            worker.kill()
        elif worker.stop() != 0:
            self.crashes.append(f"{worker.process.name} ended with {worker.process.child.returncode}: {worker.log}")
        self.ended.wait(event.seconds)
        self.workers[number - 1] = self.start_worker(number)

    def note_crash(self, worker: Worker) -> None:
        fault = worker.process.fault() or worker.sanitizer_fault()
        if fault:
            self.crashes.append(fault)

    @contextmanager
    def threads(self, erp: Erp) -> Iterator[list[threading.Thread]]:
        """One thread for each lane. The threads outlive their lanes, because the kernel kills a child when the thread
        that started it ends."""

        def stay(lane: Lane, ended: threading.Event) -> None:
            self.run_lane(lane)
            ended.set()
            self.released.wait()

        ends = [threading.Event() for _ in self.lanes]
        threads = [
            threading.Thread(target=stay, args=pair, name=pair[0].target) for pair in zip(self.lanes, ends, strict=True)
        ]
        starts = draw_starts(self.seed, self.seconds, len(self.runs))
        threads.append(threading.Thread(target=erp.start_runs, args=(self.began, starts), name="starts"))
        threads.append(threading.Thread(target=erp.answer_requests, name="answers"))
        threads.append(threading.Thread(target=erp.correct_runs, name="corrections"))
        for thread in threads:
            thread.start()
        try:
            self.watch(erp, ends)
            yield threads
        finally:
            self.ended.set()
            for thread in threads[len(ends) :]:
                thread.join()
            self.released.set()
            for thread in threads[: len(ends)]:
                thread.join()

    def watch(self, erp: Erp, ends: Sequence[threading.Event]) -> None:
        """Watches until the last fault is over."""
        while not all(end.is_set() for end in ends):
            self.report(erp)
            ends_in = time.monotonic() + 5
            for end in ends:
                end.wait(max(0, ends_in - time.monotonic()))
        for proxy in self.proxies.values():
            proxy.heal()
        self.note("all faults are over")
        self.report(erp, "faults are over, ")

    def report(self, erp: Erp, what: str = "") -> None:
        with suppress(*FAULTS):
            progress(
                f"seed {self.seed}: {what}{self.faults} faults, {erp.started} of {len(self.runs)} runs started, "
                f"{len(self.runs) - self.unended()} ended, {erp.answered} approvals answered, "
                f"{erp.corrected} actions corrected"
            )

    def unended(self) -> int:
        """The open runs, by the rows that the workers write: a list of runs is expensive for the server, and late."""
        unended = "SELECT count(*) FROM workflow.automation_executions WHERE status IN ('pending', 'running')"
        return int(self.rig.value(unended))

    # After

    def statuses(self) -> dict[str, str]:
        """The statuses of all runs, by workflow id."""
        query = f"TaskQueue = '{self.rig.queue}' AND ExecutionStatus != 'Running'"
        listed = self.rig.temporal.cli("workflow", "list", "--query", query, "--limit", "10000", "--output", "json")
        found = {run["execution"]["workflowId"]: run["status"] for run in json.loads(listed)}
        for run in self.runs:
            if run.rule.workflow_id not in found:  # open, or not listed yet
                with suppress(*FAULTS):
                    described = self.rig.temporal.describe_by_http(run.rule.workflow_id)
                    found[run.rule.workflow_id] = described["workflowExecutionInfo"]["status"]
        return {name: status.removeprefix("WORKFLOW_EXECUTION_STATUS_") for name, status in found.items()}

    def wait_ended(self) -> dict[str, str]:
        """Waits until all runs have ended, but no longer than that may take."""
        until = time.monotonic() + SECONDS_TO_END
        with suppress(StackError):
            wait_until(lambda: self.unended() == 0, "the end of all runs", SECONDS_TO_END)
        while True:
            found = self.statuses()
            if "RUNNING" not in found.values() or time.monotonic() > until:
                return found
            self.ended.wait(0.5)

    def gather(self, statuses: dict[str, str]) -> Evidence:
        recipients = self.rig.query(journal.RECIPIENTS)
        executions = self.rig.query("SELECT id, status FROM workflow.automation_executions")
        stock = self.rig.query(journal.STOCK.format(product=TRADED, at_first=AT_FIRST))
        return Evidence(
            journal=journal.read(self.rig.query),
            statuses=statuses,
            executions={name: status for name, status in executions},
            recipients={message: int(count) for message, count in recipients},
            accepted={run.rule.workflow_id: self.accepted(run) for run in self.runs if run.corrections},
            failures={name: self.explain(name, status) for name, status in statuses.items() if status != "COMPLETED"},
            stock=[" ".join(row) for row in stock],
        )

    def accepted(self, run: Run) -> list[str]:
        """The ids of the accepted updates in the history of a run."""
        with suppress(*FAULTS):
            key = "workflowExecutionUpdateAcceptedEventAttributes"
            found = [event[key] for event in self.rig.temporal.history(run.rule.workflow_id) if key in event]
            return [update["acceptedRequest"]["meta"]["updateId"] for update in found]
        return []

    def explain(self, workflow_id: str, status: str) -> str:
        """Why a run failed, or what it waits for. Leaves the whole history in the folder."""
        with suppress(*FAULTS):
            history = self.rig.temporal.history(workflow_id)
            file = self.servers.folder / f"{workflow_id}.json"
            file.write_text(json.dumps(history, indent=1))
            if status == "FAILED":
                return f"({self.rig.failure(workflow_id)}; {file.name})"
            pending = self.rig.temporal.describe(workflow_id).get("pendingActivities", [])
            file.write_text(json.dumps({"events": history, "pendingActivities": pending}, indent=1))
            text = ", ".join(
                f"{each['activityId']} {each['state'].removeprefix('PENDING_ACTIVITY_STATE_')} attempt"
                f" {each.get('attempt', 1)}"
                for each in pending
            )
            last = history[-1]["eventType"].removeprefix("EVENT_TYPE_")
            return f"(pending activities: {text or 'no'}; last event {last}; {file.name})"
        return ""

    def judge(self, evidence: Evidence) -> list[Finding]:
        findings = Judge(self.runs, evidence).findings()
        lines = [
            f"{e.number}\t{e.time}\t{e.transaction}\t{e.table}.{e.column}\t{e.row}\t{e.old}\t{e.new}"
            for e in evidence.journal
        ]
        (self.servers.folder / "journal.tsv").write_text("\n".join(lines) + "\n")
        (self.servers.folder / "findings.txt").write_text("".join(f"{finding}\n" for finding in findings))
        return findings

    def run(self) -> Outcome:
        self.prepare()
        self.connect()
        self.workers = [self.start_worker(number) for number in range(1, WORKERS + 1)]
        for worker in self.workers:
            worker.wait_ready()
        self.began = time.monotonic()
        erp = Erp(self.rig, self.runs, self.seed, self.ended, self.note)
        with self.threads(erp):
            statuses = self.wait_ended()
            evidence = self.gather(statuses)
            for number, worker in enumerate(self.workers, 1):
                self.note_crash(worker)
                (self.servers.folder / f"debug-{number}.json").write_text(worker.get("/debug")[1])
            try:
                self.rig.close()
            except StackError as fault:
                self.crashes.append(str(fault))
        requests = {entry.row for entry in evidence.journal if entry.column == "approval_request_id"}
        return Outcome(
            seed=self.seed,
            runs=len(self.runs),
            statuses=Counter(statuses.values()),
            findings=self.judge(evidence),
            asked=len(requests),
            approvals=sum(len(run.asks) for run in self.runs),
            corrected=sum(map(len, evidence.accepted.values())),
            corrections=sum(len(run.corrections) for run in self.runs),
            faults=self.faults,
            seconds=time.monotonic() - self.began,
            folder=self.servers.folder,
            crashes=self.crashes,
        )

    def close(self) -> None:
        self.ended.set()
        self.released.set()
        for worker in self.rig.workers:
            if not worker.process.fault():
                worker.kill()
        self.loop.close()
        if self.pgbouncer:
            self.pgbouncer.close()
        self.log.close()


def run_seed(seed: int, seconds: float, runs: int, pooler: bool) -> Outcome:
    folder, lock = claim_folder(f"chaos-{seed}")
    with lock:
        servers = Stack(folder, ui=False)
        servers.temporal = Temporal(folder, keep=True)
        servers.postgres.settings = DURABLE
        try:
            servers.start()
            chaos = Chaos(seed, seconds, runs, servers, pooler)
            try:
                return chaos.run()
            finally:
                chaos.close()
        finally:
            servers.close()
            for file in folder.glob("temporal.sqlite*"):
                file.unlink()
