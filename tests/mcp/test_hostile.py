"""Messages that no client should send: each gets its answer, or no answer, and the server continues."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from zarf.dev import worker

Json = dict[str, Any]
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}
PING = {"jsonrpc": "2.0", "id": "last", "method": "ping"}
PONG = {"jsonrpc": "2.0", "id": "last", "result": {}}
MIB = 1 << 20


def send(*messages: bytes | Json | list[Any], end: bytes = b"\n") -> list[Any]:
    lines = [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]
    done = subprocess.run(
        [worker.binary(), "mcp"],
        input=b"\n".join(lines) + end,
        env=worker.environment({}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def request(method: Any, **more: Any) -> Json:
    return {"jsonrpc": "2.0", "id": 1, "method": method, **more}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18"])
def test_each_version_gets_what_it_knows(version: str) -> None:
    hello = {**INITIALIZE, "params": {"protocolVersion": version}}
    call = request("tools/call", params={"name": "list_actions"})
    said, tools, called = send(hello, request("tools/list"), call)
    assert said["result"]["protocolVersion"] == version
    tool = tools["result"]["tools"][0]
    assert ("annotations" in tool) is (version > "2024-11-05")
    assert ("outputSchema" in tool) is ("structuredContent" in called["result"]) is (version == "2025-06-18")
    assert json.loads(called["result"]["content"][0]["text"])["actions"]


def test_an_unknown_version_gets_the_newest() -> None:
    (said,) = send({**INITIALIZE, "params": {"protocolVersion": "2199-01-01"}})
    assert said["result"]["protocolVersion"] == "2025-06-18"


BAD: list[tuple[bytes | Json, int, Any, str]] = [
    (b"nonsense", -32700, None, "expected a value, found 'nonsense'"),
    (b"\xff\xfe", -32700, None, ""),
    (b'{"jsonrpc":"2.0","id":1', -32700, None, ""),
    (b'{"a":1,"a":2}', -32700, None, ""),
    (b"[" * 100_000, -32700, None, ""),
    (b'{"jsonrpc":"2.0","id":1,"method":' + b'{"a":' * 300 + b"1" + b"}" * 301, -32700, None, ""),
    (b'"' + b"x" * (17 * MIB) + b'"', -32700, None, "the message is longer than 16 MiB"),
    (b"5", -32600, None, "expected object, found number"),
    (b"{}", -32600, None, 'jsonrpc must be "2.0"'),
    (request(5), -32600, 1, "method, a string, is required"),
    (request("ping", id=None), -32600, None, "id must be a string or a number"),
    (request("ping", id={}), -32600, None, "id must be a string or a number"),
    (request("ping", params=[]), -32602, 1, "params: expected object, found array"),
    (request("tools/kall"), -32601, 1, "unknown method 'tools/kall'"),
    (request("tools/call"), -32602, 1, "name, a string, is required"),
    (request("tools/call", params={"name": 5}), -32602, 1, "name, a string, is required"),
    (request("tools/call", params={"name": "nothing"}), -32602, 1, "unknown tool 'nothing'; see tools/list"),
    (
        request("tools/call", params={"name": "list_actions", "arguments": 5}),
        -32602,
        1,
        "arguments: expected object, found number",
    ),
    (request("initialize", params={}), -32602, 1, "protocolVersion, a string, is required"),
    (b"[]", -32600, None, "batches are part of protocol version 2025-03-26 only"),
]


@pytest.mark.parametrize(("message", "code", "number", "words"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_message(message: bytes | Json, code: int, number: Any, words: str) -> None:
    _, answer, pong = send(INITIALIZE, message, PING)
    assert (answer["id"], answer["error"]["code"]) == (number, code)
    assert words in answer["error"]["message"]
    assert pong == PONG


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"  \r",
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "list_actions"}},
        {"jsonrpc": "2.0", "id": 7, "result": {}},
        {"jsonrpc": "2.0", "id": 7, "error": {"code": 1, "message": "x"}},
    ],
    ids=str,
)
def test_what_gets_no_answer(message: bytes | Json) -> None:
    assert send(INITIALIZE, message, PING)[1:] == [PONG]


def test_nothing_but_ping_before_initialize() -> None:
    refused, pong = send(request("tools/list"), PING)
    assert refused["error"] == {"code": -32600, "message": "initialize first"}
    assert pong == PONG


def test_batches() -> None:
    hello = {**INITIALIZE, "params": {"protocolVersion": "2025-03-26"}}
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    _, answers, empty, many, pong = send(hello, [PING, note, request("x"), 5], [note], [], [PING] * 101, PING)
    assert [answer["id"] for answer in answers] == ["last", 1, None]
    assert empty["error"]["message"] == "the batch is empty"
    assert many["error"]["message"] == "a batch has at most 100 messages, found 101"
    assert pong == PONG


def test_a_last_message_without_a_newline() -> None:
    assert send(INITIALIZE, PING, end=b"")[1:] == [PONG]


def test_no_input_at_all() -> None:
    assert send(end=b"") == []


def test_an_output_that_is_closed() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [worker.binary(), "mcp"],
            input=json.dumps(PING).encode() + b"\n",
            env=worker.environment({}),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"an answer could not be written" in done.stderr


def test_wrong_usage() -> None:
    done = worker.command({}, "mcp", "x")
    assert done.returncode == 2 and "no argument is known" in done.stderr
