"""send_email with a real SMTP server: delivery, retries, and an unavailable server."""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.mail import MailServer
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker


@pytest.fixture
def mail(rig: Rig) -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    for worker in rig.workers:
        worker.stop()
    server.stop()


def start_worker(rig: Rig, mail: MailServer, **settings: str) -> Worker:
    access = {"ICHOR_SMTP_URL": f"smtp://{mail.address}", "ICHOR_SMTP_FROM": "Ichor <erp@example.com>"}
    return rig.worker(**access, **settings).wait_ready()


def mailing_rule(*recipients: str) -> Rule:
    """A mail, and an update that stores its result."""
    rule = Rule(customer="Zoë & Söhne")
    config = {"recipients": list(recipients), "subject": "Größe: {{number}}", "body": "Für {{customer}}\n.\n"}
    sent = rule.action("notify", "send_email", config)
    return rule.chain(sent, rule.update("note", "notes", "{{notify.status}} {{notify.email_id}}"))


def attempts(rig: Rig, rule: Rule) -> int:
    return int(rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")[0].get("attempt", 1))


def test_the_mail_arrives(rig: Rig, mail: MailServer) -> None:
    start_worker(rig, mail)
    rule = mailing_rule("ann@example.com", "bob@example.com")

    assert rig.run(rule) == "COMPLETED"

    (message,) = mail.take()
    assert message.recipients == ["ann@example.com", "bob@example.com"]
    assert message.sender == "erp@example.com"
    assert message.email["Subject"] == "Größe: SO-2026-1042"
    assert message.email["To"] == "ann@example.com, bob@example.com"
    assert message.text == "Für Zoë & Söhne\r\n.\r\n"
    status, email_id = rig.value("SELECT notes FROM sales.orders WHERE number = 'SO-2026-1042'").split()
    assert status == "sent"
    assert message.email["Message-ID"] == f"<{email_id}@example.com>"


def test_a_4xx_reply_is_retried(rig: Rig, mail: MailServer) -> None:
    start_worker(rig, mail)
    rule = mailing_rule("greylisted@example.com")

    assert rig.run(rule) == "COMPLETED"

    assert attempts(rig, rule) == 2
    assert len(mail.take()) == 1


def test_a_5xx_reply_is_final(rig: Rig, mail: MailServer) -> None:
    start_worker(rig, mail)
    rule = mailing_rule("ann@example.com", "nobody@example.com")

    assert rig.run(rule) == "FAILED"

    assert "send email: 550 5.1.1 no such user" in rig.failure(rule.workflow_id)
    assert attempts(rig, rule) == 1
    assert mail.take() == []


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_the_log_does_not_quote_addresses(rig: Rig, mail: MailServer, dispatch: str) -> None:
    worker = start_worker(rig, mail, ICHOR_WORKER_DISPATCH=dispatch)
    rule = mailing_rule("unknown@example.com")
    assert rig.run(rule) == "FAILED"
    assert "550 5.1.1 <unknown@example.com>: Recipient address rejected" in rig.failure(rule.workflow_id)
    log = worker.log.read_text()
    assert "send email: 550" in log  # the code, without the text of the relay
    assert "unknown@" not in log


def test_an_unavailable_server_is_waited_for(rig: Rig, mail: MailServer) -> None:
    start_worker(rig, mail)
    mail.stop()
    rule = mailing_rule("ann@example.com")
    rig.start(rule)
    wait_for_line(rig.workers[0], "Mail server unavailable, retrying")

    mail.start()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert attempts(rig, rule) == 1
    assert len(mail.take()) == 1


def wait_for_line(worker: Worker, words: str) -> None:
    wait_until(lambda: words in worker.log.read_text(), f"the worker to say {words!r}", find_fault=worker.process.fault)


def test_a_slow_server_does_not_delay_other_actions(rig: Rig, mail: MailServer) -> None:
    """The mail waits for a reply that never comes; the only activity slot stays free."""
    worker = start_worker(
        rig, mail, ICHOR_WORKER_ACTIVITIES="1", ICHOR_WORKER_DISPATCH="activity", ICHOR_WORKER_STOP_TIMEOUT="1s"
    )
    slow, other = mailing_rule("silent@example.com"), Rule()
    rig.start(slow)
    wait_until(lambda: "silent@example.com" in mail.recipients, "the mail server to get the recipient")

    assert rig.run(other.chain(other.update("note", "notes", "not held up"))) == "COMPLETED"

    assert rig.temporal.status(slow.workflow_id) == "RUNNING"
    assert worker.metrics().value("workflow_worker_async_actions") == 1
    (activity,) = rig.temporal.describe(slow.workflow_id)["pendingActivities"]
    assert activity["activityType"]["name"] == "ExecuteAsyncActionActivity"
    rig.temporal.cli("workflow", "terminate", "--workflow-id", slow.workflow_id)


def test_completed_by_hand_while_a_mail_is_sent(rig: Rig, mail: MailServer) -> None:
    """The run continues with that answer; the worker learns of it by its next heartbeat and abandons the mail."""
    worker = start_worker(rig, mail)
    rule = mailing_rule("silent@example.com")
    rig.start(rule)
    wait_until(lambda: "silent@example.com" in mail.recipients, "the mail server to get the recipient")

    done = rig.command(
        "complete", rule.workflow_id, "notify", "--output", "success", "--reason", "confirmed by telephone"
    )

    assert done.returncode == 0, done.stderr
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    given = rig.events(rule.workflow_id, "ACTIVITY_TASK_COMPLETED")[0]["result"]["payloads"][0]["data"]
    result = json.loads(base64.b64decode(given))["result"]
    assert (result["output"], result["reason"]) == ("success", "confirmed by telephone")
    wait_until(lambda: worker.metrics().value("workflow_worker_async_actions") == 0, "the mail to be given up")
    assert "no longer waits for this activity" in worker.log.read_text()


def test_killed_while_a_mail_is_sent(rig: Rig, mail: MailServer) -> None:
    """The heartbeats stop, and the server gives the activity to another worker."""
    mail.stop()
    rule = mailing_rule("ann@example.com")
    first = start_worker(rig, mail)
    rig.start(rule)
    wait_for_line(first, "Mail server unavailable, retrying")
    first.kill()
    mail.start()
    start_worker(rig, mail)

    assert rig.ended(rule.workflow_id) == "COMPLETED"

    assert attempts(rig, rule) == 2
    assert len(mail.take()) == 1


def test_stopped_while_a_mail_is_sent(rig: Rig, mail: MailServer) -> None:
    """A mail that the worker has taken is sent before the worker ends."""
    mail.stop()
    rule = mailing_rule("ann@example.com")
    worker = start_worker(rig, mail)
    rig.start(rule)
    wait_for_line(worker, "Mail server unavailable, retrying")
    worker.process.send(signal.SIGTERM)
    wait_for_line(worker, "shutting down worker")
    mail.start()

    assert worker.process.wait() == 0

    assert len(mail.take()) == 1
    assert rig.kinds(rule.workflow_id)["ACTIVITY_TASK_COMPLETED"] == 1
    start_worker(rig, mail)
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert mail.take() == []


def test_without_a_server_mail_counts_as_sent(rig: Rig) -> None:
    worker = rig.worker().wait_ready()

    assert rig.run(mailing_rule("ann@example.com")) == "COMPLETED"

    log = worker.log.read_text()
    assert "ICHOR_SMTP_URL" in log
    assert "no email client configured" in log
