"""A chain of 2,000 activities that runs during other tests: it mostly waits for the server, for about a minute."""

from __future__ import annotations

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule

LENGTH = 2000
NOTICE_EVERY = 20


class LongChain:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
        self.rule = Rule("a long chain")
        steps = [
            self.rule.condition(f"check {number}")
            if number % NOTICE_EVERY
            else self.rule.notify(f"notify {number}", f"{number}")
            for number in range(LENGTH)
        ]
        rig.start(self.rule.chain(*steps).lean())
