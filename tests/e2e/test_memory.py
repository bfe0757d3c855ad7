"""Input does not kill a worker at its memory limit: it is processed, or refused with the name of its run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.queue_frontend import QueueFrontend
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule, chain_of_conditions
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

MIB = 1 << 20
LIMIT = 36 * MIB  # the limit of the development cluster


def charged(worker: Worker) -> int:
    """The largest amount that a control group would have charged, without pages of files, which it can reclaim."""
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    size = {name: int(kb) << 10 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB$", status, re.MULTILINE)}
    return size["VmHWM"] - size["RssFile"]


def numbers(count: int) -> Rule:
    """Numbers of seven bytes each, which take the most memory for their size."""
    rule = Rule(numbers=list(range(100_000, 100_000 + count)))
    return rule.chain(rule.condition("check"))


def texts(size: int) -> Rule:
    rule = Rule(padding="x" * size)
    return rule.chain(rule.condition("check"), rule.delay("wait", "1h"))


def objects(count: int) -> Rule:
    rule = Rule(objects=[{"a": [[]], "b": {}} for _ in range(count)])
    return rule.chain(rule.condition("check"))


def broad(width: int) -> Rule:
    rule = Rule(text="x" * 40_000)
    return rule.fork(None, *(rule.update(f"update {number}", "notes", "{{text}}") for number in range(width)))


def document(rule: Rule) -> bytes:
    return json.dumps(rule.lean().document(), separators=(",", ":")).encode()


@pytest.fixture
def frontend() -> Iterator[QueueFrontend]:
    with QueueFrontend(0) as made:
        yield made


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_large_runs_at_once(rig: Rig, frontend: QueueFrontend, dispatch: str) -> None:
    worker = rig.worker(
        ICHOR_TEMPORAL_HOSTPORT=frontend.address,
        ICHOR_WORKER_MEMORY="36MiB",
        ICHOR_WORKER_CACHE_BYTES="8MiB",
        ICHOR_WORKER_DISPATCH=dispatch,
    ).wait_ready()
    large = [numbers(200_000), texts(1_900_000), objects(60_000), broad(60), numbers(280_000)]
    documents = [document(rule) for rule in large]
    small = document(chain_of_conditions(3))
    frontend.start([*documents * 4, *[small] * 20])

    def settled() -> bool:
        """Whether each run has ended, waits for its delay, or is refused by name."""
        refused = set(re.findall(r'"Workflow task failed".*?"workflow_id":"(run-\d+)"', worker.log.read_text()))
        waiting = {run.workflow_id for run, _, _ in frontend.timers}
        return all(run.closed or run.workflow_id in refused | waiting for run in frontend.runs)

    wait_until(lambda: len(frontend.runs) == 40 and settled(), "all runs to be served or refused", 120)
    ended = [run.closed for run in frontend.runs]
    served = sum(bool(each) for each in ended[:20]) + len(frontend.timers)
    print(f"{served} of 20 large runs served, {charged(worker) / MIB:.1f} MiB at most; {set(frontend.failures)}")
    assert ended[20:] == ["COMPLETED"] * 20
    assert charged(worker) <= LIMIT
    assert served > 0
    frontend.fire()
    assert worker.is_live()
    assert worker.stop() == 0
