"""TLS, client certificates and API keys for Temporal, with a real proxy that requires them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from tests.e2e.tls_proxy import TlsProxy
from zarf.dev.worker import Worker

KEY = "an-api-key.of_a-test"
Open = Callable[..., TlsProxy]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def open_proxy(rig: Rig, authority: Authority, tmp_path: Path) -> Iterator[Open]:
    """Opens a proxy with a certificate, by default a good one for 127.0.0.1."""
    proxies: list[TlsProxy] = []

    def opened(
        hosts: tuple[str, ...] = ("127.0.0.1",), ends: timedelta = timedelta(days=50), **more: object
    ) -> TlsProxy:
        certificate = authority.issue("server", *hosts, ends=ends)
        proxies.append(TlsProxy(tmp_path, rig.temporal.address, certificate, **more))  # type: ignore[arg-type]
        return proxies[-1]

    yield opened
    for worker in rig.workers:
        worker.stop()
    for proxy in proxies:
        proxy.close()


def check(rig: Rig, proxy: TlsProxy, **settings: str) -> tuple[int, str]:
    """The exit code of `run --check`, and its output."""
    done = rig.command("run", "--check", ICHOR_TEMPORAL_HOSTPORT=proxy.address, **settings)
    return done.returncode, done.stdout + done.stderr


def runs(rig: Rig, worker: Worker) -> bool:
    worker.wait_ready()
    rule = Rule()
    return rig.run(rule.chain(rule.condition("check"), rule.update("note", "notes", "done"))) == "COMPLETED"


def test_a_trusted_server_certificate(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy()
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    assert check(rig, proxy, **settings)[0] == 0
    assert runs(rig, rig.worker(ICHOR_TEMPORAL_HOSTPORT=proxy.address, **settings))
    assert "RespondWorkflowTaskCompleted -" in proxy.requests()
    (worker,) = rig.workers
    left = worker.metrics().value("workflow_worker_certificates_end_seconds") - time.time()
    assert 99 < left / 86400 < 100
    assert "expires soon" not in worker.log.read_text()


def test_a_request_that_fails_names_its_run(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    answers = ("RespondWorkflowTaskCompleted", "RespondActivityTaskCompleted")
    settings = {
        "ICHOR_TEMPORAL_HOSTPORT": open_proxy(fail_once=answers).address,
        "ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate),
        "ICHOR_WORKER_DISPATCH": "activity",
    }
    worker = rig.worker(**settings).wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.update("note", "notes", "done"))) == "COMPLETED"
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if "failed, retrying" in line]
    assert [(line["method"], line["workflow_id"]) for line in lines] == [(name, rule.workflow_id) for name in answers]
    assert {line["code"] for line in lines} == {"UNAVAILABLE"}
    assert lines[1]["action_name"] == "note"


def test_one_expired_certificate_authority(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    """A bundle after a renewal holds the old and the new authority, with the same or different names."""
    folder = rig.folder / "old"
    folder.mkdir()
    bundle = folder / "bundle.pem"
    old = [Authority(folder, name, ends=timedelta(days=-1)) for name in ("authority", "older")]
    bundle.write_text("".join(one.certificate.read_text() for one in [*old, authority]))
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=open_proxy().address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=str(bundle))
    assert runs(rig, worker)
    left = worker.metrics().value("workflow_worker_certificates_end_seconds") - time.time()
    assert 99 < left / 86400 < 100


def test_only_expired_certificate_authorities(rig: Rig) -> None:
    old = Authority(rig.folder, "older", ends=timedelta(days=-1))
    done = rig.command("run", TEMPORAL_TLS_SERVER_CA_CERT_PATH=str(old.certificate))
    assert done.returncode == 2
    assert (
        "\n  TEMPORAL_TLS_SERVER_CA_CERT_PATH holds a certificate that has expired, expected one that is valid now\n"
        in done.stderr
    )


def test_a_certificate_that_expires_soon(rig: Rig, authority: Authority) -> None:
    mine = authority.issue("worker", ends=timedelta(days=29, hours=12))
    settings = {"ICHOR_TEMPORAL_TLS_CERT_FILE": str(mine.certificate), "ICHOR_TEMPORAL_TLS_KEY_FILE": str(mine.key)}
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1", **settings).wait_live()
    worker.wait_log('"Certificate expires soon"')
    assert '"for":"Temporal","days":29' in worker.log.read_text()


def test_certificates_as_values_of_settings(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    code, output = check(rig, open_proxy(), ICHOR_TEMPORAL_TLS_CA=authority.certificate.read_text())
    assert code == 0
    assert "certificates are good until 20" in output


def test_the_system_s_certificate_authorities(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy()
    code, output = check(rig, proxy, ICHOR_TEMPORAL_TLS="true")
    assert code == 1
    assert "ertificate" in output
    trusting = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(authority.certificate)}
    assert check(rig, proxy, ICHOR_TEMPORAL_TLS="true", **trusting)[0] == 0


def test_a_client_certificate(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy(client_authority=authority.certificate)
    mine = authority.issue("worker")
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, output = check(rig, proxy, **settings)
    assert code == 1
    settings |= {"ICHOR_TEMPORAL_TLS_CERT_FILE": str(mine.certificate), "ICHOR_TEMPORAL_TLS_KEY_FILE": str(mine.key)}
    code, output = check(rig, proxy, **settings)
    assert code == 0, output
    assert runs(rig, rig.worker(ICHOR_TEMPORAL_HOSTPORT=proxy.address, **settings))


def test_an_untrusted_client_certificate(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy(client_authority=authority.certificate)
    other = Authority(rig.folder, "other").issue("stranger")
    code, _ = check(
        rig,
        proxy,
        ICHOR_TEMPORAL_TLS_CA_FILE=str(authority.certificate),
        ICHOR_TEMPORAL_TLS_CERT_FILE=str(other.certificate),
        ICHOR_TEMPORAL_TLS_KEY_FILE=str(other.key),
    )
    assert code == 1
    assert proxy.requests() == []


def test_setting_names_of_temporals_own_tools(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    """mTLS, a key and another server name, also with `start --wait`."""
    proxy = open_proxy(("temporal.internal",), client_authority=authority.certificate, api_key=KEY)
    mine = authority.issue("worker")
    settings = {
        "ICHOR_TEMPORAL_HOSTPORT": "",
        "TEMPORAL_ADDRESS": proxy.address,
        "TEMPORAL_NAMESPACE": "default",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.certificate),
        "TEMPORAL_TLS_CLIENT_CERT_PATH": str(mine.certificate),
        "TEMPORAL_TLS_CLIENT_KEY_PATH": str(mine.key),
        "TEMPORAL_TLS_SERVER_NAME": "temporal.internal",
        "TEMPORAL_API_KEY": KEY,
    }
    rig.worker(**settings).wait_ready()
    rule = Rule()
    done = rig.command("start", rig.write(rule.chain(rule.condition("check"))), "--wait", **settings)
    assert done.returncode == 0, done.stderr
    assert proxy.refused() == 0
    assert "StartWorkflowExecution default" in proxy.requests()


@pytest.mark.parametrize(
    ("hosts", "ends"), [(("127.0.0.1",), timedelta(days=-1)), (("temporal.internal",), timedelta(days=50))]
)
def test_a_faulty_server_certificate(
    rig: Rig, open_proxy: Open, authority: Authority, hosts: tuple[str, ...], ends: timedelta
) -> None:
    """The certificate is expired or for another name: the worker lives, logs the reason, and is not ready."""
    proxy = open_proxy(hosts, ends)
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, output = check(rig, proxy, **settings)
    assert code == 1
    assert "ertificate" in output, output
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=proxy.address, **settings).wait_live()
    worker.wait_log("Temporal unavailable")
    assert not worker.is_ready()
    assert proxy.requests() == []


def test_an_untrusted_server_certificate(rig: Rig, open_proxy: Open) -> None:
    proxy = open_proxy()
    other = Authority(rig.folder, "other")
    code, output = check(rig, proxy, ICHOR_TEMPORAL_TLS_CA_FILE=str(other.certificate))
    assert code == 1
    assert "ertificate" in output, output
    assert proxy.requests() == []


def test_without_tls_on_a_tls_server(rig: Rig, open_proxy: Open) -> None:
    assert check(rig, open_proxy())[0] == 1


def test_an_api_key(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy(api_key=KEY)
    key_file = rig.folder / "key"
    key_file.write_text(KEY + "\n")
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, output = check(rig, proxy, **settings)
    assert code == 1
    assert "Request unauthorized." in output
    assert proxy.refused() == 1

    worker = rig.worker(
        ICHOR_TEMPORAL_HOSTPORT=proxy.address,
        ICHOR_TEMPORAL_API_KEY_FILE=str(key_file),
        ICHOR_LOG_LEVEL="debug",
        **settings,
    )
    assert runs(rig, worker)
    assert proxy.refused() == 1
    assert {line.split()[1] for line in proxy.requests()} == {"default"}
    assert worker.stop() == 0
    assert KEY not in worker.log.read_text()


def test_a_wrong_api_key(rig: Rig, open_proxy: Open, authority: Authority) -> None:
    proxy = open_proxy(api_key=KEY)
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate), "ICHOR_TEMPORAL_API_KEY": KEY + "x"}
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=proxy.address, **settings).wait_live()
    worker.wait_log("Request unauthorized.")
    assert not worker.is_ready()
    assert worker.stop() == 0
    assert KEY not in worker.log.read_text()


@pytest.mark.parametrize(
    ("settings", "output"),
    [
        ({"ICHOR_TEMPORAL_TLS_CA": "no PEM"}, "ICHOR_TEMPORAL_TLS_CA contains no certificate in PEM form"),
        (
            {"ICHOR_TEMPORAL_TLS_CERT": "{expired}", "ICHOR_TEMPORAL_TLS_KEY": "x"},
            "has expired",
        ),
        (
            {"ICHOR_TEMPORAL_TLS_CERT": "{good}", "ICHOR_TEMPORAL_TLS_KEY": "x"},
            "KEY contains no private key in PEM form",
        ),
        (
            {"ICHOR_TEMPORAL_TLS_CERT": "{good}", "ICHOR_TEMPORAL_TLS_KEY": "{key}"},
            "KEY is not the key of",
        ),
        ({"ICHOR_TEMPORAL_TLS_CERT": "{good}"}, "ICHOR_TEMPORAL_TLS_KEY is required"),
        ({"ICHOR_TEMPORAL_TLS_KEY": "{key}"}, "ICHOR_TEMPORAL_TLS_CERT is missing: a key needs its certificate"),
        ({"ICHOR_TEMPORAL_API_KEY": "a key"}, "ICHOR_TEMPORAL_API_KEY holds blanks or other characters"),
        ({"ICHOR_TEMPORAL_TLS_CA_FILE": "/nowhere"}, "ICHOR_TEMPORAL_TLS_CA_FILE: No such file or directory"),
        ({"TEMPORAL_TLS_SERVER_CA_CERT_DATA": "no PEM"}, "TEMPORAL_TLS_SERVER_CA_CERT_DATA contains no certificate"),
        ({"TEMPORAL_API_KEY": "a key"}, "TEMPORAL_API_KEY holds blanks or other characters"),
    ],
)
def test_unusable_tls_settings_are_reported(
    rig: Rig, authority: Authority, settings: dict[str, str], output: str
) -> None:
    texts = {
        "{expired}": authority.issue("expired", ends=timedelta(days=-1)).certificate.read_text(),
        "{good}": authority.issue("good").certificate.read_text(),
        "{key}": authority.issue("another").key.read_text(),
    }
    for command in (["run"], ["start", "examples/expedite-large-order.json"]):
        done = rig.command(*command, **{name: texts.get(value, value) for name, value in settings.items()})
        assert done.returncode == 2
        assert output in done.stderr
        assert "PRIVATE" not in done.stderr
