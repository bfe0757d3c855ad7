"""Workers that take only one kind of task, and versions of a worker side by side in a Worker Deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Rule
from tests.e2e.test_approval import asking_rule, complete, start
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker


def three() -> Rule:
    rule = Rule()
    return rule.chain(rule.condition("one"), rule.update("two", "notes", "done"), rule.condition("three"))


def test_a_workflow_worker_and_an_activity_worker(rig: Rig) -> None:
    deciding = rig.worker(ICHOR_WORKER_MODE="workflow").wait_ready()
    rule = three()
    rig.start(rule)
    wait_until(lambda: rig.kinds(rule.workflow_id)["ACTIVITY_TASK_SCHEDULED"], "an activity")
    assert rig.temporal.status(rule.workflow_id) == "RUNNING"  # no worker takes it
    performing = rig.worker(ICHOR_WORKER_MODE="activity").wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"
    # The server reports the end before the worker gets the reply to its last answer.
    wait_until(lambda: deciding.metrics().value("workflow_worker_workflow_tasks_answered_total") == 4, "four answers")
    decided, performed = deciding.metrics(), performing.metrics()
    assert decided.value("workflow_worker_actions_total") == 0
    assert decided.value("temporal_num_pollers", poller_type="activity_task") == 0
    assert performed.value("workflow_worker_actions_total", outcome="done") == 3
    assert performed.value("temporal_activity_task_received_total") == 3
    assert performed.value("temporal_num_pollers", poller_type="workflow_task") == 0
    assert performed.value("workflow_worker_workflow_tasks_answered_total") == 0


NO_DATABASE = {name: "" for name in ("ICHOR_DB_HOST", "ICHOR_DB_USER", "ICHOR_DB_PASSWORD")}


def test_a_workflow_worker_needs_no_database(rig: Rig) -> None:
    deciding = rig.worker(ICHOR_WORKER_MODE="workflow", ICHOR_LOG_LEVEL="warn", **NO_DATABASE).wait_ready()
    rig.worker(ICHOR_WORKER_MODE="activity").wait_ready()
    assert rig.run(three()) == "COMPLETED"
    wait_until(lambda: deciding.metrics().value("workflow_worker_workflow_tasks_answered_total") == 4, "four answers")
    assert deciding.stop() == 0
    assert deciding.log.read_text() == ""


@pytest.mark.parametrize(("settings", "status"), [(NO_DATABASE, "pending"), ({}, "expired")])
def test_approvals_of_a_workflow_worker(rig: Rig, settings: dict[str, str], status: str) -> None:
    """A request that can no longer be answered is marked if a database is configured."""
    rig.worker(ICHOR_WORKER_MODE="workflow", **settings).wait_ready()
    rig.worker(ICHOR_WORKER_MODE="activity").wait_ready()
    rule = Rule()
    config = {"approvers": list(USERS), "approval_type": "any", "approval_message": "?"}
    rule.chain(rule.action("ask", "seek_approval", config))
    rig.insert_execution(rule.execution_id)
    rig.start(rule)
    row = f"SELECT status FROM workflow.approval_requests WHERE execution_id = '{rule.execution_id}'"
    wait_until(lambda: rig.query(row), "the request")
    rig.temporal.cli("workflow", "cancel", "--workflow-id", rule.workflow_id)
    assert rig.ended(rule.workflow_id) == "CANCELED"
    assert rig.value(row) == status


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({"ICHOR_WORKER_MODE": "workflow"}, False),
        ({"ICHOR_WORKER_MODE": "workflow", "ICHOR_WORKFLOW_TRACK_EXECUTIONS": "true"}, True),
        ({"ICHOR_WORKER_MODE": "activity"}, True),
        ({}, True),
    ],
)
def test_who_needs_a_database(rig: Rig, settings: dict[str, str], needed: bool) -> None:
    done = rig.command("run", "--check", **{**NO_DATABASE, **settings})
    assert done.returncode == (2 if needed else 0), done.stderr
    for name in NO_DATABASE:
        assert (f"\n  {name} is required: " in done.stderr) is needed
    assert ("PostgreSQL not needed\n" in done.stdout) is not needed


def test_a_workflow_worker_uses_a_configured_database(rig: Rig) -> None:
    done = rig.command("run", "--check", ICHOR_WORKER_MODE="workflow", ICHOR_DB_USER="")
    assert done.returncode == 2
    assert "\n  ICHOR_DB_USER is required: " in done.stderr
    done = rig.command("run", "--check", ICHOR_WORKER_MODE="workflow")
    assert f"PostgreSQL {rig.database_address}: good\n" in done.stdout


class Deployment:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.name = f"deployment-{rig.name}"

    def worker(self, build: str, versioning: str) -> Worker:
        settings = {"ICHOR_WORKER_DEPLOYMENT": self.name, "ICHOR_WORKER_BUILD_ID": build}
        return self.rig.worker(**settings, ICHOR_WORKER_VERSIONING=versioning).wait_ready()

    def _cli(self, *arguments: str) -> str:
        return self.rig.newer("worker", "deployment", *arguments)

    def known(self) -> set[str]:
        """The builds of the worker that Temporal knows."""
        listed = json.loads(self._cli("list", "--output", "json"))
        if self.name not in {item["name"] for item in listed or []}:
            return set()
        described = json.loads(self._cli("describe", "--name", self.name, "--output", "json"))
        return {item.get("buildId") or item["BuildID"] for item in described["versionSummaries"]}

    def set_current(self, build: str) -> None:
        wait_until(lambda: build in self.known(), f"build {build} to be known")
        self._cli("set-current-version", "--deployment-name", self.name, "--build-id", build, "--yes")
        wait_until(lambda: self.routes_to(build), f"all task queues to know that build {build} is current")

    def routes_to(self, build: str) -> bool:
        found = self.rig.temporal.get(f"worker-deployments/{self.name}")["workerDeploymentInfo"]
        current = found["routingConfig"].get("currentDeploymentVersion", {}).get("buildId")
        return bool(current == build and found["routingConfigUpdateState"] == "ROUTING_CONFIG_UPDATE_STATE_COMPLETED")

    def versions(self, workflow_id: str) -> Any:
        return self.rig.temporal.describe(workflow_id)["workflowExecutionInfo"]["versioningInfo"]


@pytest.fixture
def deployment(rig: Rig) -> Iterator[Deployment]:
    yield Deployment(rig)


@pytest.mark.parametrize(("versioning", "ends_with"), [("pinned", "1"), ("auto-upgrade", "2")])
def test_a_new_version(rig: Rig, deployment: Deployment, versioning: str, ends_with: str) -> None:
    """One run starts before the new version becomes current, and one starts afterwards."""
    workers = {"1": deployment.worker("1", versioning)}
    deployment.set_current("1")
    before = asking_rule("approved")
    start(rig, before)

    workers["2"] = deployment.worker("2", versioning)
    deployment.set_current("2")
    after = three()
    assert rig.run(after) == "COMPLETED"
    complete(rig, before.workflow_id, "approved")
    assert rig.ended(before.workflow_id) == "COMPLETED"
    assert deployment.versions(after.workflow_id)["deploymentVersion"]["buildId"] == "2"
    assert deployment.versions(before.workflow_id)["deploymentVersion"]["buildId"] == ends_with
    expected = {"1": 1, "2": 1} if versioning == "pinned" else {"1": 0, "2": 2}

    def ended_by() -> dict[str, float]:
        return {build: worker.metrics().value("temporal_workflow_completed_total") for build, worker in workers.items()}

    wait_until(lambda: ended_by() == expected, f"{expected} runs to have been ended by each version")


def test_a_deployment_needs_a_build(rig: Rig) -> None:
    done = rig.command("run", ICHOR_WORKER_DEPLOYMENT="ours")
    assert done.returncode == 2
    assert "ICHOR_WORKER_BUILD_ID is required" in done.stderr
