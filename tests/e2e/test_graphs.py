"""Graphs of every shape on the real server: each action that must run runs once, after the actions it waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule, nested_forks
from zarf.dev.history import attributes, payload, read_run
from zarf.dev.process import wait_until

Json = dict[str, Any]
ENDS = ("COMPLETED", "FAILED", "TIMED_OUT", "CANCELED")
FALSE: Json = {"conditions": [{"field_name": "total", "operator": "less_than", "value": 1}]}
BAD: Json = {"target_entity": "no.such", "target_field": "x", "new_value": 1}


def times(history: list[Json]) -> tuple[dict[str, int], dict[str, int]]:
    """The positions of the events that started and ended each action, by id. Each event may occur once."""
    began: dict[str, int] = {}
    ended: dict[str, int] = {}
    by_event: dict[str, str] = {}
    for place, event in enumerate(history):
        kind, fields = event["eventType"].removeprefix("EVENT_TYPE_"), attributes(event)
        if kind == "MARKER_RECORDED":
            action = payload(fields["details"]["data"])["ActivityID"]
            assert action not in began
            began[action] = ended[action] = place
        elif kind == "ACTIVITY_TASK_SCHEDULED":
            action = by_event[event["eventId"]] = fields["activityId"]
            assert action not in began
            began[action] = place
        elif kind.removeprefix("ACTIVITY_TASK_") in ENDS and fields.get("scheduledEventId") in by_event:
            ended[by_event[fields["scheduledEventId"]]] = place
    return began, ended


def assert_in_order(rule: Rule, history: list[Json]) -> None:
    """No action started before all of its predecessors that ran had ended."""
    began, ended = times(history)
    for edge in rule.edges:
        source, target = edge["source_action_id"], edge["target_action_id"]
        if source in ended and target in began:
            assert ended[source] < began[target] or began[target] == began[source]


def nested() -> tuple[Rule, Json]:
    return nested_forks(3), {}


def partial_join() -> tuple[Rule, Json]:
    """Two of three branches meet; the third continues alone."""
    rule = Rule()
    a, b, c, d, e = (rule.condition(name) for name in "abcde")
    rule.fork(None, a, b, c).join(d, a, b).path(c, e)
    return rule, {}


def unequal_join() -> tuple[Rule, Json]:
    """Branches of zero, one and four actions meet."""
    rule = Rule()
    fork, short, join, after = (rule.condition(name) for name in ("fork", "short", "join", "after"))
    long = [rule.condition(f"long {number}") for number in range(4)]
    rule.path(None, fork, short, join, after).edge(fork, join)
    rule.path(fork, *long, join)
    return rule, {}


def conditions_inside_branches() -> tuple[Rule, Json]:
    """A different form of edges in each branch. A join waits for live branches, and is dead if it has none."""
    rule = Rule()
    left, right = rule.condition("left"), rule.condition("right", FALSE)
    left_yes, left_no, right_yes, right_no = (
        rule.condition(name) for name in ("left yes", "left no", "right yes", "right no")
    )
    both, never = rule.condition("both"), rule.condition("never")
    rule.fork(None, left, right)
    rule.edge(left, left_yes, kind="true_branch")
    rule.edge(left, left_no, kind="false_branch")
    rule.edge(right, right_yes, "true")
    rule.edge(right, right_no, "false")
    rule.join(both, left_yes, left_no, right_yes, right_no).join(never, left_no, right_yes)
    return rule, {"left no": "dead", "right yes": "dead", "never": "dead"}


def outputs_and_branches() -> tuple[Rule, Json]:
    """`source_output` takes precedence over the type of the edge; an edge without either is always taken."""
    rule = Rule()
    check = rule.condition("check")
    yes, no, always, odd = (rule.condition(name) for name in ("yes", "no", "always", "odd"))
    rule.edge(None, check)
    rule.edge(check, yes, "true", kind="false_branch")
    rule.edge(check, no, "false", kind="true_branch")
    rule.edge(check, always, kind="always")
    rule.edge(check, odd, kind="whenever")
    return rule, {"no": "dead"}


def several_start_edges() -> tuple[Rule, Json]:
    rule = Rule()
    first, second, third, join = (rule.condition(name) for name in ("first", "second", "third", "join"))
    rule.fork(None, first, second, third).path(first, second).join(join, first, second, third)
    return rule, {}


def doubled_edges() -> tuple[Rule, Json]:
    """Two edges between the same actions, both live or one dead."""
    rule = Rule()
    check, twice, either = rule.condition("check"), rule.condition("twice"), rule.condition("either")
    rule.fork(None, check, check).fork(check, twice, twice)
    rule.edge(check, either, "true")
    rule.edge(check, either, "false")
    rule.edge(check, twice, kind="false_branch")
    return rule, {}


def inactive_actions() -> tuple[Rule, Json]:
    """Inactive actions are skipped and have no output for edges. Actions without an incoming edge never run."""
    rule = Rule()
    first, off, behind, question, yes, no, join = (
        rule.condition(name) for name in ("first", "off", "behind", "question", "yes", "no", "join")
    )
    rule.chain(first, off, behind, question).deactivate(off, question)
    rule.edge(question, yes, kind="true_branch")
    rule.edge(question, no, "false")
    rule.join(join, yes, no, behind)
    rule.condition("alone")
    return rule, {"off": "skipped", "question": "skipped", "yes": "dead", "no": "dead", "alone": "waiting"}


SHAPES = [
    nested, partial_join, unequal_join, conditions_inside_branches, outputs_and_branches, several_start_edges,
    doubled_edges, inactive_actions,
]  # fmt: skip


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_every_shape(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    made: list[tuple[Callable[[], tuple[Rule, Json]], Rule, Json]] = [(shape, *shape()) for shape in SHAPES]
    for _, rule, _ in made:
        rig.start(rule)
    for shape, rule, others in made:
        assert rig.ended(rule.workflow_id) == "COMPLETED", shape.__name__
        expected = {action["name"]: "finished" for action in rule.actions} | others
        assert rig.states(rule.workflow_id) == expected, shape.__name__
        history = rig.temporal.history(rule.workflow_id)
        ran = {name: step.how for name, step in read_run(rule.document(), history).named().items() if step.how}
        how = "local" if dispatch == "auto" else "activity"
        assert ran == {name: how for name, state in expected.items() if state == "finished"}, shape.__name__
        assert_in_order(rule, history)


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_failures_while_others_run(rig: Rig, dispatch: str) -> None:
    """Two branches fail while a third one waits: it runs to its end, then the run fails and names the other two."""
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule()
    worse, mail = (rule.action(name, "update_field", BAD) for name in ("worse", "bad"))
    odd = rule.action("odd", "teleport", {})
    slow, after, behind, join = (
        rule.update("slow", "notes", "slow"),
        rule.notify("after", "done after {{slow.records_affected}}"),
        rule.condition("behind"),
        rule.condition("join"),
    )
    rule.fork(None, mail, odd, slow).path(slow, after).path(mail, behind).path(after, worse).join(join, after, mail)
    with rig.locked(f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"):
        rig.start(rule)
        rig.wait_blocked()
        if dispatch == "activity":
            wait_until(lambda: rig.states(rule.workflow_id)["bad"] == "failed", "one branch to fail")
        assert rig.temporal.status(rule.workflow_id) == "RUNNING"

    assert rig.ended(rule.workflow_id) == "FAILED"

    states = {"worse": "failed", "bad": "failed", "odd": "failed", "slow": "finished", "after": "finished"}
    assert rig.states(rule.workflow_id) == states | {"behind": "dead", "join": "dead"}
    failure = rig.failure(rule.workflow_id)
    for name, action in (("worse", worse), ("bad", mail), ("odd", odd)):
        assert f"execute action {name} ({action}): " in failure
    assert failure.count("execute action ") == 3 and failure.count("; execute action ") == 2
    assert rig.query("SELECT message FROM workflow.alerts") == [["done after 1"]]


def test_only_ancestors_are_visible(rig: Rig) -> None:
    """An action does not see parallel actions, whichever ended first. Of equal names the nearest one counts."""
    rig.worker().wait_ready()
    rule = Rule(total=7)
    first, beside, nearer = (
        rule.update("note", "notes", "from the first"),
        rule.condition("beside"),
        rule.update("note", "priority", "nearer"),
    )
    notice = rule.notify("notify", "{{note.new_value}}, {{beside.output}}, {{total}}")
    rule.fork(None, beside).path(None, first, nearer, notice)

    assert rig.run(rule) == "COMPLETED"

    assert rig.value("SELECT message FROM workflow.alerts") == "nearer, , 7"
    account = read_run(rule.document(), rig.temporal.history(rule.workflow_id))
    ran = Counter(step.name for step in account.steps.values() if step.how == "local")
    assert ran == {"note": 2, "beside": 1, "notify": 1}
