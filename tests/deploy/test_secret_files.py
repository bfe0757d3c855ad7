"""Secrets as files: the overlay, and the worker that reads them."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from codegen import settings
from tests.deploy.manifests import Json, built, container, environment, named, only
from tests.e2e.certificates import Authority
from zarf.dev import worker as program
from zarf.dev.process import ROOT

PROD, FILES = "prod/workflow-worker", "prod/workflow-worker-files"
FOLDER = "/etc/workflow-worker"
CONFIG_MAP = {
    "kind": "ConfigMap",
    "metadata": {"name": "workflow-worker-config"},
    "data": {"ICHOR_TEMPORAL_HOSTPORT": "temporal:7233", "ICHOR_DB_HOST": "database", "ICHOR_DB_USER": "ichor"},
}
APP_CONFIG = {"kind": "ConfigMap", "metadata": {"name": "app-config"}, "data": {"db_password": "of somebody else"}}


def deployment(folder: str) -> Json:
    return only(built(folder), "Deployment", "workflow-worker")


def variables() -> dict[str, str]:
    return environment(deployment(FILES), "workflow-worker", [CONFIG_MAP, APP_CONFIG])


def files() -> dict[str, str]:
    """The variable that names each file."""
    found = {name: Path(value) for name, value in variables().items() if name.endswith("_FILE")}
    assert {str(path.parent) for path in found.values()} == {FOLDER}
    return {path.name: name for name, path in found.items()}


def test_nothing_else_differs_from_production() -> None:
    mine, theirs = [item for item in built(FILES)], [item for item in built(PROD)]
    assert [item for item in mine if item["kind"] != "Deployment"] == [
        item for item in theirs if item["kind"] != "Deployment"
    ]
    mine_inside, theirs_inside = (deployment(folder)["spec"]["template"]["spec"] for folder in (FILES, PROD))
    assert {key for key in mine_inside if mine_inside[key] != theirs_inside.get(key)} == {"containers", "volumes"}
    worker, other = (container(deployment(folder), "workflow-worker") for folder in (FILES, PROD))
    assert {key for key in worker if worker[key] != other.get(key)} == {"env", "volumeMounts"}


def test_the_files_come_from_the_secret_and_only_the_worker_reads_them() -> None:
    (volume,) = deployment(FILES)["spec"]["template"]["spec"]["volumes"]
    assert volume == {"name": "files", "secret": {"secretName": "workflow-worker-files", "defaultMode": 0o440}}
    mounts = container(deployment(FILES), "workflow-worker")["volumeMounts"]
    assert named(mounts, "files") == {"name": "files", "mountPath": FOLDER, "readOnly": True}


def test_each_is_a_setting_and_no_secret_is_in_the_environment() -> None:
    known = settings.load(ROOT / "spec" / "settings.yaml").settings
    assert set(files().values()) <= {item.file_name for item in known} | {
        item.name for item in known if item.type == "path"
    }
    assert not {item.name for item in known if item.secret} & set(variables())


def test_the_runbook_creates_the_secret() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    (command,) = re.findall(r"kubectl create secret generic workflow-worker-files .*?\n\n", page, re.DOTALL)
    assert re.findall(r"--from-file=(\S+)", command) == list(files())


def test_the_worker_takes_them(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = authority.issue("worker")
    content = {
        "db-password": b"secret\n",
        "db-ca.pem": authority.certificate.read_bytes(),
        "temporal-ca.pem": authority.certificate.read_bytes(),
        "temporal-cert.pem": mine.certificate.read_bytes(),
        "temporal-key.pem": mine.key.read_bytes(),
        "payload-keys": b"one:" + base64.b64encode(bytes(32)) + b"\n",
    }
    assert content.keys() == files().keys()
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    here = {name: value.replace(FOLDER, str(tmp_path)) for name, value in variables().items()}
    here |= {"ICHOR_TEMPORAL_HOSTPORT": "127.0.0.1:1", "ICHOR_DB_HOST": "127.0.0.1:1"}
    done = program.command(here, "run", "--check")
    assert done.returncode == 1, done.stderr  # no server listens there
    assert "settings   good\n" in done.stdout
    (tmp_path / "temporal-key.pem").unlink()
    (tmp_path / "db-ca.pem").unlink()
    done = program.command(here, "run", "--check")
    assert done.returncode == 2
    assert f"  ICHOR_DB_CA_FILE={tmp_path}/db-ca.pem: No such file or directory\n" in done.stderr
    assert "  ICHOR_TEMPORAL_TLS_KEY_FILE: No such file or directory\n" in done.stderr
