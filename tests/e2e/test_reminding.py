"""People who do not answer are reminded, and then other people are asked too."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from tests.e2e.test_approval import complete
from tests.e2e.test_asking_several import ANA, LENA, MARCO, notes, rows
from zarf.dev.process import wait_until


def recipients(rig: Rig, rule: Rule, title: str) -> list[list[str]]:
    return rig.query(
        "SELECT r.recipient_id FROM workflow.alerts a JOIN workflow.alert_recipients r ON r.alert_id = a.id"
        f" WHERE a.source_entity_id = '{rule.trigger['entity_id']}' AND a.title LIKE '{title}: %'"
    )


def waiting(rig: Rig, rule: Rule) -> dict[str, Any]:
    """What `pending` says about the run's action."""
    found = json.loads(rig.command("pending", "--json").stdout)
    (wait,) = (wait for wait in found if wait["workflow_id"] == rule.workflow_id)
    return cast(dict[str, Any], wait)


def test_what_people_will_get_is_shown(rig: Rig) -> None:
    rig.worker().wait_ready()
    rule = Rule()
    later = {"remind_after": "2s", "escalate_after": "1h", "escalate_to": [LENA]}
    rule.edge(None, rule.action("ask", "seek_approval", {"approvers": [MARCO], "approval_type": "any", **later}))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: recipients(rig, rule, "Approval Reminder"), "a reminder")
    wait = waiting(rig, rule)
    assert wait["reminders"] >= 1
    assert wait["since"] < wait["remind_at"] < wait["escalate_at"] < wait["until"]
    shown = rig.command("show", rule.workflow_id).stdout
    assert re.search(r"for a person: .*, reminded (once|twice|[345] times), again .*, others are asked in", shown)
    complete(rig, rule.workflow_id, "approved", "--by", "marco.rossi")
    assert rig.ended(rule.workflow_id) == "COMPLETED"


def test_silent_people_are_reminded_and_others_asked(rig: Rig) -> None:
    first = rig.worker().wait_ready()
    rule = Rule()
    config = {
        "approvers": [ANA, MARCO],
        "approval_type": "any",
        "remind_after": "1s",
        "escalate_after": "2s",
        "escalate_to": [LENA],
    }
    ask = rule.action("ask", "seek_approval", config)
    rule.edge(None, ask)
    rule.edge(ask, rule.update("note", "notes", "{{ask.output}} of {{ask.asked}}: {{ask.resolved_by_name}}"))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    wait_until(lambda: len(rows(rig, rule, "pending")) == 2, "two requests")
    # The server keeps the timers, so another worker finds them.
    assert first.stop() == 0
    rig.worker().wait_ready()
    wait_until(lambda: len(rows(rig, rule, "pending")) == 3, "a request of the person who is asked later")
    assert sorted(rows(rig, rule, "pending")) == sorted([who, "any", "t", "1"] for who in (ANA, MARCO, LENA))
    wait_until(lambda: [LENA] in recipients(rig, rule, "Approval Reminder"), "a reminder of her too")
    complete(rig, rule.workflow_id, "approved", "--by", "marco.rossi", "--for", LENA)

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert notes(rig, rule) == "approved of 3: marco.rossi"
    assert sorted(row[0] for row in rows(rig, rule, "expired")) == sorted((ANA, MARCO))
    assert sorted(recipients(rig, rule, "Approval Required")) == sorted([[ANA], [MARCO], [LENA]])
    scheduled = [event["activityId"] for event in rig.events(rule.workflow_id, "ACTIVITY_TASK_SCHEDULED")]
    reminders = [activity for activity in scheduled if "/remind/" in activity]
    assert 2 <= len(reminders) <= 5
    assert len(set(scheduled)) == len(scheduled)
    # The latest reminder may have been canceled before it was sent.
    of_ana = recipients(rig, rule, "Approval Reminder").count([ANA])
    assert len(reminders) - 1 <= of_ana <= len(reminders)
