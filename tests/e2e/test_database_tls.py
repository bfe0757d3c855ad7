"""PostgreSQL over TLS, with right, wrong and expired certificates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.postgres import Postgres
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

Secure = Callable[..., None]
DATABASE_END = "workflow_worker_database_certificates_end_seconds"


def days_left(worker: Worker) -> float:
    return (worker.metrics().value(DATABASE_END) - time.time()) / 86400


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def secure(postgres: Postgres, authority: Authority) -> Iterator[Secure]:
    """Restarts the test's PostgreSQL with a certificate, by default a good one for 127.0.0.1."""

    def secured(
        hosts: tuple[str, ...] = ("127.0.0.1",),
        ends: timedelta = timedelta(days=50),
        authority_of_clients: bool = False,
    ) -> None:
        certificate = authority.issue("server", *hosts, ends=ends)
        clients = authority.certificate if authority_of_clients else None
        postgres.stop()
        postgres.secure(certificate.certificate, certificate.key, clients)
        postgres.start()

    yield secured


def check(rig: Rig, **settings: str) -> tuple[int, str]:
    """The exit code of `run --check`, and its line for PostgreSQL."""
    done = rig.command("run", "--check", **{"ICHOR_DB_DISABLE_TLS": "false", **settings})
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("PostgreSQL")]
    return done.returncode, line


def test_tls_is_on_by_default(rig: Rig, postgres: Postgres) -> None:
    code, output = check(rig)
    assert code == 1
    assert "server does not support SSL, but SSL was required" in output
    assert check(rig, ICHOR_DB_DISABLE_TLS="true") == (0, f"PostgreSQL 127.0.0.1:{postgres.port}: good")


def test_a_server_that_requires_tls(rig: Rig, secure: Secure) -> None:
    secure()
    code, output = check(rig, ICHOR_DB_DISABLE_TLS="true")
    assert code == 1
    assert "no pg_hba.conf entry" in output
    assert check(rig)[0] == 0


def test_files_of_libpq_in_the_home_do_not_count(rig: Rig, secure: Secure, authority: Authority) -> None:
    """If libpq found root.crt there, it would require that root.crt has signed the server's certificate."""
    secure(authority_of_clients=True)
    home = rig.folder / "home" / ".postgresql"
    home.mkdir(parents=True)
    other = Authority(home, "other")
    other.certificate.rename(home / "root.crt")
    mine = authority.issue("worker")
    (home / "postgresql.crt").write_bytes(mine.certificate.read_bytes())
    (home / "postgresql.key").write_bytes(mine.key.read_bytes())
    (home / "postgresql.key").chmod(0o600)

    code, output = check(rig, HOME=str(home.parent))

    assert code == 1
    assert "client certificate" in output


def test_a_trusted_server_certificate(rig: Rig, secure: Secure, authority: Authority) -> None:
    secure()
    settings = {"ICHOR_DB_CA_FILE": str(authority.certificate)}
    assert check(rig, **settings)[0] == 0
    rig.worker(ICHOR_DB_DISABLE_TLS="false", **settings).wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.condition("check"), rule.update("note", "notes", "done"))) == "COMPLETED"


def test_an_untrusted_server_certificate(rig: Rig, secure: Secure) -> None:
    secure()
    code, output = check(rig, ICHOR_DB_CA_FILE=str(Authority(rig.folder, "other").certificate))
    assert code == 1
    assert "certificate verify failed" in output


def test_a_server_certificate_of_another_name(rig: Rig, secure: Secure, authority: Authority) -> None:
    secure(("database.internal",))
    code, output = check(rig, ICHOR_DB_CA_FILE=str(authority.certificate))
    assert code == 1
    assert 'does not match host name "127.0.0.1"' in output


def test_an_expired_certificate(rig: Rig, secure: Secure, authority: Authority) -> None:
    secure(ends=timedelta(days=-1))
    settings = {"ICHOR_DB_CA_FILE": str(authority.certificate)}
    code, output = check(rig, **settings)
    assert code == 1
    assert "certificate verify failed" in output
    worker = rig.worker(ICHOR_DB_DISABLE_TLS="false", **settings).wait_live()
    worker.wait_log("Services unavailable")
    assert not worker.is_ready()


def test_missing_files(rig: Rig) -> None:
    names = ("ICHOR_DB_CA_FILE", "ICHOR_DB_CERT_FILE", "ICHOR_DB_KEY_FILE", "ICHOR_SMTP_CA_FILE")
    done = rig.command("run", "--check", **{name: f"/nowhere/{name}" for name in names})
    assert done.returncode == 2
    assert done.stdout == ""
    for name in names:
        assert f"\n  {name}=/nowhere/{name}: No such file or directory\n" in done.stderr


def test_a_client_certificate(rig: Rig, secure: Secure, authority: Authority) -> None:
    secure(authority_of_clients=True)
    settings = {"ICHOR_DB_CA_FILE": str(authority.certificate)}
    code, output = check(rig, **settings)
    assert code == 1
    assert "client certificate" in output
    mine = authority.issue("worker")
    settings |= {"ICHOR_DB_CERT_FILE": str(mine.certificate), "ICHOR_DB_KEY_FILE": str(mine.key)}
    assert check(rig, **settings)[0] == 0
    expired = authority.issue("expired", ends=timedelta(days=-1))
    settings |= {"ICHOR_DB_CERT_FILE": str(expired.certificate), "ICHOR_DB_KEY_FILE": str(expired.key)}
    assert check(rig, **settings)[0] == 1


def test_when_certificates_expire(rig: Rig, authority: Authority) -> None:
    """The earliest expiry of the valid ones; an expired one beside them is ignored."""
    old = rig.folder / "old"
    old.mkdir()
    bundle = old / "bundle.pem"
    expired = Authority(old, ends=timedelta(days=-1))
    bundle.write_text(expired.certificate.read_text() + authority.certificate.read_text())
    mine = authority.issue("worker", ends=timedelta(days=20, hours=12))
    settings = {"ICHOR_DB_DISABLE_TLS": "false", "ICHOR_DB_CA_FILE": str(bundle)}
    ca_only = rig.worker(**settings).wait_live()
    ca_only.wait_log('"starting service"')
    wait_until(lambda: DATABASE_END in ca_only.get("/metrics")[1], "the metric")
    assert 99 < days_left(ca_only) < 100
    assert "Certificate expires soon" not in ca_only.log.read_text()
    both = rig.worker(**settings, ICHOR_DB_CERT_FILE=str(mine.certificate), ICHOR_DB_KEY_FILE=str(mine.key))
    both.wait_live().wait_log('"for":"PostgreSQL","days":20')
    assert 20 < days_left(both) < 21


def test_without_tls_no_certificate_expires(rig: Rig, authority: Authority) -> None:
    worker = rig.worker(ICHOR_DB_DISABLE_TLS="true", ICHOR_DB_CA_FILE=str(authority.certificate)).wait_ready()
    assert DATABASE_END not in worker.get("/metrics")[1]
