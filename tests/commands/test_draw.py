"""`workflow-worker draw`: rules and recorded runs in each format."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.rules import Rule, chain_of_conditions
from zarf.dev import worker
from zarf.dev.process import ROOT

Json = dict[str, Any]
SAMPLES = sorted((ROOT / "examples").glob("*.json"))
HISTORIES = ROOT / "tests/replay/histories"
SVG = "{http://www.w3.org/2000/svg}"


def draw(*arguments: str | Path) -> str:
    done = worker.command({}, "draw", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def saved(folder: Path, rule: Rule) -> Path:
    file = folder / "rule.json"
    file.write_text(json.dumps(rule.document()))
    return file


def wide_rule() -> Rule:
    """60 actions: ten decisions in a row, each with five actions that meet again in the next one."""
    rule = Rule(total=5)
    ends: list[str | None] = [None]
    for number in range(10):
        check = rule.condition(f"check_number_{number}")
        for end in ends:
            rule.edge(end, check)
        ends = [rule.update(f"write_{number}_{branch}_of_the_order", "notes", "x") for branch in range(5)]
        for branch, target in enumerate(ends):
            assert target
            rule.edge(check, target, "true" if branch % 2 else "false")
    return rule


# ---- trees, Mermaid and Graphviz's language ----


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_each_sample_has_every_action_once(file: Path) -> None:
    lines = draw(file).splitlines()
    for action in json.loads(file.read_text())["graph"]["actions"]:
        whole = [line for line in lines if re.search(rf"(^|[ ─]){action['name']} +{action['action_type']}\b", line)]
        assert len(whole) == 1, action["name"]


def test_a_recorded_run_without_its_rule() -> None:
    lines = draw("--history", HISTORIES / "h-condition.json").splitlines()
    assert [line.split()[-1] for line in lines[:3]] != []
    assert re.fullmatch(r"completed after .+: \d+ history events, \d+ workflow tasks?, \d+ activities", lines[-1])


def test_a_run_on_another_version_of_its_rule(tmp_path: Path) -> None:
    rule = Rule(total=1)
    file = saved(tmp_path, rule.chain(rule.condition("only")))
    done = worker.command({}, "draw", file, "--history", HISTORIES / "h-condition.json")
    assert done.returncode == 0
    assert re.search(r"warning: \d+ of the run's \d+ actions are not in .*rule\.json", done.stderr)
    assert "not run" in done.stdout


def test_dot_is_accepted_by_graphviz(tmp_path: Path) -> None:
    rule = Rule(total=1)
    rule.chain(rule.condition('a "name" \\ <b>&amp; {x|y}'))
    text = draw(saved(tmp_path, rule), "--format", "dot")
    drawn = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True)
    assert not drawn.stderr
    labels = ["".join(text.itertext()) for text in ElementTree.fromstring(drawn.stdout).iter(f"{SVG}text")]
    assert 'a "name" \\ <b>&amp; {x|y}' in labels


# ---- SVG ----


def boxes(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """The left, top, right and bottom of each action."""
    found = []
    for node in root.iter(f"{SVG}g"):
        if not node.get("class", "").startswith("node ") or node.find(f"{SVG}title") is None:
            continue
        shape = next(one for one in node if one.get("class") == "box")
        if shape.tag == f"{SVG}rect":
            x, y, width, height = (float(shape.get(key, "")) for key in ("x", "y", "width", "height"))
        else:
            numbers = [float(number) for number in re.findall(r"-?[0-9.]+", shape.get("d", ""))]
            x, y, width, height = numbers[0] - 8, numbers[1], numbers[2] + 16, 2 * numbers[4]
        found.append((x, y, x + width, y + height))
    return found


def test_sixty_actions_do_not_overlap(tmp_path: Path) -> None:
    root = ElementTree.fromstring(draw(saved(tmp_path, wide_rule()), "--format", "svg"))
    found = boxes(root)
    assert len(found) == 60
    for one, other in combinations(found, 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert apart, (one, other)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height for box in found)


def test_an_svg_says_in_text_what_it_shows() -> None:
    root = ElementTree.fromstring(draw("--history", HISTORIES / "h-condition.json", "--format", "svg"))
    assert root.get("role") == "img"
    assert "completed after" in (root.findtext(f"{SVG}title") or "")
    described = root.findtext(f"{SVG}desc") or ""
    drawn = {"".join(text.itertext()) for text in root.iter(f"{SVG}text") if text.get("class") == "name"}
    assert drawn
    for name in drawn:
        assert f"{name}, " in described
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme:dark" in style


def test_an_svg_refers_to_nothing_outside(tmp_path: Path) -> None:
    rule = Rule(total=1)
    rule.chain(rule.condition('<script href="https://example.com">\'&'), rule.condition("\u202e\uffff x"))
    text = draw(saved(tmp_path, rule), "--format", "svg")
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(text).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "g", "text"}
    attributes = {name for element in ElementTree.fromstring(text).iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name or name == "id"}
    assert "url(" not in text


def test_pictures_are_the_same_each_time() -> None:
    assert draw(SAMPLES[0], "--format", "svg") == draw(SAMPLES[0], "--format", "svg")


# ---- options and errors ----


@pytest.mark.parametrize(("ending", "begin"), [("svg", "<svg"), ("mmd", "flowchart"), ("dot", "digraph")])
def test_the_ending_of_the_output_chooses_the_format(tmp_path: Path, ending: str, begin: str) -> None:
    file = tmp_path / f"picture.{ending}"
    assert draw(SAMPLES[0], "--output", file) == ""
    assert file.read_text().startswith(begin)


def test_colours_on_request() -> None:
    assert "\x1b[" not in draw(SAMPLES[0])
    assert "\x1b[1m" in draw(SAMPLES[0], "--color", "always")


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("which file?", []),
        ("one file at a time", ["a", "b"]),
        ("--format is ascii, mermaid, dot or svg, not 'png'", ["a", "--format", "png"]),
        ("--color is auto, always or never, not 'red'", ["a", "--color", "red"]),
        ("--history and --workflow-id exclude each other", ["--history", "a", "--workflow-id", "b"]),
        ("--run-id of which --workflow-id?", ["a", "--run-id", "b"]),
        ("ICHOR_TEMPORAL_HOSTPORT is required", ["--workflow-id", "a"]),
    ],
)
def test_usage_errors(words: str, arguments: list[str]) -> None:
    done = worker.command({}, "draw", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_faulty_rule(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text('{"graph": {"actions": [], "edges": []}}')
    done = worker.command({}, "draw", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "rule.json: /graph: error: graph must contain at least one action" in done.stderr


def test_an_impossible_history() -> None:
    file = sorted((ROOT / "tests/replay/bad").glob("*.json"))[0]
    done = worker.command({}, "draw", "--history", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr


def test_an_output_that_cannot_be_written() -> None:
    done = worker.command({}, "draw", SAMPLES[0], "--output", "/dev/full")
    assert done.returncode == 1
    assert "cannot write /dev/full: No space left on device" in done.stderr


def test_a_thousand_actions(tmp_path: Path) -> None:
    lines = draw(saved(tmp_path, chain_of_conditions(1000))).splitlines()
    assert len(lines) == 1000
    assert max(map(len, lines)) < 80
