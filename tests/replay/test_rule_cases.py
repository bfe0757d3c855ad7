"""`workflow-worker test`: cases of rules."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rules import Rule
from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]


def asking_rule() -> Rule:
    """A condition, an approval of at most two hours, and notes about its outcome; a mail, and a delay of a month. The
    last action reads a missing field, so only --force plays the rule."""
    rule = Rule(total=500)
    check = rule.condition("check", {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 100}]})
    ask = rule.action("ask", "seek_approval", {"approvers": [str(rule.trigger["user_id"])], "timeout_hours": 2})
    granted, late = rule.update("granted", "notes", "{{ask.resolved_by_name}} at {{$now}}"), rule.notify("late", "late")
    mail = rule.action("mail", "send_email", {"recipients": ["a@example.com"], "subject": "{{number}}", "body": "x"})
    wait, done = rule.delay("wait", "30d"), rule.notify("done", "done{{missing}}")
    rule.edge(None, check)
    rule.edge(check, ask, "true")
    rule.edge(ask, granted, "approved")
    rule.edge(ask, late, "timed_out")
    rule.edge(check, mail, "true")
    return rule.path(mail, wait, done)


APPROVED = [{"after": "90m", "result": {"output": "approved", "resolved_by_name": "ana"}}]


def write(folder: Path, tested: Rule | None, *cases: Json, **more: Any) -> Path:
    if tested is not None:
        (folder / "rule.json").write_text(json.dumps(tested.document()))
    file = folder / "rule.test.json"
    file.write_text(json.dumps({"cases": cases, **more}))
    return file


def run(*arguments: str | Path, force: bool = True) -> tuple[int, Json]:
    done = worker.command({}, "test", "--json", *(["--force"] if force else []), *arguments)
    assert done.stdout, done.stderr
    said: Json = json.loads(done.stdout)
    return done.returncode, said


def differences(folder: Path, expect: Json, outcomes: Json | None = None, **more: Any) -> dict[str, tuple[str, str]]:
    """The differences of one case of the asking rule: pointer -> expected, got."""
    case = {"name": "it", "clock": "2026-06-17T08:00:00Z", "outcomes": outcomes or {}, "expect": expect, **more}
    code, said = run(write(folder, asking_rule(), case))
    assert said["faulty"] == 0, said
    played = said["results"][0]["cases"][0]
    found = {
        one["pointer"].removeprefix("/cases/0/expect/"): (one["expected"], one["got"]) for one in played["differences"]
    }
    assert (code, said["failed"], played["passed"]) == (int(bool(found)), int(bool(found)), not found)
    return found


def test_the_samples_pass_and_take_every_edge(tmp_path: Path) -> None:
    done = worker.command({}, "test", ROOT / "examples", "--require-all-edges", "--junit", tmp_path / "junit.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    samples = len(list((ROOT / "examples").glob("*.json")))
    assert f"\n{samples} files, " in done.stdout and "no case takes" not in done.stdout
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert len(suites) == samples
    assert sum(len(suite) for suite in suites) == done.stdout.count("\nok  ") + done.stdout.startswith("ok  ")


def test_the_case_of_the_page_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "testing-rules.md").read_text(encoding="utf-8")
    document = json.loads(page.partition("```json\n")[2].partition("```")[0])
    file = tmp_path / "page.test.json"
    file.write_text(json.dumps({**document, "rule": str(ROOT / "examples" / "credit-hold.json")}))
    assert run(file)[0] == 0


def test_what_is_as_expected(tmp_path: Path) -> None:
    expect = {
        "status": "completed",
        "ran": ["check", "ask", "mail", "wait", "granted", "done"],
        "not_run": ["late"],
        "edges": [
            *("mail -> wait", "wait -> done", "check -> mail (true)", "check -> ask (true)", "start -> check"),
            "ask -> granted (approved)",
        ],
        "configs": {"granted": {"new_value": "ana at 2026-06-17T09:30:00Z"}, "wait": {"duration": "30d"}},
        "results": {"check": {"output": "true"}, "ask": {"resolved_by_name": "ana"}, "mail": {"output": "success"}},
        "attempts": {"ask": 1, "late": 0},
        "lasts": "30d",
    }
    assert differences(tmp_path, expect, {"ask": APPROVED}) == {}


def test_what_is_not_as_expected(tmp_path: Path) -> None:
    expect = {
        "ran": ["check"],
        "not_run": ["late", "granted"],
        "edges": ["start -> check"],
        "configs": {"granted": {"new_value": "bob", "nothing": 1}, "late": {}, "done": {"recipients": []}},
        "results": {"mail": {"output": "failure"}, "check": {"result": 1}},
        "attempts": {"mail": 2},
        "lasts": "1h",
    }
    found = differences(tmp_path, expect, {"ask": APPROVED})
    assert found.pop("ran") == ('["check"]', '["check","ask","mail","wait","granted","done"]')
    assert found.pop("edges")[1].startswith('["check -> ask (true)",')
    assert found.pop("configs/done/recipients")[0] == "[]"
    assert found == {
        "not_run/1": ("granted does not run", "it runs"),
        "configs/granted/new_value": ('"bob"', '"ana at 2026-06-17T09:30:00Z"'),
        "configs/granted/nothing": ("1", "nothing"),
        "configs/late": ("{}", "nothing"),
        "results/mail/output": ('"failure"', '"success"'),
        "results/check/result": ("1", "true"),
        "attempts/mail": ("2", "1"),
        "lasts": ("1h", "30d"),
    }


@pytest.mark.parametrize(
    ("outcomes", "expect"),
    [
        ({"ask": [{"timeout": True}]}, {"ran": ["check", "ask", "mail", "wait", "late", "done"]}),
        ({"ask": [{**APPROVED[0], "after": "3h"}]}, {"results": {"ask": {"output": "timed_out"}}}),
        ({"ask": [{"result": {"output": "rejected"}}]}, {"not_run": ["granted", "late"]}),
        (
            {"ask": [{"error": "no", "retryable": False}]},
            {"status": "failed", "error": "): no", "attempts": {"ask": 1}},
        ),
        ({"mail": [{"error": "busy"}, {"result": {}}]}, {"attempts": {"mail": 2}, "lasts": "720h1s"}),
        ({"mail": [{"error": "busy"}]}, {"error": "busy", "attempts": {"mail": 3}, "lasts": "3s"}),
        ({"mail": [{"error": "busy", "retryable": False}]}, {"error": "busy", "attempts": {"mail": 1}}),
        ({"mail": [{"timeout": True}]}, {"error": "activity timed out", "attempts": {"mail": 3}}),
        ({"granted": [{"after": "2s", "result": {"records_affected": 7}}]}, {"results": {"granted": {"output": "x"}}}),
        ({"check": [{"result": {"output": "false"}}]}, {"ran": ["check"], "lasts": "0s"}),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_outcomes(tmp_path: Path, outcomes: Json, expect: Json) -> None:
    found = differences(tmp_path, expect, outcomes)
    assert found == ({"results/granted/output": ('"x"', "nothing")} if "granted" in outcomes else {})


@pytest.mark.parametrize(
    ("after", "expect"),
    [
        ("3h", {"results": {"ask": {"output": "approved", "asked": 2}}, "lasts": "3h"}),
        ("5h", {"results": {"ask": {"output": "approved", "asked": 3}}, "lasts": "5h"}),
    ],
    ids=["before", "after"],
)
def test_people_who_are_asked_later(tmp_path: Path, after: str, expect: Json) -> None:
    rule = Rule()
    ana, marco, lena = (f"{number:08}-0000-4000-8000-000000000000" for number in (1, 2, 3))
    config = {"approvers": [ana, marco], "approval_type": "any", "remind_after": "1h"}
    ask = rule.action("ask", "seek_approval", {**config, "escalate_after": "4h", "escalate_to": [lena]})
    rule.edge(None, ask)
    outcomes = {"ask": [{"timeout": True}, {"after": after, "result": {"output": "approved"}}]}
    last = [{"timeout": True}] * 2 + [{"after": "30m", "result": {"output": "rejected"}}]
    later = {"results": {"ask": {"output": "rejected", "rejections": 1}}, "lasts": "270m"}
    cases = (
        {"name": "one of the approvers", "outcomes": outcomes, "expect": expect},
        {"name": "another one", "outcomes": {"ask": last}, "expect": later},
        {"name": "nobody", "outcomes": {"ask": last[:1]}, "expect": {"status": "failed", "lasts": "72h"}},
    )
    code, said = run(write(tmp_path, rule, *cases), force=False)
    assert code == 0, said


def test_the_event_of_a_case(tmp_path: Path) -> None:
    assert differences(tmp_path, {"ran": ["check"]}, trigger_changes={"total": 5}) == {}
    only = {"total": 500, "user_id": "x", "number": "N"}
    expect: Json = {"configs": {"mail": {"subject": "N"}, "granted": {"new_value": " at 2026-06-17T08:00:00Z"}}}
    assert differences(tmp_path, expect, trigger_data=only) == {}


def test_a_config_that_cannot_be_performed(tmp_path: Path) -> None:
    """The action fails as in a real run, although the case says how it ends."""
    rule = Rule()
    rule.path(
        None, rule.action("mail", "send_email", {"recipients": ["a@b.example"], "subject": "{{order}}", "body": "x"})
    )
    case = {"name": "no order", "outcomes": {"mail": [{"result": {"output": "success"}}]}}
    code, said = run(write(tmp_path, rule, case))
    assert code == 1
    got = said["results"][0]["cases"][0]["differences"][0]["got"]
    action = f"action mail ({rule.actions[0]['id']})"
    assert got == f"failed: execute {action}: async {action}: start: email subject is required"
    assert said["results"][0]["cases"][0]["warnings"] == ["mail: missing variable: order"]


def test_a_bare_graph_and_another_file(tmp_path: Path) -> None:
    graph = asking_rule().document()["graph"]
    (tmp_path / "graph.json").write_text(json.dumps(graph))
    case = {"name": "no event", "expect": {"ran": ["check"]}}
    assert run(write(tmp_path, None, case, rule="graph.json"))[0] == 0
    assert run(write(tmp_path, None, case, rule=graph))[0] == 0


def test_edges_that_no_case_takes(tmp_path: Path) -> None:
    case = {"name": "small", "trigger_changes": {"total": 1}}
    file = write(tmp_path, asking_rule(), case)
    assert run(file)[0] == 0
    code, said = run(file, "--require-all-edges")
    assert (code, said["edges"], said["untaken"]) == (1, 7, 6)
    done = worker.command({}, "test", "--force", file)
    assert f"{tmp_path}/rule.json: no case takes ask -> late (timed_out)\n" in done.stdout
    assert done.stdout.endswith("1 file, 1 case: 1 passed; 1 of 7 edges taken\n")

    untaken = said["results"][0]["untaken"]
    assert run(write(tmp_path, None, case, untaken_edges=untaken), "--require-all-edges")[0] == 0
    code, said = run(write(tmp_path, None, case, untaken_edges=["start -> check"]))
    assert code == 1
    assert said["results"][0]["faults"][0]["message"] == "a case takes the edge 'start -> check': remove it here"


def test_a_rule_without_cases(tmp_path: Path) -> None:
    (tmp_path / "rule.json").write_text(json.dumps(asking_rule().document()))
    (tmp_path / "other.json").write_text("{}")
    done = worker.command({}, "test", tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{tmp_path}/rule.json: has no cases")
    assert worker.command({}, "test", tmp_path, "--require-all-edges").returncode == 1
    done = worker.command({}, "test", tmp_path / "rule.json")
    assert done.returncode == 1 and "has no cases" in done.stderr
    assert worker.command({}, "test", tmp_path / "nowhere").returncode == 1
    assert worker.command({}, "test").returncode == 2


def test_a_failure_for_people_and_for_ci(tmp_path: Path) -> None:
    file = write(
        tmp_path, asking_rule(), {"name": 'a<b&"c"', "expect": {"ran": ["check"]}, "outcomes": {"ask": APPROVED}}
    )
    done = worker.command({}, "test", "--force", file, "--junit", tmp_path / "junit.xml")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:5] == [
        f'FAIL  {file}: a<b&"c"',
        "        /cases/0/expect/ran",
        '          expected ["check"]',
        '          got      ["check","ask","mail","wait","granted","done"]',
        "        warning: done: missing variable: missing",
    ]
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "1")
    assert suite[0].attrib["name"] == 'a<b&"c"'
    assert 'expected ["check"]' in str(suite[0][0].text)


def test_a_rule_that_is_not_good(tmp_path: Path) -> None:
    """No case is played without --force."""
    file = write(tmp_path, asking_rule(), {"name": "it", "expect": {}, "outcomes": {"ask": APPROVED}})
    done = worker.command({}, "test", file, "--junit", tmp_path / "junit.xml")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    place = f"{tmp_path}/rule.json: /graph/actions/6/action_config/message:7"
    assert lines[0].startswith(f"{place}: error: unknown variable 'missing'")
    assert lines[1:] == [
        f"{file}: the rule has errors: no case was played; --force plays the cases anyway",
        "1 file, 0 cases: 0 passed; 1 faulty file; 0 of 0 edges taken",
    ]
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("1", "1")
    assert "unknown variable 'missing'" in str(suite[0][0].text)
    code, said = run(file, force=False)
    assert (code, said["faulty"], said["cases"]) == (1, 1, 0)
    assert "unknown_variable" in [fault["code"] for fault in said["results"][0]["rule_errors"]]
    code, said = run(file)
    assert (code, said["faulty"], said["passed"]) == (0, 0, 1)


BAD: list[tuple[Any, list[tuple[str, str]]]] = [
    ([], [("", 'expected an object with "cases", found array')]),
    ({}, [("", 'a list "cases" with at least one case is required')]),
    ({"cases": [5]}, [("/cases/0", "expected object, found number")]),
    ({"case": [], "cases": [{"name": "x"}]}, [("/case", "unknown key 'case'; did you mean 'cases'?")]),
    ({"cases": [{"name": ""}]}, [("/cases/0", 'a case needs a "name"')]),
    ({"cases": [{"name": "x"}], "rule": 5}, [("/rule", "expected the name of a file or a rule, found number")]),
    (
        {"cases": [{"name": "x", "zzzzzz": 1, "clock": "noon", "expects": {}}]},
        [
            (
                "/cases/0/zzzzzz",
                "unknown key 'zzzzzz'; the keys are name, description, trigger_data, trigger_changes, clock, outcomes, "
                "expect",
            ),
            ("/cases/0/expects", "unknown key 'expects'; did you mean 'expect'?"),
            ("/cases/0/clock", 'expected a time such as 2026-06-17T08:00:00Z, found "noon"'),
        ],
    ),
    (
        {
            "cases": [
                {
                    "name": "x",
                    "expect": {"status": "complete", "ran": "check", "lasts": "2 hours", "attempts": {"ask": "1"}},
                }
            ]
        },
        [
            ("/cases/0/expect/ran", "expected array, found string"),
            ("/cases/0/expect/attempts/ask", "expected number, found string"),
            (
                "/cases/0/expect/status",
                'expected completed, failed or canceled, found "complete"; did you mean "completed"?',
            ),
            ("/cases/0/expect/lasts", 'expected a duration such as 1h30m, 20s or 2d, found "2 hours"'),
        ],
    ),
    (
        {"cases": [{"name": "x", "outcomes": {"a/b": {}, "c": [], "d": [{}], "e": [{"result": {}, "timeout": True}]}}]},
        [
            ("/cases/0/outcomes/a~1b", "expected a list of outcomes, one for each attempt, found object"),
            ("/cases/0/outcomes/c", "expected a list of outcomes, one for each attempt, found an empty one"),
            ("/cases/0/outcomes/d/0", 'expected one of "result", "error" and "timeout": true, found 0'),
            ("/cases/0/outcomes/e/0", 'expected one of "result", "error" and "timeout": true, found 2'),
        ],
    ),
    (
        {"cases": [{"name": "x", "outcomes": {"ask": [{"result": {}, "retryable": False, "after": "x"}]}}]},
        [
            ("/cases/0/outcomes/ask/0", '"retryable" belongs to an "error", which is missing'),
            ("/cases/0/outcomes/ask/0/after", 'expected a duration such as 1h30m, 20s or 2d, found "x"'),
        ],
    ),
    (
        {
            "cases": [
                {
                    "name": "x",
                    "expect": {"ran": ["chekc"], "configs": {"zzzzzz": {}}, "edges": ["check -> ask (tru)", "x"]},
                }
            ]
        },
        [
            ("/cases/0/expect/ran/0", "the rule has no action 'chekc'; did you mean 'check'?"),
            ("/cases/0/expect/configs/zzzzzz", "the rule has no action 'zzzzzz'"),
            (
                "/cases/0/expect/edges/0",
                "the rule has no edge 'check -> ask (tru)'; did you mean 'check -> ask (true)'?",
            ),
            (
                "/cases/0/expect/edges/1",
                'the rule has no edge \'x\'; an edge is written "start -> TARGET", "SOURCE -> TARGET" or '
                '"SOURCE -> TARGET (OUTPUT)"',
            ),
        ],
    ),
    (
        {"cases": [{"name": "x", "outcomes": {"aks": [{"timeout": True}]}}]},
        [("/cases/0/outcomes/aks", "the rule has no action 'aks'; did you mean 'ask'?")],
    ),
    (
        {"cases": [{"name": "x", "outcomes": {"wait": [{"timeout": True}]}}]},
        [("/cases/0/outcomes/wait", "'wait' is a delay: it ends when its time is up, so it takes no outcome")],
    ),
]


@pytest.mark.parametrize(("document", "faults"), BAD, ids=[faults[0][1][:50] for _, faults in BAD])
def test_files_that_are_not_good(tmp_path: Path, document: Any, faults: list[tuple[str, str]]) -> None:
    file = write(tmp_path, asking_rule())
    file.write_text(json.dumps(document))
    code, said = run(file)
    assert (code, said["faulty"]) == (1, 1)
    assert [(fault["pointer"], fault["message"]) for fault in said["results"][0]["faults"]] == faults
    done = worker.command({}, "test", "--force", file)
    pointer, message = faults[0]
    assert f"{file}: {pointer}{': ' if pointer else ''}error: {message}\n" in done.stdout


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "rule.test.json"
    file.write_text('{"cases": ')
    assert f"{file}: 1:" in worker.command({}, "test", file).stderr
    write(tmp_path, None, {"name": "x"})
    assert "cannot read" in worker.command({}, "test", file).stdout
    write(tmp_path, None, {"name": "x"}, rule="other.json")
    assert f"{file}: /rule: error: cannot read {tmp_path}/other.json" in worker.command({}, "test", file).stdout
