"""`make run`: the whole system on this machine; runs the sample rules and reports their outcomes.

    python3 -m zarf.dev.run [--once] [--keep]

Ctrl-C ends everything; a second Ctrl-C ends it at once. With --once it ends after the samples, with exit code 1 when a
sample did not end as expected. With --keep, ports, password and data stay in .run/keep for the next time; the samples
run only the first time.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from types import FrameType

from zarf.dev import added
from zarf.dev.process import StackError, free_port
from zarf.dev.samples import EXAMPLES, run_sample, samples
from zarf.dev.stack import Stack, stack
from zarf.dev.terminal import bold, green, progress, red
from zarf.dev.worker import Worker

AGAIN = "release-paid-order.json"


class Interrupts:
    """The first SIGINT or SIGTERM ends the stack cleanly, the second at once: then the kernel kills the children."""

    def __init__(self) -> None:
        self.seen = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.seen.is_set():
            os._exit(130)
        self.seen.set()
        raise KeyboardInterrupt


def run_samples(servers: Stack) -> int:
    """Runs all samples; returns the number of those that did not end as expected."""
    bad = 0
    found = samples()
    for number, sample in enumerate(found, 1):
        progress(f"running sample {number} of {len(found)}: {sample.file.name}")
        bad += bool(run_sample(sample, servers))
        print()
    verdict = red(f"{bad} of {len(found)} samples did not end as expected") if bad else green("all as expected")
    print(f"{bold('Samples')}: {len(found)} run, {verdict}")
    return bad


def print_addresses(servers: Stack, worker: Worker) -> None:
    metrics = f"http://127.0.0.1:{worker.port}/metrics"
    if worker.get("/metrics")[0] != 200:
        raise StackError(f"no metrics at {metrics}")
    print(f"{bold('Temporal UI')}: {servers.temporal.ui}/namespaces/default/workflows")
    print(f"{bold('Metrics')}:     {metrics}   health: http://127.0.0.1:{worker.port}/healthz/ready")
    print(f"{bold('Logs')}:        {servers.folder}/worker.log, temporal.log, postgres.log", flush=True)
    print(f"{bold('Your turn')}, in another terminal:")
    for key, value in servers.settings().items():
        print(f"  export {key}={value}")
    print("or, with psql and temporal too:")
    print(f"  source {servers.write_environment()}")
    # Without an execution id every start is a new run.
    again = f"sed /execution_id/d {EXAMPLES.relative_to(added.HOME)}/{AGAIN}" if not added.ACTIONS else "cat RULE.json"
    print(f"  {again} | workflow-worker start - --wait")
    print("  temporal workflow list", flush=True)


def health_port(servers: Stack) -> dict[str, str]:
    """The health port of the worker; a kept stack keeps it too."""
    file = servers.folder / "worker.port"
    port = file.read_text() if servers.keep and file.exists() else str(free_port())
    file.write_text(port)
    return {"ICHOR_WORKER_HEALTH_PORT": port}


def run_stack(once: bool, keep: bool) -> int:
    progress("starting PostgreSQL and the Temporal dev server")
    with stack("keep" if keep else "run", ui=True, keep=keep) as servers:
        is_new = servers.is_new
        if is_new:
            progress("creating the tables and the sample data")
            servers.fill()
        progress("starting the worker")
        worker = Worker({**servers.settings(), **health_port(servers)}, servers.folder / "worker.log")
        try:
            worker.wait_ready()
            bad = run_samples(servers) if is_new else 0
            print_addresses(servers, worker)
            if not once:
                wait_for_end(worker)
        finally:
            progress("ending the worker, Temporal and PostgreSQL")
            code = worker.stop()
        if code != 0:
            print(red(f"the worker ended with code {code}; see {worker.log}"))
    return 1 if bad or code else 0


def wait_for_end(worker: Worker) -> None:
    """Waits for a signal or the end of the worker."""
    try:
        print("\nCtrl-C ends it all.", flush=True)
        worker.process.child.wait()
    except KeyboardInterrupt:
        print()
        return
    raise StackError(worker.process.fault())


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the account")
    parser.add_argument("--keep", action="store_true", help="keep ports, password and data for the next time")
    options = parser.parse_args()
    interrupts = Interrupts()
    try:
        return run_stack(options.once, options.keep)
    except KeyboardInterrupt:
        return 130
    except StackError as fault:
        print(red(f"\nmake run: {fault}"), file=sys.stderr)
        return 0 if interrupts.seen.is_set() else 1


if __name__ == "__main__":
    sys.exit(main())
