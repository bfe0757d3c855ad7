"""The Dockerfile. Its package lists agree with those of the set-up."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess

from zarf.dev.process import ROOT
from zarf.dev.worker import binary

DOCKERFILE = ROOT / "zarf" / "docker" / "dockerfile.workflow-worker"
REQUIREMENTS = ROOT / "zarf" / "dev" / "requirements.txt"


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of each instruction, with lines joined and comments removed."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def stage(name: str) -> list[tuple[str, str]]:
    """The instructions of a stage; the last one has no name: ""."""
    stages: dict[str, list[tuple[str, str]]] = {}
    current = ""
    for word, rest in instructions():
        if word == "FROM":
            current = rest.partition(" AS ")[2]
        stages.setdefault(current, []).append((word, rest))
    return stages[name]


def arguments_of(name: str, instruction: str) -> list[str]:
    return [rest for found, rest in stage(name) if found == instruction]


def packages(name: str) -> set[str]:
    command = next(rest for rest in arguments_of(name, "RUN") if "apt-get install" in rest)
    words = command.split("--no-install-recommends")[1].split("&&")[0]
    return set(words.split())


def test_stages_on_debian() -> None:
    assert [rest for word, rest in instructions() if word == "FROM"] == [
        "debian:bookworm-slim AS build",
        "debian:bookworm-slim AS runtime",
        "build AS sbom",
        "runtime",
    ]


def test_runs_as_ichor_in_service() -> None:
    assert arguments_of("", "USER") == ["1000:1000"]
    assert arguments_of("", "WORKDIR") == ["/service"]
    assert arguments_of("", "CMD") == ['["./workflow-worker"]']
    assert arguments_of("", "COPY") == [
        "--from=build --chown=ichor:ichor /build/build/src/cli/workflow-worker /service/workflow-worker",
        "--from=sbom /build/sbom.cdx.json /usr/share/doc/workflow-worker/sbom.cdx.json",
    ]
    made = next(rest for rest in arguments_of("runtime", "RUN") if "useradd" in rest)
    assert "groupadd --gid 1000 ichor" in made
    assert re.search(r"useradd --uid 1000 --gid ichor --home-dir /service .* ichor$", made)


def test_labels_and_arguments() -> None:
    text = " ".join(arguments_of("", "LABEL"))
    labels = dict(re.findall(r'([\w.-]+)="([^"]*)"', text))
    assert labels == {
        "org.opencontainers.image.created": "${BUILD_DATE}",
        "org.opencontainers.image.title": "workflow-worker",
        "org.opencontainers.image.description": "Executes the automation rules of an ERP on Temporal",
        "org.opencontainers.image.version": "${VERSION}",
        "org.opencontainers.image.revision": "${BUILD_REF}",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.authors": "Superior ERP",
        "org.opencontainers.image.vendor": "Ardan Labs",
        "org.opencontainers.image.base.name": arguments_of("runtime", "FROM")[0].split(" ")[0],
        "com.superior-erp.sbom": arguments_of("", "COPY")[1].split(" ")[-1],
    }
    assert {rest.split("=")[0] for rest in arguments_of("", "ARG")} == {"BUILD_DATE", "BUILD_REF", "VERSION"}
    assert {rest.split("=")[0] for rest in arguments_of("build", "ARG")} == {"ACTIONS", "BUILD_REF"}
    assert {rest.split("=")[0] for rest in arguments_of("sbom", "ARG")} == {"BUILD_REF", "SOURCE_DATE_EPOCH"}
    # The script that builds the image passes each argument.
    script = (ROOT / "zarf" / "docker" / "image").read_text()
    given = set(re.findall(r'--build-arg "(\w+)=', script))
    assert given == {"ACTIONS", "BUILD_DATE", "BUILD_REF", "SOURCE_DATE_EPOCH", "VERSION"}


def test_the_binary_is_a_release_with_a_build_id() -> None:
    command = next(rest for rest in arguments_of("build", "RUN") if "meson setup" in rest)
    for part in ("--buildtype release", "-Dstatic_grpc=true", "-Dtests=false", '-Dbuild_ref="$BUILD_REF"', "strip "):
        assert part in command


def test_builds_with_the_packages_of_the_set_up() -> None:
    listed = {line.split("#")[0].strip() for line in (ROOT / "zarf/dev/packages.txt").read_text().splitlines()}
    assert packages("build") - listed == {"g++"}  # for libstdc++; on a developer's machine clang depends on it


def test_the_image_has_the_libraries_of_the_binary() -> None:
    """The package of each library outside of Debian's base system is installed."""
    linked = subprocess.run(["readelf", "--dynamic", binary()], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"NEEDED.*\[(lib[\w+.-]+?)\.so", linked))
    brought = {
        "libcjson": "libcjson1",
        "libcurl": "libcurl4",
        "libmicrohttpd": "libmicrohttpd12",
        "libpq": "libpq5",
        "libprotobuf-c": "libprotobuf-c1",
        "libcrypto": "libssl3",
        "libssl": "libssl3",
        "libstdc++": "libstdc++6",
        "libutf8proc": "libutf8proc2",
    }
    static_or_libc = {
        name for name in needed if re.match(r"lib(c|m|gcc_s|grpc|gpr|upb|absl\w*|address_sorting|asan|ubsan)$", name)
    }
    for name in needed - static_or_libc:
        assert brought[name] in packages("runtime"), name
    assert set(brought.values()) | {"ca-certificates"} == packages("runtime")


def closure(names: list[str]) -> set[str]:
    """These distributions and their dependencies, as pip would install them here."""
    seen: set[str] = set()
    while names:
        name = names.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        for line in importlib.metadata.requires(name) or []:
            if "extra ==" not in line and "python_full_version < '3.11'" not in line:
                names.append(re.split(r"[^\w-]", line)[0])
    return seen


def test_python_packages_are_pinned() -> None:
    command = next(rest for rest in arguments_of("build", "RUN") if "requirements.txt" in rest)
    taken = command.split("for name in")[1].split(";")[0].split()
    assert {name.lower().replace("_", "-") for name in taken} == closure(["Jinja2", "PyYAML", "temporalio"])
    pinned = set(re.findall(r"^([\w.-]+)==", REQUIREMENTS.read_text(), re.MULTILINE))
    assert set(taken) <= pinned
    assert "--require-hashes" in command


def test_pinned_packages_are_installed_with_hashes() -> None:
    command = next(rest for rest in arguments_of("build", "RUN") if "requirements.txt" in rest)
    loop = command.split(">requirements.txt")[0]
    made = subprocess.run(["sh", "-c", loop], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in loop.split("for name in")[1].split(";")[0].split():
        entry = re.search(
            rf"^{re.escape(name)}==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{{64}}(?: \\)?\n)+)", made, re.MULTILINE
        )
        assert entry, name


def test_the_build_context_excludes_build_output_and_secrets() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".tools", ".run", "build*"} <= set(ignored)
