"""The Dockerfile, and the agreement of its package lists with those of the set-up."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess

from zarf.dev.process import ROOT

DOCKERFILE = ROOT / "zarf" / "docker" / "dockerfile.workflow-worker"
REQUIREMENTS = ROOT / "zarf" / "dev" / "requirements.txt"


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of each instruction, with lines joined and comments removed."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def stage(number: int) -> list[tuple[str, str]]:
    found = instructions()
    starts = [index for index, (word, _) in enumerate(found) if word == "FROM"]
    assert len(starts) == 2
    return found[starts[number] : starts[number + 1] if number == 0 else None]


def arguments_of(number: int, instruction: str) -> list[str]:
    return [rest for found, rest in stage(number) if found == instruction]


def packages(number: int) -> set[str]:
    command = next(rest for rest in arguments_of(number, "RUN") if "apt-get install" in rest)
    words = command.split("--no-install-recommends")[1].split("&&")[0]
    return set(words.split())


def test_two_stages_on_debian() -> None:
    assert [rest for word, rest in instructions() if word == "FROM"] == [
        "debian:bookworm-slim AS build",
        "debian:bookworm-slim",
    ]


def test_runs_as_ichor_in_service() -> None:
    assert arguments_of(1, "USER") == ["1000:1000"]
    assert arguments_of(1, "WORKDIR") == ["/service"]
    assert arguments_of(1, "CMD") == ['["./workflow-worker"]']
    assert arguments_of(1, "COPY") == [
        "--from=build --chown=ichor:ichor /build/build/src/cli/workflow-worker /service/workflow-worker"
    ]
    made = next(rest for rest in arguments_of(1, "RUN") if "useradd" in rest)
    assert "groupadd --gid 1000 ichor" in made
    assert re.search(r"useradd --uid 1000 --gid ichor --home-dir /service .* ichor$", made)


def test_labels_and_arguments() -> None:
    text = " ".join(arguments_of(1, "LABEL"))
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', text))
    assert labels == {
        "created": "${BUILD_DATE}",
        "title": "workflow-worker",
        "authors": "Superior ERP",
        "revision": "${BUILD_REF}",
        "vendor": "Ardan Labs",
    }
    assert {rest.split("=")[0] for rest in arguments_of(1, "ARG")} == {"BUILD_DATE", "BUILD_REF"}
    assert {rest.split("=")[0] for rest in arguments_of(0, "ARG")} == {"BUILD_REF"}


def test_the_binary_is_a_release_with_a_build_id() -> None:
    command = next(rest for rest in arguments_of(0, "RUN") if "meson setup" in rest)
    for part in ("--buildtype release", "-Dstatic_grpc=true", "-Dtests=false", '-Dbuild_ref="$BUILD_REF"', "strip "):
        assert part in command


def test_builds_with_the_packages_of_the_set_up() -> None:
    listed = {line.split("#")[0].strip() for line in (ROOT / "zarf/dev/packages.txt").read_text().splitlines()}
    assert packages(0) - listed == {"g++"}  # for libstdc++; on a developer's machine clang depends on it


def test_the_image_has_the_libraries_of_the_binary() -> None:
    """Each library outside of Debian's base system has its package."""
    linked = subprocess.run(
        ["readelf", "--dynamic", ROOT / "build/src/cli/workflow-worker"], capture_output=True, text=True, check=True
    ).stdout
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
        assert brought[name] in packages(1), name
    assert set(brought.values()) | {"ca-certificates"} == packages(1)


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
    command = next(rest for rest in arguments_of(0, "RUN") if "requirements.txt" in rest)
    taken = command.split("for name in")[1].split(";")[0].split()
    assert {name.lower().replace("_", "-") for name in taken} == closure(["Jinja2", "PyYAML", "temporalio"])
    pinned = set(re.findall(r"^([\w.-]+)==", REQUIREMENTS.read_text(), re.MULTILINE))
    assert set(taken) <= pinned
    assert "--require-hashes" in command


def test_pinned_packages_are_installed_with_hashes() -> None:
    command = next(rest for rest in arguments_of(0, "RUN") if "requirements.txt" in rest)
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
