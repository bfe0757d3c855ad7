"""call_webhook with real web servers: answers, retries, lost workers, and secrets that nobody sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from tests.handlers.with_web import context
from zarf.dev.process import wait_until
from zarf.dev.web import WebServer
from zarf.dev.worker import Worker

TOKEN, CHAT = "tok-3fd9a1c07b22", "T0001/B0002/xyzw9876"
SECRET_HEADERS = {"Authorization": "Bearer {{secret:TOKEN}}", "X-Number": "{{number}}"}


@pytest.fixture
def web(rig: Rig, tmp_path: Path) -> Iterator[WebServer]:
    rig.folder = tmp_path
    authority = Authority(tmp_path)
    server = WebServer(context(authority.issue("web", "127.0.0.1")))
    server.start()
    yield server
    for worker in rig.workers:
        worker.stop()
    server.stop()


def start_worker(rig: Rig, **settings: str) -> Worker:
    lines = rig.folder / "secret_lines"
    lines.write_text(f"# of partners\nTOKEN={TOKEN}\n")
    secrets = rig.folder / "secrets"
    secrets.mkdir(exist_ok=True)
    for name, hosts in (("CHAT", "chat.example\n127.0.0.1\n"), ("ELSEWHERE", "chat.example\n")):
        (secrets / name).write_text(f"{CHAT}\n")
        (secrets / f"{name}.hosts").write_text(hosts)
    access = {
        "ICHOR_WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
        "ICHOR_WEBHOOK_CA": str(rig.folder / "authority.pem"),
        "ICHOR_WEBHOOK_SECRETS_FILE": str(lines),
        "ICHOR_SECRETS_DIR": str(secrets),
        "ICHOR_LOG_LEVEL": "debug",
    }
    return rig.worker(**access, **settings).wait_ready()


def calling_rule(url: str, **config: Any) -> Rule:
    """A webhook, and an update that stores its status."""
    rule = Rule()
    called = rule.action("call", "call_webhook", {"url": url, "headers": SECRET_HEADERS, **config})
    return rule.chain(called, rule.update("note", "notes", "{{call.output}} {{call.status_code}}"))


def attempts(rig: Rig, rule: Rule) -> int:
    return int(rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")[0].get("attempt", 1))


def stored(rig: Rig) -> str:
    return rig.value("SELECT notes FROM sales.orders WHERE number = 'SO-2026-1042'")


def test_the_answer_continues_the_run(rig: Rig, web: WebServer) -> None:
    worker = start_worker(rig)

    assert (
        rig.run(calling_rule(f"{web.url}/status/404?order={{{{number}}}}", body='{"n": "{{number}}"}')) == "COMPLETED"
    )

    (request,) = web.take()
    assert (request.method, request.target, request.body) == (
        "POST",
        "/status/404?order=SO-2026-1042",
        b'{"n": "SO-2026-1042"}',
    )
    assert request.fields()["headers"]["x-number"] == "SO-2026-1042"
    assert stored(rig) == "client_error 404"
    assert worker.metrics().value("workflow_worker_http_requests_total", outcome="answered") == 1


@pytest.mark.parametrize("path", ["busy-once/503/1", "busy-once/429/1"])
def test_a_busy_server_is_called_again_with_the_same_key(rig: Rig, web: WebServer, path: str) -> None:
    start_worker(rig)
    rule = calling_rule(f"{web.url}/{path}")

    assert rig.run(rule) == "COMPLETED"

    assert attempts(rig, rule) == 2
    first, second = (request.fields()["headers"]["idempotency-key"] for request in web.take())
    assert first == second
    assert stored(rig) == "success 200"


def test_retry_after_is_the_interval_of_the_activity(rig: Rig, web: WebServer) -> None:
    start_worker(rig)
    rule = calling_rule(f"{web.url}/busy/503/900")
    rig.start(rule)

    def interval() -> str:
        pending = rig.temporal.describe(rule.workflow_id).get("pendingActivities", [])
        return next((activity.get("currentRetryInterval", "") for activity in pending), "")

    wait_until(lambda: interval().startswith("900"), "the delay that the server named")
    rig.temporal.cli("workflow", "terminate", "--workflow-id", rule.workflow_id)


def test_the_last_attempt_ends_with_its_output(rig: Rig, web: WebServer) -> None:
    start_worker(rig)
    rule = calling_rule(f"{web.url}/status/503")

    assert rig.run(rule) == "COMPLETED"

    assert attempts(rig, rule) == 3
    assert stored(rig) == "server_error 503"


def test_killed_while_the_server_works(rig: Rig, web: WebServer) -> None:
    """Nobody knows whether the server did the work, so the action is not performed again."""
    first = start_worker(rig)
    rule = calling_rule(f"{web.url}/silent/{{{{secret.CHAT}}}}")
    rig.start(rule)
    wait_until(lambda: web.requests, "the request")
    first.kill()
    start_worker(rig)

    assert rig.ended(rule.workflow_id) == "FAILED"

    assert "it may have been performed by a worker that was lost" in rig.failure(rule.workflow_id)
    assert len(web.take()) == 1
    look_for_secrets(rig, rule)


def decoded(value: Any) -> Iterator[str]:
    """Every text in a history, and what its payloads hold."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from decoded(item)
            if key == "data" and isinstance(item, str):
                yield base64.b64decode(item).decode("utf-8", "replace")
    elif isinstance(value, list):
        for item in value:
            yield from decoded(item)
    elif isinstance(value, str):
        yield value


