"""Random rules of every size: each run ends as its rule says. `make random-rules` plays many more."""

from __future__ import annotations

import asyncio
import os

from tests.e2e.rig import Rig
from tests.random_rules.drive import Drive
from tests.random_rules.plan import Fate
from tests.random_rules.random_rule import MOST_BYTES, RandomRule, make_rule
from tests.random_rules.sizes import SIZES

SMALL = range(1, 41) if "asan" in os.environ.get("WORKER_BUILD", "") else range(1, 161)
# Seeds of the sizes that are rare among the seeds above.
LARGE = (169, 185, 189, 238, 297, 303, 311, 321, 347, 451, 597, 601, 763, 777, 853, 880, 905, 1166, 1216, 1247)


def test_each_run_ends_as_its_rule_says(rig: Rig) -> None:
    found: list[str] = []

    def note(made: RandomRule, fault: str) -> None:
        found.append(f"make random-rules RUNS=1 SEED={made.seed}: {fault}")

    drive = Drive(rig, [*SMALL, *LARGE], note)
    for worker in drive.start_workers():
        worker.wait_ready()
    asyncio.run(drive.play_all())

    assert not found, "\n".join(found)
    assert drive.ended == len(SMALL) + len(LARGE)


def test_they_have_every_size_and_fate() -> None:
    rules = [make_rule(seed) for seed in (*range(1, 61), *LARGE)]
    assert {made.size.name for made in rules} == {size.name for size in SIZES}
    assert {action.fate for made in rules for action in made.plan.actions} == set(Fate)
    assert {made.queue for made in rules} == {"auto", "both", "activity"}
    assert MOST_BYTES // 2 < max(len(made.document) for made in rules) <= MOST_BYTES
    again = make_rule(7)
    assert again.document == rules[6].document and again.texts == rules[6].texts
