"""The software bill of materials of the image, in CycloneDX 1.6 JSON.

    python3 zarf/docker/sbom.py --binary FILE --build FOLDER --status FILE --requirements FILE --version V --revision R

Lists the worker, the Debian packages of the image, the Debian packages whose static libraries are linked into the
worker (with the property `linked: statically`: an update of the image's packages does not change them), and the Python
packages that generated code for it (scope `excluded`). Written to standard output; the same inputs give the same bytes.
Needs only Python's standard library, and dpkg-query of the system that built the worker.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
Package = Mapping[str, str]
BINARY = "src/cli/workflow-worker"
NAME = "workflow-worker"


def read_status(text: str) -> list[Package]:
    """The installed packages of dpkg's status file, by field."""
    packages = []
    for paragraph in text.strip().split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            packages.append(fields)
    return sorted(packages, key=lambda package: package["Package"])


def static_libraries(build: Path) -> list[str]:
    """The paths of the system's static libraries in the command that links the worker."""
    commands = subprocess.run(
        ["ninja", "-C", build, "-t", "commands", BINARY], capture_output=True, text=True, check=True
    )
    link = commands.stdout.strip().splitlines()[-1]
    return sorted(set(re.findall(r"(?<=\s)/\S+\.a(?=\s|$)", link)))


def owners(paths: Iterable[str]) -> set[str]:
    """The packages that installed these files, which may be patterns."""
    command = ["dpkg-query", "--search", *paths]
    if len(command) == 2:
        return set()
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split(":")[0] for line in found.splitlines()}


def source(package: Package) -> str:
    return package.get("Source", package["Package"]).split(" ")[0]


def debian_component(package: Package, release: str) -> Json:
    name, version = package["Package"], package["Version"]
    where = f"?arch={package['Architecture']}&distro=debian-{release}&upstream={source(package)}"
    purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}{where}"
    found: Json = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return found


def linked_component(package: Package, release: str) -> Json:
    return {**debian_component(package, release), "properties": [{"name": "linked", "value": "statically"}]}


def python_components(requirements: str, names: Iterable[str]) -> Iterator[Json]:
    """The components for the pinned Python packages, with the hashes that pip checks."""
    pinned = re.findall(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)", requirements, re.MULTILINE)
    wanted = {name.lower() for name in names}
    for name, version, _ in pinned:
        if name.lower() in wanted:
            purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
            yield {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "scope": "excluded",
                "description": "Generates code at build time; its files are not in the image.",
                "purl": purl,
            }


def dependencies(packages: Iterable[Package], references: Mapping[str, str]) -> Iterator[Json]:
    """The dependencies among the packages of the image. A package meets a dependency by its name or as a provider."""
    providers = dict(references)
    for package in packages:
        for name in re.findall(r"(?:^|, )([\w.+-]+)", package.get("Provides", "")):
            providers.setdefault(name, references[package["Package"]])
    for package in packages:
        wanted = re.findall(r"(?:^|[,|] )([\w.+-]+)", f"{package.get('Depends', '')}, {package.get('Pre-Depends', '')}")
        met = {providers[name] for name in wanted if name in providers} - {references[package["Package"]]}
        yield {"ref": references[package["Package"]], "dependsOn": sorted(met)}


def needed(binary: Path) -> set[str]:
    """The shared libraries that the worker lists as needed."""
    shown = subprocess.run(["readelf", "--dynamic", binary], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"NEEDED.*\[(.+)\]", shown))


def document(
    binary: bytes, version: str, revision: str, release: str, components: list[Json], edges: list[Json], root: str
) -> Json:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    made = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    worker = {
        "type": "application",
        "bom-ref": root,
        "name": NAME,
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(binary).hexdigest()}],
        "properties": [{"name": "revision", "value": revision}],
    }
    system = {"type": "operating-system", "bom-ref": "debian", "name": "debian", "version": release}
    found = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": worker},
        "components": [system, *components],
        "dependencies": edges,
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(found, sort_keys=True))
    return {**found, "serialNumber": f"urn:uuid:{number}"}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="sbom", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--binary", type=Path, required=True, help="the worker")
    parser.add_argument("--build", type=Path, required=True, help="the build folder it is from")
    parser.add_argument("--status", type=Path, required=True, help="/var/lib/dpkg/status of the image")
    parser.add_argument("--build-status", type=Path, default="/var/lib/dpkg/status", help="that of the building system")
    parser.add_argument("--requirements", type=Path, required=True, help="the pinned Python packages of the build")
    parser.add_argument("--version", required=True)
    parser.add_argument("--revision", required=True)
    options = parser.parse_args()
    release = re.search(r'^VERSION_ID="?(\w+)', Path("/etc/os-release").read_text(), re.MULTILINE)
    debian = release[1] if release else "unknown"
    image = read_status(options.status.read_text(encoding="utf-8"))
    building = {
        package["Package"]: package for package in read_status(options.build_status.read_text(encoding="utf-8"))
    }
    linked = [building[name] for name in sorted(owners(static_libraries(options.build)))]
    requirements = options.requirements.read_text()
    python = list(python_components(requirements, re.findall(r"^([\w.-]+)==", requirements, re.MULTILINE)))
    shared = [debian_component(package, debian) for package in image]
    static = [linked_component(package, debian) for package in linked]
    references = {package["Package"]: component["bom-ref"] for package, component in zip(image, shared, strict=True)}
    root = f"{NAME}@{options.version}"
    libraries = owners(f"*/{name}" for name in needed(options.binary))
    directly = sorted(references[name] for name in libraries if name in references)
    edges = [{"ref": root, "dependsOn": [*directly, *(component["bom-ref"] for component in static)]}]
    edges += dependencies(image, references)
    made = document(
        options.binary.read_bytes(), options.version, options.revision, debian, [*shared, *static, *python], edges, root
    )
    json.dump(made, sys.stdout, indent=2, sort_keys=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
