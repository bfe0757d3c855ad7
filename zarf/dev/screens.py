"""Takes the pictures of Temporal's UI in docs/temporal-ui.md: docs/pictures/ui-NAME.png.

    python3 -m zarf.dev.screens [FOLDER]

Runs rules on new servers, with the search attributes and the UI, and drives a headless Chromium (Debian's package)
through its debugging pipe. No test checks these pictures: the UI belongs to Temporal, and it shows times.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.rules import Rule
from zarf.dev import worker
from zarf.dev.process import ROOT, StackError, wait_until
from zarf.dev.stack import Stack, stack
from zarf.dev.terminal import progress

Json = dict[str, Any]
FOLDER = ROOT / "docs/pictures"
SIZE = (1540, 860)
MENU = (256, 48)  # width on the left and height at the top; not in the pictures
SETTLE = 1.5  # seconds that the page needs to draw and to finish its animations
PRODUCT = "39f1a457-3eb0-4fee-a801-d0da86353bd4"
PLACE = "81626d40-0cc2-4286-9d8d-9774018578bc"
CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe"),
)


class Browser:
    """One page of Chromium, by the DevTools protocol: JSON messages that end with a zero byte."""

    def __init__(self, profile: Path) -> None:
        to_browser, self.to = os.pipe()
        self.back, from_browser = os.pipe()
        # Chromium reads from descriptor 3 and writes to descriptor 4.
        redirect = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", redirect, "chromium", *CHROMIUM, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.number = 0
        self.rest = b""
        self.session = ""
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        width, height = SIZE
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def receive(self) -> Json:
        while b"\0" not in self.rest:
            part = os.read(self.back, 1 << 20)
            if not part:
                raise StackError("Chromium has ended")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        found: Json = json.loads(message)
        return found

    def call(self, method: str, **parameters: Any) -> Json:
        self.number += 1
        message: Json = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self.receive()).get("id") != self.number:
            pass
        if "error" in answer:
            raise StackError(f"{method}: {answer['error']['message']}")
        result: Json = answer["result"]
        return result

    def evaluate(self, script: str) -> Any:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def wait_text(self, text: str) -> None:
        """Waits until the text is on the page."""
        script = f"document.body !== null && document.body.innerText.includes({json.dumps(text)})"
        wait_until(lambda: self.evaluate(script), f"'{text}' on the page {self.evaluate('location.href')}", 60)

    def save(self, file: Path) -> None:
        width, height = SIZE
        left, top = MENU
        part = {"x": left, "y": top, "width": width - left, "height": height - top, "scale": 1}
        image = self.call("Page.captureScreenshot", format="png", clip=part)["data"]
        file.write_bytes(base64.b64decode(image))
        progress(f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}: {file.stat().st_size // 1024} KiB")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


@contextmanager
def browser() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory() as profile:
        opened = Browser(Path(profile))
        try:
            yield opened
        finally:
            opened.close()


# ---- the runs ----


def expedite(total: float, number: str) -> Rule:
    rule = Rule("Expedite large orders", total=total, number=number)
    large = {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 1000}]}
    check = rule.condition("check_total", large)
    rule.edge(None, check)
    rule.edge(check, rule.update("raise_priority", "priority", "high"), "true")
    rule.edge(check, rule.update("keep_standard", "notes", "standard"), "false")
    return rule


def release(number: str) -> Rule:
    """The rule of the pictures. `reserve` names its location by a text that is not an id."""
    rule = Rule("Release paid orders", number=number)
    check = rule.condition("is_paid")
    reserve = rule.action(
        "reserve", "reserve_inventory", {"product_id": PRODUCT, "location_id": "warehouse 2", "quantity": 2}
    )
    mail = {"recipients": ["ana@example.com"], "subject": "Order {{number}}", "body": "Your order is on its way."}
    confirm, wait = rule.action("confirm_by_mail", "send_email", mail), rule.delay("wait_for_truck", "2s")
    rule.path(None, check, reserve, confirm, wait, rule.notify("tell_warehouse", "Pick {{number}}"))
    rule.edge(check, rule.notify("tell_sales", "{{number}} is paid"))
    return rule


def start(servers: Stack, rule: Rule) -> str:
    file = servers.folder / "rule.json"
    file.write_text(json.dumps(rule.document()))
    servers.temporal.start_workflow(rule.workflow_id, file)
    return rule.workflow_id


def is_held(servers: Stack, workflow_id: str) -> bool:
    query = ["--workflow-id", workflow_id, "--type", "graph_state", "--output", "json"]
    state = json.loads(servers.temporal.cli("workflow", "query", *query))["queryResult"][0]
    return any(action["state"] == "held" for action in state["actions"])


def fill(servers: Stack) -> str:
    """Starts several runs of two rules; returns the id of the run that is held."""
    for number, total in enumerate((1849.5, 210, 5300), 1042):
        servers.temporal.wait_closed(start(servers, expedite(total, f"SO-2026-{number}")))
    held = start(servers, release("SO-2026-1045"))
    wait_until(lambda: is_held(servers, held), "the action to be held")
    return held


def retry(servers: Stack, workflow_id: str) -> None:
    good = {"product_id": PRODUCT, "location_id": PLACE, "quantity": 2}
    asked = {"action": "reserve", "config": good, "reason": "the location was closed"}
    servers.temporal.cli("workflow", "update", "execute", "--workflow-id", workflow_id, "--name", "retry",
                         "--input", json.dumps(asked))  # fmt: skip
    servers.temporal.wait_closed(workflow_id)


# ---- the pictures ----

COLUMNS = ("Status", "RuleName", "EntityName", "EntityNumber", "FailedAction", "Start", "Workflow ID")


def show(page: Browser, title: str) -> None:
    """Scrolls to the heading."""
    headings = "[...document.querySelectorAll('h1,h2,h3,button,a')]"
    page.evaluate(f"{headings}.filter(e => e.innerText.trim().startsWith({json.dumps(title)})).pop()?.scrollIntoView()")
    time.sleep(SETTLE)


def take(page: Browser, servers: Stack, folder: Path) -> None:
    held = fill(servers)
    runs = f"{servers.temporal.ui}/namespaces/default/workflows"
    run = f"{runs}/{held}/{servers.temporal.describe(held)['workflowExecutionInfo']['execution']['runId']}"

    def save(name: str, url: str, text: str, heading: str = "") -> None:
        page.open(url)
        page.wait_text(text)
        time.sleep(SETTLE)
        if heading:
            show(page, heading)
        page.save(folder / f"ui-{name}.png")

    page.open(runs)
    page.wait_text(held)
    columns = json.dumps({"default": [{"label": label} for label in COLUMNS]})
    page.evaluate(f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(columns)})")
    page.evaluate("localStorage.setItem('eventFilterSort', '\"ascending\"')")
    save("list", f"{runs}?query=EntityName%3D%22orders%22", "SO-2026-1045")
    save("held-timeline", f"{run}/timeline", "reserve_inventory", "Timeline")
    save("held-details", f"{run}/user-metadata", "Current Details")
    retry(servers, held)
    save("retried-timeline", f"{run}/timeline", "wait_for_truck", "Timeline")
    save("retried-details", f"{run}/user-metadata", "Current Details")


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with stack("screens", ui=True) as servers:
        servers.create_sample_database()
        made = worker.command(servers.settings(), "migrate", "--temporal")
        if made.returncode != 0:
            raise StackError(made.stderr)
        settings = {**servers.settings(), "ICHOR_WORKER_ON_FAILURE": "hold"}
        process = worker.Worker(settings, servers.folder / "worker.log")
        try:
            process.wait_ready()
            with browser() as page:
                take(page, servers, folder)
        finally:
            process.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"screens: {fault}")
