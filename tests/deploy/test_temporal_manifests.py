"""Temporal and PostgreSQL in the development cluster."""

from __future__ import annotations

import re
import subprocess

from tests.deploy.manifests import Json, built, container, environment, named, only
from zarf.dev.temporal import binary

TEMPORAL, DATABASE, WORKER = "dev/temporal", "dev/database", "dev/workflow-worker"


def temporal() -> Json:
    return only(built(TEMPORAL), "Deployment", "temporal")


def plain(name: str) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(temporal(), name)["env"]}


def test_deployment() -> None:
    spec = temporal()["spec"]
    assert spec["replicas"] == 1
    assert spec["template"]["metadata"]["labels"] == {"app": "temporal"}
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30
    names = [item["name"] for item in spec["template"]["spec"]["containers"]]
    assert names == ["temporal", "temporal-tools", "temporal-ui"]


def test_server() -> None:
    server = container(temporal(), "temporal")
    assert server["image"] == "temporalio/server:1.32.0"
    assert server["ports"] == [{"name": "grpc", "containerPort": 7233}]
    assert server["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "1000m"}}
    assert plain("temporal") == {
        "DB": "postgres12",
        "DB_PORT": "5432",
        "POSTGRES_USER": "postgres",
        "POSTGRES_PWD": "postgres",
        "POSTGRES_SEEDS": "database-service",
        "BIND_ON_IP": "0.0.0.0",
        "TEMPORAL_ALLOW_NO_AUTH": "true",
        "DYNAMIC_CONFIG_FILE_PATH": "/etc/temporal/dynamic/dynamic.yaml",
    }
    (volume,) = temporal()["spec"]["template"]["spec"]["volumes"]
    settings = only(built(TEMPORAL), "ConfigMap", volume["configMap"]["name"])
    assert [f"{item['mountPath']}/{next(iter(settings['data']))}" for item in server["volumeMounts"]] == [
        plain("temporal")["DYNAMIC_CONFIG_FILE_PATH"]
    ]
    probe = {"tcpSocket": {"port": "grpc"}, "initialDelaySeconds": 60, "timeoutSeconds": 5}
    assert server["livenessProbe"] == {**probe, "periodSeconds": 30}
    assert server["readinessProbe"] == {**probe, "periodSeconds": 10}


def test_the_schema_is_of_the_same_version_and_database() -> None:
    (schema,) = temporal()["spec"]["template"]["spec"]["initContainers"]
    version = container(temporal(), "temporal")["image"].split(":")[1]
    assert schema["image"] == container(temporal(), "temporal-tools")["image"] == f"temporalio/admin-tools:{version}"
    server = plain("temporal")
    assert {item["name"]: item["value"] for item in schema["env"]} == {
        "SQL_PLUGIN": server["DB"],
        "SQL_HOST": server["POSTGRES_SEEDS"],
        "SQL_PORT": server["DB_PORT"],
        "SQL_USER": server["POSTGRES_USER"],
        "SQL_PASSWORD": server["POSTGRES_PWD"],
    }


def test_the_version_is_that_of_the_dev_server() -> None:
    """All tests use that server."""
    shown = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout
    known = re.search(r"Server ([\d.]+), UI ([\d.]+)", shown)
    assert known
    assert container(temporal(), "temporal")["image"] == f"temporalio/server:{known[1]}"
    assert container(temporal(), "temporal-ui")["image"] == f"temporalio/ui:{known[2]}"


def test_the_namespace_is_that_of_the_worker() -> None:
    worker = only(built(WORKER), "Deployment", "workflow-worker")
    assert "ICHOR_TEMPORAL_NAMESPACE" not in environment(worker, "workflow-worker", built(WORKER))
    (script,) = container(temporal(), "temporal-tools")["args"]
    assert "create --namespace default " in script


def test_ui() -> None:
    ui = container(temporal(), "temporal-ui")
    assert ui["ports"] == [{"name": "ui", "containerPort": 8080}]
    assert ui["resources"] == {"requests": {"cpu": "50m"}, "limits": {"cpu": "200m"}}
    assert plain("temporal-ui") == {
        "TEMPORAL_ADDRESS": "localhost:7233",
        "TEMPORAL_CORS_ORIGINS": "http://localhost:3000",
    }
    probe = {"httpGet": {"path": "/", "port": "ui"}}
    assert ui["livenessProbe"] == {**probe, "initialDelaySeconds": 30, "periodSeconds": 30}
    assert ui["readinessProbe"] == {**probe, "initialDelaySeconds": 15, "periodSeconds": 10}


def test_service() -> None:
    assert only(built(TEMPORAL), "Service", "temporal-service")["spec"] == {
        "type": "ClusterIP",
        "selector": {"app": "temporal"},
        "ports": [
            {"name": "grpc", "port": 7233, "targetPort": "grpc"},
            {"name": "ui", "port": 8080, "targetPort": "ui"},
        ],
    }


def test_the_worker_finds_temporal() -> None:
    worker = only(built(WORKER), "Deployment", "workflow-worker")
    address = environment(worker, "workflow-worker", built(WORKER))["ICHOR_TEMPORAL_HOSTPORT"]
    name, port = address.split(":")
    service = only(built(TEMPORAL), "Service", name)
    assert service["metadata"]["namespace"] == worker["metadata"]["namespace"]
    assert str(named(service["spec"]["ports"], "grpc")["port"]) == port
    assert service["spec"]["selector"] == {"app": "temporal"}


def test_worker_and_temporal_find_the_database() -> None:
    worker = only(built(WORKER), "Deployment", "workflow-worker")
    settings = environment(worker, "workflow-worker", built(WORKER))
    service = only(built(DATABASE), "Service", plain("temporal")["POSTGRES_SEEDS"])
    space = service["metadata"]["namespace"]
    assert settings["ICHOR_DB_HOST"] == f"{service['metadata']['name']}.{space}.svc.cluster.local"
    assert str(service["spec"]["ports"][0]["port"]) == plain("temporal")["DB_PORT"]
    server = container(only(built(DATABASE), "StatefulSet", "database"), "postgres")
    variables = {item["name"]: item["value"] for item in server["env"]}
    assert variables["POSTGRES_DB"] == settings["ICHOR_DB_NAME"]
    assert variables["POSTGRES_PASSWORD"] == settings["ICHOR_DB_PASSWORD"] == plain("temporal")["POSTGRES_PWD"]


def test_database_is_that_of_the_application() -> None:
    database = only(built(DATABASE), "StatefulSet", "database")
    assert container(database, "postgres")["image"] == "postgres:16.4"
    claim = database["spec"]["volumeClaimTemplates"][0]
    assert claim["metadata"]["name"] == "database-data"
    assert claim["spec"]["resources"] == {"requests": {"storage": "10Gi"}}
