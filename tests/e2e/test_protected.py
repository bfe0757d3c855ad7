"""Protected columns are refused when a rule is checked, started and run. A setting allows writing them."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Rule

FAULT = (
    'field "roles" on "core.users" is protected and cannot be set by generic workflow actions: '
    "workflow: protected field"
)
WARNING = "Protected tables and columns can be written by rules: ICHOR_WORKER_PROTECT is false"
ROLES = f"SELECT roles::text FROM core.users WHERE id = '{USERS[0]}'"


def rule_that_grants() -> Rule:
    rule = Rule()
    config = {
        "target_entity": "core.users",
        "target_field": "roles",
        "new_value": "{ADMIN}",
        "conditions": [{"field_name": "id", "operator": "equals", "value": USERS[0]}],
    }
    return rule.chain(rule.action("grant", "update_field", config))


@pytest.fixture
def users(sample_rig: Rig) -> Rig:
    sample_rig.query("ALTER TABLE core.users ADD COLUMN IF NOT EXISTS roles text[] DEFAULT '{USER}'")
    return sample_rig


def test_validate_and_start_report_it(users: Rig) -> None:
    file = users.write(rule_that_grants())
    done = users.command("validate", file)
    assert done.returncode == 1
    assert f"/graph/actions/0/action_config/target_field: error: {FAULT}" in done.stdout
    allowed = users.command("validate", file, ICHOR_WORKER_PROTECT="false")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert FAULT in users.command("start", file).stderr
    assert users.command("start", file, ICHOR_WORKER_PROTECT="maybe").returncode == 2


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_a_run_fails_and_writes_nothing(users: Rig, dispatch: str) -> None:
    worker = users.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = rule_that_grants()
    assert users.run(rule) == "FAILED"
    assert f"execute: {FAULT}" in users.failure(rule.workflow_id)
    assert users.query(ROLES) == [["{USER}"]]
    assert WARNING not in worker.log.read_text()


def test_the_setting_allows_it_with_a_warning(users: Rig) -> None:
    worker = users.worker(ICHOR_WORKER_PROTECT="false").wait_ready()
    worker.wait_log(WARNING)
    assert users.run(rule_that_grants()) == "COMPLETED"
    assert users.query(ROLES) == [["{ADMIN}"]]
