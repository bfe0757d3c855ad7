"""Recorded histories of the Go worker (recorder/), whole and cut at some points: `replay` prints the states of actions
and the next commands that the manifest expects. Impossible histories are tested too."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from zarf.dev import worker

Json = dict[str, Any]
HISTORIES = Path(__file__).parent / "histories"
BAD = Path(__file__).parent / "bad"
MANIFEST: list[Json] = json.loads((HISTORIES / "manifest.json").read_text())
CLOSES = {
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELED": "canceled",
    "CONTINUED_AS_NEW": "continued as new",
}


@cache
def events_of(file: str) -> list[Json]:
    history: Json = json.loads((HISTORIES / file).read_text())
    events: list[Json] = history["events"]
    return events


def cut_name(file: str, events: int) -> str:
    return f"{Path(file).stem}@{events}.json"


def replay(*files: Path) -> list[Json]:
    done = worker.command({}, "replay", "--json", *files)
    replayed: list[Json] = json.loads(done.stdout)
    assert done.returncode == int(any(one["fault"] for one in replayed)), done.stderr
    return replayed


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Json]]:
    """For each file, the output for its first event, for its first two, and so on up to all of its events."""
    folder = tmp_path_factory.mktemp("cuts")
    found: dict[str, list[Json]] = {}
    for entry in MANIFEST:
        file = entry["file"]
        cuts = []
        for count in range(1, len(events_of(file)) + 1):
            cuts.append(folder / cut_name(file, count))
            cuts[-1].write_text(json.dumps({"events": events_of(file)[:count]}))
        found[file] = replay(*cuts)
    return found


# What the manifest says


def checks() -> Iterator[Any]:
    for entry in MANIFEST:
        for check in entry["checks"]:
            yield pytest.param(entry, check, id=f"{Path(entry['file']).stem}-{check['what'].replace(' ', '_')}")


def described(action: Json) -> str:
    return " ".join(filter(None, (action["state"], action["how"])))


@pytest.mark.parametrize(("entry", "check"), list(checks()))
def test_moment(replayed: dict[str, list[Json]], entry: Json, check: Json) -> None:
    found = replayed[entry["file"]][check["events"] - 1]
    assert found["fault"] is None
    assert found["type"] == entry["type"]
    assert found["events"] == check["events"]
    expected = {action["name"]: "waiting" for action in found["actions"]} | check["actions"]
    assert {action["name"]: described(action) for action in found["actions"]} == expected
    assert len(found["next"]) == len(check["next"])
    for line, wanted in zip(found["next"], check["next"], strict=True):
        assert line.startswith(wanted.removesuffix("...")) if wanted.endswith("...") else line == wanted


# What holds at every point


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: Path(entry["file"]).stem)
def test_every_moment_can_be_replayed(replayed: dict[str, list[Json]], entry: Json) -> None:
    for found in replayed[entry["file"]]:
        assert found["fault"] is None, found
    whole = replayed[entry["file"]][-1]
    close = events_of(entry["file"])[-1]["eventType"].removeprefix("EVENT_TYPE_WORKFLOW_EXECUTION_")
    assert whole["status"] == CLOSES[close]
    assert whole["next"] == []


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: Path(entry["file"]).stem)
def test_what_has_ended_stays_so(replayed: dict[str, list[Json]], entry: Json) -> None:
    ended: dict[str, Json] = {}
    for found in replayed[entry["file"]]:
        for action in found["actions"]:
            assert ended.get(action["name"], action) == action
            if action["state"] in ("finished", "failed"):
                ended[action["name"]] = action


def attributes(event: Json) -> Json:
    return next((value for key, value in event.items() if key.endswith("EventAttributes")), {})


def payload(holder: Json | None) -> Any:
    payloads = (holder or {}).get("payloads") or [{}]
    return json.loads(base64.b64decode(payloads[0].get("data", "")) or "null")


def started_by(event: Json) -> set[str]:
    """The actions that have started by this event."""
    said = attributes(event)
    match event["eventType"].removeprefix("EVENT_TYPE_"):
        case "ACTIVITY_TASK_SCHEDULED":
            given = payload(said.get("input"))
            return {given["action_name"]} if isinstance(given, dict) and "action_name" in given else set()
        case "START_CHILD_WORKFLOW_EXECUTION_INITIATED":
            given = payload(said["input"])
            start = given["start_action"]
            return {start["name"]} if start["id"] != given["convergence_point"] else set()
        case "CHILD_WORKFLOW_EXECUTION_COMPLETED":
            return set(payload(said["result"])["action_results"])
        case "WORKFLOW_EXECUTION_STARTED":
            given = payload(said["input"])
            return set((given.get("continuation_state") or {}).get("action_results", {}))
    return set()


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: Path(entry["file"]).stem)
def test_nothing_is_started_twice(replayed: dict[str, list[Json]], entry: Json) -> None:
    begun: set[str] = set()
    for event, found in zip(events_of(entry["file"]), replayed[entry["file"]], strict=True):
        begun |= started_by(event)
        for line in found["next"]:
            first, _, name = line.removesuffix(" here").partition(" ")
            assert first not in ("perform", "schedule") or name not in begun, (event["eventId"], line)


# For people, and wrong use


def test_table() -> None:
    done = worker.command({}, "replay", HISTORIES / "s-condition.json", HISTORIES / "h-failure.json")
    assert done.returncode == 0
    assert not done.stderr
    first, second = done.stdout.split("\n\n")
    assert first.splitlines()[0].endswith("s-condition.json: ExecuteGraphWorkflow, completed, 25 events")
    rows = [line.split(maxsplit=4) for line in first.splitlines()[2:-1]]
    assert [row[:3] for row in rows] == [
        ["A", "evaluate_condition", "finished"],
        ["P", "send_email", "finished"],
        ["Q", "send_email", "dead"],
        ["M", "send_email", "finished"],
    ]
    assert rows[0][3:] == ["activity", rows[0][4]] and rows[0][4].startswith("true_branch")
    assert "failure: execute action B" in second and "boom" in second
    assert second.splitlines()[-1] == "next: nothing, the run is over"


def test_standard_input(tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps({"events": events_of("s-diamond.json")[:11]}))
    done = worker.command({}, "replay", cut)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == ["next: schedule B", "      schedule C"]


@pytest.mark.parametrize("arguments", [(), ("--wrong", "x.json"), ("--json",)])
def test_wrong_use(arguments: tuple[str, ...]) -> None:
    done = worker.command({}, "replay", *arguments)
    assert done.returncode == 2
    assert "help replay" in done.stderr


def test_a_missing_file(tmp_path: Path) -> None:
    done = worker.command({}, "replay", tmp_path / "none.json", HISTORIES / "n-chain.json")
    assert done.returncode == 1
    assert "none.json" in done.stderr
    assert "n-chain.json" in done.stdout


# Impossible histories

REFUSED = {
    "bad-started-twice": ("event 5", "the run is started twice"),
    "bad-no-start": ("event 1", "history does not begin with WorkflowExecutionStarted"),
    "bad-other-type": ("event 1", "unable to find workflow type: SomebodyElses"),
    "bad-unknown-action": ("event 5", "is not in the graph"),
    "bad-gap": ("event 4", "eventId: expected 4, found 5"),
    "bad-repeated-event": ("event 4", "eventId: expected 4, found 3"),
    "bad-no-event-id": ("event 2", "eventId: expected 2, found nothing"),
    "bad-no-type": ("event 3", "eventType: expected string, found nothing"),
    "bad-time": ("event 2", "eventTime: expected RFC 3339"),
    "bad-attributes-of-another-type": ("event 3", "has workflowTaskScheduledEventAttributes"),
    "bad-no-attributes": ("event 5", "has no attributes"),
    "bad-base64": ("event 1", "input: payloads: data: expected base64"),
    "bad-scheduled-event": ("event 7", "scheduledEventId: expected a whole number"),
    "bad-payloads": ("event 7", "result: payloads: expected array, found object"),
    "bad-failure": ("event 7", "failure: cause: message: expected string, found number"),
    "bad-event": ("event 2", "expected object, found null"),
    "bad-no-events": ("event 1", "found no events"),
}


def test_every_bad_history_is_named() -> None:
    assert {file.stem for file in BAD.glob("*.json")} == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    place, message = REFUSED[name]
    file = BAD / f"{name}.json"
    done = worker.command({}, "replay", file)
    assert done.returncode == 1
    assert done.stderr.startswith(f"workflow-worker replay: {file}: {place}: ")
    assert message in done.stderr
    [replayed] = replay(file)
    assert replayed["fault"]["place"] == place
    assert message in replayed["fault"]["message"]


def test_a_bad_one_among_good_ones() -> None:
    found = replay(HISTORIES / "n-chain.json", BAD / "bad-gap.json", HISTORIES / "s-chain.json")
    assert [one["fault"] is None for one in found] == [True, False, True]


def test_what_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_text((HISTORIES / "n-chain.json").read_text()[:2000])
    done = worker.command({}, "replay", file)
    assert done.returncode == 1
    assert f"{file}: " in done.stderr
