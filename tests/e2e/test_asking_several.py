"""Actions that ask several people: each has a request, and the answers are counted."""

from __future__ import annotations

import asyncio
import base64

from tests.e2e.rig import Rig
from tests.e2e.rules import NOBODY, USERS, Rule
from tests.e2e.test_approval import complete, complete_by_token
from zarf.dev.process import wait_until

ANA, MARCO = USERS[0], "cbf27734-ac10-4525-8b66-402800e03d2c"
LENA = "e0a3a91f-2346-4c13-bc27-ed12b10877a9"
NAMES = {ANA: "ana", MARCO: "marco", LENA: "lena"}


def start(rig: Rig, approval_type: str, **config: object) -> Rule:
    """Starts a rule that asks three people and notes the outcome."""
    rule = Rule()
    ask = rule.action("ask", "seek_approval", {"approvers": list(NAMES), "approval_type": approval_type, **config})
    rule.edge(None, ask)
    for output in ("approved", "rejected"):
        note = output + ": {{ask.approvals}} for, {{ask.rejections}} against, {{ask.resolved_by_name}}"
        rule.edge(ask, rule.update(output, "notes", note), output)
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: len(rows(rig, rule, "pending")) == 3, "three requests")
    return rule


def rows(rig: Rig, rule: Rule, status: str) -> list[list[str]]:
    columns = "approvers[1], approval_type, task_token <> '', array_length(approvers, 1)"
    where = f"execution_id = '{rule.execution_id}' AND status = '{status}'"
    return rig.query(f"SELECT {columns} FROM workflow.approval_requests WHERE {where}")


def answer_as_the_erp(rig: Rig, rule: Rule, who: str, output: str) -> None:
    """Updates the person's row, completes the activity with its token, then clears the token."""
    mine = f"execution_id = '{rule.execution_id}' AND approvers = ARRAY['{who}'::uuid]"
    resolved = f"status = '{output}', resolved_by = '{who}', resolved_date = now()"
    ((token, approval_id),) = rig.query(
        f"UPDATE workflow.approval_requests SET {resolved} WHERE {mine} AND status = 'pending'"
        " RETURNING task_token, approval_request_id"
    )
    result = {"output": output, "approval_id": approval_id, "resolved_by": who, "resolved_by_name": NAMES[who]}
    answer = {"action_id": NOBODY, "action_name": "ask", "result": {**result, "reason": ""}, "success": True}
    asyncio.run(complete_by_token(rig, base64.b64decode(token, validate=True), answer))
    rig.query(f"UPDATE workflow.approval_requests SET task_token = '' WHERE {mine}")


def notes(rig: Rig, rule: Rule) -> str:
    return rig.value(f"SELECT notes FROM sales.orders WHERE id = '{rule.trigger['entity_id']}'")


def test_answers_are_counted(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = start(rig, "all", approval_message="{{number}}?")
    assert sorted(rows(rig, rule, "pending")) == sorted([who, "all", "t", "1"] for who in NAMES)
    wait_until(lambda: rig.value("SELECT count(DISTINCT recipient_id) FROM workflow.alert_recipients") == "3", "alerts")
    for who in NAMES:
        answer_as_the_erp(rig, rule, who, "approved")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert notes(rig, rule) == "approved: 3 for, 0 against, lena"

    rule = start(rig, "all")
    answer_as_the_erp(rig, rule, MARCO, "rejected")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert notes(rig, rule) == "rejected: 0 for, 1 against, marco"
    assert sorted(rows(rig, rule, "expired")) == sorted([who, "all", "f", "1"] for who in (ANA, LENA))

    rule = start(rig, "majority")
    answer_as_the_erp(rig, rule, LENA, "rejected")
    answer_as_the_erp(rig, rule, ANA, "approved")
    answer_as_the_erp(rig, rule, MARCO, "approved")
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert notes(rig, rule) == "approved: 2 for, 1 against, marco"


def test_two_of_three_by_hand_with_another_worker_in_between(rig: Rig) -> None:
    first = rig.worker().wait_ready()
    rule = start(rig, "any", required=2)

    unclear = rig.command("complete", rule.workflow_id, "ask", "--output", "approved")
    assert unclear.returncode == 1
    assert f"action ask waits for {ANA}, {MARCO}, {LENA}; say with --for whose" in unclear.stderr
    complete(rig, rule.workflow_id, "approved", "--by", "marco.rossi", "--reason", "fine")
    wait_until(lambda: len(rows(rig, rule, "approved")) == 1, "the first answer")
    assert first.stop() == 0
    rig.worker().wait_ready()
    complete(rig, rule.workflow_id, "approved", "--by", "marco.rossi", "--for", LENA)

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert notes(rig, rule) == "approved: 2 for, 0 against, marco.rossi"
    assert [row[0] for row in rows(rig, rule, "expired")] == [ANA]
    asked = [event["activityId"].partition("/")[2] for event in rig.events(rule.workflow_id, "ACTIVITY_TASK_SCHEDULED")]
    assert asked[:3] == ["1", "2", "3"]
