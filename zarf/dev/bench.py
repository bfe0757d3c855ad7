"""`make bench`: the cost of a run in CPU time, history and RPCs.

    python3 -m zarf.dev.bench [--json FILE] [--quick]

Starts a stack and one worker (a release build) for each dispatch mode, runs each shape of rule three times and prints
the medians per run. Machines are noisy: compare figures within one table only. Temporal is the dev server, or a whole
server with PostgreSQL, whose CPU time is then part of the server's: with TEMPORAL_SERVER=FOLDER (see servers.py).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.e2e.rules import USERS, Rule, chain_of_conditions
from zarf.dev.postgres import Postgres
from zarf.dev.process import StackError, wait_until
from zarf.dev.stack import Stack, stack
from zarf.dev.temporal import Temporal
from zarf.dev.temporal_server import TemporalServer
from zarf.dev.terminal import bold, progress
from zarf.dev.worker import Worker, command

REPEATS = 3
# Ids of the sample data.
PRODUCT = "39f1a457-3eb0-4fee-a801-d0da86353bd4"
PLACE = "81626d40-0cc2-4286-9d8d-9774018578bc"
PARKED = 1000


def cpu_ms(pid: int) -> float:
    """User and system time of a process, from its CPU clock (clock_getcpuclockid)."""
    return time.clock_gettime(~pid << 3 | 2) * 1000


def postgres_cpu_ms(postgres: Postgres) -> float:
    """The CPU time of the server and its live backends; its clients keep their connections, so no backend ends."""
    process = postgres.process
    assert process
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    total = cpu_ms(process.pid)
    for child in children:
        try:
            total += cpu_ms(int(child))
        except OSError:
            continue
    return total


def server_cpu_ms(temporal: Temporal) -> float:
    assert temporal.process
    store = postgres_cpu_ms(temporal.postgres) if isinstance(temporal, TemporalServer) else 0
    return cpu_ms(temporal.process.pid) + store


def memory_kb(pid: int) -> tuple[int, int, int]:
    """Private dirty memory, all private memory (with program pages if nobody else runs it), and resident memory."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()

    def field(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB", rollup, re.MULTILINE)
        return int(found[1]) if found else 0

    return field("Private_Dirty"), field("Private_Clean") + field("Private_Dirty"), field("Rss")


def metric_sum(worker: Worker, name: str) -> float:
    """The sum of a metric over its labels."""
    text = worker.get("/metrics")[1]
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE))


# ---- the shapes ----


def single() -> Rule:
    return chain_of_conditions(1)


def fan_out(width: int) -> Rule:
    rule = Rule(f"fan-out of {width}")
    first, last = rule.condition("first"), rule.condition("last")
    rule.edge(None, first)
    for number in range(width):
        middle = rule.condition(f"branch_{number}")
        rule.edge(first, middle)
        rule.edge(middle, last)
    return rule


def chain_of_updates(length: int) -> Rule:
    rule = Rule(f"{length} updates")
    return rule.chain(*(rule.update(f"update_{number}", "priority", "high") for number in range(length)))


def ten_mixed() -> Rule:
    """A typical rule on a new order: it looks up, checks, reserves, writes, alerts and records."""
    rule = Rule("ten mixed actions")
    stock = {"product_id": PRODUCT, "location_id": PLACE}
    alert = {"alert_type": "order", "severity": "low", "title": "Order {{number}}", "message": "{{lookup.order.notes}}"}
    audit = {"entity_name": "orders", "action": "checked", "message": "{{number}}: {{stock.available}} left"}
    return rule.chain(
        rule.action(
            "lookup", "lookup_entity",
            {
                "entity": "sales.orders", "filter": {"id": "{{entity_id}}"}, "fields": ["number", "notes", "total"],
                "output_key": "order",
            },
        ),
        rule.condition("large"),
        rule.action("stock", "check_inventory", {**stock, "threshold": 1}),
        rule.action("reserve", "reserve_inventory", {**stock, "quantity": 1}),
        rule.update("note", "notes", "Reserved {{reserve.total_reserved}}"),
        rule.action("reorder", "check_reorder_point", stock),
        rule.action("alert", "create_alert", {**alert, "recipients": {"users": list(USERS)}}),
        rule.action("audit", "log_audit_entry", audit),
        rule.update("raise", "priority", "high"),
        rule.action("ended", "log_audit_entry", {**audit, "action": "ended"}),
    )  # fmt: skip