def look_for_secrets(rig: Rig, *rules: Rule) -> None:
    places: dict[str, str] = {}
    for number, worker in enumerate(rig.workers):
        places[f"log {number}"] = worker.log.read_text()
        if not worker.process.fault():
            places[f"debug {number}"] = worker.get("/debug")[1]
            places[f"metrics {number}"] = worker.get("/metrics")[1]
    for rule in rules:
        history = rig.temporal.history(rule.workflow_id)
        places[f"history of {rule.workflow_id}"] = json.dumps(history) + "\n".join(decoded(history))
        places[f"description of {rule.workflow_id}"] = "\n".join(decoded(rig.temporal.describe(rule.workflow_id)))
    tables = rig.query(
        "SELECT format('SELECT t::text FROM %I.%I t', table_schema, table_name) FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    places["database"] = "\n".join("\n".join(map(str, rig.query(sql))) for (sql,) in tables)
    for name, text in places.items():
        assert text, name
        for secret in (TOKEN, CHAT):
            assert secret not in text, f"a secret is in the {name}"


def test_no_secret_is_seen(rig: Rig, web: WebServer) -> None:
    """Nobody sees a secret: after success with an answer that echoes the request, after a retry, after failures, and
    while a request is under way."""
    start_worker(rig)
    path = "{{secret:CHAT}}?key={{secret.TOKEN}}"
    done = [
        calling_rule(f"{web.url}/{begin}/{path}") for begin in ("echo", "busy-once/503/0", "cut", "endless-headers")
    ]
    done += [
        calling_rule(f"https://127.0.0.2:{web.port}/{path}"),
        calling_rule(f"{web.url}/ok/{path}", headers={"X-A": "{{secret.TOKEN}}\n"}),
        calling_rule(f"{web.url}/ok/{path}", headers={"X-A": "{{secret.UNKNOWN}} {{secret.TOKEN}}"}),
        calling_rule(f"{web.url}/ok/{path}{{{{secret:ELSEWHERE}}}}"),
        calling_rule(f"{web.url}/ok/{path}", signature="TOKEN", body="{}"),
    ]
    ends = [rig.run(rule) for rule in done]
    assert ends == ["COMPLETED", "COMPLETED", "FAILED", "FAILED", "FAILED", "FAILED", "FAILED", "FAILED", "COMPLETED"]
    sent = json.dumps([request.fields() for request in web.take()])
    assert TOKEN in sent
    assert CHAT in sent
    result = "\n".join(decoded(rig.temporal.history(done[0].workflow_id)))
    assert "Bearer [secret]" in result

    waiting = calling_rule(f"{web.url}/silent/{path}")
    rig.start(waiting)
    wait_until(lambda: web.requests, "the request")
    look_for_secrets(rig, *done, waiting)
    rig.temporal.cli("workflow", "terminate", "--workflow-id", waiting.workflow_id)


def test_commands_do_not_show_secrets(rig: Rig, web: WebServer) -> None:
    secrets = {"ICHOR_WEBHOOK_SECRETS": f"TOKEN={TOKEN}\nCHAT={CHAT}", "ICHOR_WEBHOOK_ALLOW_HOSTS": "127.0.0.1"}
    secrets["ICHOR_WEBHOOK_CA"] = str(rig.folder / "authority.pem")
    rule = calling_rule(f"{web.url}/echo/{{{{secret.CHAT}}}}")
    config = rig.folder / "config.json"
    config.write_text(json.dumps(rule.actions[0]["action_config"]))

    simulated = rig.command("simulate", rig.write(rule), **secrets)
    validated = rig.command("validate", rig.write(rule), **secrets)
    tried = rig.command("try", "call_webhook", "--config", config, **secrets)
    wrong = rig.command("run", "--check", **{**secrets, "ICHOR_WEBHOOK_SECRETS": f"TOKEN={TOKEN}\n{CHAT}"})

    listed = rig.command("validate", rig.write(rule), ICHOR_WEBHOOK_ALLOW_HOSTS="http://partner.example")

    assert listed.returncode == 2
    assert "ICHOR_WEBHOOK_ALLOW_HOSTS: expected a host name, an address or a block" in listed.stderr
    assert (simulated.returncode, validated.returncode, tried.returncode) == (0, 0, 0)
    assert "Bearer [secret]" in tried.stdout
    assert wrong.returncode == 2
    assert "line 2: expected NAME=value" in wrong.stderr
    for command in (simulated, validated, tried, wrong):
        for secret in (TOKEN, CHAT):
            assert secret not in command.stdout + command.stderr
