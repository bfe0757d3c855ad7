"""make's targets for image and cluster: the commands they run, with fake tools."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from zarf.dev import new_project
from zarf.dev.process import ROOT

SPACE = "--namespace=ichor-system"
IMAGE = f"localhost/superior/workflow-worker:{(ROOT / 'VERSION').read_text().strip()}"
CLUSTER = "superior-starter-cluster"


class FakeTools:
    """A PATH with fake tools that record their arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.diary = folder / "diary"

    def tool(self, name: str, fails_at: str = "") -> None:
        script = self.folder / name
        script.write_text(
            f'#!/bin/sh\n[ "$1" = info ] || echo {name} "$@" >>{self.diary}\n'
            f'case "$1" in "{fails_at or "never"}") exit 1 ;; esac\n'
        )
        script.chmod(0o755)

    def make(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def commands(self) -> list[str]:
        return self.diary.read_text().splitlines() if self.diary.exists() else []


@pytest.fixture
def tools(tmp_path: Path) -> FakeTools:
    made = FakeTools(tmp_path)
    for name in ("kubectl", "kind", "watch"):
        made.tool(name)
    return made


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("dev-describe-workflow-worker", f"kubectl describe pod {SPACE} -l app=workflow-worker"),
        ("dev-status", "watch -n 2 kubectl get pods -o wide --all-namespaces"),
        ("temporal-ui", f"kubectl port-forward {SPACE} svc/temporal-service 8280:8080"),
        ("dev-down", f"kind delete cluster --name {CLUSTER}"),
        ("dev-restart", f"kubectl rollout restart deployment workflow-worker {SPACE}"),
        ("dev-migrate", f"kubectl exec {SPACE} deployment/workflow-worker -- ./workflow-worker migrate"),
    ],
)
def test_one_command(tools: FakeTools, target: str, command: str) -> None:
    done = tools.make(target)
    assert done.returncode == 0, done.stderr
    assert tools.commands() == [command]


def test_logs_follow_pods_that_are_replaced(tools: FakeTools) -> None:
    """A stream ends with its pods. Here it ends twice, and the third call fails as if it were interrupted."""
    script = tools.folder / "kubectl"
    script.write_text(f'#!/bin/sh\necho kubectl "$@" >>{tools.diary}\n[ $(wc -l <{tools.diary}) -lt 3 ]\n')
    (tools.folder / "sleep").symlink_to("/bin/true")
    tools.make("dev-logs-workflow-worker")
    # By default kubectl follows at most five pods; production has up to eleven.
    logs = f"kubectl logs {SPACE} -l app=workflow-worker --all-containers=true -f --tail"
    newer = f"{logs}=-1 --since=2s --max-log-requests=20"
    assert tools.commands() == [f"{logs}=100 --max-log-requests=20", newer, newer]


def test_temporal_ui_prints_its_address(tools: FakeTools) -> None:
    assert tools.make("temporal-ui").stdout.splitlines() == [
        "Temporal UI available at http://localhost:8280",
        "Press Ctrl+C to stop port forwarding",
    ]


def test_dev_up(tools: FakeTools) -> None:
    tools.make("dev-up")
    assert tools.commands() == [
        f"kind create cluster --image kindest/node:v1.31.0 --name {CLUSTER}",
        "kubectl wait --timeout=120s --namespace=local-path-storage --for=condition=Available "
        "deployment/local-path-provisioner",
    ]


NAMESPACE = "kubectl apply -k zarf/k8s/dev/namespace"
APPLIED = [
    f"kubectl rollout status {SPACE} --watch --timeout=120s statefulset/database",
    "kubectl apply -k zarf/k8s/dev/temporal",
    f"kubectl rollout status {SPACE} --watch --timeout=180s deployment/temporal",
    "kubectl apply -k zarf/k8s/dev/workflow-worker",
    f"kubectl rollout status {SPACE} --watch --timeout=120s deployment/workflow-worker",
]


def test_dev_apply_keeps_an_existing_database(tools: FakeTools) -> None:
    assert tools.make("dev-apply").returncode == 0
    assert tools.commands() == [NAMESPACE, f"kubectl get statefulset database {SPACE}", *APPLIED]


