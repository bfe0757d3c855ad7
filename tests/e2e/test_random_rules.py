"""Random valid rules of every size: each run ends as its rule says. `make random-rules` plays many more."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.e2e.rig import Rig
from tests.random_rules.drive import Drive
from tests.random_rules.plan import Fate
from tests.random_rules.random_rule import MOST_BYTES, RandomRule, make_rule
from tests.random_rules.sizes import SIZES
from zarf.dev import worker as program

RUNS = 40 if "asan" in os.environ.get("WORKER_BUILD", "") else 200
VALIDATED = 60
RARE = (76, 106, 257)  # seeds of the sizes that the first sixty do not have


def test_each_run_ends_as_its_rule_says(rig: Rig) -> None:
    found: list[str] = []

    def note(made: RandomRule, fault: str) -> None:
        found.append(f"make random-rules RUNS=1 SEED={made.seed}: {fault}")

    drive = Drive(rig, range(1, RUNS + 1), note)
    for worker in drive.start_workers():
        worker.wait_ready()
    asyncio.run(drive.play_all())

    assert not found, "\n".join(found)
    assert drive.ended == RUNS


def test_the_rules_are_valid(tmp_path: Path) -> None:
    files = []
    for seed in range(1, VALIDATED + 1):
        files.append(tmp_path / f"{seed}.json")
        files[-1].write_bytes(make_rule(seed).document)
    done = program.command({}, "validate", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_have_every_size_and_fate() -> None:
    rules = [make_rule(seed) for seed in (*range(1, 61), *RARE)]
    assert {made.size.name for made in rules} == {size.name for size in SIZES}
    assert {action.fate for made in rules for action in made.plan.actions} == set(Fate)
    assert {made.queue for made in rules} == {"auto", "both", "activity"}
    assert MOST_BYTES // 2 < max(len(made.document) for made in rules) <= MOST_BYTES
    again = make_rule(7)
    assert again.document == rules[6].document and again.texts == rules[6].texts
