"""A seed determines the runs and the faults."""

from __future__ import annotations

from collections import Counter

from tests.chaos.proxy import Mode
from tests.chaos.run import read_seeds
from tests.chaos.schedule import MODES, TASK_SECONDS, draw, draw_starts
from tests.chaos.shapes import SHAPES, make_runs
from tests.codegen.support import load
from zarf.dev.process import ROOT

SEEDS = range(1, 11)


def test_a_seed_says_it_all() -> None:
    assert draw(3, 50) == draw(3, 50) != draw(4, 50)
    assert draw_starts(3, 50, 120) == draw_starts(3, 50, 120)
    once, twice = make_runs(120, 3), make_runs(120, 3)
    assert [(run.shape, run.order, run.rule.workflow_id) for run in once] == [
        (run.shape, run.order, run.rule.workflow_id) for run in twice
    ]


def test_how_many_runs_of_each_shape() -> None:
    shapes = Counter(run.shape for run in make_runs(120, 1))
    assert shapes.pop("approval") == 6
    assert shapes.pop("waiting") == shapes.pop("resolving") == 4
    assert len(shapes) == len(SHAPES) - 3
    assert set(shapes.values()) == {5, 6}
    assert len(SHAPES) >= 8


def test_every_action_that_writes() -> None:
    writing = {action.name for action in load(ROOT / "spec").actions if action.effects == "write"}
    performed = {action["action_type"] for run in make_runs(120, 1) for action in run.rule.actions}
    assert writing - performed == set()


def test_a_run_answers_another_that_asks_once() -> None:
    for run in make_runs(120, 2):
        if run.shape == "waiting":
            assert run.answered_by and run.answered_by.answers is run
            assert len(run.asks) == 1
        else:
            assert run.answered_by is None
        assert (run.answers is not None) == (run.shape == "resolving")


def test_faults_of_every_kind() -> None:
    """Faults stay within the time, and follow one another on each connection and process."""
    for seed in SEEDS:
        kinds = set()
        for lane in draw(seed, 50):
            ends = 0.0
            for event in lane.events:
                assert ends <= event.at < 50
                ends = event.end
                kinds.add(event.kind)
                assert event.kind != "stop" or event.seconds > TASK_SECONDS
            assert lane.target in ("postgres", "temporal") or ends <= 52, "a worker starts soon after the faults"
        assert {"kill", "stop", "restart"} <= kinds
        assert kinds & {"fast", "immediate"}
    drawn = {event.kind for seed in SEEDS for lane in draw(seed, 50) for event in lane.events}
    assert {mode.value for modes in MODES.values() for mode in modes} <= drawn
    assert Mode.OPEN.value not in drawn


def test_seeds_are_read() -> None:
    assert read_seeds(["1..3"]) == [1, 2, 3]
    assert read_seeds(["3 7", "9,11"]) == [3, 7, 9, 11]
