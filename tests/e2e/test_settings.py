"""Wrong settings cause one message with all faults and exit code 2, before anything is opened."""

from __future__ import annotations

import base64
import json
import os
import subprocess

import pytest

from tests.e2e.rig import Rig
from tests.e2e.test_pooler import POOLER_LINE
from zarf.dev import worker as program
from zarf.dev.mail import MailServer
from zarf.dev.process import free_port

REQUIRED = ("ICHOR_TEMPORAL_HOSTPORT", "ICHOR_DB_HOST", "ICHOR_DB_USER", "ICHOR_DB_PASSWORD")


def good_settings() -> dict[str, str]:
    """Complete settings; no server listens at the addresses."""
    return {
        "ICHOR_TEMPORAL_HOSTPORT": f"127.0.0.1:{free_port()}",
        "ICHOR_DB_HOST": f"127.0.0.1:{free_port()}",
        "ICHOR_DB_USER": "ichor",
        "ICHOR_DB_PASSWORD": "a-secret-word",
        "ICHOR_WORKER_HEALTH_PORT": str(free_port()),
    }


def log_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]


def test_no_settings_at_all() -> None:
    done = program.command({}, "run")
    assert done.returncode == 2
    for name in REQUIRED:
        assert name in done.stderr


@pytest.mark.parametrize("missing", REQUIRED)
def test_one_setting_is_missing(missing: str) -> None:
    settings = good_settings()
    del settings[missing]
    done = program.command(settings, "run")
    assert done.returncode == 2
    assert missing in done.stderr
    for name in set(REQUIRED) - {missing}:
        assert name not in done.stderr


def test_all_faults_at_once_and_no_secret() -> None:
    bad = {
        "ICHOR_TEMPORAL_HOSTPORT": "temporal:port",
        "ICHOR_DB_DISABLE_TLS": "perhaps",
        "ICHOR_WORKER_DISPATCH": "by pigeon",
        "ICHOR_WORKER_HEALTH_PORT": "70000",
        "ICHOR_WORKER_STOP_TIMEOUT": "a while",
    }
    settings = {**good_settings(), **bad}
    del settings["ICHOR_DB_USER"]
    done = program.command(settings, "run")
    assert done.returncode == 2
    for name in (*bad, "ICHOR_DB_USER"):
        assert name in done.stderr
    assert "by pigeon" in done.stderr
    assert "a-secret-word" not in done.stdout + done.stderr


def test_faults_of_every_kind_in_one_message() -> None:
    """Faults of values, certificates, keys and files are sorted by the name of the variable that was set."""
    secret = "a-key-that-nobody-may-see"
    settings = {
        **good_settings(),
        "ICHOR_DB_HOST": "",
        "ICHOR_DB_PASSWORD": "",
        "ICHOR_DB_PASSWORD_FILE": "/nowhere/password",
        "ICHOR_DB_CA_FILE": "/nowhere/ca.pem",
        "ICHOR_PAYLOAD_KEYS": f"one:{secret},two:{secret}",
        "ICHOR_SMTP_URL": f"smtp://ann:{secret}@mail server",
        "ICHOR_SMTP_FROM": "erp@example.com and others",
        "ICHOR_TEMPORAL_TLS_CERT_FILE": "/nowhere/cert.pem",
        "ICHOR_TEMPORAL_TLS_KEY": secret,
        "TEMPORAL_TLS_SERVER_CA_CERT_DATA": "no PEM",
        "TEMPORAL_API_KEY": f"{secret} {secret}",
        "ICHOR_WORKER_MODE": "both of them",
    }
    done = program.command(settings, "run")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "workflow-worker run: 11 settings are missing or wrong:\n"
        "  ICHOR_DB_CA_FILE=/nowhere/ca.pem: No such file or directory\n"
        "  ICHOR_DB_HOST is required: PostgreSQL host, optionally with :port, or a socket folder\n"
        "  ICHOR_DB_PASSWORD_FILE: No such file or directory\n"
        "  ICHOR_PAYLOAD_KEYS: key 1: expected an id, a colon, and 32 bytes as base64 (44 characters);"
        " key 2: expected an id, a colon, and 32 bytes as base64 (44 characters)\n"
        '  ICHOR_SMTP_FROM: expected an address like name@example.com, found "erp@example.com and others"\n'
        "  ICHOR_SMTP_URL: expected smtp://[user[;AUTH=MECHANISM]:password@]host[:port] or smtps://...\n"
        "  ICHOR_TEMPORAL_TLS_CERT_FILE: No such file or directory\n"
        "  ICHOR_TEMPORAL_TLS_KEY contains no private key in PEM form without a passphrase\n"
        "  ICHOR_WORKER_MODE=both of them: expected both|workflow|activity\n"
        "  TEMPORAL_API_KEY holds blanks or other characters that a header cannot carry\n"
        "  TEMPORAL_TLS_SERVER_CA_CERT_DATA contains no certificate in PEM form, expected one or more\n"
        "Try 'workflow-worker help run'.\n"
    )


