"""Mail servers with unusual answers: an answer about the server itself is not taken for a verdict on a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.relay import Relay, log_in
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev import worker as program
from zarf.dev.mail import Certificate

LOGIN = {"AUTH PLAIN": log_in(1), "AUTH LOGIN": log_in(2), "AUTH": "504 5.5.4 not this one"}


def send(folder: Path, relay: Relay, user: str = "", recipient: str = "ann@example.com", **settings: str) -> str:
    """Sends a mail by `try`; returns its output."""
    config = folder / "config.json"
    config.write_text(json.dumps({"recipients": [recipient], "subject": "s", "body": "b"}))
    before = f"{user}:secret@" if user else ""
    access = {"ICHOR_SMTP_URL": f"smtp://{before}127.0.0.1:{relay.port}", "ICHOR_SMTP_FROM": "erp@example.com"}
    done = program.command({**access, **settings}, "try", "send_email", "--config", config)
    relay.close()
    return done.stdout + done.stderr


def logins(relay: Relay) -> list[str]:
    return [" ".join(command.split()[:2]) for command in relay.commands if command.startswith("AUTH")]


@pytest.mark.parametrize(
    ("user", "offers", "used"),
    [
        ("erp", "GSSAPI PLAIN LOGIN", "AUTH PLAIN"),
        ("erp%40example.com", "GSSAPI PLAIN LOGIN", "AUTH PLAIN"),
        ("erp%40example.com", "GSSAPI NTLM CRAM-MD5 LOGIN", "AUTH LOGIN"),
        ("erp%40example.com;AUTH=LOGIN", "GSSAPI PLAIN LOGIN", "AUTH LOGIN"),
    ],
)
def test_a_password_is_enough(user: str, offers: str, used: str, tmp_path: Path) -> None:
    relay = Relay(offers=(f"AUTH {offers}",), answers=LOGIN)
    assert '"status":"sent"' in send(tmp_path, relay, user)
    assert logins(relay) == [used]


def test_another_mechanism_is_used_where_neither_is_offered(tmp_path: Path) -> None:
    relay = Relay(offers=("AUTH CRAM-MD5",), answers={"AUTH CRAM-MD5": log_in(1)})
    assert '"status":"sent"' in send(tmp_path, relay, "erp")
    assert logins(relay) == ["AUTH CRAM-MD5"]


@pytest.mark.parametrize("offers", ["AUTH XOAUTH2 OAUTHBEARER", "AUTH EXTERNAL"])
def test_a_relay_without_a_login_by_password(offers: str, tmp_path: Path) -> None:
    relay = Relay(offers=(offers,))
    said = send(tmp_path, relay, "erp").splitlines()[0]
    error = "send email: the mail server offers no password login"
    assert json.loads(said) == {"error": error, "retryable": True}
    assert not logins(relay) and not relay.mails


@pytest.mark.parametrize("mechanism", ["MAGIC", "XOAUTH2"])
def test_an_unknown_mechanism_is_refused_at_start(mechanism: str, tmp_path: Path) -> None:
    said = send(tmp_path, Relay(), f"erp;AUTH={mechanism}")
    assert "expected smtp://[user[;AUTH=MECHANISM]:password@]host[:port]" in said


@pytest.mark.parametrize("answers", [{}, {"STARTTLS": "454 4.7.0 not now"}, {"STARTTLS": "502 5.5.1 what?"}])
def test_a_certificate_to_trust_requires_tls(answers: dict[str, str], tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)
    relay = Relay(offers=("STARTTLS",) if answers else ("8BITMIME",), answers=answers)
    said = send(tmp_path, relay, ICHOR_SMTP_CA_FILE=str(certificate.file))
    assert "the mail server offers no TLS, which a password or a CA file requires" in said
    assert not relay.mails
    assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.parametrize(
    ("user", "answers", "error", "retryable"),
    [
        ("", {"greeting": "554 5.3.2 no service now"}, "554 5.3.2 no service now", True),
        ("", {"greeting": "421 4.3.2 no service now"}, "421 4.3.2 no service now", True),
        ("", {"EHLO": "550 5.7.1 not you", "HELO": "550 5.7.1 not you"}, "550 5.7.1 not you", True),
        ("erp", {"AUTH": "535 5.7.8 wrong password"}, "535 5.7.8 wrong password", True),
        ("erp", {"AUTH": "554 5.7.0 locked"}, "554 5.7.0 locked", True),
        ("", {"MAIL": "530 5.7.0 log in first"}, "530 5.7.0 log in first", True),
        ("", {"MAIL": "421 4.7.0 too many"}, "421 4.7.0 too many", True),
        ("", {"MAIL": "552 5.3.4 too large"}, "552 5.3.4 too large", False),
        ("", {"RCPT": "550 5.1.1 no such user"}, "550 5.1.1 no such user", False),
        ("", {"RCPT": "450 4.2.0 later"}, "450 4.2.0 later", True),
        ("", {"DATA": "554 5.5.1 no"}, "554 5.5.1 no", False),
    ],
)
def test_the_stage_decides(user: str, answers: dict[str, str], error: str, retryable: bool, tmp_path: Path) -> None:
    relay = Relay(offers=("AUTH PLAIN LOGIN",), answers=answers)
    said = send(tmp_path, relay, user).splitlines()[0]
    assert json.loads(said) == {"error": f"send email: {error}", "retryable": retryable}


def test_a_domain_that_is_not_ascii(tmp_path: Path) -> None:
    relay = Relay()
    said = send(
        tmp_path, relay, recipient="Jörg <joerg@bücher.example>", ICHOR_SMTP_FROM="erp@größe.example", LC_ALL="C"
    )
    assert '"status":"sent"' in said
    assert "RCPT TO:<joerg@xn--bcher-kva.example>" in relay.commands
    assert any(command.startswith("MAIL FROM:<erp@xn--gre-6ka8i.example>") for command in relay.commands)
    head = relay.mails[0].partition(b"\r\n\r\n")[0]
    assert head.isascii() and b"<joerg@xn--bcher-kva.example>" in head


def test_a_domain_that_is_none(tmp_path: Path) -> None:
    said = send(tmp_path, Relay(), recipient="ann@\u00ad\u2488.example")
    assert "recipient 1: expected a domain after the @" in said
    assert '"retryable":false' in said


def test_the_host_of_the_relay_may_be_international(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"recipients": ["a@example.com"], "subject": "s", "body": "b"}')
    access = {"ICHOR_SMTP_URL": "smtp://größe.invalid", "ICHOR_SMTP_FROM": "erp@example.com", "LC_ALL": "C"}
    done = program.command(access, "try", "send_email", "--config", config)
    assert "xn--gre-6ka8i.invalid" in done.stdout


def test_proxies_of_the_environment_are_not_used(tmp_path: Path) -> None:
    relay, proxy = Relay(), Relay()
    address = f"http://127.0.0.1:{proxy.port}"
    said = send(tmp_path, relay, ALL_PROXY=address, all_proxy=address, smtp_proxy=address, http_proxy=address)
    assert '"status":"sent"' in said
    assert relay.mails and not proxy.commands


def test_a_kept_connection_that_the_relay_closes_costs_no_attempt(rig: Rig) -> None:
    relay = Relay(idle=0.2)
    rig.worker(
        ICHOR_SMTP_URL=f"smtp://127.0.0.1:{relay.port}", ICHOR_SMTP_FROM="erp@example.com"
    ).wait_ready()  # fmt: skip
    rule = Rule()
    config = {"recipients": ["ann@example.com"], "subject": "s", "body": "b"}
    rule.chain(
        rule.action("first", "send_email", config),
        rule.delay("wait", "1s"),
        rule.action("second", "send_email", config),
    )
    assert rig.run(rule) == "COMPLETED"
    assert relay.closed_idle.is_set()
    assert len(relay.mails) == 2
    assert {started.get("attempt", 1) for started in rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")} == {1}
    assert "Mail server unavailable" not in rig.workers[0].log.read_text()
    relay.close()
