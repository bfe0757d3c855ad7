"""Every overlay builds, and its output is valid for Kubernetes."""

from __future__ import annotations

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.deploy.manifests import FOLDERS, K8S, built
from zarf.dev.process import ROOT

# The development cluster's version, and the newest one that the validator knows.
VERSIONS = ("1.31", str(kubernetes_validate.latest_version()))


def test_every_folder_is_tested() -> None:
    assert {str(path.parent.relative_to(K8S)) for path in K8S.rglob("kustomization.yaml")} == set(FOLDERS)


def test_the_development_cluster_is_of_a_version_that_is_checked() -> None:
    assert f"kindest/node:v{VERSIONS[0]}." in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_matches_the_schemas_of_kubernetes(folder: str, version: str) -> None:
    objects = built(folder)
    assert objects
    for item in objects:
        kubernetes_validate.validate(item, version, strict=True)


def test_the_schemas_reject_a_misspelled_field() -> None:
    deployment = yaml.safe_load(
        yaml.safe_dump(next(item for item in built(FOLDERS[0]) if item["kind"] == "Deployment"))
    )
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 60
    with pytest.raises(kubernetes_validate.ValidationError, match="terminationGracePeriodSecond"):
        kubernetes_validate.validate(deployment, VERSIONS[0], strict=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_brings_no_namespace_of_others(folder: str) -> None:
    """`kubectl delete -k` of it would delete the database and the application with the namespace."""
    brings = [item["metadata"]["name"] for item in built(folder) if item["kind"] == "Namespace"]
    assert brings == (["ichor-system"] if folder == "dev/namespace" else [])


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_is_in_one_namespace(folder: str) -> None:
    for item in built(folder):
        if item["kind"] != "Namespace":
            assert item["metadata"].get("namespace") == "ichor-system", item["metadata"]["name"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_selectors_find_the_pods(folder: str) -> None:
    objects = built(folder)
    labels = [item["spec"]["template"]["metadata"]["labels"] for item in objects if "template" in item.get("spec", {})]
    for item in objects:
        selector = item.get("spec", {}).get("selector")
        if selector is not None:
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= found.items() for found in labels), item["metadata"]["name"]


@pytest.mark.parametrize("path", sorted(K8S.rglob("*.yaml")), ids=lambda path: path.name)
def test_the_kustomizations_name_every_file(path: Path) -> None:
    if path.name != "kustomization.yaml":
        kustomization = (path.parent / "kustomization.yaml").read_text()
        assert re.search(rf"\./{re.escape(path.name)}$", kustomization, re.MULTILINE)
