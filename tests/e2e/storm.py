"""200 runs on two workers, which are killed with SIGKILL during runs and restarted, while other tests run."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import Counter
from random import Random
from types import TracebackType

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

RUNS = 200
KILLS = 20
EFFECTS_PER_KILL = 40  # about as many as the notices of the runs started between two kills
DISPATCHES = ("auto", "activity")


class Storm:
    """All randomness comes from one seed, E2E_SEED if set; only the timing differs between two runs."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.seed = int(os.environ.get("E2E_SEED") or time.time_ns() % 1_000_000)
        self.random = Random(self.seed)
        self.orders = [str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for _ in range(RUNS)]
        self.notices: Counter[str] = Counter()
        self.rules = [self.make_rule(number, order) for number, order in enumerate(self.orders)]
        self.kills = 0
        self.expected = 0  # notices of the started runs
        self.faults: list[Exception] = []
        rows = ", ".join(f"('{order}', 'storm {number}', 1)" for number, order in enumerate(self.orders))
        rig.query(f"INSERT INTO sales.orders (id, number, total) VALUES {rows}")
        self.finished, self.released = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run_thread, name="storm")

    def notify(self, rule: Rule, text: str) -> str:
        self.notices[text] += 1
        return rule.notify(text, text)

    def make_rule(self, number: int, order: str) -> Rule:
        """A check, branches of notices, updates and waits, their join, and a tail."""
        rule = Rule(f"storm {number}", entity_id=order, number=number)
        check = rule.condition("check")
        join = self.notify(rule, f"{number} joined")
        rule.chain(check)
        for branch in range(self.random.randint(1, 3)):
            steps = [self.notify(rule, f"{number} {branch} {step}") for step in range(self.random.randint(1, 3))]
            if self.random.random() < 0.3:
                steps.insert(1, rule.delay("wait", f"{self.random.randint(1, 1500)}ms"))
            rule.path(check, *steps, join)
        note, raised = rule.update("note", "notes", "storm {{number}}"), rule.update("raise", "priority", "high")
        rule.fork(join, note, raised)
        return rule.join(self.notify(rule, f"{number} done"), note, raised)

    def start_worker(self, index: int) -> Worker:
        return self.rig.worker(ICHOR_WORKER_DISPATCH=DISPATCHES[index])

    def run_thread(self) -> None:
        try:
            self.kill_workers()
        except Exception as fault:
            self.faults.append(fault)
        self.finished.set()
        self.released.wait()  # the kernel kills a child when the thread that started it ends

    def effects(self) -> int:
        return int(self.rig.value("SELECT count(*) FROM workflow.alerts"))

    def wait_for_effects(self, more: int) -> None:
        """Waits for that many more notices, or for all notices of the started runs."""
        wanted = min(self.effects() + more, self.expected)
        wait_until(lambda: self.effects() >= wanted, f"{wanted} notices of the storm, seed {self.seed}", 120)

    def kill_workers(self) -> None:
        workers = [self.start_worker(index) for index in range(len(DISPATCHES))]
        waiting = list(self.rules)
        while waiting or self.kills < KILLS:
            for rule in waiting[: self.random.randint(5, 15)]:
                self.rig.start_quickly(rule)
                waiting.remove(rule)
                self.expected += sum(action["action_type"] == "send_notification" for action in rule.actions)
            self.wait_for_effects(self.random.randint(0, EFFECTS_PER_KILL))
            index = self.random.randrange(len(workers))
            workers[index].kill()
            self.kills += 1
            workers[index] = self.start_worker(index)

    def __enter__(self) -> Storm:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finished.wait()
        self.rig.close()
        self.released.set()
        self.thread.join()

    def outcome(self) -> Counter[str]:
        """The statuses of the runs, once the storm has finished."""
        self.finished.wait()
        if self.faults:
            raise self.faults[0]
        return self.rig.wait_all_ended(RUNS, 300)
