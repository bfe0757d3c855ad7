"""Starts random rules on real workers, as many at once as the workers can serve, and judges each run by its history."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import RawValue
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from tests.e2e.rig import Rig
from tests.random_rules.judge import Account, judge
from tests.random_rules.random_rule import RandomRule, make_rule, order_of
from zarf.dev.worker import Worker

MESSAGES = "SELECT message FROM workflow.alerts UNION ALL SELECT message FROM workflow.audit_log"
TEXTS = f"SELECT md5(message) FROM ({MESSAGES}) m"
AT_ONCE = 24
BYTES_AT_ONCE = 6_000_000  # of inputs of runs
SECONDS = 600.0  # that a run may take, plus for each action:
SECONDS_ACTION = 2.0


@dataclass
class Tally:
    """The totals of the runs of one size."""

    runs: int = 0
    failed: int = 0
    actions: int = 0
    events: int = 0
    continued: int = 0
    task_failures: int = 0
    task_timeouts: int = 0
    slowest: float = 0


@dataclass
class Drive:
    rig: Rig
    seeds: Sequence[int]
    found: Callable[[RandomRule, str], None]
    tallies: dict[str, Tally] = field(default_factory=dict)
    ended: int = 0
    texts: Counter[str] = field(default_factory=Counter)  # that the runs so far must have written
    owners: dict[str, RandomRule] = field(default_factory=dict)
    bytes_open: int = 0

    def start_workers(self) -> list[Worker]:
        """One worker performs short actions inside workflow tasks. The other performs them as activities, and has no
        room for all runs, so that it replays many of them."""
        name = self.rig.name
        return [
            self.rig.worker(ICHOR_WORKER_DISPATCH="auto", ICHOR_TEMPORAL_TASK_QUEUE=f"{name}-auto,{name}-both"),
            self.rig.worker(
                ICHOR_WORKER_DISPATCH="activity",
                ICHOR_TEMPORAL_TASK_QUEUE=f"{name}-activity,{name}-both",
                ICHOR_WORKER_CACHE_BYTES="4MiB",
            ),
        ]

    def insert_orders(self) -> None:
        """The records that the rules write."""
        values = ", ".join(f"('{order_of(seed)}', 'random {seed}', 1)" for seed in self.seeds)
        self.rig.query(f"INSERT INTO sales.orders (id, number, total) VALUES {values}")

    async def play_all(self) -> None:
        self.insert_orders()
        # The client warns about each large input.
        quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
        runtime = Runtime(telemetry=TelemetryConfig(logging=quiet))
        client = await Client.connect(self.rig.temporal.address, runtime=runtime)
        waiting = iter(self.seeds)
        room = asyncio.Condition()

        async def work() -> None:
            for seed in waiting:
                made = await asyncio.to_thread(make_rule, seed)
                size = len(made.document)
                async with room:
                    await room.wait_for(lambda: self.bytes_open == 0 or self.bytes_open + size < BYTES_AT_ONCE)  # noqa: B023
                    self.bytes_open += size
                await self.play(client, made)
                async with room:
                    self.bytes_open -= size
                    room.notify_all()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        self.judge_texts()

    async def play(self, client: Client, made: RandomRule) -> None:
        began = time.monotonic()
        handle = await client.start_workflow(
            "ExecuteGraphWorkflow",
            RawValue(Payload(metadata={"encoding": b"json/plain"}, data=made.document)),
            id=made.rule.workflow_id,
            task_queue=f"{self.rig.name}-{made.queue}",
        )
        limit = SECONDS + SECONDS_ACTION * len(made.ids)
        try:
            await asyncio.wait_for(handle.result(), limit)
        except WorkflowFailureError:
            pass  # judged by the history
        except TimeoutError:
            self.found(made, f"it has not ended after {limit:.0f} s: {await describe_pending(handle)}")
            await handle.terminate()
        took = time.monotonic() - began
        account = await asyncio.to_thread(Account, await histories(client, handle))
        for fault in await asyncio.to_thread(lambda: list(judge(made, account))):
            self.found(made, fault)
        self.texts += made.texts
        self.owners |= dict.fromkeys(made.texts, made)
        self.count(made, account, took)

    def count(self, made: RandomRule, account: Account, took: float) -> None:
        tally = self.tallies.setdefault(made.size.name, Tally())
        tally.runs += 1
        tally.failed += account.status == "FAILED"
        tally.actions += account.times.total()
        tally.events += account.events
        tally.continued += account.histories - 1
        tally.task_failures += account.task_failures
        tally.task_timeouts += account.task_timeouts
        tally.slowest = max(tally.slowest, took)
        self.ended += 1

    def judge_texts(self) -> None:
        """Each text is written once, by the action that must write it, with the value that it must have."""
        seen = Counter(row[0] for row in self.rig.query(TEXTS))
        for text, times in (self.texts - seen).items():
            self.found(self.owners[text], f"{times} texts of an action were not written, or another text was")
        for text, times in (seen - self.texts).items():
            (head,) = self.rig.query(
                f"SELECT DISTINCT left(message, 80) FROM ({MESSAGES}) m WHERE md5(message) = '{text}'"
            )
            self.found(make_rule(int(head[0].partition(".")[0])), f"{times} texts that no action must write: {head[0]}")


async def describe_pending(handle: WorkflowHandle[object, object]) -> str:
    """What the run waits for."""
    found = (await handle.describe()).raw_description
    task = found.pending_workflow_task
    activities = [f"{one.activity_id} attempt {one.attempt}" for one in found.pending_activities[:5]]
    return f"workflow task attempt {task.attempt}, {len(found.pending_activities)} activities: {', '.join(activities)}"


async def histories(client: Client, handle: WorkflowHandle[object, object]) -> list[list[HistoryEvent]]:
    """The histories of the run, and of each run that continued it."""
    found: list[list[HistoryEvent]] = []
    run_id = handle.first_execution_run_id
    while run_id:
        one = client.get_workflow_handle(handle.id, run_id=run_id)
        found.append([event async for event in one.fetch_history_events()])
        last = found[-1][-1]
        run_id = None
        if last.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
            run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return found
