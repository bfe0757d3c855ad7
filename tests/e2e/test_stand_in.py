"""The user who acts for a rule whose event names no user."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Rule

NO_USER = "approve purchase order: no user: the event names none"


@pytest.fixture
def order(sample_rig: Rig) -> str:
    """A purchase order that nobody has approved or rejected."""
    order = str(uuid.uuid4())
    sample_rig.query(
        "INSERT INTO procurement.purchase_orders (id, order_number, supplier_id, purchase_order_status_id,"
        " delivery_warehouse_id, order_date, expected_delivery_date, currency_id, requested_by, created_by, updated_by,"
        f" created_date, updated_date) SELECT '{order}', '{order}', u.id, u.id, u.id, now(), now(), u.id, u.id, u.id,"
        f" u.id, now(), now() FROM core.users u WHERE u.id = '{USERS[0]}'"
    )
    return order


def approved_by(rig: Rig, order: str) -> list[list[str]]:
    return rig.query(f"SELECT approved_by::text FROM procurement.purchase_orders WHERE id = '{order}'")


def rule_of_nobody(order: str) -> Rule:
    rule = Rule(user_id="")
    return rule.chain(rule.action("approve", "approve_purchase_order", {"purchase_order_id": order}))


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_a_user_stands_in(sample_rig: Rig, order: str, dispatch: str) -> None:
    sample_rig.worker(ICHOR_WORKER_DISPATCH=dispatch, ICHOR_WORKER_USER=USERS[0]).wait_ready()
    assert sample_rig.run(rule_of_nobody(order)) == "COMPLETED"
    assert approved_by(sample_rig, order) == [[USERS[0]]]


def test_without_one_the_action_fails(sample_rig: Rig, order: str) -> None:
    sample_rig.worker().wait_ready()
    rule = rule_of_nobody(order)
    assert sample_rig.run(rule) == "FAILED"
    assert f"execute: {NO_USER}" in sample_rig.failure(rule.workflow_id)


def test_try_has_the_same_user(sample_rig: Rig, order: str) -> None:
    config = sample_rig.folder / "config.json"
    config.write_text(json.dumps({"purchase_order_id": order}))
    done = sample_rig.command("try", "approve_purchase_order", "--config", str(config))
    assert json.loads(done.stdout) == {"error": NO_USER, "retryable": False}
    done = sample_rig.command("try", "approve_purchase_order", "--config", str(config), ICHOR_WORKER_USER=USERS[0])
    assert json.loads(done.stdout)["result"]["output"] == "approved"
    assert approved_by(sample_rig, order) == [[USERS[0]]]


def test_a_user_is_a_uuid(sample_rig: Rig) -> None:
    done = sample_rig.command("run", ICHOR_WORKER_USER="ana.kovac")
    assert done.returncode == 2
    assert "ICHOR_WORKER_USER=ana.kovac: expected a UUID" in done.stderr
