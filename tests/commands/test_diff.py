"""`workflow-worker diff`: two versions of a rule, and recorded runs on the new one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zarf.dev import worker
from zarf.dev.history import attributes, payload
from zarf.dev.process import ROOT

Json = dict[str, Any]
SAMPLE = ROOT / "examples/expedite-large-order.json"
OLD: Json = json.loads(SAMPLE.read_text())
CHECK, RAISE, KEEP = (action["id"] for action in OLD["graph"]["actions"])
NEW_ID = "a0000000-0000-4000-8000-000000000001"
HISTORIES = ROOT / "docs/pictures/histories"
# The partner of a recorded run.
SETTINGS = {"ICHOR_WEBHOOK_ALLOW_HOSTS": "127.0.0.1", "ICHOR_WEBHOOK_ALLOW_HTTP": "true"}
RUNS = ("expedite-large-order", "notify-partner", "refuse-discount", "refused-table", "reserve-and-reorder")


def diff(folder: Path, new: Json, *options: str | Path, old: Json = OLD) -> tuple[int, str]:
    for name, rule in (("old", old), ("new", new)):
        (folder / f"{name}.json").write_text(json.dumps(rule))
    done = worker.command(SETTINGS, "diff", folder / "old.json", folder / "new.json", *options)
    assert not done.stderr
    return done.returncode, done.stdout


def changed(change: Callable[[list[Json], list[Json]], object]) -> Json:
    new = copy.deepcopy(OLD)
    change(new["graph"]["actions"], new["graph"]["edges"])
    return new


def test_a_rule_is_like_itself(tmp_path: Path) -> None:
    assert diff(tmp_path, OLD) == (0, "")
    # The order of members, actions and edges has no meaning.
    turned = copy.deepcopy(OLD)
    turned["graph"]["actions"].reverse()
    turned["graph"]["edges"].reverse()
    assert diff(tmp_path, {key: turned[key] for key in reversed(turned)}) == (0, "")
    assert diff(tmp_path, OLD, "--json") == (0, '{"changes":[]}\n')


def add_mail(actions: list[Json], edges: list[Json]) -> None:
    actions.append({"id": NEW_ID, "name": "mail", "action_type": "send_email", "is_active": True})
    edges.append({"source_action_id": RAISE, "target_action_id": NEW_ID, "edge_type": "sequence"})


CHANGES: dict[str, tuple[Callable[[list[Json], list[Json]], object], list[str]]] = {
    "added": (add_mail, ["+ action  mail (send_email)", "+ edge    raise_priority -> mail"]),
    "removed": (
        lambda actions, edges: (actions.pop(2), edges.pop(2)),
        ["- action  keep_standard (update_field)", "- edge    check_total (false) -> keep_standard"],
    ),
    "renamed": (
        lambda actions, _: actions[0].update(name="check_amount"),
        ["~ action  check_amount: name check_total -> check_amount"],
    ),
    "type": (
        lambda actions, _: actions[1].update(action_type="create_alert"),
        ["~ action  raise_priority: type update_field -> create_alert"],
    ),
    "deactivated": (lambda actions, _: actions[1].update(is_active=False), ["~ action  raise_priority: deactivated"]),
    "value": (
        lambda actions, _: actions[1]["action_config"].update(new_value={"a/b": None}),
        ['~ action  raise_priority: /action_config/new_value "high" -> {"a/b":null}'],
    ),
    "deep": (
        lambda actions, _: actions[0]["action_config"]["conditions"][0].update(value=2000, hint=[1]),
        [
            "~ action  check_total: /action_config/conditions/0/value 1000 -> 2000",
            "~ action  check_total: /action_config/conditions/0/hint (absent) -> [1]",
        ],
    ),
    "shorter": (
        lambda actions, _: actions[0]["action_config"]["conditions"].clear(),
        [
            '~ action  check_total: /action_config/conditions/0 {"field_name":"total","operator":"greater_than",'
            '"value":1000} -> (absent)'
        ],
    ),
    "moved": (
        lambda _, edges: edges[1].update(target_action_id=KEEP),
        ["~ edge    check_total (true): target raise_priority -> keep_standard"],
    ),
    "start": (
        lambda _, edges: edges[0].update(target_action_id=RAISE),
        ["~ edge    start: target check_total -> raise_priority"],
    ),
    "order": (
        lambda _, edges: edges[1].update(sort_order=7),
        ["~ edge    check_total (true): sort_order 1 -> 7"],
    ),
    "output": (
        lambda _, edges: edges[1].update(source_output="maybe"),
        ["+ edge    check_total (maybe) -> raise_priority", "- edge    check_total (true) -> raise_priority"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_listed(tmp_path: Path, name: str) -> None:
    change, lines = CHANGES[name]
    code, text = diff(tmp_path, changed(change))
    assert (code, text.splitlines()) == (1, lines)
    code, written = diff(tmp_path, changed(change), "--json")
    assert (code, len(json.loads(written)["changes"])) == (1, len(lines))


def test_json_has_values_before_and_after(tmp_path: Path) -> None:
    new = changed(lambda actions, _: actions[1]["action_config"].update(new_value=None, more=True))
    _, text = diff(tmp_path, new, "--json")
    common = {"kind": "action_config_changed", "action_id": RAISE, "action": "raise_priority"}
    first = {"pointer": "/action_config/new_value", "was_present": True, "is_present": True}
    second = {"pointer": "/action_config/more", "was_present": False, "is_present": True}
    assert json.loads(text)["changes"] == [
        {**common, **first, "before": "high", "after": None},
        {**common, **second, "before": None, "after": True},
    ]


# ---- recorded runs ----


def recorded(name: str) -> Json:
    """The rule that a recorded run executed."""
    document: Json = payload(attributes(json.loads((HISTORIES / f"{name}.json").read_text())["events"][0])["input"])
    return document


def named(rule: Json, name: str) -> Json:
    found: Json = next(action for action in rule["graph"]["actions"] if action["name"] == name)
    return found


def back_test(folder: Path, name: str, change: Callable[[Json], object]) -> Json:
    """The report on the recorded runs after the rule of one of them was changed."""
    old, new = recorded(name), recorded(name)
    change(new)
    code, text = diff(folder, new, "--histories", HISTORIES, "--json", old=old)
    found: Json = json.loads(text)["histories"]
    assert code == (1 if old != new else 0)
    assert (found["same_way"] + found["other_way"], found["other_rules"]) == (1, len(RUNS))
    run: Json = found["runs"][0]
    assert run["file"] == f"{name}.json"
    assert run["same_way"] == (found["same_way"] == 1)
    return run


@pytest.mark.parametrize("name", RUNS)
def test_a_run_on_its_own_version_goes_the_same_way(tmp_path: Path, name: str) -> None:
    run = back_test(tmp_path, name, lambda _: None)
    assert (run["same_way"], run["action"], run["open"]) == (True, None, name == "refuse-discount")


def lead_to(rule: Json, source: str, name: str) -> None:
    """Adds an action behind another one."""
    rule["graph"]["actions"].append({**named(rule, source), "id": NEW_ID, "name": name})
    edge = {"source_action_id": named(rule, source)["id"], "target_action_id": NEW_ID, "edge_type": "sequence"}
    rule["graph"]["edges"].append(edge)


# The rule and its change -> the place where the run would take another path, and that path.
WAYS: dict[str, tuple[str, Callable[[Json], object], tuple[str, str]]] = {
    "a condition": (
        "expedite-large-order",
        lambda rule: named(rule, "check_total")["action_config"]["conditions"][0].update(value=5000),
        ("check_total", "ends with 'false'; in the run it ends with 'true'"),
    ),
    "a new action": (
        "expedite-large-order",
        lambda rule: lead_to(rule, "raise_priority", "more"),
        ("more", "is started; the run did not have it"),
    ),
    "another edge": (
        "expedite-large-order",
        lambda rule: rule["graph"]["edges"][2].update(source_output="true"),
        ("keep_standard", "is started; the run did not start it"),
    ),
    "no edge": (
        "expedite-large-order",
        lambda rule: rule["graph"]["edges"].pop(1),
        ("raise_priority", "is not started; the run did start it"),
    ),
    "an inactive action": (
        "reserve-and-reorder",
        lambda rule: named(rule, "reserve").update(is_active=False),
        ("reserve", "is inactive; the run did start it"),
    ),
    "a removed action": (
        "notify-partner",
        lambda rule: (rule["graph"]["actions"].pop(2), rule["graph"]["edges"].pop(2)),
        ("note_answer", "is removed; the run did start it"),
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_where_a_run_would_go_another_way(tmp_path: Path, name: str) -> None:
    rule, change, (action, reason) = WAYS[name]
    run = back_test(tmp_path, rule, change)
    assert (run["same_way"], run["action"], run["reason"]) == (False, action, reason)


SAME: dict[str, tuple[str, Callable[[Json], object]]] = {
    "another name": ("reserve-and-reorder", lambda rule: named(rule, "reserve").update(name="set_aside")),
    "another value": (
        "expedite-large-order",
        lambda rule: named(rule, "raise_priority")["action_config"].update(new_value="urgent"),
    ),
    "a branch that was not taken": ("expedite-large-order", lambda rule: lead_to(rule, "keep_standard", "more")),
    "after an action that waits": ("refuse-discount", lambda rule: lead_to(rule, "ask_sales_lead", "more")),
    "after an action that failed": ("refused-table", lambda rule: lead_to(rule, "grant_role", "more")),
}


@pytest.mark.parametrize("name", SAME)
def test_changes_that_lead_no_run_another_way(tmp_path: Path, name: str) -> None:
    assert back_test(tmp_path, *SAME[name])["same_way"]


def test_a_text_for_people(tmp_path: Path) -> None:
    old, new = recorded("expedite-large-order"), recorded("expedite-large-order")
    named(new, "check_total")["action_config"]["conditions"][0]["value"] = 5000
    code, text = diff(tmp_path, new, "--histories", HISTORIES, old=old)
    assert (code, text.splitlines()) == (
        1,
        [
            "~ action  check_total: /action_config/conditions/0/value 1000 -> 5000",
            "",
            "histories: 0 go the same way, 1 another way; 5 are of other rules",
            "  expedite-large-order.json: check_total ends with 'false'; in the run it ends with 'true'",
        ],
    )


# ---- errors ----


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("which two files?", [str(SAMPLE)]),
        ("no-such-file", [str(SAMPLE), "no-such-file"]),
        (
            "cannot read no-such-folder: No such file or directory",
            [str(SAMPLE)] * 2 + ["--histories", "no-such-folder"],
        ),
        ("manifest.json", [str(SAMPLE)] * 2 + ["--histories", str(ROOT / "tests/replay/histories")]),
    ],
)
def test_trouble(words: str, arguments: list[str]) -> None:
    done = worker.command({}, "diff", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
