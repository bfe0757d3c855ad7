"""More runs at once than a worker can perform: runs that have begun go first, and the memory of a burst is given back.
Each call takes as long as the simulated distance, so that two polls limit the worker on every machine.

OVERLOAD="RUNS ACTIONS POLLS MILLISECONDS" sets another size, such as OVERLOAD="2000 10 50 5"."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest

from tests.e2e.queue_frontend import QueueFrontend
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule, chain_of_conditions
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

RUNS, ACTIONS, POLLS, MILLISECONDS = (int(word) for word in os.environ.get("OVERLOAD", "200 3 2 20").split())
MIB = 1 << 20
KEPT = 40 * MIB
BURST = 1000


def memory(worker: Worker, name: str = "VmRSS") -> int:
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) << 10  # type: ignore[index]


def document(rule: Rule) -> bytes:
    return json.dumps(rule.document(), separators=(",", ":")).encode()


def worker_of(rig: Rig, frontend: QueueFrontend, **settings: str) -> Worker:
    settings = {"ICHOR_WORKER_POLLS_MAX": str(POLLS), "ICHOR_WORKER_DISPATCH": "activity", **settings}
    return rig.worker(ICHOR_TEMPORAL_HOSTPORT=frontend.address, **settings).wait_ready()


@pytest.mark.parametrize("times", [True, False])
def test_runs_that_have_begun_go_first(rig: Rig, times: bool) -> None:
    """times: whether the server says how long tasks waited. Otherwise the worker knows only what it has completed."""
    with QueueFrontend(MILLISECONDS / 1000, times) as frontend:
        worker = worker_of(rig, frontend)
        began = time.monotonic()
        frontend.start([document(chain_of_conditions(ACTIONS)) for _ in range(RUNS)])
        wait_until(lambda: frontend.ended() == RUNS, "all runs to end", 600)
        took = time.monotonic() - began
        frontend.start([document(chain_of_conditions(ACTIONS))])
        wait_until(lambda: frontend.ended() == RUNS + 1, "a run begun afterwards to end")
        delay = frontend.runs[-1].began - frontend.runs[-1].created
        wait_until(lambda: memory(worker) < KEPT, "the memory to be given back", 30)
        print(
            f"{RUNS} runs in {took:.1f} s, {frontend.most_open} of them open at once, {frontend.sticky_timeouts} sticky"
            f" timeouts, {frontend.replays} replays; one begun afterwards waited {delay:.3f} s;"
            f" {memory(worker, 'VmHWM') / MIB:.0f} MiB at most, {memory(worker) / MIB:.0f} kept"
        )
        assert {run.closed for run in frontend.runs} == {"COMPLETED"}
        assert (frontend.sticky_timeouts, frontend.replays, frontend.failed_tasks) == (0, 0, 0)
        assert frontend.most_open <= RUNS * 3 // 5
        assert worker.stop() == 0


def test_the_memory_of_a_burst_is_given_back(rig: Rig) -> None:
    """Many runs wait at once, with 30 KB each."""
    rule = Rule(padding="x" * 30_000)
    rule.chain(rule.delay("wait", "1h"))
    with QueueFrontend(0) as frontend:
        worker = worker_of(rig, frontend, ICHOR_WORKER_POLLS_MAX="50")
        frontend.start([document(rule)] * BURST)
        wait_until(lambda: len(frontend.timers) == BURST, "all runs to wait")
        most = memory(worker)
        assert most > 2 * KEPT
        frontend.fire()
        wait_until(lambda: frontend.ended() == BURST, "all runs to end")
        print(f"{most / MIB:.0f} MiB in use, {memory(worker) / MIB:.0f} afterwards")
        wait_until(lambda: memory(worker) < KEPT, "the memory to be given back", 30)
        assert worker.stop() == 0
