"""TLS, client certificates and API keys towards Temporal, through a real front that asks for them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.front import Front
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.worker import Worker

KEY = "an-api-key.of_a-test"
Open = Callable[..., Front]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def open_front(rig: Rig, authority: Authority, tmp_path: Path) -> Iterator[Open]:
    """Opens a front for 127.0.0.1, with a good certificate when nothing else is said."""
    fronts: list[Front] = []

    def opened(hosts: tuple[str, ...] = ("127.0.0.1",), ends: timedelta = timedelta(days=50), **more: object) -> Front:
        certificate = authority.vouch("server", *hosts, ends=ends)
        fronts.append(Front(tmp_path, rig.temporal.address, certificate, **more))  # type: ignore[arg-type]
        return fronts[-1]

    yield opened
    for worker in rig.workers:
        worker.stop()
    for front in fronts:
        front.close()


def check(rig: Rig, front: Front, **settings: str) -> tuple[int, str]:
    """Exit code of `run --check`, and what it says."""
    done = rig.command("run", "--check", ICHOR_TEMPORAL_HOSTPORT=front.address, **settings)
    return done.returncode, done.stdout + done.stderr


def runs(rig: Rig, worker: Worker) -> bool:
    worker.wait_ready()
    rule = Rule()
    return rig.run(rule.chain(rule.condition("check"), rule.update("note", "notes", "done"))) == "COMPLETED"


def test_a_server_that_is_vouched_for(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front()
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    assert check(rig, front, **settings)[0] == 0
    assert runs(rig, rig.worker(ICHOR_TEMPORAL_HOSTPORT=front.address, **settings))
    assert "RespondWorkflowTaskCompleted -" in front.requests()
    (worker,) = rig.workers
    left = worker.metrics().value("workflow_worker_certificates_end_seconds") - time.time()
    assert 99 < left / 86400 < 100
    assert "ends soon" not in worker.log.read_text()


def test_a_request_that_fails_names_its_run(rig: Rig, open_front: Open, authority: Authority) -> None:
    answers = ("RespondWorkflowTaskCompleted", "RespondActivityTaskCompleted")
    settings = {
        "ICHOR_TEMPORAL_HOSTPORT": open_front(fail_once=answers).address,
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


def test_one_of_those_that_vouch_has_expired(rig: Rig, open_front: Open, authority: Authority) -> None:
    """A bundle after a renewal: the old one stands beside the new one, of the same name or of another."""
    folder = rig.folder / "old"
    folder.mkdir()
    bundle = folder / "bundle.pem"
    old = [Authority(folder, name, ends=timedelta(days=-1)) for name in ("authority", "older")]
    bundle.write_text("".join(one.certificate.read_text() for one in [*old, authority]))
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=open_front().address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=str(bundle))
    assert runs(rig, worker)
    left = worker.metrics().value("workflow_worker_certificates_end_seconds") - time.time()
    assert 99 < left / 86400 < 100


def test_all_of_those_that_vouch_have_expired(rig: Rig) -> None:
    old = Authority(rig.folder, "older", ends=timedelta(days=-1))
    done = rig.command("run", TEMPORAL_TLS_SERVER_CA_CERT_PATH=str(old.certificate))
    assert done.returncode == 2
    assert (
        "\n  TEMPORAL_TLS_SERVER_CA_CERT_PATH holds a certificate that has expired, expected one that is valid now\n"
        in done.stderr
    )


def test_a_certificate_that_ends_soon(rig: Rig, authority: Authority) -> None:
    mine = authority.vouch("worker", ends=timedelta(days=29, hours=12))
    settings = {"ICHOR_TEMPORAL_TLS_CERT_FILE": str(mine.certificate), "ICHOR_TEMPORAL_TLS_KEY_FILE": str(mine.key)}
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT="127.0.0.1:1", **settings).wait_live()
    worker.wait_log('"Certificate expires soon"')
    assert '"for":"Temporal","days":29' in worker.log.read_text()


def test_certificates_may_be_given_outright(rig: Rig, open_front: Open, authority: Authority) -> None:
    code, said = check(rig, open_front(), ICHOR_TEMPORAL_TLS_CA=authority.certificate.read_text())
    assert code == 0
    assert "certificates are good until 20" in said


def test_whom_the_system_trusts(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front()
    code, said = check(rig, front, ICHOR_TEMPORAL_TLS="true")
    assert code == 1
    assert "ertificate" in said
    trusting = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(authority.certificate)}
    assert check(rig, front, ICHOR_TEMPORAL_TLS="true", **trusting)[0] == 0


def test_a_client_certificate(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front(client_authority=authority.certificate)
    mine = authority.vouch("worker")
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, said = check(rig, front, **settings)
    assert code == 1
    settings |= {"ICHOR_TEMPORAL_TLS_CERT_FILE": str(mine.certificate), "ICHOR_TEMPORAL_TLS_KEY_FILE": str(mine.key)}
    code, said = check(rig, front, **settings)
    assert code == 0, said
    assert runs(rig, rig.worker(ICHOR_TEMPORAL_HOSTPORT=front.address, **settings))


def test_a_client_certificate_of_somebody_else(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front(client_authority=authority.certificate)
    other = Authority(rig.folder, "other").vouch("stranger")
    code, _ = check(
        rig,
        front,
        ICHOR_TEMPORAL_TLS_CA_FILE=str(authority.certificate),
        ICHOR_TEMPORAL_TLS_CERT_FILE=str(other.certificate),
        ICHOR_TEMPORAL_TLS_KEY_FILE=str(other.key),
    )
    assert code == 1
    assert front.requests() == []


def test_the_names_of_temporals_own_tools(rig: Rig, open_front: Open, authority: Authority) -> None:
    """mTLS, a key and another server name, started by `start --wait`, which knows them too."""
    front = open_front(("temporal.internal",), client_authority=authority.certificate, api_key=KEY)
    mine = authority.vouch("worker")
    settings = {
        "ICHOR_TEMPORAL_HOSTPORT": "",
        "TEMPORAL_ADDRESS": front.address,
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
    assert front.refused() == 0
    assert "StartWorkflowExecution default" in front.requests()


@pytest.mark.parametrize(
    ("hosts", "ends"), [(("127.0.0.1",), timedelta(days=-1)), (("temporal.internal",), timedelta(days=50))]
)
def test_a_server_that_is_not_who_it_should_be(
    rig: Rig, open_front: Open, authority: Authority, hosts: tuple[str, ...], ends: timedelta
) -> None:
    """Expired, or of another name: the worker lives, says why, and is not ready."""
    front = open_front(hosts, ends)
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, said = check(rig, front, **settings)
    assert code == 1
    assert "ertificate" in said, said
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=front.address, **settings).wait_live()
    worker.wait_log("Temporal is away")
    assert not worker.is_ready()
    assert front.requests() == []


def test_a_server_that_others_vouch_for(rig: Rig, open_front: Open) -> None:
    front = open_front()
    other = Authority(rig.folder, "other")
    code, said = check(rig, front, ICHOR_TEMPORAL_TLS_CA_FILE=str(other.certificate))
    assert code == 1
    assert "ertificate" in said, said
    assert front.requests() == []


def test_without_tls_where_it_is_wanted(rig: Rig, open_front: Open) -> None:
    assert check(rig, open_front())[0] == 1


def test_an_api_key(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front(api_key=KEY)
    key_file = rig.folder / "key"
    key_file.write_text(KEY + "\n")
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate)}
    code, said = check(rig, front, **settings)
    assert code == 1
    assert "Request unauthorized." in said
    assert front.refused() == 1

    worker = rig.worker(
        ICHOR_TEMPORAL_HOSTPORT=front.address,
        ICHOR_TEMPORAL_API_KEY_FILE=str(key_file),
        ICHOR_LOG_LEVEL="debug",
        **settings,
    )
    assert runs(rig, worker)
    assert front.refused() == 1
    assert {line.split()[1] for line in front.requests()} == {"default"}
    assert worker.stop() == 0
    assert KEY not in worker.log.read_text()


def test_a_wrong_api_key(rig: Rig, open_front: Open, authority: Authority) -> None:
    front = open_front(api_key=KEY)
    settings = {"ICHOR_TEMPORAL_TLS_CA_FILE": str(authority.certificate), "ICHOR_TEMPORAL_API_KEY": KEY + "x"}
    worker = rig.worker(ICHOR_TEMPORAL_HOSTPORT=front.address, **settings).wait_live()
    worker.wait_log("Request unauthorized.")
    assert not worker.is_ready()
    assert worker.stop() == 0
    assert KEY not in worker.log.read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ICHOR_TEMPORAL_TLS_CA": "no PEM"}, "ICHOR_TEMPORAL_TLS_CA holds no certificate in PEM form"),
        (
            {"ICHOR_TEMPORAL_TLS_CERT": "{expired}", "ICHOR_TEMPORAL_TLS_KEY": "x"},
            "has expired",
        ),
        ({"ICHOR_TEMPORAL_TLS_CERT": "{good}", "ICHOR_TEMPORAL_TLS_KEY": "x"}, "KEY holds no private key in PEM form"),
        (
            {"ICHOR_TEMPORAL_TLS_CERT": "{good}", "ICHOR_TEMPORAL_TLS_KEY": "{key}"},
            "KEY is not the key of",
        ),
        ({"ICHOR_TEMPORAL_TLS_CERT": "{good}"}, "ICHOR_TEMPORAL_TLS_KEY is required"),
        ({"ICHOR_TEMPORAL_TLS_KEY": "{key}"}, "ICHOR_TEMPORAL_TLS_CERT is missing: a key needs its certificate"),
        ({"ICHOR_TEMPORAL_API_KEY": "a key"}, "ICHOR_TEMPORAL_API_KEY holds blanks or other characters"),
        ({"ICHOR_TEMPORAL_TLS_CA_FILE": "/nowhere"}, "ICHOR_TEMPORAL_TLS_CA_FILE: No such file or directory"),
        ({"TEMPORAL_TLS_SERVER_CA_CERT_DATA": "no PEM"}, "TEMPORAL_TLS_SERVER_CA_CERT_DATA holds no certificate"),
        ({"TEMPORAL_API_KEY": "a key"}, "TEMPORAL_API_KEY holds blanks or other characters"),
    ],
)
def test_what_cannot_be_used_is_told(rig: Rig, authority: Authority, settings: dict[str, str], said: str) -> None:
    texts = {
        "{expired}": authority.vouch("expired", ends=timedelta(days=-1)).certificate.read_text(),
        "{good}": authority.vouch("good").certificate.read_text(),
        "{key}": authority.vouch("another").key.read_text(),
    }
    for command in (["run"], ["start", "examples/expedite-large-order.json"]):
        done = rig.command(*command, **{name: texts.get(value, value) for name, value in settings.items()})
        assert done.returncode == 2
        assert said in done.stderr
        assert "PRIVATE" not in done.stderr
