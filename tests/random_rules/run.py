"""Many random valid rules of every size on the real server and real workers.

    python3 -m tests.random_rules.run [--runs 100000] [--seed 1]

Run N of a seed is the rule of seed + N - 1, so that each can be repeated alone. Every run must end as its rule says:
with the actions that must run, each once, after those before it, with their texts in the database; and fail at most one
workflow task. Rules whose runs do not are kept in .run/. Exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.rig import Rig
from tests.random_rules.drive import Drive, Tally
from tests.random_rules.random_rule import RandomRule
from tests.random_rules.sizes import SIZES
from zarf.dev.process import ROOT, StackError
from zarf.dev.stack import stack
from zarf.dev.terminal import bold, green, progress, red

BATCH = 2500  # runs of one server, which keeps them in memory
KEPT = ROOT / ".run" / "random-rules-failed"
REPORT_SECONDS = 10.0


class Findings:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seeds: set[int] = set()

    def add(self, made: RandomRule, fault: str) -> None:
        if made.seed not in self.seeds:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{made.seed}.json").write_bytes(made.document)
        self.seeds.add(made.seed)
        print(red(f"seed {made.seed} ({made.size.name}, {made.queue}): {fault}"), flush=True)


async def play_batch(drive: Drive, before: int, runs: int, began: float, findings: Findings) -> None:
    async def report() -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            done = before + drive.ended
            rate = done / (time.monotonic() - began)
            progress(f"{done:,} of {runs:,} runs, {rate:.0f} a second, {len(findings.seeds)} bad")

    reporter = asyncio.create_task(report())
    try:
        await drive.play_all()
    finally:
        reporter.cancel()


def merge(total: dict[str, Tally], more: dict[str, Tally]) -> None:
    for name, tally in more.items():
        sum_ = total.setdefault(name, Tally())
        for key, value in vars(tally).items():
            setattr(sum_, key, max(sum_.slowest, value) if key == "slowest" else getattr(sum_, key) + value)


def print_summary(tallies: dict[str, Tally]) -> None:
    heads = ["size", "runs", "failed", "actions", "events", "continued", "task failures", "task timeouts", "slowest"]
    rows = [
        [size.name, *(f"{value:,}" for value in list(vars(tally).values())[:-1]), f"{tally.slowest:.1f} s"]
        for size in SIZES
        if (tally := tallies.get(size.name))
    ]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    for row in [heads, *rows]:
        line = "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        print(bold(line) if row is heads else line)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="random_rules", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    tallies: dict[str, Tally] = {}
    findings, began = Findings(KEPT), time.monotonic()
    for first in range(0, options.runs, BATCH):
        seeds = range(options.seed + first, options.seed + min(first + BATCH, options.runs))
        with stack("random-rules") as servers:
            rig = Rig(servers, "random", servers.folder)
            servers.create_sample_database(rig.name)
            rig.query("TRUNCATE workflow.alerts, workflow.audit_log CASCADE")
            drive = Drive(rig, seeds, findings.add)
            for worker in drive.start_workers():
                worker.wait_ready()
            asyncio.run(play_batch(drive, first, options.runs, began, findings))
            rig.close()
        merge(tallies, drive.tallies)
    print_summary(tallies)
    done = f"{options.runs:,} runs from seed {options.seed} in {time.monotonic() - began:.0f} s"
    if not findings.seeds:
        progress(green(f"{done}: all good"))
        return 0
    print(red(f"{done}: {len(findings.seeds)} bad, kept in {KEPT}; repeat one with --runs 1 --seed SEED"))
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"random_rules: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
