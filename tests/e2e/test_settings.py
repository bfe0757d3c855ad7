"""Wrong settings: every fault at once, exit code 2, before anything is opened."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from zarf.dev import worker as program
from zarf.dev.mail import MailServer
from zarf.dev.process import free_port

REQUIRED = ("ICHOR_TEMPORAL_HOSTPORT", "ICHOR_DB_HOST", "ICHOR_DB_USER", "ICHOR_DB_PASSWORD")


def good_settings() -> dict[str, str]:
    """Complete, though nobody listens there."""
    return {
        "ICHOR_TEMPORAL_HOSTPORT": f"127.0.0.1:{free_port()}",
        "ICHOR_DB_HOST": f"127.0.0.1:{free_port()}",
        "ICHOR_DB_USER": "ichor",
        "ICHOR_DB_PASSWORD": "a-secret-word",
        "ICHOR_WORKER_HEALTH_PORT": str(free_port()),
    }


def test_no_settings_at_all() -> None:
    done = program.command({}, "run")
    assert done.returncode == 2
    for name in REQUIRED:
        assert name in done.stderr


@pytest.mark.parametrize("missing", REQUIRED)
def test_one_is_missing(missing: str) -> None:
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
    """Exit code of `run --check`, and what it says of each."""
    done = rig.command("run", "--check", **settings)
    return done.returncode, {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}


def test_a_check_tries_them_all(rig: Rig) -> None:
    assert check(rig) == (
        0,
        {
            "settings": "good",
            "TLS": "off",
            "Temporal": f"{rig.temporal.address}: good",
            "PostgreSQL": f"{rig.postgres.address}: good",
            "mail": "no server is set, mails are only logged",
        },
    )


def test_a_check_tries_the_mail_server(rig: Rig) -> None:
    server = MailServer(login=("ann", "s3cret"))
    server.start()
    sender = {"ICHOR_SMTP_FROM": "erp@example.com"}
    try:
        code, said = check(rig, ICHOR_SMTP_URL=f"smtp://ann:s3cret@{server.address}", **sender)
        assert (code, said["mail"]) == (0, f"{server.address}: good")
        code, said = check(rig, ICHOR_SMTP_URL=f"smtp://ann:guessed@{server.address}", **sender)
        assert code == 1
        assert said["mail"].startswith(f"{server.address}: 535 ")
        assert "guessed" not in str(said)
        assert said["PostgreSQL"].endswith(": good")
        assert server.take() == []
    finally:
        server.stop()
    code, said = check(rig, ICHOR_SMTP_URL=f"smtp://ann:s3cret@{server.address}", **sender)
    assert code == 1
    assert "connect" in said["mail"]
    assert "s3cret" not in str(said)
