"""Commands for operators, compared with the output of the official command line for the same runs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import uuid
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, ORDER_RULE, USERS, Rule
from zarf.dev import worker as program
from zarf.dev.process import wait_until

Json = dict[str, Any]
SECOND = "e0a3a91f-2346-4c13-bc27-ed12b10877a9"  # another user of the sample data
COMMANDS = ("list", "show", "watch", "cancel", "pending")


def good(rig: Rig, *arguments: str, **settings: str) -> str:
    done = rig.command(*arguments, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def waiting(name: str = "Waits") -> Rule:
    """`bad` is held, and `mail` after two attempts; `ask` waits for a person, `wait` for a time, `after` for `ask`."""
    rule = Rule(name)
    bad = rule.action("bad", "update_field", {"target_entity": "no.such", "target_field": "x", "new_value": 1})
    ask = rule.action("ask", "seek_approval", {"approvers": list(USERS), "approval_type": "any"})
    mail = {"recipients": ["a@example.com"], "subject": "x", "simulate_failure": True, "failure_message": "no luck"}
    rule.action("mail", "send_email", mail)
    rule.actions[-1]["retry"] = {"attempts": 2, "first": "1s"}
    rule.fork(None, bad, ask, rule.actions[-1]["id"], rule.delay("wait", "1h"))
    rule.edge(ask, rule.notify("after", "after"))
    rule.more = {"on_failure": "hold"}
    return rule


def start_waiting(rig: Rig) -> Rule:
    rule = waiting()
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.states(rule.workflow_id)["mail"] == "held", "the mail to be held")
    return rule


def listed(rig: Rig, *options: str) -> list[Json]:
    found: list[Json] = json.loads(rig.command("list", "--json", *options).stdout)
    return found


def test_runs_are_listed_as_the_server_lists_them(rig: Rig) -> None:
    rig.worker().wait_ready()
    first, second = Rule('It\'s "first"'), Rule("Second", number="SO-7", entity_name="invoices")
    first.chain(first.condition("check"))
    bad = {"target_entity": "no.such", "target_field": "x", "new_value": 1}
    second.chain(second.action("bad", "update_field", bad))
    assert rig.run(first) == "COMPLETED" and rig.run(second) == "FAILED"
    wait_until(lambda: rig.statuses() == {"COMPLETED": 1, "FAILED": 1}, "the server to list both")

    runs = {run["workflow_id"]: run for run in listed(rig)}
    official = json.loads(
        rig.temporal.cli("workflow", "list", "--query", f"TaskQueue = '{rig.queue}'", "--output", "json")
    )
    assert {run["run_id"] for run in runs.values()} == {run["execution"]["runId"] for run in official}
    done = runs[first.workflow_id]
    assert (done["status"], done["rule"], done["entity"]) == ("completed", first.name, "orders")
    assert (done["number"], done["execution_id"]) == ("SO-2026-1042", first.execution_id)

    for options, rule in (
        (["--failed"], second),
        (["--status", "completed"], first),
        (["--rule", first.name], first),
        (["--entity", "invoices"], second),
        (["--entity", "SO-7"], second),
        (["--rule", "Second", "--status", "failed"], second),
    ):
        assert [run["workflow_id"] for run in listed(rig, *options)] == [rule.workflow_id], options
    assert listed(rig, "--rule", "Third") == []
    limited = rig.command("list", "--limit", "1")
    assert len(limited.stdout.splitlines()) == 2 and "there are more runs" in limited.stderr
    assert "\x1b" not in limited.stdout


def test_a_run_is_shown_with_what_it_waits_for(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = start_waiting(rig)
    shown = good(rig, "show", rule.execution_id[:13])
    assert rule.workflow_id in shown and "Waits" in shown and "\x1b" not in shown
    assert re.search(r"bad is held for .*: invalid target_entity: no.such", shown)
    assert re.search(r"ask waits for .* for a person: approved, rejected or timed_out", shown)
    assert f"complete {rule.workflow_id} ask --output OUTPUT" in shown
    assert re.search(r"wait waits for .*, ends in (1\.0 h|59 min|60 min)", shown)
    assert re.search(r"mail is held for .*: .*no luck", shown)
    assert "held, 2 attempts" in shown

    run_id = rig.temporal.history(rule.workflow_id, "")[0]["workflowExecutionStartedEventAttributes"][
        "firstExecutionRunId"
    ]
    state = json.loads(good(rig, "show", run_id, "--json"))
    assert (state["status"], state["run_id"]) == ("running", run_id)
    waits = {action["name"]: (action["waits_for"] or {}).get("what") for action in state["actions"]}
    assert waits == {"bad": "decision", "ask": "person", "mail": "decision", "wait": "time", "after": None}
    assert {action["name"]: action["state"] for action in state["actions"]} == rig.states(rule.workflow_id)


def test_ids_that_name_no_run_or_several(rig: Rig) -> None:
    """Two runs have the first half of their execution ids in common."""
    rig.worker().wait_ready()
    start = uuid.uuid4().hex[:12]
    rules = [Rule(f"Rule {number}") for number in range(2)]
    for number, rule in enumerate(rules):
        rule.execution_id = str(uuid.UUID(f"{start}{number}{0:019x}"))
        assert rig.run(rule.chain(rule.condition("check"))) == "COMPLETED"
    wait_until(lambda: rig.statuses() == {"COMPLETED": 2}, "the server to list both")

    several = rig.command("show", rules[0].execution_id[:10])
    assert several.returncode == 1 and "is the beginning of several ids" in several.stderr
    assert all(rule.workflow_id in several.stderr for rule in rules)
    assert rules[0].workflow_id in good(rig, "show", rules[0].execution_id)
    assert rules[1].workflow_id in good(rig, "show", rules[1].workflow_id[:-1])
    none = rig.command("show", "nothing-at-all")
    assert none.returncode == 1 and "no run has the id 'nothing-at-all'" in none.stderr


def test_a_run_is_watched_to_its_end(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule("Watched")
    check = rule.condition("check")
    ask = rule.action("ask", "seek_approval", {"approvers": list(USERS), "approval_type": "any"})
    rule.chain(check, ask, rule.notify("after", "after"))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.approval_requests") == "1", "the request")
    lines, objects = (
        subprocess.Popen(
            [program.binary(), "watch", rule.workflow_id, *more],
            env={**os.environ, **rig.settings()}, stdout=subprocess.PIPE, text=True,
        )
        for more in ([], ["--json"])
    )  # fmt: skip
    assert lines.stdout and objects.stdout
    assert "waiting" in next(line for line in lines.stdout if "  ask  " in line)
    good(rig, "complete", rule.workflow_id, "ask", "--output", "approved")

    assert re.findall(r"  (\w+)  (.*)\n", lines.stdout.read()) == [("ask", "approved"), ("after", "success")]
    changes = [json.loads(line) for line in objects.stdout.read().splitlines()]
    assert [change.get("name") for change in changes] == ["check", "ask", "ask", "after", None]
    assert changes[-1]["status"] == "completed"
    assert (lines.wait(), objects.wait()) == (0, 0)


def test_on_a_terminal_the_tree_is_drawn_in_place(rig: Rig) -> None:
    """A failed run: the exit code is 1, the picture has colours, and the cursor goes back to draw it again."""
    rig.worker().wait_ready()
    rule = Rule("Drawn")
    bad = rule.action("bad", "update_field", {"target_entity": "no.such", "target_field": "x", "new_value": 1})
    rule.chain(rule.delay("wait", "2s"), bad)
    rig.start(rule)
    ours, theirs = pty.openpty()
    watch = subprocess.Popen(
        [program.binary(), "watch", rule.workflow_id],
        env={**os.environ, **rig.settings(), "TERM": "xterm"}, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    try:
        while part := os.read(ours, 4096):
            drawn += part
    except OSError:  # reading a terminal without writers ends with this
        pass
    os.close(ours)
    text = drawn.decode()
    assert watch.wait() == 1
    assert re.search(r"\x1b\[\d+A\r\x1b\[J", text) and "\x1b[33mwaiting" in text
    last = text[text.rindex("\x1b[J") :]
    assert "\x1b[31mfailed" in last and "invalid target_entity: no.such" in last


def test_a_cancel_says_what_stays(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule("Canceled")
    done = rule.update("done", "notes", "stays")
    ask = rule.action("ask", "seek_approval", {"approvers": list(USERS), "approval_type": "any"})
    rule.chain(rule.condition("check"), done, ask, rule.notify("after", "after"))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.approval_requests") == "1", "the request")

    asked = json.loads(good(rig, "cancel", rule.execution_id, "--dry-run", "--json"))
    named = {key: [action["name"] for action in asked[key]] for key in ("stays", "stops", "left_out")}
    assert named == {"stays": ["done"], "stops": ["ask"], "left_out": ["after"]} and not asked["requested"]
    assert not rig.has(rule.workflow_id, "WORKFLOW_EXECUTION_CANCEL_REQUESTED")

    said = good(rig, "cancel", rule.execution_id, "--reason", "the order is void")
    assert said.startswith(f"asked to cancel: {rule.workflow_id}\ndone, and not undone\n  done (update_field)\n")
    assert rig.ended(rule.workflow_id) == "CANCELED"
    (request,) = rig.events(rule.workflow_id, "WORKFLOW_EXECUTION_CANCEL_REQUESTED")
    assert request["cause"] == "the order is void" and "@" in request["identity"]
    assert rig.value("SELECT status FROM workflow.approval_requests") == "expired"
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "stays"
    again = rig.command("cancel", rule.execution_id)
    assert again.returncode == 1 and "the run is over: canceled" in again.stderr


def test_what_waits_for_people_is_pending(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = start_waiting(rig)
    other = Rule("Asks two")
    both = other.action("both", "seek_approval", {"approvers": [USERS[0], SECOND], "approval_type": "all"})
    rig.insert_execution(other.execution_id)
    rig.start(other.fork(None, both, other.delay("wait", "1h")))
    wait_until(lambda: rig.statuses() == {"RUNNING": 2}, "the server to list both")
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.approval_requests") == "3", "three requests")
    good(rig, "complete", other.workflow_id, "both", "--output", "approved", "--by", SECOND)

    waits = {wait["action"]: wait for wait in json.loads(good(rig, "pending", "--json"))}
    assert {name: wait["waits_for"] for name, wait in waits.items()} == {
        "bad": "decision", "ask": "person", "mail": "decision", "both": "person"
    }  # fmt: skip
    username = rig.value(f"SELECT username FROM core.users WHERE id = '{USERS[0]}'")
    assert waits["ask"]["asked"] == [{"id": USERS[0], "name": username}]
    assert waits["both"]["asked"] == waits["ask"]["asked"]
    assert waits["mail"]["failure"].endswith("no luck") and waits["bad"]["workflow_id"] == rule.workflow_id
    assert username in good(rig, "pending")
    without = good(rig, "pending", ICHOR_DB_HOST="")
    assert USERS[0] in without and "invalid target_entity: no.such" in without
    limited = rig.command("pending", "--limit", "1")
    assert "there are more" in limited.stderr

    # Names of runs also work for decisions.
    good(rig, "skip", rule.execution_id[:10], "--action", "bad")
    assert {wait["action"] for wait in json.loads(good(rig, "pending", "--json"))} == {"ask", "mail", "both"}


def executions(rig: Rig) -> list[list[str]]:
    columns = "id, automation_rules_id, entity_type, status, trigger_source, trigger_data ->> 'number'"
    return rig.query(f"SELECT {columns} FROM workflow.automation_executions")


def test_a_start_notes_the_execution_as_the_erp_does(rig: Rig) -> None:
    """Therefore a rule that asks people can run. A refused start leaves no row."""
    rig.worker().wait_ready()
    rule = Rule("Started")
    rule.chain(rule.action("ask", "seek_approval", {"approvers": list(USERS), "approval_type": "any"}))
    file = rig.write(rule)
    nowhere = rig.command("start", file, ICHOR_TEMPORAL_NAMESPACE="no-such-namespace")
    assert nowhere.returncode == 1 and executions(rig) == []
    away = rig.command("start", file, ICHOR_DB_HOST="127.0.0.1:1")
    assert away.returncode == 1 and "the execution was not noted, and nothing was started" in away.stderr

    assert rig.command("start", file).returncode == 0
    row = [rule.execution_id, ORDER_RULE, "orders", "pending", "automation", "SO-2026-1042"]
    assert executions(rig) == [row]
    wait_until(lambda: rig.value("SELECT count(*) FROM workflow.approval_requests") == "1", "the request")
    again = rig.command("start", file)
    assert again.returncode == 1 and executions(rig) == [row]
    good(rig, "complete", rule.workflow_id, "ask", "--output", "approved")
    assert rig.ended(rule.workflow_id) == "COMPLETED"

    rig.query("DROP TABLE workflow.automation_executions CASCADE")
    plain = Rule("Without a table")
    noted = rig.command("start", rig.write(plain.chain(plain.condition("check"))), "--wait")
    assert noted.returncode == 0 and "has no table of executions" in noted.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_away(command: str) -> None:
    words = [] if command in ("list", "pending") else ["some-run"]
    done = program.command({"ICHOR_TEMPORAL_HOSTPORT": "127.0.0.1:1"}, command, *words)
    assert done.returncode == 1 and "Temporal at 127.0.0.1:1 does not answer" in done.stderr
    done = program.command({}, command, *words)
    assert done.returncode == 2 and "ICHOR_TEMPORAL_HOSTPORT" in done.stderr


def test_encrypted_runs_are_shown(rig: Rig) -> None:
    """Without the key the start cannot be read, and the list says so."""
    keys = {"ICHOR_PAYLOAD_KEYS": "k:" + "A" * 43 + "="}
    rig.worker(**keys).wait_ready()
    rule = Rule("Secret rule")
    rule.chain(rule.condition("check"))
    file = rig.write(rule)
    assert rig.command("start", file, "--wait", **keys).returncode == 0
    wait_until(lambda: rig.statuses() == {"COMPLETED": 1}, "the server to list it")
    assert "Secret rule" in good(rig, "show", rule.execution_id, **keys)
    assert "Secret rule" in good(rig, "list", **keys)
    without = rig.command("show", rule.execution_id)
    assert without.returncode == 1 and "ICHOR_PAYLOAD_KEYS" in without.stderr