SHAPES: list[tuple[str, Callable[[], Rule], int]] = [
    ("single", single, 60),
    ("chain of 10", lambda: chain_of_conditions(10), 40),
    ("chain of 100", lambda: chain_of_conditions(100), 12),
    ("diamond", lambda: fan_out(2), 40),
    ("fan-out of 8", lambda: fan_out(8), 30),
    ("fan-out of 100", lambda: fan_out(100), 10),
    ("chain of 10 update_field", lambda: chain_of_updates(10), 30),
    ("10 mixed actions", ten_mixed, 30),
]


@dataclass
class Cost:
    """The cost of one run."""

    worker_cpu_ms: float
    server_cpu_ms: float
    postgres_cpu_ms: float
    events: float
    history_bytes: float
    rpcs: float


@dataclass
class Row:
    shape: str
    dispatch: str
    runs: int
    cost: Cost


def write_rules(folder: Path, make: Callable[[], Rule], count: int) -> list[tuple[str, Path]]:
    rules = []
    for _ in range(count):
        rule = make()
        file = folder / f"{rule.execution_id}.json"
        file.write_text(json.dumps(rule.document()))
        rules.append((rule.workflow_id, file))
    return rules


def start_all(servers: Stack, rules: Iterable[tuple[str, Path]]) -> None:
    def start(rule: tuple[str, Path]) -> None:
        done = command(servers.settings(), "start", rule[1])
        if done.returncode != 0:
            raise StackError(f"start failed: {done.stderr}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, rules))


def measure(servers: Stack, worker: Worker, make: Callable[[], Rule], count: int) -> Cost:
    rules = write_rules(servers.folder, make, count)

    def clocks() -> tuple[float, float, float, float]:
        return (
            cpu_ms(worker.process.pid),
            server_cpu_ms(servers.temporal),
            postgres_cpu_ms(servers.postgres),
            metric_sum(worker, "temporal_request_total") + metric_sum(worker, "temporal_long_request_total"),
        )

    done = metric_sum(worker, "temporal_workflow_completed_total")
    before = clocks()
    start_all(servers, rules)
    wait_until(
        lambda: metric_sum(worker, "temporal_workflow_completed_total") >= done + count, f"the end of {count} runs", 300
    )
    after = clocks()
    info = [servers.temporal.describe(workflow)["workflowExecutionInfo"] for workflow, _ in rules[:3]]
    for _, file in rules:
        file.unlink()
    return Cost(
        worker_cpu_ms=(after[0] - before[0]) / count,
        server_cpu_ms=(after[1] - before[1]) / count,
        postgres_cpu_ms=(after[2] - before[2]) / count,
        events=statistics.median(int(one["historyLength"]) for one in info),
        history_bytes=statistics.median(int(one["historySizeBytes"]) for one in info),
        rpcs=(after[3] - before[3]) / count,
    )


def median(costs: list[Cost]) -> Cost:
    return Cost(**{key: statistics.median(asdict(cost)[key] for cost in costs) for key in asdict(costs[0])})


def start_worker(servers: Stack, dispatch: str) -> tuple[Worker, float]:
    """Also returns the milliseconds from exec to the first poll, which the worker logs."""
    log = servers.folder / f"worker-{dispatch}.log"
    began = time.time()
    worker = Worker({**servers.settings(), "ICHOR_WORKER_DISPATCH": dispatch}, log, f"worker-{dispatch}")
    worker.wait_ready()
    line = [line for line in log.read_text().splitlines() if "worker started and ready" in line][-1]
    stamp = re.sub(r"(\.\d{6})\d*", r"\1", json.loads(line)["time"])
    return worker, (time.mktime(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")) + float(stamp[19:26]) - began) * 1000


def empty_workflow(servers: Stack, count: int) -> float:
    """The server CPU of a run whose only action is skipped: the minimum of any run."""

    def make() -> Rule:
        rule = chain_of_conditions(1)
        rule.actions[0]["is_active"] = False
        return rule

    worker, _ = start_worker(servers, "auto")
    try:
        return statistics.median(measure(servers, worker, make, count).server_cpu_ms for _ in range(REPEATS))
    finally:
        worker.stop()


def measure_parked_runs(servers: Stack) -> dict[str, float]:
    """The memory of an idle worker, and of each of many runs that wait for a timer."""
    worker, first_poll = start_worker(servers, "auto")
    try:
        idle_own, idle_private, idle_total = memory_kb(worker.process.pid)

        def make() -> Rule:
            rule = Rule("parked")
            return rule.chain(rule.action("wait", "delay", {"duration": "1h"}))

        start_all(servers, write_rules(servers.folder, make, PARKED))
        wait_until(lambda: metric_sum(worker, "temporal_sticky_cache_size") >= PARKED, f"{PARKED} parked runs", 300)
        own, _, _ = memory_kb(worker.process.pid)
        return {
            "start_to_first_poll_ms": first_poll,
            "idle_own_kb": idle_own,
            "idle_private_kb": idle_private,
            "idle_total_kb": idle_total,
            "parked_run_kb": (own - idle_own) / PARKED,
            "parked_run_cache_bytes": metric_sum(worker, "workflow_worker_cache_bytes") / PARKED,
        }
    finally:
        worker.stop()


def table(rows: list[Row]) -> str:
    lines = [
        f"{'rule':<26}{'dispatch':<10}{'worker':>9}{'server':>9}{'postgres':>10}{'events':>8}{'bytes':>9}{'RPCs':>7}",
        f"{'':<36}{'CPU ms':>9}{'CPU ms':>9}{'CPU ms':>10}",
    ]
    for row in rows:
        cost = row.cost
        lines.append(
            f"{row.shape:<26}{row.dispatch:<10}{cost.worker_cpu_ms:>9.2f}{cost.server_cpu_ms:>9.1f}"
            f"{cost.postgres_cpu_ms:>10.2f}{cost.events:>8.0f}{cost.history_bytes:>9.0f}{cost.rpcs:>7.1f}"
        )
    return "\n".join(lines)


def run_shapes(servers: Stack, dispatch: str, quick: bool) -> list[Row]:
    worker, _ = start_worker(servers, dispatch)
    rows = []
    try:
        measure(servers, worker, single, 10)
        for name, make, count in SHAPES:
            count = max(count // 4, 3) if quick else count
            progress(f"dispatch {dispatch}: {name}, {count} runs, {REPEATS} times")
            rows.append(
                Row(name, dispatch, count, median([measure(servers, worker, make, count) for _ in range(REPEATS)]))
            )
    finally:
        worker.stop()
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="a quarter of the runs")
    options = parser.parse_args()
    os.environ["WORKER_BUILD"] = os.environ.get("WORKER_BUILD", "build-bench")
    progress("starting PostgreSQL and Temporal")
    with stack("bench") as servers:
        servers.create_sample_database()
        servers.postgres.query("UPDATE inventory.inventory_items SET quantity = 1000000", "ichor")
        progress("an empty workflow")
        floor = empty_workflow(servers, 10 if options.quick else 40)
        rows = [row for dispatch in ("auto", "activity") for row in run_shapes(servers, dispatch, options.quick)]
        progress(f"{PARKED} parked runs")
        memory = measure_parked_runs(servers)
    print(f"\n{bold('Per run, medians of three')}\n{table(rows)}\n")
    print(f"empty workflow: {floor:.1f} ms of server CPU")
    for key, value in memory.items():
        print(f"{key}: {value:.1f}")
    if options.json:
        figures = {"empty_workflow_server_cpu_ms": floor, "runs": [asdict(row) for row in rows], **memory}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"bench: {fault}")
