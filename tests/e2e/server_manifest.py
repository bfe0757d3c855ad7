"""Temporal of the development manifest without its images: its scripts and settings, with the programs that are in the
images. `make test-servers` runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.manifests import Json, built, container, only
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import Process, free_port, wait_until
from zarf.dev.temporal import Temporal, binary
from zarf.dev.temporal_server import FOLDER, SERVER, SQL_TOOL


def variables(part: Json) -> dict[str, str]:
    return {item["name"]: item["value"] for item in part["env"]}


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path that contains the programs under their names in the images."""
    programs = Path(os.environ[FOLDER])
    tools = {"temporal-sql-tool": programs / SQL_TOOL, "temporal-server": programs / SERVER, "temporal": binary()}
    for name, target in tools.items():
        (tmp_path / name).symlink_to(target)
    return f"{tmp_path}:{os.environ['PATH']}"


def test_the_worker_runs_on_it(rig: Rig, path: str) -> None:
    deployment = only(built("dev/temporal"), "Deployment", "temporal")
    settings = only(built("dev/temporal"), "ConfigMap", "temporal-dynamic-config")
    (schema,) = deployment["spec"]["template"]["spec"]["initContainers"]
    postgres, temporal = rig.postgres, Temporal(rig.stack.folder, name=rig.name)
    for _ in range(2):  # the second time there is nothing left to do
        here = {"SQL_HOST": "127.0.0.1", "SQL_PORT": str(postgres.port), "SQL_USER": postgres.user}
        here |= {"SQL_PASSWORD": postgres.password, "PATH": path}
        environment = variables(schema) | here
        subprocess.run([*schema["command"], *schema["args"]], env=environment, check=True, capture_output=True)

    dynamic = rig.folder / "dynamic.yaml"
    dynamic.write_text(settings["data"]["dynamic.yaml"])
    ports = {f"{service}_GRPC_PORT": free_port() for service in ("HISTORY", "MATCHING", "WORKER")}
    ports |= {f"{service}_MEMBERSHIP_PORT": free_port() for service in ("FRONTEND", "HISTORY", "MATCHING", "WORKER")}
    ports |= {"FRONTEND_GRPC_PORT": temporal.port, "FRONTEND_HTTP_PORT": temporal.http_port, "DB_PORT": postgres.port}
    here = {"POSTGRES_SEEDS": "127.0.0.1", "POSTGRES_USER": postgres.user, "POSTGRES_PWD": postgres.password}
    here |= {"DYNAMIC_CONFIG_FILE_PATH": str(dynamic), "TEMPORAL_BROADCAST_ADDRESS": "127.0.0.1", "PATH": path}
    environment = variables(container(deployment, "temporal")) | here | {key: str(port) for key, port in ports.items()}
    log = rig.folder / "temporal.log"
    temporal.process = Process("the manifest's Temporal", ["temporal-server", "start"], log, env=environment)
    tools = container(deployment, "temporal-tools")
    script = [*tools["command"], *tools["args"]]
    sidecar = Process("its tools", script, log, env={"TEMPORAL_ADDRESS": temporal.address, "PATH": path})
    try:
        temporal.wait()
        wait_until(lambda: temporal._run("workflow", "list").returncode == 0, "visibility")
        rig.temporal = temporal
        rig.worker().wait_ready()
        rule = Rule()
        assert rig.run(rule.chain(rule.condition("check"), rule.update("note", "notes", "done"))) == "COMPLETED"
        assert sidecar.end(seconds=10) == 0
    finally:
        for worker in rig.workers:
            worker.stop()
        sidecar.kill()
        temporal.close()
        for database in ("temporal", "temporal_visibility"):
            postgres.query(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", "postgres")
