"""The bill of materials of the image, here for this machine's packages and a build without static libraries."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from zarf.dev.process import ROOT
from zarf.docker import sbom

REQUIREMENTS = ROOT / "zarf" / "dev" / "requirements.txt"
BUILD = ROOT / os.environ.get("WORKER_BUILD", "build")
WORKER = BUILD / "src" / "cli" / "workflow-worker"
Json = dict[str, Any]

STATUS = """Package: libone
Status: install ok installed
Architecture: amd64
Source: one (1.0)
Version: 1:1.0+b1
Depends: libtwo (>= 2), libthree | libfour
Provides: one-abi (= 1)

Package: libtwo
Status: install ok installed
Architecture: amd64
Version: 2.0
Pre-Depends: one-abi

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 3
"""


def make(folder: Path, **environment: str) -> str:
    status = folder / "status"
    status.write_text(STATUS)
    command: list[str | Path] = [sys.executable, "-m", "zarf.docker.sbom"]
    command += ["--binary", WORKER, "--build", BUILD, "--status", status]
    command += ["--requirements", REQUIREMENTS, "--version", "1.2.3", "--revision", "abc"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def made(tmp_path: Path) -> Json:
    found: Json = json.loads(make(tmp_path, SOURCE_DATE_EPOCH="1700000000"))
    return found


def names(found: Mapping[str, Any]) -> dict[str, Json]:
    return {item["name"]: item for item in found["components"]}


def test_the_worker(made: Json) -> None:
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    worker = made["metadata"]["component"]
    assert (worker["name"], worker["version"]) == ("workflow-worker", "1.2.3")
    assert worker["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(WORKER.read_bytes()).hexdigest()}]
    assert worker["properties"] == [{"name": "revision", "value": "abc"}]


def test_the_packages_of_the_image(made: Json) -> None:
    found = names(made)
    assert found["libone"]["purl"].startswith("pkg:deb/debian/libone@1%3A1.0%2Bb1?arch=amd64&distro=debian-")
    assert found["libone"]["purl"].endswith("&upstream=one")
    assert "removed" not in found
    edges = {edge["ref"]: edge["dependsOn"] for edge in made["dependencies"]}
    one, two = found["libone"]["bom-ref"], found["libtwo"]["bom-ref"]
    assert (edges[one], edges[two]) == ([two], [one])


def test_the_python_packages_of_the_build(made: Json) -> None:
    package = names(made)["temporalio"]
    assert package["scope"] == "excluded"
    assert f"temporalio=={package['version']} " in REQUIREMENTS.read_text()


def test_references_are_unique_and_exist(made: Json) -> None:
    references = [item["bom-ref"] for item in made["components"]] + [made["metadata"]["component"]["bom-ref"]]
    assert len(set(references)) == len(references)
    for edge in made["dependencies"]:
        assert {edge["ref"], *edge["dependsOn"]} <= set(references)


def test_the_same_twice(tmp_path: Path) -> None:
    assert make(tmp_path, SOURCE_DATE_EPOCH="1") == make(tmp_path, SOURCE_DATE_EPOCH="1", PYTHONHASHSEED="7")


def test_static_libraries_of_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    def linked(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        command = "cc -o x a.o libown.a /usr/lib/libgrpc.a -lm /usr/lib/libz.a /usr/lib/libpq.so /usr/lib/libz.a"
        return subprocess.CompletedProcess([], 0, f"cc -c a.c /other.a\n{command}\n")

    monkeypatch.setattr(subprocess, "run", linked)
    assert sbom.static_libraries(Path("build")) == ["/usr/lib/libgrpc.a", "/usr/lib/libz.a"]
