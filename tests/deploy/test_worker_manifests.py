"""The worker's manifests in detail."""

from __future__ import annotations

from typing import Any

import pytest

from codegen import settings
from tests.deploy.manifests import K8S, Json, built, container, environment, only
from zarf.dev import worker as program
from zarf.dev.process import ROOT, free_port
from zarf.dev.worker import Worker

VERSION = (ROOT / "VERSION").read_text().strip()

BASE, DEV, PROD = "base/workflow-worker", "dev/workflow-worker", "prod/workflow-worker"

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-worker-config
data:
  ICHOR_TEMPORAL_HOSTPORT: "temporal:7233"
  ICHOR_DB_HOST: "database-service.ichor-system.svc.cluster.local"
  ICHOR_DB_USER: "postgres"
  ICHOR_DB_PASSWORD: "postgres"
  ICHOR_DB_NAME: "ichor"
  ICHOR_DB_DISABLE_TLS: "true"
"""


def deployment(folder: str) -> Json:
    return only(built(folder), "Deployment", "workflow-worker")


def pod(folder: str) -> Any:
    return deployment(folder)["spec"]["template"]["spec"]


def worker_container(folder: str) -> Json:
    return container(deployment(folder), "workflow-worker")


def from_map(name: str, key: str) -> Json:
    return {"configMapKeyRef": {"name": name, "key": key, "optional": True}}


def known_settings() -> tuple[settings.Setting, ...]:
    return settings.load(ROOT / "spec" / "settings.yaml").settings


def config_map(name: str, **data: str) -> Json:
    return {"kind": "ConfigMap", "metadata": {"name": name}, "data": data}


# ---- base ----


def test_base_is_a_deployment_and_a_service() -> None:
    assert [(item["kind"], item["metadata"]["name"]) for item in built(BASE)] == [
        ("Service", "workflow-worker-service"),
        ("Deployment", "workflow-worker"),
    ]


def test_labels_and_selector() -> None:
    assert deployment(BASE)["spec"]["selector"] == {"matchLabels": {"app": "workflow-worker"}}
    assert deployment(BASE)["spec"]["template"]["metadata"]["labels"] == {"app": "workflow-worker"}


def test_image_and_port() -> None:
    assert worker_container(BASE)["image"] == "workflow-worker-image"
    assert worker_container(BASE)["ports"] == [{"name": "health", "containerPort": 4001}]
    assert "command" not in worker_container(BASE)
    assert "args" not in worker_container(BASE)


def test_probes() -> None:
    common = {"timeoutSeconds": 3, "failureThreshold": 3}
    assert worker_container(BASE)["livenessProbe"] == {
        "httpGet": {"path": "/healthz/live", "port": 4001},
        "initialDelaySeconds": 5,
        "periodSeconds": 15,
        "terminationGracePeriodSeconds": 5,  # for a process that hangs
        **common,
    }
    assert worker_container(BASE)["readinessProbe"] == {
        "httpGet": {"path": "/healthz/ready", "port": 4001},
        "initialDelaySeconds": 10,
        "periodSeconds": 10,
        **common,
    }


@pytest.mark.parametrize("folder", [BASE, DEV, PROD])
def test_the_grace_period_outlasts_the_stop_timeout(folder: str) -> None:
    assert pod(folder)["terminationGracePeriodSeconds"] == 60
    assert "ICHOR_WORKER_STOP_TIMEOUT" not in environment(deployment(folder), "workflow-worker", built(folder))
    (stop,) = [item for item in known_settings() if item.name == "ICHOR_WORKER_STOP_TIMEOUT"]
    assert stop.default == "50s"


# For these the main service's ConfigMap overrides the worker's own, as for the Go worker.
OF_THE_MAIN_SERVICE = {"ICHOR_DB_USER", "ICHOR_DB_PASSWORD", "ICHOR_DB_HOST", "ICHOR_DB_DISABLE_TLS"}


def test_the_config_map_takes_precedence() -> None:
    values = {name: f"{name} of the map" for item in known_settings() for name in item.variables}
    app_config = config_map("app-config", db_host="h", db_user="u", db_password="p", db_disabletls="true")
    for folder in (BASE, PROD):
        maps = [config_map("workflow-worker-config", **values), app_config]
        found = environment(deployment(folder), "workflow-worker", maps)
        assert {name for name in values if found[name] != values[name]} == OF_THE_MAIN_SERVICE


@pytest.mark.parametrize("folder", [BASE, DEV, PROD, f"{PROD}-files"])
def test_has_no_rights(folder: str) -> None:
    assert pod(folder)["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert worker_container(folder)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(folder)["automountServiceAccountToken"] is False
    assert pod(folder)["enableServiceLinks"] is False


@pytest.mark.parametrize("folder", [BASE, DEV, PROD])
def test_environment(folder: str) -> None:
    assert worker_container(folder)["envFrom"] == [
        {"configMapRef": {"name": "workflow-worker-config", "optional": True}},
        {"secretRef": {"name": "workflow-worker-secret", "optional": True}},
    ]
    found = {item["name"]: item["valueFrom"] for item in worker_container(folder)["env"] if "valueFrom" in item}
    assert found == {
        "ICHOR_DB_USER": from_map("app-config", "db_user"),
        "ICHOR_DB_PASSWORD": from_map("app-config", "db_password"),
        "ICHOR_DB_HOST": from_map("app-config", "db_host"),
        "ICHOR_DB_DISABLE_TLS": from_map("app-config", "db_disabletls"),
        "ICHOR_TEMPORAL_HOST": from_map("workflow-worker-config", "temporal_host"),
        "ICHOR_TEMPORAL_NAMESPACE": from_map("workflow-worker-config", "temporal_namespace"),
        "KUBERNETES_NAMESPACE": {"fieldRef": {"fieldPath": "metadata.namespace"}},
        "KUBERNETES_NAME": {"fieldRef": {"fieldPath": "metadata.name"}},
        "KUBERNETES_POD_IP": {"fieldRef": {"fieldPath": "status.podIP"}},
        "KUBERNETES_NODE_NAME": {"fieldRef": {"fieldPath": "spec.nodeName"}},
    }


def test_service_leads_to_health_and_metrics() -> None:
    service = only(built(BASE), "Service", "workflow-worker-service")
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": {"app": "workflow-worker"},
        "ports": [{"name": "health", "port": 4001, "targetPort": "health"}],
    }


def test_prometheus_finds_the_metrics() -> None:
    assert deployment(BASE)["spec"]["template"]["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "4001",
        "prometheus.io/path": "/metrics",
    }


def test_replicas_are_not_set() -> None:
    assert "replicas" not in deployment(BASE)["spec"]
    assert "replicas" not in deployment(PROD)["spec"]  # set by the autoscaler


# ---- development ----


def test_the_config_map_is_that_of_the_request() -> None:
    assert (K8S / DEV / "dev-workflow-worker-configmap.yaml").read_text() == CONFIG_MAP


def test_development_has_the_base_and_the_config_map() -> None:
    assert [(item["kind"], item["metadata"]["name"]) for item in built(DEV)] == [
        ("ConfigMap", "workflow-worker-config"),
        ("Service", "workflow-worker-service"),
        ("Deployment", "workflow-worker"),
    ]


def test_development_deployment() -> None:
    spec = deployment(DEV)["spec"]
    assert spec["replicas"] == 1
    # On the host's network, two workers on one node would need the same port.
    assert not {"hostNetwork", "dnsPolicy", "hostPID", "hostIPC"} & pod(DEV).keys()
    assert worker_container(DEV)["image"] == f"localhost/superior/workflow-worker:{VERSION}"
    assert worker_container(DEV)["resources"] == {
        "requests": {"cpu": "250m", "memory": "36Mi"},
        "limits": {"cpu": "250m", "memory": "36Mi"},
    }


def test_development_adds_nothing_but_what_it_says() -> None:
    """Everything else in the container equals the base."""
    mine, base = dict(worker_container(DEV)), dict(worker_container(BASE))
    for key in ("image", "resources", "env"):
        mine.pop(key), base.pop(key, None)
    assert mine == base
    more = {item["name"] for item in worker_container(DEV)["env"]} - {
        item["name"] for item in worker_container(BASE)["env"]
    }
    assert more == {"ICHOR_WORKER_CACHE_BYTES"}


# ---- the worker accepts the settings ----


@pytest.mark.parametrize("folder", [BASE, DEV, PROD])
def test_every_variable_is_a_setting(folder: str) -> None:
    names = {item["name"] for item in worker_container(folder)["env"]}
    names |= {
        key for item in built(folder) if item["metadata"]["name"] == "workflow-worker-config" for key in item["data"]
    }
    known = {name for item in known_settings() for name in item.variables}
    assert {name for name in names if name.startswith("ICHOR_")} <= known


def starts(variables: dict[str, str], tmp_path: Any) -> None:
    """Whether the worker is live with these settings, although no server listens at their addresses."""
    worker = Worker({**variables, "ICHOR_WORKER_HEALTH_PORT": str(free_port())}, tmp_path / "worker.log")
    try:
        worker.wait_live()
        assert worker.get("/healthz/ready") == (503, "not ready")
    finally:
        assert worker.stop() == 0


def test_starts_in_development(tmp_path: Any) -> None:
    variables = environment(deployment(DEV), "workflow-worker", built(DEV))
    assert variables["ICHOR_TEMPORAL_HOSTPORT"] == "temporal:7233"
    starts(variables, tmp_path)


def test_starts_with_the_maps_of_the_go_worker(tmp_path: Any) -> None:
    maps = [
        config_map("workflow-worker-config", temporal_host="temporal-service:7233", temporal_namespace="default"),
        config_map("app-config", db_host="database-service", db_user="u", db_password="p", db_disabletls="true"),
    ]
    variables = environment(deployment(BASE), "workflow-worker", maps)
    assert variables["ICHOR_DB_HOST"] == "database-service"
    starts(variables, tmp_path)


def test_without_config_maps_it_names_missing_settings() -> None:
    done = program.command(environment(deployment(BASE), "workflow-worker", []), "run")
    assert done.returncode == 2
    for name in ("ICHOR_TEMPORAL_HOSTPORT", "ICHOR_DB_HOST", "ICHOR_DB_USER", "ICHOR_DB_PASSWORD"):
        assert name in done.stderr