def test_suspicious_settings_give_warnings(rig: Rig) -> None:
    doubtful = {
        "ICHOR_DB_CONECTIONS": "5",
        "ICHOR_DB_PORT": "5432",
        "TEMPORAL_NAMESPASE": "x",
        "ICHOR_RABBIT_MQ_URL": "amqp://a-secret-word",
        "ICHOR_WORKER_BUILD_ID": "7",
        "ICHOR_SMTP_FROM": "erp@example.com",
    }
    done = rig.command("run", "--check", **doubtful)
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in log_of(done) if '"variable":' in line]
    like = "Variable is not a setting but resembles one"
    assert [(line["msg"], line["variable"], line.get("did_you_mean") or line.get("needs")) for line in lines] == [
        (like, "ICHOR_DB_CONECTIONS", "ICHOR_DB_CONNECTIONS"),
        ("Variable is not a setting of this worker", "ICHOR_DB_PORT", None),
        (like, "TEMPORAL_NAMESPASE", "TEMPORAL_NAMESPACE"),
        ("Setting has no effect without another one", "ICHOR_SMTP_FROM", "ICHOR_SMTP_URL"),
        ("Setting has no effect without another one", "ICHOR_WORKER_BUILD_ID", "ICHOR_WORKER_DEPLOYMENT"),
    ]
    assert "a-secret-word" not in done.stdout + done.stderr


def test_an_overridden_variable_gives_a_warning(rig: Rig) -> None:
    done = rig.command("run", "--check", ICHOR_DB_PASSWORD_FILE="/nowhere", TEMPORAL_ADDRESS=rig.temporal.address)
    assert done.returncode == 0, done.stdout
    (line,) = (json.loads(line) for line in log_of(done) if '"variable":' in line)
    assert (line["variable"], line["used"]) == ("ICHOR_DB_PASSWORD_FILE", "ICHOR_DB_PASSWORD")


def test_a_missing_setting_names_a_similar_variable() -> None:
    settings = good_settings()
    settings["ICHOR_DB_HOTS"] = settings.pop("ICHOR_DB_HOST")
    done = program.command(settings, "run")
    assert done.returncode == 2
    assert "\n  ICHOR_DB_HOST is required: " in done.stderr
    (line,) = log_of(done)
    assert '"variable":"ICHOR_DB_HOTS","did_you_mean":"ICHOR_DB_HOST"' in line


def test_run_is_the_default_command() -> None:
    done = program.command({})
    assert done.returncode == 2
    assert "ICHOR_TEMPORAL_HOSTPORT" in done.stderr


@pytest.mark.parametrize("arguments", [["fly"], ["run", "--fast"], ["start"], ["validate"], ["start", "a", "b"]])
def test_wrong_usage(arguments: list[str]) -> None:
    done = program.command(good_settings(), *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert not done.stdout


# ---- run --check ----


def check(rig: Rig, **settings: str) -> tuple[int, dict[str, str]]:
    """The exit code of `run --check`, and its line for each connection."""
    done = rig.command("run", "--check", **settings)
    lines = [line for line in done.stdout.splitlines() if line not in log_of(done)]
    return done.returncode, {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}


def test_check_tests_every_connection(rig: Rig) -> None:
    pooler = dict([POOLER_LINE.split(maxsplit=1)]) if rig.pgbouncer else {}
    assert check(rig) == (
        0,
        {
            "settings": "good",
            "TLS": "off",
            "payloads": "in the clear: ICHOR_PAYLOAD_KEYS is not set",
            "Temporal": f"{rig.temporal.address}: good",
            "PostgreSQL": f"{rig.database_address}: good",
            **pooler,
            "effects": "happen once",
            "mail": "no server is set, mails are only logged",
        },
    )


def test_check_reports_a_database_without_the_ledger(rig: Rig) -> None:
    rig.query("DROP TABLE workflow.action_effects")
    code, output = check(rig)
    assert code == 0
    assert output["effects"].startswith("may be repeated: no access to table workflow.action_effects")


def test_check_shows_encryption_and_no_key(rig: Rig) -> None:
    secrets = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    keys = {"ICHOR_PAYLOAD_KEYS": f"new:{secrets[0]},old:{secrets[1]}"}
    code, output = check(rig, **keys)
    assert (code, output["payloads"]) == (0, "encrypted with key new, one of 2")
    worker = rig.worker(**keys).wait_ready()
    (line,) = (json.loads(line) for line in worker.log.read_text().splitlines() if "starting service" in line)
    assert (line["payload_keys"], line["temporal_tls"]) == (2, False)
    for secret in secrets:
        assert secret not in str(output) + worker.log.read_text() + worker.get("/debug")[1]


def test_another_application_s_database(rig: Rig) -> None:
    """The Go worker had another default name. A worker runs nevertheless, because `migrate` may follow later."""
    elsewhere = {"ICHOR_DB_NAME": "postgres"}
    code, output = check(rig, **elsewhere)
    assert code == 1
    assert output["PostgreSQL"].startswith(f"{rig.database_address}: database postgres has no table workflow.alerts: ")
    worker = rig.worker(**elsewhere).wait_ready()
    (line,) = (json.loads(line) for line in worker.log.read_text().splitlines() if "has no table" in line)
    assert (line["level"], line["database"]) == ("WARN", "postgres")


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_check_tests_the_mail_server(rig: Rig) -> None:
    server = MailServer(login=("ann", "s3cret"))
    server.start()
    sender = {"ICHOR_SMTP_FROM": "erp@example.com"}
    try:
        code, output = check(rig, ICHOR_SMTP_URL=f"smtp://ann:s3cret@{server.address}", **sender)
        assert (code, output["mail"]) == (0, f"{server.address}: good")
        code, output = check(rig, ICHOR_SMTP_URL=f"smtp://ann:guessed@{server.address}", **sender)
        assert code == 1
        assert output["mail"].startswith(f"{server.address}: 535 ")
        assert "guessed" not in str(output)
        assert output["PostgreSQL"].endswith(": good")
        assert server.take() == []
    finally:
        server.stop()
    code, output = check(rig, ICHOR_SMTP_URL=f"smtp://ann:s3cret@{server.address}", **sender)
    assert code == 1
    assert "connect" in output["mail"]
    assert "s3cret" not in str(output)
