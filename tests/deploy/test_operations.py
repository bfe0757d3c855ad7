"""docs/operations.md documents exactly the messages, errors, metrics and settings that exist."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from codegen import settings
from tests.deploy import messages
from tests.deploy.manifests import built
from zarf.dev.process import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()
# Messages in unusual forms, which the patterns must find.
OVERLOOKED = (
    "Action failed",
    "Failed to mark execution",
    "Temporal call failed, retrying",
    "Workflow task failed",
    "gRPC",
)
# Texts of the sources that are not errors.
NO_ERRORS = {
    "An approval request has been created for workflow '...'",
    "Auto-Submitted: auto-generated",
    "continues as an activity",
    "graceful shutdown",
    "larger than max",
}
# Parts of errors that need no explanation.
PARTS = {
    "... of action ... (...)",
    "; ICHOR_WORKER_HEALTH_PORT sets another port",
    "action_id is required",
    "action_name is required",
    "activity cancellation",
    "it is not a JSON object",
    "it is not json/plain",
    "next run's input",
    "workflow cancellation",
    "workflow completion",
    "workflow failure",
}
UNDOCUMENTED = NO_ERRORS | PARTS
# The first cell of a row, which may hold several messages with the same meaning and remedy.
ROW = re.compile(r"^\| (`[^`]+`(?:, `[^`]+`)*) \|", re.MULTILINE)
START = PAGE.split("## When it does not start")[1].split("## What the log says")[0]
LOG = PAGE.split("## What the log says")[1].split("## What errors say")[0]
ERRORS = PAGE.split("### Connections")[1]


def key(text: str) -> str:
    """The text without variable parts at its ends."""
    return text.strip(" .:")


def rows(part: str) -> list[str]:
    return [key(text) for cell in ROW.findall(part) for text in re.findall(r"`([^`]+)`", cell)]


LOGGED = {key(text): level for text, level in messages.logged().items() if level != "DEBUG"}
LISTED = {key(text) for text in messages.errors()} - {key(text) for text in UNDOCUMENTED}


def test_messages_and_errors_are_found() -> None:
    assert len(LOGGED) > 40
    assert len(LISTED) > 80
    assert set(OVERLOOKED) <= set(LOGGED)
    assert {key(text) for text in messages.errors()} >= {key(text) for text in UNDOCUMENTED}


def faults() -> list[str]:
    """The error texts about certificates, files and payload keys, with numbers as N."""
    code = {path.name: re.sub(r'"\s*\n?\s*"', "", path.read_text()) for path in messages.SOURCES}
    found = re.findall(r'"((?:holds|is) [^"]{10,})"', code["security.c"])
    found += re.findall(r'"(the file is [^"]+)"', code["settings.c"])
    keys = re.findall(r'TEXT_NONE, "([^"]+)"', re.sub(r"TEXT_NONE,\s+", "TEXT_NONE, ", code["keys.c"]))
    limits = {"PAYLOAD_KEY_BYTES": "32", "SECRET_TEXT": "44"}
    assert len(keys) == 3
    for text in keys:
        text = text.replace("%zu", "N").replace("id %.*s", "id ...").replace("more than %d", "more than 16")
        for value in limits.values():
            text = text.replace("%d", value, 1)
        found.append(text)
    return found


def test_the_faults_are_found() -> None:
    assert len(faults()) > 12
    assert "#define LIMIT_PAYLOAD_KEYS 16" in re.sub(r" +", " ", (ROOT / "src" / "base" / "limits.h").read_text())


@pytest.mark.parametrize("text", faults())
def test_each_startup_fault_is_documented(text: str) -> None:
    assert f"`{text}`" in PAGE


@pytest.mark.parametrize("text", sorted(LOGGED))
def test_each_message_is_documented(text: str) -> None:
    assert text in rows(LOG)


@pytest.mark.parametrize("text", sorted(LISTED))
def test_each_error_is_documented(text: str) -> None:
    assert text in rows(START + ERRORS)


def test_nothing_obsolete_is_documented() -> None:
    assert set(rows(LOG)) - set(LOGGED) == set()
    assert set(rows(ERRORS)) - LISTED == set()


@pytest.mark.parametrize("part", [LOG, START + ERRORS])
def test_nothing_is_documented_twice(part: str) -> None:
    assert [row for row, times in Counter(rows(part)).items() if times > 1] == []


def test_codes_are_those_of_grpc() -> None:
    names = re.findall(r'\[RPC_\w+\] = "(\w+)"', (ROOT / "src" / "temporal" / "rpc_code.c").read_text())
    documented = rows(PAGE.split("| `code` | meaning |")[1].split("### Connections")[0])
    assert "UNAVAILABLE" in documented
    assert set(documented) <= set(names)


def test_metrics_are_those_of_the_worker() -> None:
    code = "".join(path.read_text() for path in messages.SOURCES)
    for name in re.findall(r"\b(?:temporal|workflow_worker)_[a-z_]+[a-z]\b", PAGE):
        assert f'"{name}"' in code, name


def test_settings_are_those_of_the_worker() -> None:
    known = {name for item in settings.load(ROOT / "spec" / "settings.yaml").settings for name in item.variables}
    assert set(re.findall(r"\bICHOR_[A-Z_]*[A-Z]\b", PAGE)) <= known


def test_targets_are_those_of_make() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", PAGE)) <= targets


def test_commands_name_what_the_manifests_have() -> None:
    worker = "prod/workflow-worker"
    found = {(item["kind"], item["metadata"]["name"]) for item in built(worker)}
    assert {("Deployment", name) for name in re.findall(r"\bdeployment/([a-z-]+)", PAGE)} <= found
    assert re.findall(r"delete -n ichor-system (\S+) ([a-z-]+)`", PAGE) == [("hpa,pdb", "workflow-worker")]
    assert {("HorizontalPodAutoscaler", "workflow-worker"), ("PodDisruptionBudget", "workflow-worker")} <= found
    (deployment,) = (item for item in built(worker) if item["kind"] == "Deployment")
    labels = {f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items()}
    assert set(re.findall(r" -l (\S+)", PAGE)) == labels
    assert "replicas" not in deployment["spec"]
    assert "--replicas=2" in PAGE, "what was scaled to 0 stays there"
    for folder in re.findall(r"apply -k (\S+?)[`\n]", PAGE):
        assert (ROOT / folder / "kustomization.yaml").exists(), folder
