"""200 runs on two workers that are killed with -9 in mid-run and started again, while other tests run."""

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
EFFECTS_A_KILL = 40  # about as many as the runs tell that are begun between two kills
DISPATCHES = ("auto", "activity")


class Storm:
    """Everything random comes from one seed, E2E_SEED where it is set; only the moments are not the same again."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.seed = int(os.environ.get("E2E_SEED") or time.time_ns() % 1_000_000)
        self.random = Random(self.seed)
        self.orders = [str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for _ in range(RUNS)]
        self.notices: Counter[str] = Counter()
        self.rules = [self.make_rule(number, order) for number, order in enumerate(self.orders)]
        self.kills = 0
        self.expected = 0  # notices of the runs that have begun
        self.faults: list[Exception] = []
        rows = ", ".join(f"('{order}', 'storm {number}', 1)" for number, order in enumerate(self.orders))
        rig.query(f"INSERT INTO sales.orders (id, number, total) VALUES {rows}")
        self.over, self.leave = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.rage, name="storm")

    def notify(self, rule: Rule, text: str) -> str:
        self.notices[text] += 1
        return rule.notify(text, text)

    def make_rule(self, number: int, order: str) -> Rule:
        """A check, some branches of notices, updates and waits, their join, and what comes behind it."""
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

    def work(self, place: int) -> Worker:
        return self.rig.worker(ICHOR_WORKER_DISPATCH=DISPATCHES[place])

    def rage(self) -> None:
        try:
            self.rage_on()
        except Exception as fault:
            self.faults.append(fault)
        self.over.set()
        self.leave.wait()  # the kernel ends a process when the thread that started it does

    def effects(self) -> int:
        return int(self.rig.value("SELECT count(*) FROM workflow.alerts"))

    def wait_for_effects(self, more: int) -> None:
        """Until the runs have told so many more, or as many as those that have begun will ever tell."""
        wanted = min(self.effects() + more, self.expected)
        wait_until(lambda: self.effects() >= wanted, f"{wanted} notices of the storm, seed {self.seed}", 120)

    def rage_on(self) -> None:
        workers = [self.work(place) for place in range(len(DISPATCHES))]
        waiting = list(self.rules)
        while waiting or self.kills < KILLS:
            for rule in waiting[: self.random.randint(5, 15)]:
                self.rig.start_quickly(rule)
                waiting.remove(rule)
                self.expected += sum(action["action_type"] == "send_notification" for action in rule.actions)
            self.wait_for_effects(self.random.randint(0, EFFECTS_A_KILL))
            place = self.random.randrange(len(workers))
            workers[place].kill()
            self.kills += 1
            workers[place] = self.work(place)

    def __enter__(self) -> Storm:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.wait()
        self.rig.close()
        self.leave.set()
        self.thread.join()

    def outcome(self) -> Counter[str]:
        """When it is over: how the runs have ended."""
        self.over.wait()
        if self.faults:
            raise self.faults[0]
        return self.rig.wait_all_ended(RUNS, 300)
