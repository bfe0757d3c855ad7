"""Old rows of the effect ledger are deleted; younger rows stay."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

COUNT = "SELECT count(*) FROM workflow.action_effects"
AGE = "UPDATE workflow.action_effects SET created_at = now() - interval '8 days'"


def deletions(worker: Worker) -> list[Any]:
    lines = map(json.loads, worker.log.read_text().splitlines())
    return [line["rows"] for line in lines if line["msg"] == "Old rows of the effect ledger deleted"]


def test_old_rows_are_deleted(rig: Rig) -> None:
    first = rig.worker(ICHOR_WORKER_EFFECTS_KEEP="7d").wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.update("note", "notes", "old"))) == "COMPLETED"
    first.stop()
    rig.query(AGE)
    # 600 more rows, so that the deletion takes two steps.
    rig.query(
        "INSERT INTO workflow.action_effects SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'test',"
        " '{}', now() - interval '9 days' FROM generate_series(1, 600)"
    )

    second = rig.worker(ICHOR_WORKER_EFFECTS_KEEP="7d").wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.update("note", "notes", "new"))) == "COMPLETED"

    wait_until(lambda: deletions(second), "the end of the first round")
    assert deletions(second) == [601]
    assert rig.value(COUNT) == "1"


def test_nothing_is_deleted_on_request(rig: Rig) -> None:
    rig.query(
        "INSERT INTO workflow.action_effects SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'test',"
        " '{}', now() - interval '900 days'"
    )
    worker = rig.worker(ICHOR_WORKER_EFFECTS_KEEP="0").wait_ready()
    other = rig.worker(ICHOR_WORKER_EFFECTS_KEEP="30d").wait_ready()

    wait_until(lambda: deletions(other), "the end of the first round")
    assert deletions(worker) == []
