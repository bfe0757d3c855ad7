"""Payloads that the server cannot read, exchanged with Temporal's Python SDK and the codec of the SDK's samples."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

import pytest
import temporalio.converter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until
from zarf.dev.temporal import Temporal

SECRET = "a phrase that only two may know"
OLD, NEW = os.urandom(32), os.urandom(32)


def keys(**named: bytes) -> str:
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in named.items())


class SampleCodec(temporalio.converter.PayloadCodec):
    """The codec of the official samples."""

    def __init__(self, key_id: str, key: bytes) -> None:
        self.key_id, self.cipher = key_id, AESGCM(key)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        metadata = {"encoding": b"binary/encrypted", "encryption-key-id": self.key_id.encode()}
        found = []
        for payload in payloads:
            nonce = os.urandom(12)
            sealed = self.cipher.encrypt(nonce, payload.SerializeToString(), None)
            found.append(Payload(metadata=metadata, data=nonce + sealed))
        return found

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        found = []
        for payload in payloads:
            if payload.metadata.get("encoding") != b"binary/encrypted":
                found.append(payload)
                continue
            assert payload.metadata["encryption-key-id"] == self.key_id.encode()
            plain = self.cipher.decrypt(payload.data[:12], payload.data[12:], None)
            found.append(Payload.FromString(plain))
        return found


def through_the_sdk(temporal: Temporal, codec: SampleCodec | None, ask: Any) -> Any:
    async def run() -> Any:
        converter = dataclasses.replace(temporalio.converter.default(), payload_codec=codec)
        return await ask(await Client.connect(temporal.address, data_converter=converter))

    return asyncio.run(run())


def start(rig: Rig, rule: Rule, codec: SampleCodec) -> None:
    async def begin(client: Client) -> None:
        await client.start_workflow("ExecuteGraphWorkflow", rule.document(), id=rule.workflow_id, task_queue=rig.queue)

    through_the_sdk(rig.temporal, codec, begin)


def written(rig: Rig, rule: Rule, codec: SampleCodec) -> str:
    """The worker's payloads in the history, decrypted by the sample codec; all must be encrypted."""

    async def read(client: Client) -> str:
        found: list[Payload] = []
        async for event in client.get_workflow_handle(rule.workflow_id).fetch_history_events():
            for payloads in event.marker_recorded_event_attributes.details.values():
                found += payloads.payloads
            found += event.activity_task_scheduled_event_attributes.input.payloads
            found += event.activity_task_completed_event_attributes.result.payloads
        assert found
        assert {payload.metadata["encoding"] for payload in found} == {b"binary/encrypted"}
        return "\n".join(payload.data.decode() for payload in await codec.decode(found))

    text: str = through_the_sdk(rig.temporal, None, read)
    return text


def updating_notes_rule() -> Rule:
    rule = Rule(SECRET)
    return rule.chain(rule.condition("check"), rule.update("note", "notes", SECRET), rule.notify("notify", SECRET))


def in_the_clear(rig: Rig, rule: Rule) -> bool:
    text = json.dumps(rig.temporal.history(rule.workflow_id))
    return any(base64.b64encode(SECRET[i:].encode())[:24].decode() in text for i in range(3)) or SECRET in text


def run_as_activities_or_not(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW), ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = updating_notes_rule()
    codec = SampleCodec("new", NEW)
    start(rig, rule, codec)
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value("SELECT message FROM workflow.alerts") == SECRET
    assert not in_the_clear(rig, rule)
    assert SECRET in written(rig, rule, codec)


def test_everything_is_encrypted(rig: Rig) -> None:
    run_as_activities_or_not(rig, "auto")


def test_activity_inputs_are_encrypted(rig: Rig) -> None:
    run_as_activities_or_not(rig, "activity")


def failing_rule() -> Rule:
    rule = Rule("none")
    return rule.chain(rule.condition("check"), rule.update("sum up", "total", SECRET))


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_failures_are_encrypted(rig: Rig, dispatch: str) -> None:
    """PostgreSQL quotes the text that is not a number; only a reader with the key sees it."""
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW), ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule, codec = failing_rule(), SampleCodec("new", NEW)
    start(rig, rule, codec)
    assert rig.ended(rule.workflow_id) == "FAILED"
    assert not in_the_clear(rig, rule)
    assert "Encoded failure" in json.dumps(rig.temporal.history(rule.workflow_id))

    async def ask(client: Client) -> str:
        with pytest.raises(WorkflowFailureError) as caught:
            await client.get_workflow_handle(rule.workflow_id).result()
        return str(caught.value.cause)

    message: str = through_the_sdk(rig.temporal, codec, ask)
    assert "action sum up (" in message
    assert f'invalid input syntax for type numeric: "{SECRET}"' in message


def test_an_unencrypted_failure_is_readable(rig: Rig) -> None:
    """Shows that the test above can fail."""
    rig.worker().wait_ready()
    rule = failing_rule()
    rig.run(rule)
    assert in_the_clear(rig, rule)


def test_an_unencrypted_run_is_readable(rig: Rig) -> None:
    """Shows that the tests above can fail."""
    rig.worker().wait_ready()
    rule = updating_notes_rule()
    rig.run(rule)
    assert in_the_clear(rig, rule)


def test_unencrypted_payloads_are_read(rig: Rig) -> None:
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW)).wait_ready()
    rule = updating_notes_rule()
    assert rig.run(rule) == "COMPLETED"


def test_start_and_queries(rig: Rig) -> None:
    settings = {"ICHOR_PAYLOAD_KEYS": keys(new=NEW)}
    rig.worker(**settings).wait_ready()
    rule = updating_notes_rule()
    done = rig.command("start", rig.write(rule), "--id", rule.workflow_id, "--wait", **settings)
    assert done.returncode == 0, done.stderr
    assert not in_the_clear(rig, rule)

    async def ask(client: Client) -> Any:
        return await client.get_workflow_handle(rule.workflow_id).query("graph_state")

    state = through_the_sdk(rig.temporal, SampleCodec("new", NEW), ask)
    assert [action["state"] for action in state["actions"]] == ["finished"] * 3


def test_rotation(rig: Rig) -> None:
    """A run started with the old key continues with the new one."""
    first = rig.worker(ICHOR_PAYLOAD_KEYS=keys(old=OLD), ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = Rule(SECRET)
    rule.chain(rule.delay("wait", "5s"), rule.update("note", "notes", SECRET))
    start(rig, rule, SampleCodec("old", OLD))
    wait_until(lambda: rig.has(rule.workflow_id, "TIMER_STARTED"), "the delay")
    assert first.stop() == 0
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW, old=OLD)).wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert '"records_affected":1' in written(rig, rule, SampleCodec("new", NEW))


def test_a_worker_without_the_key_leaves_the_run_open(rig: Rig) -> None:
    worker = rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW)).wait_ready()
    rule = updating_notes_rule()
    start(rig, rule, SampleCodec("old", OLD))
    worker.wait_log("a payload is encrypted with key 'old', which is not here")
    assert worker.stop() == 0
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW, old=OLD)).wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"


def test_wrong_keys(rig: Rig) -> None:
    short = base64.b64encode(os.urandom(16)).decode()
    for value in (short, f"a:{short}", "a:", f":{base64.b64encode(OLD).decode()}", keys(a=OLD) + "," + keys(a=NEW)):
        done = rig.command("run", ICHOR_PAYLOAD_KEYS=value)
        assert done.returncode == 2
        assert "ICHOR_PAYLOAD_KEYS: key " in done.stderr
        assert short not in done.stderr
        assert base64.b64encode(OLD).decode() not in done.stderr