def test_dev_apply_creates_a_missing_database(tools: FakeTools) -> None:
    tools.tool("kubectl", fails_at="get")
    assert tools.make("dev-apply").returncode == 0
    assert tools.commands() == [
        NAMESPACE,
        f"kubectl get statefulset database {SPACE}",
        "kubectl apply -k zarf/k8s/dev/database",
        *APPLIED,
    ]


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_the_image_is_built_by_a_working_engine(tools: FakeTools, engine: str) -> None:
    for name in ("docker", "podman", "buildah"):
        tools.tool(name, fails_at="" if name == engine else "info")
    done = tools.make("workflow-worker", BUILD_REF="abc", SOURCE_DATE_EPOCH="1700000000")
    assert done.returncode == 0, done.stderr
    version = (ROOT / "VERSION").read_text().strip()
    assert tools.commands() == [
        f"{engine} build -f zarf/docker/dockerfile.workflow-worker -t {IMAGE} --build-arg VERSION={version} "
        "--build-arg SOURCE_DATE_EPOCH=1700000000 --build-arg BUILD_REF=abc "
        "--build-arg BUILD_DATE=2023-11-14T22:13:20Z ."
    ]


def test_an_image_with_actions_has_both_folders(tools: FakeTools, tmp_path: Path) -> None:
    """The engine gets one folder that contains both folders. It is removed afterwards."""
    new_project.write(tmp_path / "parcels")
    (tmp_path / "parcels/build").mkdir()
    tools.tool("docker")
    script = tools.folder / "docker"
    script.write_text(
        script.read_text() + f'[ "$1" = info ] || (cd "${{!#}}" && ls . added-actions >{tmp_path}/seen)\n'
    )
    script.write_text(script.read_text().replace("#!/bin/sh", "#!/bin/bash"))
    done = tools.make("image", f"ACTIONS={tmp_path}/parcels", ENGINE="docker")
    assert done.returncode == 0, done.stderr
    (command,) = tools.commands()
    assert " -t localhost/superior/parcels:" in command and " --build-arg ACTIONS=added-actions " in command
    context = Path(command.split()[-1])
    assert f" -f {context}/zarf/docker/dockerfile.workflow-worker " in command
    assert not context.exists()
    ours, theirs = (tmp_path / "seen").read_text().split("added-actions:\n")
    assert {"meson.build", "zarf", "spec"} <= {*ours.split()}
    assert {"spec", "handlers", "tests"} <= {*theirs.split()} and "build" not in theirs.split()


def test_the_bill_of_materials_is_copied_out(tools: FakeTools) -> None:
    tools.tool("docker")
    assert tools.make("sbom", ENGINE="docker").returncode == 0
    inside = "/usr/share/doc/workflow-worker/sbom.cdx.json"
    assert tools.commands() == [
        f"docker create {IMAGE}",
        f"docker cp :{inside} build-image/sbom.cdx.json",
        "docker rm ",
    ]


def test_without_a_container_engine(tools: FakeTools) -> None:
    for name in ("docker", "podman", "buildah"):
        tools.tool(name, fails_at="info")
    done = tools.make("workflow-worker")
    assert done.returncode != 0
    assert "none of docker, podman and buildah works here" in done.stderr


def test_docker_loads_the_image_into_kind(tools: FakeTools) -> None:
    assert tools.make("dev-load", ENGINE="docker").returncode == 0
    assert tools.commands() == [f"kind load docker-image {IMAGE} --name {CLUSTER}"]


@pytest.mark.parametrize(
    ("engine", "saves"),
    [("podman", "podman save -o {file} {image}"), ("buildah", "buildah push {image} docker-archive:{file}:{image}")],
)
def test_other_engines_load_an_archive(tools: FakeTools, engine: str, saves: str) -> None:
    tools.tool(engine)
    done = tools.make("dev-load", ENGINE=engine)
    assert done.returncode == 0, done.stderr
    save, load = tools.commands()
    file = load.split()[3]
    assert load == f"kind load image-archive {file} --name {CLUSTER}"
    assert save == saves.format(file=file, image=IMAGE)
    assert not Path(file).parent.exists()


def test_dev_update_builds_loads_restarts(tools: FakeTools) -> None:
    tools.tool("docker")
    assert tools.make("dev-update", ENGINE="docker").returncode == 0
    assert [command.split()[:2] for command in tools.commands()] == [
        ["docker", "build"],
        ["kind", "load"],
        ["kubectl", "rollout"],
    ]
