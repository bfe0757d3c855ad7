"""The manifests as they are applied to a cluster."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from zarf.dev.process import ROOT

Json = dict[str, Any]

K8S = ROOT / "zarf" / "k8s"
FOLDERS = (
    "base/workflow-worker",
    "dev/workflow-worker",
    "dev/temporal",
    "dev/database",
    "dev/namespace",
    "prod/workflow-worker",
    "prod/workflow-worker-files",
)


@cache
def built(folder: str) -> Sequence[Json]:
    """The output of `kubectl kustomize` for a folder under zarf/k8s."""
    kubectl = Path(sys.prefix) / "bin" / "kubectl"
    done = subprocess.run(
        [kubectl, "kustomize", K8S / folder], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # nothing deprecated
    return tuple(yaml.safe_load_all(done.stdout))


def only(objects: Iterable[Json], kind: str, name: str) -> Json:
    found = [item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def named(items: Iterable[Json], name: str) -> Json:
    """The item of that name in a list of containers, ports or variables."""
    found = [item for item in items if item["name"] == name]
    assert len(found) == 1, f"{len(found)} of {name}"
    return found[0]


def container(workload: Json, name: str) -> Json:
    return named(workload["spec"]["template"]["spec"]["containers"], name)


def environment(workload: Json, name: str, objects: Iterable[Json]) -> dict[str, str]:
    """A container's variables in a cluster with these ConfigMaps and Secrets, by the rules of Kubernetes: `env`
    overrides `envFrom`; optional sources that are missing are omitted."""
    sources = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    texts: dict[str, str] = {}
    for entry in container(workload, name).get("envFrom", []):
        kind, reference = next((key, entry[key]) for key in ("configMapRef", "secretRef") if key in entry)
        source = sources.get(("ConfigMap" if kind == "configMapRef" else "Secret", reference["name"]))
        assert source or reference.get("optional"), f"no {reference['name']}"
        texts |= (source or {}).get("data", {}) | (source or {}).get("stringData", {})
    for variable in container(workload, name).get("env", []):
        reference = variable.get("valueFrom", {}).get("configMapKeyRef")
        if reference is None:
            texts[variable["name"]] = variable.get("value", "from the pod")
            continue
        data = sources.get(("ConfigMap", reference["name"]), {}).get("data", {})
        assert reference["key"] in data or reference.get("optional"), f"no {reference}"
        if reference["key"] in data:
            texts[variable["name"]] = data[reference["key"]]
    return texts
